"""The content key: one for each version of a record, and what it commits to (section 4)."""

from __future__ import annotations

import hmac
import os
from typing import Self

from pmr.crypto.hkdf import hkdf
from pmr.crypto.labels import label
from pmr.crypto.secret import Secret
from pmr.errors import CannotDecrypt


class BodyKey(Secret):
    """The key that the bodies of one version are sealed with."""

    __slots__ = ()


class ContentKey(Secret):
    """`CK`: 32 random bytes, new for every version of a record."""

    __slots__ = ()

    @classmethod
    def new(cls) -> Self:
        """Draw a new key."""
        return cls(os.urandom(cls.LENGTH))

    def commit(self, content_id: bytes) -> bytes:
        """Give the 32 bytes of `keyCommit`, which the header publishes."""
        return hkdf(self._bytes, content_id, label("commit"))

    def body_key(self, content_id: bytes) -> BodyKey:
        """Give the key of the version's bodies."""
        return BodyKey(hkdf(self._bytes, content_id, label("body")))

    def check(self, content_id: bytes, key_commit: bytes) -> None:
        """Raise `CannotDecrypt` unless this is the key that a header commits to."""
        if not hmac.compare_digest(self.commit(content_id), key_commit):
            raise CannotDecrypt("The key is not the one that the record's header commits to.")


def new_content_id() -> bytes:
    """Draw the 32 bytes that name one version of a record."""
    return os.urandom(32)
