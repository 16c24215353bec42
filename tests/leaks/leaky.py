"""Clients with one fault each, made of the real client's parts: the scanner must catch every one."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from web3.types import RPCEndpoint

from leaks.canaries import content, words
from leaks.doctors import MIB, Known, Person
from pmr.chain.transaction import Call, send
from pmr.client.upload import Upload, upload_leaf
from pmr.content.block import Block
from pmr.content.cid import RAW, Cid
from pmr.content.unixfs import encode_directory, import_file
from pmr.crypto.recovery import write_kit
from pmr.errors import PmrError
from pmr.types import parse_address

SERVER, NODE, BLOCK, RECEIPT = "sent to the server", "sent to the node", "block ", "receipt "
STORAGE, STORE, LOG, DATABASE = "storage of ", "file content/blocks", "file server.log", "file server.sqlite"
Act = Callable[[Person, Known], None]


@dataclass(frozen=True)
class Leak:
    """What a faulty client does, what of a doctor's gets out, and where it must be found."""

    act: Act
    secret: str
    places: tuple[str, ...]


def _ask(person: Person, method: str, path: str, body: bytes | None = None, **headers: str) -> None:
    """Send what no client of ours sends. The server may refuse it; then it has it all the same."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | person.api._authorization()
    try:
        person.api._http.call(method, path, body=body, headers=named)
    except PmrError:
        return


def _name_in_http_header(person: Person, known: Known) -> None:
    name = known.text("name", words("name"))
    _ask(
        person, "POST", "/api/pins", b"{}", Content_Disposition=f"attachment; filename*=UTF-8''{quote(name)}"
    )


def _name_in_directory(person: Person, known: Known) -> None:
    name = known.text("name", words("name"))
    upload = Upload(person.api)
    directory = encode_directory({name: import_file([os.urandom(100)], upload.put)})
    upload.put(directory)
    upload.finish(directory.cid)


def _hash_of_file_in_upload(person: Person, known: Known) -> None:
    data = known.file("file", content(100))
    person.api.missing([Cid.of(RAW, data)])


def _hash_of_title_on_chain(person: Person, known: Known) -> None:
    title = known.text("title", words("title"))
    person.ledger.create(person.ledger.count(person.wallet.address), sha256(title.encode()).digest())


def _title_in_path(person: Person, known: Known) -> None:
    _ask(person, "GET", "/api/keys/" + quote(known.text("title", words("title"))))


def _patient_in_cid(person: Person, known: Known) -> None:
    patient = known.key("patient", os.urandom(32))
    _ask(person, "GET", f"/api/records/{person.wallet.address}/0/blocks/{Cid.leaf(patient)}")


def _content_key_in_vault(person: Person, known: Known) -> None:
    key = known.key("content key", os.urandom(32))
    _ask(person, "PUT", "/api/vault", json.dumps({"keys": [{"seed": key.hex().upper()}]}).encode())


def _content_key_as_envelope(person: Person, known: Known) -> None:
    upload_leaf(person.api, Block.of(RAW, b"\1" + known.key("content key", os.urandom(32))))


def _title_in_transaction(person: Person, known: Known) -> None:
    title = known.text("title", words("title"))
    data = base64.b64encode(title.encode("utf-16-le"))
    send(person.hospital.connect(), person.wallet, Call(person.wallet.address, data, "carry a title"))


def _notes_in_envelope_digests(person: Person, known: Known) -> None:
    """32 bytes of the notes as the digest of an envelope: in calldata and in the event."""
    notes = known.key("notes", os.urandom(32))
    position = person.ledger.count(person.wallet.address)
    root = os.urandom(32)
    person.ledger.create(position, root)
    record = person.ledger.records()[position].id
    person.ledger.grant(record, parse_address("0x" + "00" * 19 + "99"), 0, 1, notes)


def _seed_in_call(person: Person, known: Known) -> None:
    """Asked of a node, in no transaction: only the node's owner sees it."""
    seed = known.key("seed", os.urandom(32))
    question = {"to": person.wallet.address, "data": "0x" + seed.hex()}
    person.hospital.connect().provider.make_request(RPCEndpoint("eth_call"), [question, "latest"])


