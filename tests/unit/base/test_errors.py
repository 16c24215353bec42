"""One tree of errors, each fit for a person, a shell and an API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pmr import errors
from pmr.errors import PmrError


def _tree(root: type[PmrError] = PmrError) -> Iterator[type[PmrError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


ALL = sorted(set(_tree()), key=lambda e: e.__name__)


@pytest.mark.parametrize("error", ALL)
def test_error_of_each_class_has_sentence_exit_code_and_status(error: type[PmrError]) -> None:
    assert error.sentence[0].isupper()
    assert error.sentence.endswith(".")
    assert 1 <= error.exit_code <= 125
    assert 400 <= error.status <= 599
    assert error.__module__ == errors.__name__


def test_error_sentences_below_the_root_are_each_their_own() -> None:
    sentences = [e.sentence for e in ALL]
    assert len(set(sentences)) == len(sentences)


def test_error_slugs_are_each_their_own() -> None:
    assert len({e.slug() for e in ALL}) == len(ALL)
    assert errors.BadKeyBundle.slug() == "bad-key-bundle"


def test_error_text_joins_sentence_and_detail() -> None:
    assert str(errors.NoFunds("It has 0 ETH.")) == "The account cannot pay for the transaction. It has 0 ETH."
    assert str(errors.NoFunds()) == "The account cannot pay for the transaction."
