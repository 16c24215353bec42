"""Solidity to artifacts, by py-solc-x. Every input is hashed into `lock.json` beside the artifacts."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pmr.chain.artifact import NAMES, Artifact, from_json
from pmr.errors import CompileError

VERSION = "0.8.37+commit.f401782d"
SETTINGS: Mapping[str, Any] = {
    # London: proof-of-authority networks stop there, and every later EVM runs it.
    "evmVersion": "london",
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": 200_000},
    # No trace of file paths in the bytecode: every build tool gives the same.
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}
OUTPUTS = ("abi", "evm.bytecode.object", "evm.deployedBytecode")
DESCRIPTION = ("abi", "devdoc", "userdoc", "storageLayout")
LOCK = "lock.json"
INPUT = "standard-input.json"
"""What the compiler was given, whole: who has it and the compiler can make the bytecode anew."""
_IMPORT = re.compile(r'^\s*import\s+(?:[^"\']*\sfrom\s+)?["\']([^"\']+)["\']', re.MULTILINE)


def compile_contracts(root: Path, solc: str = "", node_modules: Path | None = None) -> dict[str, Artifact]:
    """Compile `root/contracts`; `solc` is a program's path, empty for the npm compiler.

    Raises `CompileError` when the compiler is missing, of another version, or refuses.
    """
    return {name: from_json(fields) for name, fields in _compile(root, solc, node_modules)[0].items()}


def describe_contracts(
    root: Path, solc: str = "", node_modules: Path | None = None
) -> dict[str, Mapping[str, Any]]:
    """Give what the compiler says of each of `NAMES` to people: its ABI, NatSpec and storage layout.

    Raises `CompileError` as `compile_contracts` does.
    """
    output = _run(_program(root, solc), standard_input(read_sources(root, node_modules), DESCRIPTION))
    return {name: parts for _, name, parts in _ours(output)}


def write_artifacts(root: Path, folder: Path, solc: str = "", node_modules: Path | None = None) -> None:
    """Compile and write the artifacts and their `lock.json` into `folder`; raise `CompileError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _files(root, solc, node_modules).items():
        (folder / name).write_text(text, "utf8")


def check_artifacts(root: Path, folder: Path, solc: str = "", node_modules: Path | None = None) -> None:
    """Compile and compare with `folder`; raise `CompileError` naming each file that differs."""
    fresh = _files(root, solc, node_modules)
    stale = [name for name, text in fresh.items() if _read(folder / name) != text]
    if stale:
        raise CompileError(f"{folder} is out of date: {', '.join(stale)}. Run `pmr compile`.")


def read_sources(root: Path, node_modules: Path | None = None) -> dict[str, str]:
    """Give every source that the contracts need, by the name that the compiler knows it by."""
    libraries = node_modules or root / "node_modules"
    waiting = sorted(path.relative_to(root).as_posix() for path in (root / "contracts").rglob("*.sol"))
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _read_source((root if name.startswith("contracts/") else libraries) / name)
            waiting += [_resolve(name, imported) for imported in _IMPORT.findall(found[name])]
    return dict(sorted(found.items()))


def _read_source(path: Path) -> str:
    try:
        return path.read_text("utf8")
    except OSError as error:
        raise CompileError(f"{path} cannot be read: {error.strerror}. Is `npm ci` done?") from None


def _resolve(importer: str, imported: str) -> str:
    """Give the source name of an import, as Solidity resolves relative ones."""
    if not imported.startswith("."):
        return imported
    parts = importer.split("/")[:-1]
    for part in imported.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _files(root: Path, solc: str, node_modules: Path | None) -> dict[str, str]:
    fields, sources = _compile(root, solc, node_modules)
    files = {f"{name}.json": _json(fields[name]) for name in NAMES}
    files[INPUT] = _json(standard_input(sources))
    return files | {LOCK: _json(_lock(files, sources))}


def _lock(files: Mapping[str, str], sources: Mapping[str, str]) -> dict[str, Any]:
    return {
        "generatedBy": "scripts/compile.py",
        "compiler": VERSION,
        "settings": SETTINGS,
        "sources": {name: _sha256(text) for name, text in sources.items()},
        "artifacts": {name: _sha256(text) for name, text in files.items()},
    }


def _compile(root: Path, solc: str, node_modules: Path | None) -> tuple[dict[str, Any], dict[str, str]]:
    program = _program(root, solc)
    sources = read_sources(root, node_modules)
    output = _run(program, standard_input(sources))
    return {name: _fields(file, name, parts) for file, name, parts in _ours(output)}, sources


def _ours(output: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The file, the name and the parts of each contract that is shipped, in the order of `NAMES`."""
    every = [(file, name, parts[name]) for file, parts in output["contracts"].items() for name in parts]
    return sorted((found for found in every if found[1] in NAMES), key=lambda found: NAMES.index(found[1]))


def _program(root: Path, solc: str) -> str:
    program = solc or str(root / "tools" / "solc")
    _check_version(program)
    return program


def standard_input(sources: Mapping[str, str], outputs: Sequence[str] = OUTPUTS) -> dict[str, Any]:
    """Give what solc takes as `--standard-json`, explorers too."""
    return {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": {**SETTINGS, "outputSelection": {"*": {"*": list(outputs)}}},
    }


def _check_version(program: str) -> None:
    try:
        text = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 (the configured compiler)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CompileError(
            f"{program} does not run: {_reason(error)}. Set PMR_SOLC, or run `npm ci`."
        ) from None
    if VERSION not in text:
        raise CompileError(f"{program} is not solc {VERSION} but: {text.strip()[-60:]}.")


def _reason(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error.stderr).strip()[-300:] or f"exit {error.returncode}"


def _run(program: str, given: Mapping[str, Any]) -> dict[str, Any]:
    # Here, because only who compiles needs a compiler's wrapper.
    import solcx  # noqa: PLC0415
    from solcx.exceptions import SolcError  # noqa: PLC0415

    try:
        output: dict[str, Any] = solcx.compile_standard(dict(given), solc_binary=program)
    except SolcError as error:
        raise CompileError(str(error.message)) from None
    except (OSError, ValueError) as error:
        raise CompileError(f"{program} failed: {error}") from None
    if warnings := [e["formattedMessage"] for e in output.get("errors", []) if _is_ours(e)]:
        raise CompileError("\n".join(warnings))
    return output


def _is_ours(warning: Mapping[str, Any]) -> bool:
    return str(warning.get("sourceLocation", {}).get("file", "contracts/")).startswith("contracts/")


def _fields(file: str, name: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    runtime = parts["evm"]["deployedBytecode"]
    # Keyed by the numbers that the compiler gave the declarations, in their order in the source.
    immutables = sorted(runtime.get("immutableReferences", {}).items(), key=lambda item: int(item[0]))
    return {
        "contractName": name,
        "sourceName": file,
        "compiler": VERSION,
        "abi": parts["abi"],
        "bytecode": "0x" + parts["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + runtime["object"],
        "immutables": [sorted(place["start"] for place in places) for _, places in immutables],
    }


def _read(path: Path) -> str | None:
    return path.read_text("utf8") if path.exists() else None


def _json(value: Any) -> str:
    return json.dumps(value, indent=1) + "\n"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
