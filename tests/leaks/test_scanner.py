"""The scanner itself: what it must find, and what it must not take for a find."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from leaks.canaries import token, words
from leaks.scanner import Piece, Scanner, binary_secret, text_secret

NOISE = os.urandom(1000)
Encode = Callable[[bytes], bytes]


def _chunked(data: bytes) -> bytes:
    pieces = [data[at : at + 5] for at in range(0, len(data), 5)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"


def _after(count: int, encode: Encode) -> Encode:
    return lambda data: encode(NOISE[:count] + data + b"x")


BINARY: dict[str, Encode] = {
    "raw": lambda data: data,
    "hex": lambda data: data.hex().encode(),
    "hex in capitals": lambda data: data.hex().upper().encode(),
    "hex in both": lambda data: data.hex().title().encode(),
    "0x and hex": lambda data: b"0x" + data.hex().encode(),
    "hex at an odd place": lambda data: b"abc" + data.hex().encode() + b"def",
    "hex of hex": lambda data: data.hex().encode().hex().encode(),
    **{f"base64 after {n} bytes": _after(n, base64.b64encode) for n in range(3)},
    **{f"base64url after {n} bytes": _after(n, base64.urlsafe_b64encode) for n in range(3)},
    **{f"base32 after {n} bytes": _after(n, base64.b32encode) for n in range(5)},
    "base32 in lower case": lambda data: base64.b32encode(data).lower(),
    "hex of base64": lambda data: base64.b64encode(data).hex().encode(),
    "base64 in lines": lambda data: base64.encodebytes(b"y" * 70 + data),
    "hex in lines": lambda data: b" ".join(b"%02x" % byte for byte in data),
    "gzip": lambda data: NOISE + gzip.compress(data * 50) + NOISE,
    "zlib, fast": lambda data: zlib.compress(data + NOISE, 1),
    "zlib, best": lambda data: zlib.compress(data + NOISE, 9),
    "gzip cut off": lambda data: gzip.compress(data + os.urandom(5000))[:-2000],
    "hex of gzip": lambda data: gzip.compress(data).hex().encode(),
    "chunks": _chunked,
    "bytes in JSON": lambda data: json.dumps(list(data), separators=(",", ":")).encode(),
    "bytes in JSON with blanks": lambda data: json.dumps(list(data)).encode(),
}
TEXT: dict[str, Callable[[str], bytes]] = {
    "JSON": lambda text: json.dumps({"x": text}).encode(),
    "JSON, not ASCII": lambda text: json.dumps({"x": text}, ensure_ascii=False).encode(),
    "percent": lambda text: quote(text).encode(),
    "percent, all": lambda text: quote(text, safe="").encode(),
    "percent in lower case": lambda text: re.sub(
        "%..", lambda found: found[0].lower(), quote(text, safe="")
    ).encode(),
    "form": lambda text: quote_plus(text).encode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "hex of base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16")).hex().encode(),
    "UTF-16 BE": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "gzip of JSON": lambda text: gzip.compress(json.dumps([text]).encode()),
}


def _found(name: str, secret: object, data: bytes) -> bool:
    value = text_secret(name, secret) if isinstance(secret, str) else binary_secret(name, secret)  # type: ignore[arg-type]  # bytes
    other = [binary_secret("another key", os.urandom(32)), text_secret("another text", words("other"))]
    found = Scanner([value, *other]).scan([Piece("noise", NOISE), Piece("here", data)])
    assert {(one.secret, one.place) for one in found} <= {(name, "here")}
    return bool(found)


@pytest.mark.parametrize("encode", BINARY.values(), ids=BINARY)
def test_scan_finds_a_planted_key_in_every_encoding(encode: Encode) -> None:
    key = os.urandom(32)
    assert _found("key", key, encode(key))


@pytest.mark.parametrize("encode", BINARY.values(), ids=BINARY)
def test_scan_finds_a_planted_text_in_every_encoding_of_its_bytes(encode: Encode) -> None:
    text = words("title")
    assert _found("title", text, encode(text.encode()))


@pytest.mark.parametrize("encode", TEXT.values(), ids=TEXT)
def test_scan_finds_a_planted_text_in_every_spelling(encode: Callable[[str], bytes]) -> None:
    text = words("title")
    assert _found("title", text, encode(text))


@pytest.mark.parametrize("half", [slice(0, 16), slice(16, 32)])
def test_scan_finds_half_a_key(half: slice) -> None:
    key = os.urandom(32)
    assert _found("key", key, NOISE + key[half] + NOISE)


def test_scan_finds_a_short_token_and_names_where_and_how() -> None:
    secret = token()
    (found,) = Scanner([text_secret("token", secret)]).scan([Piece("a log", f"x={secret}!".encode())])
    assert (found.secret, found.place, found.form) == ("token", "a log", "utf-8")


def test_scan_of_what_holds_no_secret_finds_nothing() -> None:
    texts = [text_secret(str(n), words("x")) for n in range(50)]
    keys = [binary_secret(f"key {n}", os.urandom(32)) for n in range(50)]
    data = os.urandom(100_000)
    pieces = [Piece("random", data), Piece("hex", data.hex().encode()), Piece("packed", gzip.compress(data))]
    assert Scanner(texts + keys).scan(pieces) == []


def test_secret_too_short_to_be_told_from_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        text_secret("pin", "1234")
