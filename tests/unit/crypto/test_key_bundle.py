"""A doctor's key and the bundle that publishes it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from vector_files import load, reasons

from pmr.crypto.keys import DoctorKey, KeyBundle, read_bundle, read_public_key
from pmr.errors import BadFormat, BadKeyBundle, BadSignature
from pmr.types import parse_address

VECTORS = load("keys")
REFUSED = VECTORS["refused"]
ALICE, ALICE_2, BOB = VECTORS["cases"]


def read(case: dict[str, Any]) -> KeyBundle:
    return read_bundle(
        case["bundle"].encode(),
        parse_address(case["account"]),
        bytes.fromhex(case["digest"]),
        case["version"],
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=["alice 1", "alice 2", "bob 1"])
def test_doctor_key_vector_gives_the_other_library_s_keys_and_bundle(case: dict[str, Any]) -> None:
    key = DoctorKey.from_seed(bytes.fromhex(case["seed"]))
    assert key.seed.derive("x-wing").hex() == case["xwingSeed"]
    assert key.seed.derive("ed25519").hex() == case["ed25519Seed"]
    assert key.seed.derive("journal").hex() == case["journal"]
    assert key.public_key.hex() == case["xwing"]
    assert key.ed25519_public.hex() == case["ed25519"]
    assert key.bundle(parse_address(case["account"]), case["version"]).decode() == case["bundle"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=["alice 1", "alice 2", "bob 1"])
def test_read_bundle_vector_gives_what_it_says(case: dict[str, Any]) -> None:
    bundle = read(case)
    assert bundle.account.lower() == case["account"]
    assert bundle.version == case["version"]
    assert bundle.xwing.hex() == case["xwing"]
    assert bundle.ed25519.hex() == case["ed25519"]
    assert bundle.digest.hex() == case["digest"]


@pytest.mark.parametrize("case", REFUSED["bundles"], ids=reasons(REFUSED["bundles"]))
def test_read_bundle_malformed_is_refused_even_with_its_own_digest(case: dict[str, str]) -> None:
    data = case["bundle"].encode()
    with pytest.raises(BadKeyBundle):
        read_bundle(
            data, parse_address(REFUSED["account"]), hashlib.sha256(data).digest(), REFUSED["version"]
        )


def test_read_bundle_that_the_chain_does_not_name_is_refused() -> None:
    with pytest.raises(BadKeyBundle, match="digest that the chain names"):
        read(ALICE | {"digest": BOB["digest"]})


def test_read_bundle_swapped_by_the_server_is_refused() -> None:
    # Bob's own, valid bundle in the place of Alice's.
    with pytest.raises(BadKeyBundle, match="digest"):
        read(ALICE | {"bundle": BOB["bundle"]})


def test_read_bundle_of_another_version_is_refused() -> None:
    with pytest.raises(BadKeyBundle, match="version 2"):
        read(ALICE_2 | {"version": 1})


def test_read_bundle_of_any_version_is_taken_where_its_digest_is_what_matters() -> None:
    data = ALICE_2["bundle"].encode()
    bundle = read_bundle(data, parse_address(ALICE["account"]), hashlib.sha256(data).digest())
    assert bundle.version == 2


def test_bundle_same_key_twice_is_the_same_bytes() -> None:
    key = DoctorKey.generate()
    account = parse_address(ALICE["account"])
    assert key.bundle(account, 3) == key.bundle(account, 3)


def test_generate_twice_gives_two_keys() -> None:
    assert DoctorKey.generate().public_key != DoctorKey.generate().public_key


def test_bundle_version_0_is_refused() -> None:
    with pytest.raises(BadFormat):
        DoctorKey.generate().bundle(parse_address(ALICE["account"]), 0)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_from_seed_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadFormat):
        DoctorKey.from_seed(bytes(length))


@pytest.mark.parametrize("length", [0, 1215, 1217])
def test_read_public_key_another_length_is_refused(length: int) -> None:
    with pytest.raises(BadKeyBundle, match="1216"):
        read_public_key(bytes(length))


def test_verify_signature_of_an_old_version_still_holds_after_rotation() -> None:
    old, new = (DoctorKey.from_seed(bytes.fromhex(case["seed"])) for case in (ALICE, ALICE_2))
    signature = old.sign(b"message")
    read(ALICE).verify(b"message", signature)
    with pytest.raises(BadSignature):
        read(ALICE_2).verify(b"message", signature)
    read(ALICE_2).verify(b"message", new.sign(b"message"))
