"""Canonical JSON (RFC 8785): one byte string for one value, and nothing unsaid in it."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
import rfc8785

from pmr.errors import BadFormat

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
HexAddress = Annotated[str, msgspec.Meta(pattern=r"\A0x[0-9a-f]{40}\Z")]
Hex16 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Hex32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Hex64 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{128}\Z")]


class Shape(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Base of the JSON objects of the format: exactly these members, of exactly these types."""


_S = TypeVar("_S", bound=Shape)


def encode(value: Shape | dict[str, Any]) -> bytes:
    """Give the canonical bytes of a value; raise `BadFormat` when it has none (RFC 8785)."""
    try:
        return rfc8785.dumps(msgspec.to_builtins(value))
    except (rfc8785.CanonicalizationError, UnicodeError):
        raise BadFormat("The value cannot be written as canonical JSON (RFC 8785).") from None


def decode(data: bytes, shape: type[_S]) -> _S:
    """Read canonical JSON; raise `BadFormat` for missing, unknown or wrong members, or other bytes.

    The error says which member was wrong and never what stood in it: vaults are read here too.
    """
    try:
        value = msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFormat(_where(error)) from None
    if encode(value) != data:
        raise BadFormat("The JSON is not in its canonical form (RFC 8785).")
    return value


def _where(error: Exception) -> str:
    if not isinstance(error, msgspec.ValidationError):
        return "The JSON is malformed."
    reason, _, path = str(error).partition(" - at ")
    member = path or reason if path or reason.startswith("Object ") else "the whole"
    return f"The JSON does not have the members that the format names: {member}."
