"""Sign-in with a wallet (EIP-4361) and the sessions that follow."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    delete,
    false,
    insert,
    or_,
    select,
    update,
)

from pmr.errors import ConfigError, NotSignedIn, SignInFailed
from pmr.index.database import reading
from pmr.server.clock import Clock
from pmr.server.tables import challenges, sessions
from pmr.types import Address

CHALLENGE_SECONDS = 300
IDLE_SECONDS = 15 * 60
SESSION_SECONDS = 12 * 3600
CHALLENGES = 50_000
"""Texts kept at once, for everybody; beyond it the oldest go."""
CHALLENGES_EACH = 1000
"""Texts kept at once for one account. Anybody may ask for one in anybody's name: a client that asks ten times
a second needs longer to push a text out than its owner needs to sign it."""
SESSIONS = 50_000
SESSIONS_EACH = 256
"""Sessions of one account; beyond it, those go that were used least recently."""
_TOUCH_SECONDS = 60
"""A session's last use is written at most this often; idle time is counted from what was written."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_STATEMENT = "Sign in to Protected Medical Records. This costs nothing and sends no transaction."

CheckSignature = Callable[[Address, str, bytes], None]
"""Called with account, text and signature; raises `SignInFailed`."""


@dataclass(frozen=True)
class Challenge:
    """A text to sign; `expires` in Unix seconds. Who knows `id` can try a signature: it is not shown."""

    id: str = field(repr=False)
    message: str = field(repr=False)
    expires: int


@dataclass(frozen=True)
class Session:
    """A session; `expires` is its absolute end in Unix seconds."""

    address: Address
    expires: int
    token: str = field(repr=False, default="")


@dataclass(frozen=True)
class Site:
    """Where browsers find the server, as sign-in texts name it."""

    origin: str
    """Scheme, host and port, as a browser's Origin header has it."""
    domain: str
    """Host and port."""

    @classmethod
    def parse(cls, url: str) -> Site:
        """Read a public URL (http or https, no path); raise `ConfigError`."""
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path.strip("/"):
            raise ConfigError(f"public_url must be of the form https://host, not {url!r}.")
        domain = parts.netloc.lower().removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}")
        return cls(f"{parts.scheme}://{domain}", domain)


class Sessions:
    """Writes the texts, checks the signatures, knows the tokens. Tokens are stored as hashes only."""

    def __init__(
        self, engine: Engine, site: Site, chain_id: int, check_signature: CheckSignature, clock: Clock
    ) -> None:
        """Sign accounts in to `site`; `check_signature` says whether a text was signed."""
        self._engine = engine
        self._site = site
        self._chain_id = chain_id
        self._check_signature = check_signature
        self._clock = clock

    def challenge(self, address: Address, browser: str | None = None) -> Challenge:
        """Write and keep a text that `address` may sign within `CHALLENGE_SECONDS`, once.

        `browser` is a secret that the asking browser keeps: `sign_in` wants it again. None for a program.
        """
        now = self._clock()
        made = Challenge(secrets.token_urlsafe(24), self._message(address, now), now + CHALLENGE_SECONDS)
        row = {"id": made.id, "address": address, "message": made.message, "expires_at": made.expires}
        with self._engine.begin() as connection:
            _prune(connection, challenges, challenges.c.expires_at <= now)
            connection.execute(insert(challenges), row | {"browser": _bound(browser)})
            _keep(connection, challenges.c.expires_at, CHALLENGES_EACH, challenges.c.address == address)
            _keep(connection, challenges.c.expires_at, CHALLENGES)
        return made

    def sign_in(
        self, challenge_id: str, signature: bytes, browser: str | None = None, replaces: str = ""
    ) -> Session:
        """Use a challenge up and open a session, ending the one of the token `replaces`.

        Raises `SignInFailed`, also when the challenge was written for another `browser`: nobody signs
        somebody else in with a text and a signature of one's own.
        """
        row = self._take(challenge_id)
        if row is None or row.expires_at <= self._clock():
            raise SignInFailed(
                "The sign-in text was used, is too old or was never written. Ask for a new one."
            )
        if not hmac.compare_digest(row.browser or b"", _bound(browser) or b""):
            raise SignInFailed("The sign-in text was written for another browser. Ask for a new one.")
        self._check_signature(row.address, row.message, signature)
        return self._open(row.address, replaces)

    def authenticate(self, token: str) -> Session:
        """The session of a token; raise `NotSignedIn` when it ended or never was."""
        now, key = self._clock(), _hash(token)
        with reading(self._engine).connect() as connection:
            row = connection.execute(select(sessions).where(sessions.c.token_hash == key)).first()
        if row is None or row.expires_at <= now or row.seen_at + IDLE_SECONDS <= now:
            raise NotSignedIn("The session has ended, or the token is not one of this server.")
        if row.seen_at + _TOUCH_SECONDS <= now:
            self._touch(key, now)
        return Session(row.address, row.expires_at)

    def sign_out(self, token: str) -> None:
        """End the session of a token."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))

    def _take(self, challenge_id: str) -> Row[tuple[object, ...]] | None:
        # Deleted before the signature is looked at: a challenge is good for one attempt.
        query = delete(challenges).where(challenges.c.id == challenge_id).returning(challenges)
        with self._engine.begin() as connection:
            return connection.execute(query).first()

    def _open(self, address: Address, replaces: str) -> Session:
        now, token = self._clock(), secrets.token_urlsafe(32)
        opened = Session(address, now + SESSION_SECONDS, token)
        row = {"token_hash": _hash(token), "address": address, "seen_at": now, "expires_at": opened.expires}
        idle, over = sessions.c.seen_at <= now - IDLE_SECONDS, sessions.c.expires_at <= now
        with self._engine.begin() as connection:
            _prune(connection, sessions, idle, over, sessions.c.token_hash == _hash(replaces))
            connection.execute(insert(sessions), row)
            _keep(connection, sessions.c.seen_at, SESSIONS_EACH, sessions.c.address == address)
            _keep(connection, sessions.c.seen_at, SESSIONS)
        return opened

    def _touch(self, key: bytes, now: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == key).values(seen_at=now))

    def _message(self, address: Address, now: int) -> str:
        """Write the EIP-4361 text (https://eips.ethereum.org/EIPS/eip-4361)."""
        return (
            f"{self._site.domain} wants you to sign in with your Ethereum account:\n{address}\n\n"
            f"{_STATEMENT}\n\n"
            f"URI: {self._site.origin}\nVersion: 1\nChain ID: {self._chain_id}\n"
            f"Nonce: {secrets.token_hex(16)}\n"
            f"Issued At: {_time(now)}\nExpiration Time: {_time(now + CHALLENGE_SECONDS)}"
        )


def _prune(connection: Connection, table: Table, *ended: ColumnElement[bool]) -> None:
    connection.execute(delete(table).where(or_(false(), *ended)))


def _keep(connection: Connection, age: Column[int], count: int, *where: ColumnElement[bool]) -> None:
    """Delete all but the `count` rows that are newest by `age`."""
    [key] = age.table.primary_key
    older = select(key).where(*where).order_by(age.desc()).offset(count)
    connection.execute(delete(age.table).where(key.in_(older)))


def _bound(browser: str | None) -> bytes | None:
    return None if browser is None else _hash(browser)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
