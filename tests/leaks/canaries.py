"""Values that occur nowhere else: one for each field and file."""

from __future__ import annotations

import os
import secrets
import string

_PLAIN = string.ascii_letters + string.digits
_ODD = 'äöüßéñøλжש漢字🩻 "%+&=;,~€?#<>'
"""What JSON, URLs and headers each spell in another way. No slash: file names are made of it too."""


def token() -> str:
    """Random letters and digits, 119 bits: it survives whatever keeps ASCII."""
    return "".join(secrets.choice(_PLAIN) for _ in range(20))


def words(field: str) -> str:
    """A random text of 130 bits that is spelled differently in every encoding."""
    return f"{field} " + "".join(secrets.choice(_ODD) + secrets.choice(_PLAIN) for _ in range(12)) + '"é'


def content(size: int) -> bytes:
    """A file in which every 127 bytes show the canary, its first 64."""
    canary = os.urandom(64)
    return (canary * (size // 64 + 1))[:size]
