"""Which accounts a hospital takes, where its IT keeps a list of them in a file."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Any

from pmr.errors import BadAddress, ConfigError, NotAdmitted
from pmr.server.sessions import CheckSignature, Session, Sessions
from pmr.types import Address, parse_address

_LOG = logging.getLogger("pmr.server")
_Seen = tuple[int, int, int]


class AccountList:
    """A file with one address a line; `#` begins a comment. Read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        """Read the file; raise `ConfigError` for one that cannot be read or has a line that is no address."""
        self._path = path
        self._lock = threading.Lock()
        self._seen: _Seen | None = None
        self._accounts: frozenset[Address] = frozenset()
        faults = self._refresh()
        if faults:
            raise ConfigError(f"{path}: {faults[0]} Write one address a line.")

    def demand(self, account: Address) -> None:
        """Raise `NotAdmitted` unless the account is on the list now; `ConfigError` without a list."""
        with self._lock:
            for fault in self._refresh():
                _LOG.error("accounts_file: %s", fault)
            if account not in self._accounts:
                raise NotAdmitted

    def _refresh(self) -> list[str]:
        """Read the file if it is another one; give what was wrong, line by line.

        A line that is no address admits nobody; the others hold, or a slip would lock a hospital out.
        """
        try:
            with self._path.open("rb") as file:
                seen = _seen(os.fstat(file.fileno()))
                if seen == self._seen:
                    return []
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError as error:
            self._seen = None
            raise ConfigError(f"accounts_file {self._path} cannot be read: {error.strerror}.") from None
        self._accounts, faults = _read(lines)
        self._seen = seen
        return faults


def _seen(stat: os.stat_result) -> _Seen:
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _read(lines: list[str]) -> tuple[frozenset[Address], list[str]]:
    accounts: set[Address] = set()
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        try:
            accounts.update([parse_address(text)] if text else [])
        except BadAddress as error:
            faults.append(f"Line {number}: {error.detail}")
    return frozenset(accounts), faults


class ListedSessions(Sessions):
    """Sessions of the accounts on a list, which is asked at sign-in and again at each request."""

    def __init__(self, accounts: AccountList, check_signature: CheckSignature, **given: Any) -> None:
        """As `Sessions`, with all else by name; `accounts` says who is taken."""

        def check(account: Address, text: str, signature: bytes) -> None:
            # The signature first: only the account itself learns whether it is on the list.
            check_signature(account, text, signature)
            accounts.demand(account)

        super().__init__(check_signature=check, **given)
        self._accounts = accounts

    def authenticate(self, token: str) -> Session:
        """As `Sessions.authenticate`; ends the session of an account that was struck off: `NotAdmitted`."""
        session = super().authenticate(token)
        try:
            self._accounts.demand(session.address)
        except NotAdmitted:
            self.sign_out(token)
            raise
        return session
