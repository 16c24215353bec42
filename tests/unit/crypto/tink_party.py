"""Google's Tink as the other party, as scripts/make_stream_vectors.py sets it up."""

from __future__ import annotations

import io
import runpy
from typing import Any

from vector_files import ROOT

_SCRIPT = runpy.run_path(str(ROOT / "scripts" / "make_stream_vectors.py"))


def tink(key: bytes) -> Any:
    """Tink's streaming AEAD with a stated key."""
    return _SCRIPT["primitive"](key)


def tink_seal(key: bytes, aad: bytes, plain: bytes) -> bytes:
    """Encrypt with Tink."""
    sink = io.BytesIO()
    sink.close = lambda: None  # type: ignore[method-assign]  # Tink closes it, and its bytes are wanted
    with tink(key).new_encrypting_stream(sink, aad) as stream:
        stream.write(plain)
    return sink.getvalue()


def tink_open(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """Decrypt with Tink; it raises for what is not authentic."""
    with tink(key).new_decrypting_stream(io.BytesIO(sealed), aad) as stream:
        plain: bytes = stream.read()
        return plain
