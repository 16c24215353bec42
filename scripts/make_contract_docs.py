"""Write docs/contracts.md from the contracts: their NatSpec, ABI, storage layout and what calls cost.

Usage: python scripts/make_contract_docs.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pmr.chain.artifact import AbiEntry, load, selector, topic, types_of
from pmr.chain.compile import SETTINGS, VERSION, describe_contracts
from pmr.config import Config
from pmr.errors import ContractError

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "contracts.md"
GAS = ROOT / "snapshots" / "gas.json"
TYPES = ("contracts/types/RecordId.sol", "contracts/types/Grant.sol")
STRUCTS = "contracts/interfaces/IRecordRegistry.sol"
COSTS = {
    "create": "one record",
    "create_batch_100": "each of 100 in one `multicall`",
    "grant": "to a reader who is new to the record",
    "grant_batch_100": "each of 100 in one `multicall`",
    "regrant": "again to the same reader",
    "revoke": "a live grant",
    "revise": "one record",
    "created_page_50": "a page of 50, in `eth_call`",
    "shared_page_50": "a page of 50, in `eth_call`",
}
"""What the keys of the snapshot stand for."""
COSTS_OF = {
    "create": ("create", "create_batch_100"),
    "grant": ("grant", "regrant", "grant_batch_100"),
    "revoke": ("revoke",),
    "revise": ("revise",),
    "recordsOf": ("created_page_50",),
    "sharedWith": ("shared_page_50",),
}
"""Which of them belong to which function."""
_DOCUMENTED = re.compile(r"((?:^[ ]*///.*\n)+)^[ ]*((?:type|struct|function) [^;{]+)", re.MULTILINE)
HEAD = """\
# The contracts

<!-- Made by scripts/make_contract_docs.py from the NatSpec in contracts/; do not edit. -->

Two contracts of ours and OpenZeppelin's forwarder, all immutable: no owner, no pause, no upgrade, no coin.
The interfaces `IRecordRegistry` and `IKeyDirectory` hold the promises, `contracts/types` the words that are
packed into one slot. [architecture.md](architecture.md) says why it is so, [format.md](format.md) what the
digests are of, [errors.md](errors.md) what each error becomes outside the chain.

## Build and test

`make dev` installs every tool below from the lock files; none of them downloads a compiler. Put
`.venv/bin` first in `PATH`: `npx` there is of a Node that Hardhat takes.

The `forge` of `node_modules/.bin` is npm's launcher, which ends with 0 even when a test failed. Scripts take
`node_modules/@foundry-rs/forge-*/bin/forge` instead.

| command | what it does |
|---|---|
| `npx hardhat compile` | compiles with Hardhat |
| `npx hardhat test` | runs the Solidity tests with Hardhat |
| `npx hardhat node --hostname 127.0.0.1` | starts a chain with rich accounts on port 8545 |
| `forge build`, `forge test` | the same with Foundry (`node_modules/.bin/forge`) |
| `.venv/bin/pmr compile` | compiles with py-solc-x and writes the artifacts that the package ships |
"""


def page() -> str:
    """Give the whole page."""
    config = Config.load()
    found = describe_contracts(ROOT, config.solc, config.node_modules.absolute())
    lines = [*_head(), *_types(), *(line for name in found for line in _contract(name, found[name]))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _head() -> Iterator[str]:
    yield HEAD
    yield (
        f"All three give the same bytecode: solc {VERSION}, EVM version {SETTINGS['evmVersion']}, via IR, "
        f"{SETTINGS['optimizer']['runs']:,} optimizer runs, no metadata; a test compares them. "
        "Explorers take `pmr/chain/artifacts/standard-input.json`. What the gas figures are of is in "
        "[snapshots](../snapshots/README.md).\n"
    )


def _types() -> Iterator[str]:
    yield "## Types"
    for name in (*TYPES, STRUCTS):
        for comment, declaration in _DOCUMENTED.findall((ROOT / name).read_text("utf8")):
            if name in TYPES or declaration.startswith("struct"):
                yield from _declaration(" ".join(declaration.split()), _tags(comment))


def _declaration(declaration: str, tags: Sequence[tuple[str, str]]) -> Iterator[str]:
    words = [text for tag, text in tags if tag in {"notice", "dev"}]
    if declaration.startswith("function"):
        yield from (f"- `{declaration.removeprefix('function ')}`: {' '.join(words)}",)
    else:
        yield from ("", f"### `{declaration}`", "", *_paragraphs(words))
        fields = [text.partition(" ")[::2] for tag, text in tags if tag == "param"]
        yield from _table(("field", "what it is"), ((f"`{name}`", text) for name, text in fields))


def _tags(comment: str) -> list[tuple[str, str]]:
    """The NatSpec tags of a comment and their texts; text without a tag is a notice."""
    text = " ".join(line.strip().removeprefix("///").strip() for line in comment.splitlines())
    parts = re.split(
        r"(?:^|\s)@(title|notice|dev|param|return)\s", text if "@" in text else f"@notice {text}"
    )
    return [(tag, words.strip()) for tag, words in zip(parts[1::2], parts[2::2], strict=True)]


def _contract(name: str, said: Mapping[str, Any]) -> Iterator[str]:
    source = load(name).source
    yield from ("", f"## {name}", "", f"`{source}`", "")
    yield from _paragraphs(_about(said, source))
    for entry in _entries(said, "constructor"):
        yield from (f"### `constructor({_fields(entry['inputs'])})`", "")
        params = said["devdoc"]["methods"].get("constructor", {}).get("params", {})
        yield from _table(("value", "what it is"), _values(entry["inputs"], params))
    for entry in _entries(said, "function"):
        yield from _function(entry, said)
    yield from ("### Events", "")
    for entry in _entries(said, "event"):
        yield from _event(entry, said)
    yield from ("### Errors", "", *_errors(said), "### Storage", "", *_storage(said["storageLayout"]))


def _about(said: Mapping[str, Any], source: str) -> list[str]:
    """What is said of the contract; of a library's, which is long, the first sentence."""
    notice, details = said["userdoc"].get("notice", ""), _plain(said["devdoc"].get("details", ""))
    if source.startswith("contracts/"):
        return [_interface(source), notice, details]
    return [details.partition(". ")[0] + ". The library's own words are in its source."]


