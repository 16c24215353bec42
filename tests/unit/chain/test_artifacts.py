"""What is shipped is what the sources give; its errors and events are what Python knows."""

import hashlib
import json
import re
import shutil
from importlib import resources
from pathlib import Path

import pytest

from pmr.chain import events
from pmr.chain.artifact import NAMES, load, selector, standard_input
from pmr.chain.compile import check_artifacts, read_sources, write_artifacts
from pmr.errors import CompileError, ContractError

ROOT = Path(__file__).parents[3]
ARTIFACTS = ROOT / "pmr" / "chain" / "artifacts"
SOURCES = "\n".join(path.read_text() for path in sorted((ROOT / "contracts").rglob("*.sol")))


def test_lock_names_the_hash_of_every_source_and_artifact() -> None:
    lock = json.loads((resources.files("pmr.chain") / "artifacts" / "lock.json").read_text())
    sources = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in read_sources(ROOT).items()}
    assert lock["sources"] == sources
    names = [*(f"{name}.json" for name in NAMES), "standard-input.json"]
    files = {name: (ARTIFACTS / name).read_bytes() for name in names}
    assert lock["artifacts"] == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_check_artifacts_compiled_now_finds_no_difference() -> None:
    check_artifacts(ROOT, ARTIFACTS)


@pytest.mark.slow
def test_check_artifacts_after_a_change_names_what_is_stale(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    path = tmp_path / "contracts" / "RecordRegistry.sol"
    path.write_text(path.read_text().replace("MAX_PAGE = 256", "MAX_PAGE = 255"))
    with pytest.raises(CompileError, match=r"RecordRegistry\.json, standard-input\.json, lock\.json"):
        check_artifacts(tmp_path, ARTIFACTS, str(ROOT / "tools" / "solc"), ROOT / "node_modules")


def test_compile_of_broken_source_shows_the_compilers_words(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Broken.sol").write_text("contract Broken { uint x = y; }")
    with pytest.raises(CompileError, match="Undeclared identifier"):
        write_artifacts(tmp_path, tmp_path / "out", str(ROOT / "tools" / "solc"), ROOT / "node_modules")


def test_compile_with_a_warning_in_our_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "NoLicense.sol").write_text("pragma solidity ^0.8.28; contract NoLicense {}")
    with pytest.raises(CompileError, match="SPDX"):
        write_artifacts(tmp_path, tmp_path / "out", str(ROOT / "tools" / "solc"), ROOT / "node_modules")


def test_compile_without_a_compiler_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="PMR_SOLC"):
        write_artifacts(ROOT, tmp_path, "/nowhere/solc")


def test_compile_with_another_version_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "solc"
    program.write_text("#!/bin/sh\necho 'Version: 0.8.37+commit.00000000.Linux.g++'\n")
    program.chmod(0o755)
    with pytest.raises(CompileError, match=r"is not solc 0\.8\.37\+commit\.f401782d"):
        write_artifacts(ROOT, tmp_path / "out", str(program))


def test_compile_without_libraries_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=r"ERC2771Context\.sol|Math\.sol|openzeppelin"):
        write_artifacts(ROOT, tmp_path, node_modules=tmp_path)


def test_standard_input_is_all_that_the_compiler_needs() -> None:
    given = json.loads(standard_input())
    assert {name: part["content"] for name, part in given["sources"].items()} == read_sources(ROOT)
    for name in NAMES:
        artifact = load(name)
        assert f"contract {name} is " in given["sources"][artifact.source]["content"]
        assert artifact.compiler == "0.8.37+commit.f401782d"


def test_every_solidity_error_has_one_python_error_and_the_other_way_round() -> None:
    in_abis = {entry["name"]: key for name in NAMES for key, entry in load(name).errors.items()}
    in_python = [cls.solidity for cls in ContractError.__subclasses__()]
    assert sorted(in_python) == sorted(in_abis)
    assert len(in_abis) == 22
    assert [cls.__name__ for cls in ContractError.__subclasses__()] == in_python


def test_every_solidity_error_of_our_sources_is_in_an_abi() -> None:
    declared = re.findall(r"^\s*error (\w+)\(", SOURCES, re.MULTILINE)
    assert set(declared) <= {entry["name"] for name in NAMES for entry in load(name).errors.values()}
    assert len(set(declared)) == len(declared) == 12


def test_errors_of_one_name_have_one_selector() -> None:
    entries = [entry for name in NAMES for entry in load(name).errors.values()]
    assert len({selector(entry) for entry in entries}) == len({entry["name"] for entry in entries})


def test_every_event_of_ours_has_one_python_event_with_the_same_fields() -> None:
    found = {}
    for name in ("RecordRegistry", "KeyDirectory"):
        for entry in load(name).events.values():
            found[entry["name"]] = [_snake(field["name"]) for field in entry["inputs"]]
    fields = {
        kind.__name__: [name for name in kind.__dataclass_fields__ if name != "place"]
        for kind in events.Event.__subclasses__()
    }
    assert found == fields


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def test_every_function_and_error_and_event_has_a_notice() -> None:
    for path in (ROOT / "contracts" / "interfaces").glob("*.sol"):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            if re.match(r"\s*(function|error|event|struct|interface) ", line):
                assert lines[number - 1].lstrip().startswith("///"), f"{path.name}: {line}"


def test_every_value_of_the_interfaces_is_said_to_be_something() -> None:
    pattern = re.compile(r"((?:^ *///.*\n)+)^ *((?:function|error|event) [^;]+);", re.MULTILINE)
    for path in (ROOT / "contracts" / "interfaces").glob("*.sol"):
        found = pattern.findall(path.read_text())
        assert len(found) == len(re.findall(r"^ *(?:function|error|event) ", path.read_text(), re.MULTILINE))
        for comment, declaration in found:
            names = re.findall(r"(\w+)\s*[,)]", declaration)
            assert re.findall(r"@(?:param|return) (\w+)", comment) == names, declaration


def test_contracts_fit_london_and_its_size_limit() -> None:
    for name in NAMES:
        artifact = load(name)
        assert len(artifact.runtime) <= 24_576
        assert b"\x5f\x5f" not in artifact.bytecode[:40]  # PUSH0 came after London
    assert json.loads((ARTIFACTS / "lock.json").read_text())["settings"]["evmVersion"] == "london"
