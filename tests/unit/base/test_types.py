"""Values that every layer speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmr.errors import BadAddress, BadPurpose, BadRecordId
from pmr.types import Grant, Purpose, RecordId, parse_address

# From EIP-55 itself.
EIP55 = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
]


@pytest.mark.parametrize("text", EIP55)
def test_parse_address_in_any_case_gives_its_checksum_form(text: str) -> None:
    assert parse_address(text.lower()) == parse_address(text) == parse_address("0x" + text[2:].upper())
    assert parse_address(text).lower() == text.lower()


@pytest.mark.parametrize(
    "text", ["", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", EIP55[0] + "0", "0x" + "g" * 40]
)
def test_parse_address_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)


def test_parse_address_with_one_letter_in_the_wrong_case_is_refused() -> None:
    with pytest.raises(BadAddress, match="EIP-55"):
        parse_address(EIP55[0].replace("aA", "aa", 1))


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**48 - 1))
def test_record_id_of_any_owner_and_position_survives_word_and_text(owner: bytes, position: int) -> None:
    record = RecordId(parse_address("0x" + owner.hex()), position)
    assert RecordId.from_word(record.word) == record == RecordId.parse(str(record))
    assert record.word == int.from_bytes(owner + position.to_bytes(6, "big"), "big")


@pytest.mark.parametrize(
    "text", ["7", EIP55[0], EIP55[0] + "/", EIP55[0] + "/-1", EIP55[0] + "/07", EIP55[0] + "/281474976710656"]
)
def test_record_id_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadRecordId):
        RecordId.parse(text)


@pytest.mark.parametrize("word", [-1, 1 << 208])
def test_record_id_from_a_word_of_more_bits_is_refused(word: int) -> None:
    with pytest.raises(BadRecordId):
        RecordId.from_word(word)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_purpose_label_of_each_is_read_back(purpose: Purpose) -> None:
    assert Purpose.parse(purpose.label) is purpose


def test_purpose_unknown_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadPurpose, match="treatment"):
        Purpose.parse("curiosity")


@pytest.mark.parametrize(
    ("grant", "allowed"),
    [
        (Grant(0, 1, live=True), True),
        (Grant(101, 1, live=True), True),
        (Grant(100, 1, live=True), False),
        (Grant(0, 1, live=False), False),
        (Grant(101, 1, live=False), False),
    ],
)
def test_grant_allows_only_while_live_and_before_its_end(grant: Grant, allowed: bool) -> None:
    assert grant.allows(100) is allowed
