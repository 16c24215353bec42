"""Import: the CIDs that Kubo and npm's ipfs-unixfs-importer give."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from content_samples import MIB, Blocks, add_file, sample, stream, vectors
from hypothesis import given, settings
from hypothesis import strategies as st

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.importing import Node, import_tree
from pmr.content.unixfs import MAX_FILE, import_file
from pmr.errors import TooLarge

GOLDEN = vectors("cid.json")["cases"]
UNIXFS = vectors("unixfs.json")
LARGE = 256 * MIB


def _of_size(cases: list[dict[str, Any]], *, large: bool) -> list[dict[str, Any]]:
    return [case for case in cases if (case["size"] > LARGE) == large]


def _drop(block: Block) -> None:
    pass


@pytest.mark.parametrize(
    "case", _of_size(GOLDEN, large=False), ids=lambda c: f"{c['content'][:12]}-{c['size']}"
)
def test_import_file_gives_kubos_golden_cid(case: dict[str, Any]) -> None:
    node = import_file(stream(case["content"], case["size"]), _drop)
    assert (str(node.cid), node.size) == (case["cid"], case["size"])


@pytest.mark.parametrize("case", _of_size(UNIXFS["files"], large=False), ids=lambda c: str(c["size"]))
def test_import_file_gives_the_importers_cid_and_dag_size(case: dict[str, Any]) -> None:
    node = import_file(stream(case["content"], case["size"], piece=777_777), _drop)
    assert (str(node.cid), node.dag_size, node.size) == (case["cid"], case["dagSize"], case["size"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", _of_size(GOLDEN + UNIXFS["files"], large=True), ids=lambda c: f"{c['content'][:14]}-{c['size']}"
)
def test_import_file_around_a_gibibyte_gives_their_cid(case: dict[str, Any]) -> None:
    node = import_file(stream(case["content"], case["size"]), _drop)
    assert str(node.cid) == case["cid"]
    assert node.dag_size == case.get("dagSize", node.dag_size)


def _trees() -> list[Any]:
    # One of a million leaves is enough for every day: the first with a third level.
    slow = {case["leaves"] for case in UNIXFS["trees"] if case["leaves"] > 10_000} - {1024**2 + 1}
    return [
        pytest.param(case, marks=[pytest.mark.slow] if case["leaves"] in slow else [])
        for case in UNIXFS["trees"]
    ]


@pytest.mark.parametrize("case", _trees(), ids=lambda c: str(c["leaves"]))
def test_import_tree_gives_the_importers_tree(case: dict[str, Any]) -> None:
    node = import_tree(_counting_leaves(case["leaves"]), _drop)
    assert (str(node.cid), node.dag_size) == (case["cid"], case["dagSize"])


def _counting_leaves(count: int) -> Iterator[Node]:
    leaves = [Node(Cid.of(RAW, bytes([value])), 1, 1) for value in range(256)]
    return (leaves[index % 256] for index in range(count))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 2 * MIB + 7), max_size=8))
def test_import_file_in_any_pieces_gives_one_cid(cuts: list[int]) -> None:
    data = sample("pieces", 2 * MIB + 7)
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    assert import_file(pieces, _drop) == add_file(Blocks(), data)


def test_import_file_puts_children_before_their_parents() -> None:
    order: list[Block] = []
    root = import_file([sample("order", 2 * MIB + 1)], order.append)
    assert [len(block.data) for block in order[:-1]] == [MIB, MIB, 1]
    assert order[-1].cid == root.cid


def test_import_file_holds_no_more_than_a_chunk_and_a_piece() -> None:
    seen: list[int] = []
    pieces = iter([bytes(MIB)] * 5)

    def put(block: Block) -> None:
        seen.append(len(block.data))

    import_file(_counted(pieces, seen), put)
    # Each chunk is put before the next piece is asked for.
    assert seen[:10] == [-1, MIB] * 5


def _counted(pieces: Iterator[bytes], seen: list[int]) -> Iterator[bytes]:
    for piece in pieces:
        seen.append(-1)
        yield piece


def test_import_tree_above_the_largest_file_is_refused() -> None:
    half = Node(Cid.of(RAW, b""), MAX_FILE // 2, MAX_FILE // 2)
    assert import_tree([half, half], _drop).size == MAX_FILE // 2 * 2
    with pytest.raises(TooLarge):
        import_tree([half, half, half], _drop)
