"""The PMR server as a client sees it: the only module that knows its paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pmr.client.http import Http
from pmr.client.signin import check_sign_in_text
from pmr.content.block import MAX_BLOCK, Block
from pmr.content.cid import Cid
from pmr.errors import BadAddress, BadCid, NotSignedIn, ServerUnavailable
from pmr.types import Address, RecordId, parse_address

T = TypeVar("T")


class Signer(Protocol):
    """The part of a wallet that signs in."""

    @property
    def address(self) -> Address:
        """The account."""

    def sign_text(self, text: str) -> bytes:
        """Sign as EIP-191 says; 65 bytes."""


@dataclass(frozen=True)
class RecordState:
    """What the server says that it has of a record."""

    served: bool
    """Whether it has all of the current version."""
    envelope: bool | None
    """Whether it has the asking reader's envelope; None for the owner."""
    without_envelope: tuple[Address, ...] = ()
    """For the owner: the readers with access whose envelope it lacks."""


class Api:
    """The server's resources, for one account that signs in when it must."""

    def __init__(self, http: Http, signer: Signer, chain_id: int) -> None:
        """Nothing is sent before it is needed."""
        self._http = http
        self._signer = signer
        self._chain_id = chain_id
        self._token = ""
        self._seen = (b"", "")

    def sign_in(self) -> None:
        """Have the server's text checked and signed; raise `SignInFailed`."""
        challenge = self._http.json("POST", "/api/session/challenge", {"address": self._signer.address})
        text = _text(challenge, "message")
        check_sign_in_text(text, self._http.base_url, self._signer.address, self._chain_id)
        answer = {"id": _text(challenge, "id"), "signature": "0x" + self._signer.sign_text(text).hex()}
        self._token = _text(self._http.json("POST", "/api/session", answer), "token")

    def missing(self, cids: Sequence[Cid]) -> list[Cid]:
        """Give those of at most 4,096 blocks that this account has not uploaded."""
        asked = {"cids": [str(cid) for cid in cids]}
        found = self._signed(lambda auth: self._http.json("POST", "/api/blocks/missing", asked, auth))
        return _cids(found)

    def upload(self, car: bytes) -> None:
        """Store the blocks of a CAR of at most 8 MiB."""
        kind = {"Content-Type": "application/vnd.ipld.car"}
        self._signed(lambda auth: self._http.call("POST", "/api/blocks", body=car, headers=kind | auth))

    def pin(self, root: Cid) -> None:
        """Keep a root and all that it reaches; raise `IncompleteContent` when blocks lack."""
        self._signed(lambda auth: self._http.json("POST", "/api/pins", {"cid": str(root)}, auth))

    def record_block(self, record: RecordId, cid: Cid) -> bytes:
        """Give a block of a record, its hash checked; raise `NotFound` for absent and denied alike."""
        return self._block(f"/api/records/{record}/blocks/{cid}", cid)

    def record_state(self, record: RecordId) -> RecordState:
        """Give what the server has of a record; raise `NotFound` for absent and denied alike."""
        found = self._signed(lambda auth: self._http.json("GET", f"/api/records/{record}", headers=auth))
        return _state(found)

    def bundle(self, cid: Cid) -> bytes:
        """Give a published key bundle's block, its hash checked; raise `NotFound`."""
        return self._block(f"/api/keys/{cid}", cid)

    def vault(self) -> bytes:
        """Give the vault that the server keeps for this account; raise `NotFound`."""
        found = self._signed(lambda auth: self._http.tagged("GET", "/api/vault", headers=auth))
        self._seen = found
        return found[0]

    def put_vault(self, vault: bytes, replaces: bytes | None = None) -> None:
        """Keep a vault in the place of the one that `vault` gave last; None for a first one.

        Raises `VaultChanged` when the server keeps another one than `replaces`.
        """
        condition = {"If-Match": self._seen[1]} if replaces is not None and replaces == self._seen[0] else {}
        kind = {"Content-Type": "application/octet-stream"} | condition
        self._signed(lambda auth: self._http.call("PUT", "/api/vault", body=vault, headers=kind | auth))

    def _block(self, path: str, cid: Cid) -> bytes:
        data = self._signed(lambda auth: self._http.call("GET", path, headers=auth, limit=MAX_BLOCK))
        return Block.checked(cid, data).data

    def _signed(self, send: Callable[[dict[str, str]], T]) -> T:
        """Send with the session; sign in when there is none or it has ended."""
        if self._token:
            try:
                return send(self._authorization())
            except NotSignedIn:
                pass
        self.sign_in()
        return send(self._authorization())

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def _state(answer: Any) -> RecordState:
    try:
        lacking = tuple(parse_address(str(reader)) for reader in answer["withoutEnvelope"])
        return RecordState(answer["served"] is True, answer["envelope"], lacking)
    except (LookupError, TypeError, BadAddress):
        raise ServerUnavailable(
            "Its answer lacks what it has: is this a PMR server of this version?"
        ) from None


def _text(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise ServerUnavailable(f"Its answer lacks {name!r}: is this a PMR server of this version?")
    return value


def _cids(answer: Any) -> list[Cid]:
    found = answer.get("missing") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise ServerUnavailable("Its answer lacks 'missing': is this a PMR server of this version?")
    try:
        return [Cid.parse(str(text)) for text in found]
    except BadCid as error:
        raise ServerUnavailable(f"It named a block wrongly: {error.detail}") from None
