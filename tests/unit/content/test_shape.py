"""The shape of a tree, from its size alone."""

from __future__ import annotations

from itertools import accumulate, repeat
from typing import Any

import pytest
from content_samples import MIB, vectors

from pmr.content.shape import MAX_FILE, capacity, dag_size_of, height_of, parts
from pmr.crypto.body import sealed_size
from pmr.crypto.padding import padded_size


def test_the_largest_file_is_the_largest_sealed_one() -> None:
    assert sealed_size(padded_size(1 << 40)) == MAX_FILE


def test_height_grows_where_a_tree_is_full() -> None:
    fulls = list(accumulate(repeat(1024, 3), lambda full, width: full * width, initial=MIB))
    assert [capacity(height) for height in range(4)] == fulls
    assert [height_of(full) for full in fulls] == [0, 1, 2, 3]
    assert [height_of(full + 1) for full in fulls] == [1, 2, 3, 4]
    assert (height_of(0), height_of(MAX_FILE)) == (0, 3)


def test_parts_are_full_but_the_last() -> None:
    assert parts(2 * MIB + 1, 1) == [MIB, MIB, 1]
    assert parts(2 * MIB, 1) == [MIB, MIB]
    assert parts(1024 * MIB + 1, 2) == [1024 * MIB, 1]


@pytest.mark.parametrize("case", vectors("unixfs.json")["files"], ids=lambda c: str(c["size"]))
def test_dag_size_of_is_the_importers(case: dict[str, Any]) -> None:
    assert dag_size_of(case["size"], height_of(case["size"])) == case["dagSize"]
