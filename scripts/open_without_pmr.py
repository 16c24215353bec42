"""Open a record without PMR: a CAR file and a recovery kit are enough.

Usage: python scripts/open_without_pmr.py RECORD.car KIT.txt FOLDER

Written from docs/format.md alone. It imports nothing of pmr and takes its cryptography elsewhere: Tink for
the bodies, Node with @noble and @hpke for the envelope, and Node's own Ed25519 for the signature.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnemonic import Mnemonic
from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

Blocks = dict[bytes, bytes]
HERE = Path(__file__).parent
SEGMENT = 1 << 20
MANIFEST = 2**32 - 1
TYPE_URL = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
NODE = """
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { ml_kem768_x25519 } from "@noble/post-quantum/hybrid.js";
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
const [what, ...hex] = readFileSync(0, "utf8").split(" ");
if (what === "open") {
  const [secret, envelope, before, after] = hex.map((x) => Buffer.from(x, "hex"));
  const pk = ml_kem768_x25519.keygen(new Uint8Array(secret)).publicKey;
  const info = Buffer.concat([before, createHash("sha256").update(pk).digest(), after]);
  const kem = new XWing(), recipientKey = await kem.importKey("raw", new Uint8Array(secret).buffer, false);
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const to = await suite.createRecipientContext({ recipientKey, enc: envelope.subarray(1, 1121), info });
  console.log(await to.open(envelope.subarray(1121)).then((x) => Buffer.from(x).toString("hex"), () => ""));
} else {
  const [publicKey, message, signature] = hex.map((x) => Buffer.from(x, "hex"));
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), publicKey]);
  console.log(verify(null, message, createPublicKey({ key: der, format: "der", type: "spki" }), signature));
}
"""


class CannotOpen(Exception):
    """What is wrong, in a sentence."""


def label(text: str) -> bytes:
    """L(x) of the format."""
    return b"pmr/v1/" + text.encode() + b"\0"


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-256; one round gives the 32 bytes that the format uses."""
    return hmac.digest(hmac.digest(salt or bytes(32), key, "sha256"), info + b"\x01", "sha256")


def node(what: str, *arguments: bytes) -> str:
    """Run the script above. The arguments go by standard input, where other programs cannot see them."""
    words = " ".join([what, *(a.hex() for a in arguments)])
    command = ["node", "--input-type=module", "-e", NODE]
    return subprocess.check_output(command, cwd=HERE, input=words, text=True).strip()


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Read an unsigned LEB128 number at a place; give it and the next place."""
    last = next(i for i in range(at, len(data)) if data[i] < 0x80)
    return sum((data[i] & 0x7F) << 7 * (i - at) for i in range(at, last + 1)), last + 1


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a protobuf message: number and bytes, or number and integer."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        value, at = varint(message, at)
        if key & 7 == 2:
            yield key >> 3, message[at : at + value]
            at += value
        else:
            yield key >> 3, value


def read_car(data: bytes) -> tuple[bytes, Blocks]:
    """Give the root's CID and all blocks, each checked against its CID."""
    size, at = varint(data, 0)
    header, at, blocks = data[at : at + size], at + size, {}
    while at < len(data):
        size, at = varint(data, at)
        cid, block = data[at : at + 36], data[at + 36 : at + size]
        if hashlib.sha256(block).digest() != cid[4:]:
            raise CannotOpen("A block of the CAR is damaged.")
        blocks[cid], at = block, at + size
    return header[header.index(b"\x58\x25\x00") + 3 :][:36], blocks


def links(block: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and CIDs of a dag-pb node's links."""
    for number, value in fields(block):
        if number == 2:
            link = dict(fields(value))
            yield link.get(2, b"").decode(), link[1]


def content(cid: bytes, blocks: Blocks) -> bytes:
    """The bytes of a UnixFS file."""
    leaf = cid[1] == 0x55
    return blocks[cid] if leaf else b"".join(content(child, blocks) for _, child in links(blocks[cid]))


def tink_open(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """Open a body with Google's own implementation."""
    body = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(key_value=key)
    body.params.ciphertext_segment_size, body.params.derived_key_size = SEGMENT, 32
    body.params.hkdf_hash_type = common_pb2.SHA256
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    entry.key_data.type_url, entry.key_data.value = TYPE_URL, body.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    primitive = handle.primitive(streaming_aead.StreamingAead)
    with primitive.new_decrypting_stream(io.BytesIO(sealed), aad) as stream:
        return bytes(stream.read())


def content_key(envelope: bytes, header: dict[str, Any], kit: str) -> bytes:
    """Try the kit's seeds on the owner's envelope."""
    account = re.search(r"^account (0x[0-9a-fA-F]{40})\s*$", kit, re.MULTILINE)
    if not account:
        raise CannotOpen("The kit names no account.")
    content_id, commit = bytes.fromhex(header["contentId"]), bytes.fromhex(header["keyCommit"])
    before = label("owner") + b"\x01" + content_id + bytes.fromhex(account[1][2:])
    for words in re.findall(r"^key \d+: (.+)$", kit, re.MULTILINE):
        seed = bytes(Mnemonic("english").to_entropy(words.split()))
        key = bytes.fromhex(node("open", hkdf(seed, b"", label("x-wing")), envelope, before, commit))
        if key and hkdf(key, content_id, label("commit")) == commit:
            return key
    raise CannotOpen("None of the kit's keys opens this record.")


def check_signature(header: dict[str, Any], entries: dict[str, bytes], blocks: Blocks) -> None:
    """Check the author's signature with the bundle that travels in the CAR."""
    bundle = json.loads(blocks[bytes.fromhex("01551220" + header["authorKey"])])
    names = sorted((n for n in entries if n not in ("owner", "signature")), key=str.encode)
    message = b"".join(bytes([len(n)]) + n.encode() + entries[n] for n in names)
    signature = content(entries["signature"], blocks)
    valid = node("verify", bytes.fromhex(bundle["ed25519"]), label("record") + message, signature)
    if bundle["account"] != header["author"] or valid != "true":
        raise CannotOpen("The signature is not the author's.")


def open_record(car: bytes, kit: str) -> Iterator[tuple[str, bytes]]:
    """Give the name and the bytes of each file, the manifest first."""
    root, blocks = read_car(car)
    entries = dict(links(blocks[root]))
    header_bytes = content(entries["header"], blocks)
    header = json.loads(header_bytes)
    check_signature(header, entries, blocks)
    key = content_key(content(entries["owner"], blocks), header, kit)
    body_key = hkdf(key, bytes.fromhex(header["contentId"]), label("body"))

    def body(name: str, number: int) -> bytes:
        aad = label("body") + hashlib.sha256(header_bytes).digest() + number.to_bytes(4, "big")
        return tink_open(body_key, aad, content(entries[name], blocks))

    manifest = body("manifest", MANIFEST).rstrip(b"\0")
    yield "manifest.json", manifest
    for number, file in enumerate(json.loads(manifest)["files"]):
        yield file["name"], body(str(number), number)[: file["size"]]


def main(car: str, kit: str, folder: str) -> None:
    """Write the record's files into a folder, and nowhere else."""
    streaming_aead.register()
    for name, data in open_record(Path(car).read_bytes(), Path(kit).read_text()):
        target = Path(folder, name)
        if not target.resolve().is_relative_to(Path(folder).resolve()):
            raise CannotOpen(f"The name {name!r} leaves the folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        print(f"{target} {len(data)} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (CannotOpen, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
