"""People who use the server, each with an own key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from eth_account import Account
from eth_account.messages import encode_defunct
from flask import Flask
from werkzeug.test import TestResponse

from pmr.content.block import Block
from pmr.content.car import pack
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import encode_directory, import_file
from pmr.types import Address, RecordId

CAR = "application/vnd.ipld.car"


class Actor:
    """An account with a Bearer token."""

    def __init__(self, app: Flask, number: int) -> None:
        self.account = Account.from_key(number.to_bytes(32, "big"))
        self.address: Address = self.account.address
        self.http = app.test_client(use_cookies=False)
        self.token = ""

    def challenge(self) -> dict[str, Any]:
        answer = self.http.post("/api/session/challenge", json={"address": self.address})
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    def sign(self, text: str) -> str:
        return "0x" + bytes(self.account.sign_message(encode_defunct(text=text)).signature).hex()

    def sign_in(
        self, challenge: Mapping[str, Any] | None = None, signature: str | None = None
    ) -> TestResponse:
        given = challenge or self.challenge()
        body = {"id": given["id"], "signature": signature or self.sign(given["message"])}
        return self.http.post("/api/session", json=body)

    def signed_in(self) -> Self:
        answer = self.sign_in()
        assert answer.status_code == 200, answer.text
        self.token = answer.get_json()["token"]
        return self

    def call(self, method: str, path: str, **arguments: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | arguments.pop("headers", {})
        return self.http.open(path, method=method, headers=headers, **arguments)

    def upload(self, blocks: Iterable[Block]) -> TestResponse:
        answers = [self.call("POST", "/api/blocks", data=car, content_type=CAR) for car in pack(blocks)]
        assert all(answer.status_code == 200 for answer in answers), answers[-1].text
        return answers[-1]

    def missing(self, cids: Sequence[Cid]) -> list[str]:
        answer = self.call("POST", "/api/blocks/missing", json={"cids": [str(cid) for cid in cids]})
        assert answer.status_code == 200, answer.text
        return list(answer.get_json()["missing"])

    def pin(self, root: Cid) -> TestResponse:
        return self.call("POST", "/api/pins", json={"cid": str(root)})

    def block(self, record: RecordId, cid: Cid) -> TestResponse:
        return self.call("GET", f"/api/records/{record}/blocks/{cid}")


class Folder:
    """A directory's blocks, root last, made from random bytes."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.blocks: list[Block] = []
        given = files or {"0": os.urandom(2_500_000), "header": os.urandom(300), "owner": os.urandom(1169)}
        nodes = {name: import_file(_pieces(data), self.blocks.append) for name, data in given.items()}
        directory = encode_directory(nodes)
        self.blocks.append(directory)
        self.root = directory.cid

    @property
    def cids(self) -> list[Cid]:
        return [block.cid for block in self.blocks]


def _pieces(data: bytes) -> Iterable[bytes]:
    return [data[at : at + (1 << 20)] for at in range(0, len(data), 1 << 20)]


def leaf(data: bytes | None = None) -> Block:
    """A raw block, such as an envelope."""
    return Block.of(RAW, data or os.urandom(1169))