def _file_unsealed(person: Person, known: Known) -> None:
    upload = Upload(person.api)
    data = known.file("file", content(MIB + 1000))
    directory = encode_directory({"0": import_file([data[:MIB], data[MIB:]], upload.put)})
    upload.put(directory)
    upload.finish(directory.cid)


def _notes_packed(person: Person, known: Known) -> None:
    notes = known.text("notes", words("notes"))
    upload_leaf(person.api, Block.of(RAW, gzip.compress(json.dumps({"notes": notes}).encode())))


def _title_in_header_of_record(person: Person, known: Known) -> None:
    """A `header` that says more than it may."""
    title = known.text("title", words("title"))
    header = json.dumps({"format": "pmr/1", "title": title}, ensure_ascii=False).encode()
    person.api.missing([Cid.of(RAW, header)])
    upload_leaf(person.api, Block.of(RAW, header))


def _passphrase_in_form(person: Person, known: Known) -> None:
    passphrase = known.text("passphrase", words("pass"))
    _ask(person, "POST", "/api/session", json.dumps({"id": passphrase, "signature": "0x11"}).encode())


def _recovery_words_in_question(person: Person, known: Known) -> None:
    known.keyring("paper", person.keyring)
    _ask(person, "GET", "/healthz?kit=" + quote(write_kit(person.keyring, person.wallet.address)))


def _private_key_as_numbers(person: Person, known: Known) -> None:
    key = known.key("wallet", os.urandom(32))
    _ask(person, "PUT", "/api/vault", json.dumps({"key": list(key)}).encode())


def _chunked_upload(person: Person, known: Known) -> None:
    """Cut so that no 16 bytes stand together on the wire."""
    notes = known.text("notes", words("notes")).encode()
    pieces = (notes[at : at + 7] for at in range(0, len(notes), 7))
    person.api._http._session.put(
        person.api._http.base_url + "/api/vault", data=pieces, headers=person.api._authorization(), timeout=30
    )


LEAKS: Mapping[str, Leak] = {
    "file name in an HTTP header": Leak(_name_in_http_header, "name", (SERVER,)),
    "file name in a directory": Leak(_name_in_directory, "name", (SERVER, STORE)),
    "hash of a file asked for": Leak(_hash_of_file_in_upload, "SHA-256 of file", (SERVER,)),
    "hash of a title as root": Leak(
        _hash_of_title_on_chain, "SHA-256 of title", (NODE, BLOCK, RECEIPT, STORAGE, DATABASE)
    ),
    "title in a path": Leak(_title_in_path, "title", (SERVER, LOG)),
    "patient in a CID": Leak(_patient_in_cid, "patient", (SERVER, LOG)),
    "content key in a vault that is not sealed": Leak(
        _content_key_in_vault, "content key", (SERVER, DATABASE, "table vaults")
    ),
    "content key as an envelope": Leak(_content_key_as_envelope, "content key", (SERVER, STORE)),
    "title in a transaction": Leak(_title_in_transaction, "title", (NODE, BLOCK)),
    "notes as an envelope's digest": Leak(
        _notes_in_envelope_digests, "notes", (NODE, BLOCK, RECEIPT, DATABASE)
    ),
    "seed in a question to the node": Leak(_seed_in_call, "seed", (NODE,)),
    "file not sealed": Leak(_file_unsealed, "file", (SERVER, STORE)),
    "notes compressed": Leak(_notes_packed, "notes", (SERVER, STORE)),
    "title in the record's header": Leak(_title_in_header_of_record, "title", (SERVER, STORE)),
    "passphrase in a sign-in": Leak(_passphrase_in_form, "passphrase", (SERVER,)),
    "recovery words in a question": Leak(
        _recovery_words_in_question, "recovery words of paper's key 1", (SERVER,)
    ),
    "wallet's key as numbers": Leak(_private_key_as_numbers, "wallet", (SERVER, DATABASE)),
    "notes in chunks": Leak(_chunked_upload, "notes", (SERVER, DATABASE)),
}
