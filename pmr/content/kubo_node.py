"""The calls of a Kubo node's RPC that the store needs, their answers believed in nothing.

Source: https://docs.ipfs.tech/reference/kubo/rpc/, measured with Kubo 0.43.1. Every call is
offline: what the node does not have, it must not look for among its peers.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ipfshttpclient
from ipfshttpclient import exceptions
from ipfshttpclient.client import base, block

from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.errors import (
    ConfigError,
    IncompleteContent,
    StorageDamaged,
    StorageFull,
    StoreUnavailable,
)

_ABSENT = ("could not find", "not found locally")
_FULL = ("no space left on device", "quota exceeded")
_REMOVED_AT_ONCE = 256


class _Blocks(block.Section):  # type: ignore[misc]  # the base class has no types
    """The client's block calls, and the one that it lacks."""

    def rm(self, cids: list[str]) -> list[dict[str, str]]:
        answers = self._client.request("/block/rm", tuple(cids), decoder="json", offline=True)
        return list(answers)


class _Client(ipfshttpclient.Client):  # type: ignore[misc]  # the base class has no types
    """`Client`, not `connect`: that one refuses every Kubo from 0.8 on."""

    block = base.SectionProperty(_Blocks)


class KuboNode:
    """A node's blocks and pins. Raises `StoreUnavailable` when it does not answer."""

    def __init__(self, address: str, timeout: float) -> None:
        """Talk to the RPC at a multiaddr, such as `/ip4/127.0.0.1/tcp/5001/http`; seconds to wait.

        Raises `ConfigError` for another address.
        """
        self._address = address
        try:
            self._client = _Client(address, timeout=timeout)
        except exceptions.AddressError:
            raise ConfigError(f"{address!r} is not of the form /ip4/127.0.0.1/tcp/5001/http.") from None

    def put(self, block: Block) -> None:
        """Store a block; raise `StorageDamaged` when the node gives it another CID."""
        options = {
            "cid-codec": "raw" if block.cid.codec == RAW else "dag-pb",
            "mhtype": "sha2-256",
            "pin": "false",
            "allow-big-block": "true",
        }
        with self._told():
            answer = self._client.block.put(io.BytesIO(block.data), opts=options)
        if answer["Key"] != str(block.cid):
            raise StorageDamaged(f"The Kubo node stored {block.cid} as {answer['Key']}.")

    def get(self, cid: Cid) -> bytes | None:
        """What the node has as a block's bytes; None when it has nothing."""
        data: bytes | None = self._if_there(self._client.block.get, cid)
        return data

    def size(self, cid: Cid) -> int | None:
        """Bytes of a block; None when the node does not have it."""
        answer = self._if_there(self._client.block.stat, cid)
        return None if answer is None else int(answer["Size"])

    def remove(self, cids: list[Cid]) -> set[Cid]:
        """Remove blocks and give those that the node keeps because they are pinned.

        The node looks for pins by the whole CID, but keeps bytes by their hash alone: never call
        it for a block whose bytes are also known under the other codec.
        """
        parts = (cids[i : i + _REMOVED_AT_ONCE] for i in range(0, len(cids), _REMOVED_AT_ONCE))
        return {cid for part in parts for cid in self._remove(part)}

    def pin(self, root: Cid, name: str) -> None:
        """Pin a DAG under a name; raise `IncompleteContent` when the node lacks a block of it."""
        try:
            with self._told():
                self._client.pin.add(str(root), offline=True, opts={"name": name})
        except _Absent as error:
            raise IncompleteContent(f"The Kubo node cannot pin {root}: {error}") from None

    def unpin(self, root: Cid) -> None:
        """Remove the pin of a DAG, if there is one."""
        try:
            with self._told():
                self._client.pin.rm(str(root), offline=True)
        except _NotPinned:
            return

    def pinned(self, name: str) -> set[Cid]:
        """The roots that are pinned under a name."""
        with self._told():
            answer = self._client.pin.ls(type="recursive", opts={"names": "true"})
        keys = answer.as_json().get("Keys", {})
        return {Cid.parse(text) for text, pin in keys.items() if pin.get("Name") == name}

    def require_sync(self) -> None:
        """Raise `ConfigError` when the node acknowledges blocks before they are on disk."""
        with self._told():
            spec = self._client.config.get().as_json()["Datastore"]["Spec"]
        mounts = spec.get("mounts", [spec])
        if any(mount.get("type") == "flatfs" and not mount.get("sync") for mount in mounts):
            raise ConfigError(
                f"The Kubo node at {self._address} says that a block is stored before it is on disk. "
                'Set "sync": true in Datastore.Spec of its configuration and start it again.'
            )

    def _remove(self, cids: list[Cid]) -> Iterator[Cid]:
        with self._told():
            answers = self._client.block.rm([str(cid) for cid in cids])
        for answer in answers:
            error = answer.get("Error", "")
            if error.startswith("pinned"):
                yield Cid.parse(answer["Hash"])
            elif error and not any(said in error for said in _ABSENT):
                raise StoreUnavailable(f"The Kubo node did not remove {answer['Hash']}: {error}.")

    def _if_there(self, ask: Any, cid: Cid) -> Any:
        try:
            with self._told():
                return ask(str(cid), offline=True)
        except _Absent:
            return None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except exceptions.ErrorResponse as error:
            raise _translate(str(error)) from error
        except exceptions.TimeoutError as error:
            # A removal looks for what pinned content lacks among the peers, and waits for it.
            advice = "If that happens again, look with `ipfs pin verify` for pins that lack blocks."
            raise StoreUnavailable(f"The Kubo node at {self._address} is too slow. {advice}") from error
        except exceptions.Error as error:
            raise StoreUnavailable(f"No Kubo node answers at {self._address}. Start it.") from error


class _Absent(Exception):
    """The node does not have a block."""


class _NotPinned(Exception):
    """The node has no such pin."""


def _translate(said: str) -> Exception:
    if any(words in said for words in _ABSENT):
        return _Absent(said)
    if "not pinned" in said:
        return _NotPinned(said)
    if any(words in said for words in _FULL):
        return StorageFull(f"The Kubo node says: {said}.")
    return StoreUnavailable(f"The Kubo node says: {said}.")