def _interface(source: str) -> str:
    """What the interface of a contract of ours says of the whole: the compiler does not inherit it."""
    path = ROOT / source.replace("contracts/", "contracts/interfaces/I")
    (comment,) = re.findall(r"((?:^///.*\n)+)interface ", path.read_text("utf8"), re.MULTILINE)
    return " ".join(f"{text}." if tag == "title" else text for tag, text in _tags(comment))


def _entries(said: Mapping[str, Any], kind: str) -> list[AbiEntry]:
    return [entry for entry in said["abi"] if entry["type"] == kind]


def _function(entry: AbiEntry, said: Mapping[str, Any]) -> Iterator[str]:
    signature = _signature(entry)
    doc = said["devdoc"]["methods"].get(signature, {})
    returned = f" → ({_fields(entry['outputs'])})" if entry["outputs"] else ""
    yield from (f"### `{entry['name']}({_fields(entry['inputs'])}){returned}`", "")
    yield from (f"`0x{selector(entry).hex()}` · {entry['stateMutability']}{_cost(entry['name'])}", "")
    yield from _structs(entry)
    notice = said["userdoc"]["methods"].get(signature, {}).get("notice", "")
    yield from _paragraphs([notice, _plain(doc.get("details", ""))])
    rows = [*_values(entry["inputs"], doc.get("params", {}))]
    rows += _values(entry["outputs"], doc.get("returns", {}), "→ ")
    yield from _table(("value", "what it is"), rows)


def _structs(entry: AbiEntry) -> Iterator[str]:
    """The fields of the structs that a function takes."""
    for field in entry["inputs"]:
        if "components" in field:
            name = _field({**field, "name": ""}).removesuffix("[]")
            yield from (f"`{name}`: `({_fields(field['components'])})`", "")


def _event(entry: AbiEntry, said: Mapping[str, Any]) -> Iterator[str]:
    signature = _signature(entry)
    yield from (f"#### `{entry['name']}({_fields(entry['inputs'])})`", "", f"`0x{topic(entry).hex()}`", "")
    doc = said["devdoc"].get("events", {}).get(signature, {})
    notice = said["userdoc"].get("events", {}).get(signature, {}).get("notice", "")
    yield from _paragraphs([notice, _plain(doc.get("details", ""))])
    yield from _table(("value", "what it is"), _values(entry["inputs"], doc.get("params", {})))


def _values(
    fields: Iterable[Mapping[str, Any]], texts: Mapping[str, str], before: str = ""
) -> Iterator[tuple[str, str]]:
    """What is said of values, in the order of their declaration."""
    for field in fields:
        if field["name"] in texts:
            yield f"{before}`{field['name']}`", texts[field["name"]]


def _errors(said: Mapping[str, Any]) -> Iterator[str]:
    known = {kind.solidity: kind for kind in ContractError.__subclasses__()}
    rows = []
    for entry in _entries(said, "error"):
        kind = known[entry["name"]]
        shown = f"`{entry['name']}({_fields(entry['inputs'])})`"
        words = _error_text(entry, said) or kind.sentence
        rows.append(
            (shown, f"`0x{selector(entry).hex()}`", words, f"[{kind.slug()}](errors.md#{kind.slug()})")
        )
    yield from _table(("error", "selector", "when", "outside the chain"), rows)


def _error_text(entry: AbiEntry, said: Mapping[str, Any]) -> str:
    """What is said of an error and of its values."""
    (doc,) = said["devdoc"].get("errors", {}).get(_signature(entry), [{}])
    (user,) = said["userdoc"].get("errors", {}).get(_signature(entry), [{}])
    values = (f"`{name}`: {text}" for name, text in doc.get("params", {}).items())
    return " ".join(filter(None, [user.get("notice", ""), _plain(doc.get("details", "")), *values]))


def _storage(layout: Mapping[str, Any]) -> Iterator[str]:
    types = layout["types"] or {}
    rows = ((i["slot"], f"`{i['label']}`", f"`{types[i['type']]['label']}`") for i in layout["storage"])
    yield from _table(("slot", "variable", "type"), rows)


def _cost(function: str) -> str:
    gas = json.loads(GAS.read_text("utf8"))
    found = [f"{gas[key]:,} ({COSTS[key]})" for key in COSTS_OF.get(function, ()) if key in gas]
    return f" · gas: {'; '.join(found)}" if found else ""


def _signature(entry: AbiEntry) -> str:
    return f"{entry['name']}({','.join(types_of(entry['inputs']))})"


def _fields(fields: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(_field(field) for field in fields)


def _field(field: Mapping[str, Any]) -> str:
    """A value as Solidity declares it: by the name that its type has in the source."""
    kind = re.sub(r"^(struct|contract|enum) (\w+\.)?", "", field.get("internalType", field["type"]))
    return " ".join(filter(None, [kind, "indexed" if field.get("indexed") else "", field["name"]]))


def _plain(text: str) -> str:
    """OpenZeppelin's links to other declarations, as names."""
    return re.sub(r"\{([^}]+)\}", r"`\1`", text)


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for text in filter(None, texts):
        yield from (text, "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    if lines:
        yield from (f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines, "")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf8")
