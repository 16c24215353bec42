"""Labels, the content key and what is derived from it."""

from __future__ import annotations

import pytest
from vector_files import load

from pmr.crypto.content_key import ContentKey, new_content_id
from pmr.crypto.labels import label
from pmr.errors import BadFormat, CannotDecrypt

VECTORS = load("content-key")


@pytest.mark.parametrize("name", VECTORS["labels"])
def test_label_every_name_gives_the_vectors_bytes(name: str) -> None:
    assert label(name).hex() == VECTORS["labels"][name]


@pytest.mark.parametrize("case", VECTORS["cases"])
def test_content_key_vector_gives_commit_and_body_key(case: dict[str, str]) -> None:
    key, content_id = ContentKey(bytes.fromhex(case["contentKey"])), bytes.fromhex(case["contentId"])
    assert key.commit(content_id).hex() == case["keyCommit"]
    assert key.body_key(content_id).reveal().hex() == case["bodyKey"]


def test_new_twice_gives_two_keys_and_two_ids() -> None:
    assert ContentKey.new() != ContentKey.new()
    assert new_content_id() != new_content_id()


def test_check_another_key_is_refused() -> None:
    content_id = new_content_id()
    commit = ContentKey.new().commit(content_id)
    with pytest.raises(CannotDecrypt, match="commits"):
        ContentKey.new().check(content_id, commit)


def test_check_same_key_of_another_version_is_refused() -> None:
    key = ContentKey.new()
    with pytest.raises(CannotDecrypt):
        key.check(new_content_id(), key.commit(new_content_id()))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_content_key_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadFormat, match="32 bytes"):
        ContentKey(bytes(length))
