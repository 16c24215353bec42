"""The JSON of the API's answers, as JSON Schema, each with an example. Requests: the structs of pmr/web."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_OWNER = "0x1111111111111111111111111111111111111111"
_READER = "0x2222222222222222222222222222222222222222"
_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_ROOT = "bafybeigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_HASH = "0x" + "5a" * 32


def ref(name: str) -> Schema:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(example: Any = None, optional: str = "", /, **properties: Schema) -> Schema:
    required = [name for name in properties if name != optional]
    made = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return made if example is None else made | {"examples": [example]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _event(kind: str, **properties: Schema) -> Schema:
    common: Schema = {
        "kind": {"const": kind},
        "block": COUNT,
        "log": COUNT,
        "transaction": ref("Hash"),
    }
    return _object(**common, **properties)


def _page(item: str, example: Any) -> Schema:
    whole = {
        "items": [example],
        "next": "AAAAAAAAAAcAAAACMTIzNDU2Nzg",
        "block": {"number": 7, "hash": _HASH},
        "final": 5,
    }
    return _object(
        whole,
        items={"type": "array", "items": ref(item), "maxItems": 200},
        next={"oneOf": [ref("Cursor"), {"type": "null"}], "description": "null: this was the last page."},
        block=_object(number=COUNT, hash=ref("Hash")),
        final={"type": ["integer", "null"], "minimum": 0, "description": "Up to here nothing changes."},
    )


COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "integer", "description": "Unix seconds."}
_RECORD = {"record": ref("RecordId")}
_GRANTED = {
    "kind": "granted",
    "block": 6,
    "log": 0,
    "transaction": _HASH,
    "record": f"{_OWNER}/0",
    "reader": _READER,
    "envelope": _CID,
    "expiresAt": 0,
    "purpose": 1,
}

VALUES: dict[str, Schema] = {
    "Address": {
        "type": "string",
        "pattern": "^0x[0-9a-fA-F]{40}$",
        "description": "An account. Where there are both cases of letters they are its checksum (EIP-55).",
    },
    "Position": {"type": "integer", "minimum": 0, "maximum": 2**48 - 1},
    "RecordId": {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}/(0|[1-9][0-9]{0,14})$"},
    "Cid": {"type": "string", "pattern": "^b[a-z2-7]{58}$", "description": "CIDv1, base32."},
    "Hash": {"type": "string", "pattern": "^0x[0-9a-f]{64}$"},
    "Cursor": {"type": "string", "pattern": "^[0-9A-Za-z_-]{27}$"},
    "Signature": {"type": "string", "pattern": "^0x([0-9a-fA-F]{2})+$"},
    "Problem": {
        **_object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT),
        "description": "RFC 9457. `type`: urn:pmr:problem: and a name of docs/errors.md, or about:blank.",
    },
}

ANSWERS: dict[str, Schema] = {
    "Challenge": _object(
        {"id": "x1", "message": "records.example wants you to sign in …", "expires": 1_800_000_300},
        id=_TEXT,
        message=_TEXT,
        expires=_TIME,
    ),
    "OpenedSession": _object(
        {"token": "t", "address": _OWNER, "expires": 1_800_043_200},
        "token",
        token={"type": "string", "description": "For programs alone: a browser has it in a cookie."},
        address=ref("Address"),
        expires=_TIME,
    ),
    "Session": _object({"address": _OWNER, "expires": 1_800_043_200}, address=ref("Address"), expires=_TIME),
    "Account": _object(
        {"address": _OWNER, "used": 4096, "quota": 0}, address=ref("Address"), used=COUNT, quota=COUNT
    ),
    "Stored": _object({"stored": 3, "bytes": 12_288}, stored=COUNT, bytes=COUNT),
    "Missing": _object({"missing": [_CID]}, missing=_list(ref("Cid"))),
    "Pinned": _object({"cid": _ROOT, "blocks": 4, "bytes": 5_000}, cid=ref("Cid"), blocks=COUNT, bytes=COUNT),
    "Record": _object(
        {"id": f"{_OWNER}/0", "root": _ROOT, "served": True, "envelope": None, "withoutEnvelope": [_READER]},
        id=ref("RecordId"),
        root=ref("Cid"),
        served=_FLAG,
        envelope={"type": ["boolean", "null"]},
        withoutEnvelope=_list(ref("Address")),
    ),
    "Event": {
        "oneOf": [
            _event("created", **_RECORD, root=ref("Cid")),
            _event("revised", **_RECORD, root=ref("Cid")),
            _event(
                "granted",
                **_RECORD,
                reader=ref("Address"),
                envelope=ref("Cid"),
                expiresAt={"type": "integer", "description": "Unix seconds; 0 for no end."},
                purpose={"type": "integer", "minimum": 1, "maximum": 127},
            ),
            _event("revoked", **_RECORD, reader=ref("Address")),
            _event("key", account=ref("Address"), version=COUNT, bundle=ref("Cid")),
        ],
        "examples": [_GRANTED],
    },
    "ListedRecord": _object(
        {"id": f"{_OWNER}/0", "root": _ROOT, "event": _GRANTED},
        id=ref("RecordId"),
        root=ref("Cid"),
        event=ref("Event"),
    ),
    "Records": _page("ListedRecord", {"id": f"{_OWNER}/0", "root": _ROOT, "event": _GRANTED}),
    "Events": _page("Event", _GRANTED),
    "Config": _object(
        {
            "network": "local",
            "chainId": 31337,
            "registry": _OWNER,
            "keyDirectory": _OWNER,
            "forwarder": _OWNER,
            "block": 0,
            "maxHeadAge": None,
            "confirmations": 2,
            "coin": "ETH",
            "explorer": "",
            "rpcUrls": ["https://rpc.example:8545"],
            "version": "0.1.0",
        },
        network=_TEXT,
        chainId=COUNT,
        registry=ref("Address"),
        keyDirectory=ref("Address"),
        forwarder=ref("Address"),
        block=COUNT,
        maxHeadAge={"type": ["integer", "null"]},
        confirmations=COUNT,
        coin=_TEXT,
        explorer=_TEXT,
        rpcUrls=_list(_TEXT),
        version=_TEXT,
    ),
    "Alive": _object({"status": "ok"}, status={"const": "ok"}),
    "Ready": _object(
        {"status": "ready", "checks": {"chain": "ok", "store": "ok", "index": "ok", "space": "ok"}},
        status={"enum": ["ready", "not ready"]},
        checks=_object(chain=_TEXT, store=_TEXT, index=_TEXT, space=_TEXT),
    ),
}
