"""All versions of an account's key: old ones still open old envelopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pmr.crypto.keys import DoctorKey
from pmr.errors import BadInput, KeyExists, NoKey


class Keyring:
    """The keys of one account by version, 1 for the first. At least one."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[int, DoctorKey]) -> None:
        """Hold keys by version; raise `BadInput` for none or a version below 1."""
        if not keys or min(keys) < 1:
            raise BadInput("A keyring has at least one key, and versions start at 1.")
        self._keys = {version: keys[version] for version in sorted(keys)}

    @classmethod
    def new(cls) -> Keyring:
        """Make a keyring with a new first key."""
        return cls({1: DoctorKey.generate()})

    @property
    def keys(self) -> Mapping[int, DoctorKey]:
        """The keys by version, ascending; read only."""
        return MappingProxyType(self._keys)

    @property
    def version(self) -> int:
        """The newest version."""
        return max(self._keys)

    @property
    def newest(self) -> DoctorKey:
        """The key to seal and sign with."""
        return self._keys[self.version]

    def key(self, version: int) -> DoctorKey:
        """Give the key of a version; raise `NoKey`."""
        if version not in self._keys:
            raise NoKey(f"Version {version} of the key is not in the vault.")
        return self._keys[version]

    def add(self, version: int, key: DoctorKey) -> None:
        """Add a key; raise `KeyExists` rather than replace one."""
        if version in self._keys:
            raise KeyExists(f"Version {version} of the key is in the vault already.")
        self._keys = dict(sorted({**self._keys, version: key}.items()))

    def rotate(self) -> DoctorKey:
        """Add a new key as the next version and give it; the old ones stay."""
        key = DoctorKey.generate()
        self.add(self.version + 1, key)
        return key

    def __iter__(self) -> Iterator[DoctorKey]:
        """The keys, newest first: the order in which to try an envelope."""
        return reversed(list(self._keys.values()))

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<Keyring, versions {', '.join(map(str, self._keys))}>"
