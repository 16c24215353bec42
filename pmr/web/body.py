"""Request bodies, read no further than their limit."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from flask import request

from pmr.errors import BadInput, TooLarge, TooSlow, UnsupportedType

T = TypeVar("T")
_PIECE = 1 << 16


def read_body(kind: str, limit: int) -> bytes:
    """The body, of media type `kind` and at most `limit` bytes.

    Read from the stream: Flask's own readers cut a chunked body at the limit and say nothing.
    Raises `UnsupportedType`, `TooLarge`.
    """
    if request.mimetype != kind:
        raise UnsupportedType(f"Send {kind}.")
    return read_any(limit)


def read_any(limit: int) -> bytes:
    """The body, of any media type and at most `limit` bytes.

    Raises `TooLarge`; `BadInput` when the body breaks off before its end; `TooSlow`.
    """
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    body = bytearray()
    while piece := _piece():
        body += piece
        if len(body) > limit:
            raise _too_large(limit)
    if request.content_length not in {None, len(body)}:
        raise _broken_off()
    return bytes(body)


def _piece() -> bytes:
    try:
        return request.stream.read(_PIECE)
    except TimeoutError:
        raise TooSlow("Send the body faster.") from None
    except Exception:  # noqa: BLE001 - what servers raise for a connection or a chunk that breaks off varies
        raise _broken_off() from None


def read_json(shape: type[T], limit: int = 4096) -> T:
    """The JSON body as a msgspec struct; raise `BadInput`, `TooLarge`, `UnsupportedType`."""
    try:
        return msgspec.json.decode(read_body("application/json", limit), type=shape)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadInput(f"The body is not the JSON that is expected here: {error}.") from None


def _broken_off() -> BadInput:
    return BadInput("The body ended before its end.")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body may have {limit} bytes.")
