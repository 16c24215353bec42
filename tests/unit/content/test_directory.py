"""Directories: one block, names in the order of their bytes, links that say the truth."""

from __future__ import annotations

from typing import Any

import pytest
from content_samples import Blocks, add_file, stream, vectors

from pmr.content.block import Block
from pmr.content.cid import DAG_PB, RAW, Cid
from pmr.content.dag_pb import Link, encode_node
from pmr.content.unixfs import MAX_ENTRIES, Node, decode_directory, encode_directory, import_file
from pmr.errors import BadBlock, BadInput, TooLarge

DIRECTORY = b"\x08\x01"
LEAF = Link(Cid.of(RAW, b"x"), 1)


def _entries(case: dict[str, Any], blocks: Blocks) -> dict[str, Node]:
    numbered = [
        {"name": f"{n}", "content": f"chacha20:{n}", "size": 100 + n} for n in range(case["numbered"])
    ]
    return {
        entry["name"]: import_file(stream(entry["content"], entry["size"]), blocks.put)
        for entry in case["entries"] + numbered
    }


@pytest.mark.parametrize("case", vectors("unixfs.json")["directories"], ids=lambda c: c["about"])
def test_encode_directory_gives_the_importers_cid(case: dict[str, Any]) -> None:
    entries = _entries(case, Blocks())
    block = encode_directory(entries)
    assert str(block.cid) == case["cid"]
    assert len(block.data) + sum(node.dag_size for node in entries.values()) == case["dagSize"]


def test_decode_directory_gives_back_what_was_encoded_in_the_order_of_bytes() -> None:
    node = add_file(Blocks(), b"x")
    names = ["10", "2", "B", "b", "é", "\uff5e", "\U0001d4b3"]
    links = decode_directory(encode_directory(dict.fromkeys(reversed(names), node)))
    assert list(links) == names
    assert links["10"] == Link(node.cid, node.dag_size, "10")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0", "x" * 256, "\ud800"])
def test_encode_directory_with_a_name_that_cannot_stand_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        encode_directory({name: LEAF})


def test_encode_directory_with_too_many_entries_is_refused() -> None:
    names = [str(n) for n in range(MAX_ENTRIES + 1)]
    assert len(decode_directory(encode_directory(dict.fromkeys(names[:-1], LEAF)))) == MAX_ENTRIES
    with pytest.raises(TooLarge):
        encode_directory(dict.fromkeys(names, LEAF))


def _directory(names: list[str], data: bytes = DIRECTORY) -> Block:
    return Block.of(DAG_PB, encode_node([Link(LEAF.cid, 1, name) for name in names], data))


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(_directory(["b", "a"]), id="out of order"),
        pytest.param(_directory(["a", "a"]), id="twice the same name"),
        pytest.param(_directory(["10", "2", "1"]), id="out of order, numbers"),
        pytest.param(_directory([""]), id="empty name"),
        pytest.param(_directory([".."]), id="dot name"),
        pytest.param(_directory(["a/b"]), id="slash"),
        pytest.param(_directory([f"{n:05}" for n in range(MAX_ENTRIES + 1)]), id="too many"),
        pytest.param(_directory(["a"], b"\x08\x02"), id="a file's type"),
        pytest.param(_directory(["a"], b"\x08\x05"), id="a HAMT shard"),
        pytest.param(_directory(["a"], DIRECTORY + b"\x38\xa4\x03"), id="with a mode"),
        pytest.param(_directory(["a"], b""), id="no UnixFS data"),
        pytest.param(Block.of(RAW, _directory(["a"]).data), id="raw"),
        pytest.param(Block.of(DAG_PB, _directory(["a"]).data + b"\x0a\x00"), id="trailing data"),
        pytest.param(Block.of(DAG_PB, b"\x0a\x02\x08\x01" + encode_node([LEAF], b"")[:-2]), id="data first"),
        pytest.param(Block.of(DAG_PB, b"\x0a\x82\x00\x08\x01"), id="padded number"),
        pytest.param(Block.of(DAG_PB, b""), id="empty block"),
        pytest.param(Block.of(DAG_PB, _directory(["a"]).data[:-1]), id="cut off"),
    ],
)
def test_decode_directory_of_any_other_form_is_refused(block: Block) -> None:
    with pytest.raises(BadBlock):
        decode_directory(block)
