"""Finds secrets in bytes, in the encodings in which programs let them slip.

Not claimed: a secret that was encrypted, that is in pieces of less than 16 bytes, in raw deflate without
a header, in base58, or turned around byte by byte. Lengths and times are no secrets here: padded sizes are
public (docs/format.md, section 5).
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import quote, quote_plus

HEAD = 12
"""Bytes by which a form is looked up; none is shorter."""
WINDOW = 16
"""Bytes: a part of this size, at a multiple of it, is enough to recognise binary secrets."""
DEPTH = 3
"""How many layers of hex and compression are taken off."""
_MOST_INFLATED = 16 << 20
_HEX_RUN = re.compile(rb"[0-9a-fA-F]{32,}")
_CHUNK_HEAD = re.compile(rb"\r\n[0-9a-fA-F]{1,8}\r\n")
_BLANKS = re.compile(rb"[ \t\r\n]+")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


@dataclass(frozen=True)
class Secret:
    """Something that must not be found, and each form of it with the form's name."""

    name: str
    forms: tuple[tuple[str, bytes], ...] = field(repr=False)


@dataclass(frozen=True, order=True)
class Finding:
    """A secret, where it was, and in which form."""

    secret: str
    place: str
    form: str


@dataclass(frozen=True)
class Piece:
    """Bytes that an outsider could see; `place` says where, for people."""

    place: str
    data: bytes = field(repr=False)


def text_secret(name: str, value: str) -> Secret:
    """A text, however programs spell it."""
    wide = [(kind, value.encode(kind)) for kind in ("utf-8", "utf-16-le", "utf-16-be")]
    spelled = [
        ("JSON", json.dumps(value)[1:-1]),
        ("JSON, not ASCII", json.dumps(value, ensure_ascii=False)[1:-1]),
        ("percent", quote(value, safe="")),
        ("percent of a path", quote(value)),
        ("percent of a form", quote_plus(value)),
    ]
    lower = [(f"{kind}, lower case", _lower_escapes(text)) for kind, text in spelled]
    forms = [form for kind, data in wide for form in _binary_forms(kind, data)]
    return _secret(name, [*forms, *((kind, text.encode()) for kind, text in spelled + lower)])


def binary_secret(name: str, value: bytes) -> Secret:
    """Bytes, and each of their parts of 16."""
    parts = [value[at : at + WINDOW] for at in range(0, len(value) - WINDOW + 1, WINDOW)]
    forms = [form for part in parts for form in _binary_forms("raw", part)]
    return _secret(name, [*forms, ("decimal", str(int.from_bytes(value, "big")).encode())])


def _secret(name: str, forms: list[tuple[str, bytes]]) -> Secret:
    if short := [kind for kind, data in forms if len(data) < HEAD]:
        raise ValueError(f"{name} is too short to be told from chance as {short[0]}.")
    return Secret(name, tuple({data: (kind, data) for kind, data in reversed(forms)}.values()))


def _binary_forms(kind: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Hex is not among them: the scanner takes it off before it looks."""
    yield kind, data
    for comma in (",", ", "):
        yield f"bytes in JSON of {kind}", comma.join(map(str, data)).encode()
    for shift in range(3):
        plain = _middle(base64.b64encode(bytes(shift) + data), shift, len(data), 6)
        yield f"base64 of {kind}", plain
        yield f"base64url of {kind}", plain.translate(bytes.maketrans(b"+/", b"-_"))
    for shift in range(5):
        plain = _middle(base64.b32encode(bytes(shift) + data), shift, len(data), 5)
        yield f"base32 of {kind}", plain
        yield f"base32 of {kind}", plain.lower()


def _middle(encoded: bytes, shift: int, length: int, bits: int) -> bytes:
    """Give the characters that hold nothing of the neighbours: `bits` is how many one holds."""
    return encoded[-(-8 * shift // bits) : 8 * (shift + length) // bits]


def _lower_escapes(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text)


class Scanner:
    """Looks for many secrets at once."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        """Look for these."""
        self._forms: defaultdict[bytes, list[tuple[bytes, str, str]]] = defaultdict(list)
        for secret in secrets:
            for kind, data in secret.forms:
                self._forms[data[:HEAD]].append((data, secret.name, kind))

    def scan(self, pieces: Iterable[Piece]) -> list[Finding]:
        """Give every secret at every place and in every form in which it is there, once each."""
        found = set()
        for piece in pieces:
            for layers, data in _peeled(piece.data, DEPTH):
                for secret, kind in self._hits(data):
                    found.add(Finding(secret, piece.place, " of ".join((*layers, kind))))
        return sorted(found)

    def _hits(self, data: bytes) -> Iterator[tuple[str, str]]:
        forms = self._forms
        for at in range(len(data) - HEAD + 1):
            head = data[at : at + HEAD]
            if head in forms:
                for whole, secret, kind in forms[head]:
                    if data.startswith(whole, at):
                        yield secret, kind


def _peeled(data: bytes, depth: int) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Give bytes as they are, and what is in them under up to `depth` layers."""
    yield (), data
    if depth == 0:
        return
    for kind, inner in _layers(data):
        for kinds, deeper in _peeled(inner, depth - 1):
            yield (kind, *kinds), deeper


def _layers(data: bytes) -> Iterator[tuple[str, bytes]]:
    # A zero byte between, so that two runs are never read as one.
    runs = _HEX_RUN.findall(data)
    for shift in (0, 1):
        if inner := b"\0".join(_unhex(run[shift:]) for run in runs):
            yield "hex", inner
    if b"hunked" in data:
        yield "chunks", _CHUNK_HEAD.sub(b"", data)
    if data.isascii() and _BLANKS.search(data):
        yield "lines", _BLANKS.sub(b"", data)
    for found in _PACKED.finditer(data):
        if inner := _inflated(data, found.start()):
            yield "compression", inner


def _unhex(run: bytes) -> bytes:
    return bytes.fromhex(run[: len(run) & ~1].decode())


def _inflated(data: bytes, start: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=47)  # zlib's or gzip's header, whichever is there
    pieces = []
    try:
        for at in islice(range(start, len(data), 1 << 16), _MOST_INFLATED >> 16):
            pieces.append(unpacker.decompress(data[at : at + (1 << 16)], _MOST_INFLATED))
            if unpacker.eof:
                break
    except zlib.error:
        pass
    return b"".join(pieces) if sum(map(len, pieces)) >= HEAD else b""
