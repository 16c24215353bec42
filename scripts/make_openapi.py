"""Write pmr/web/openapi.json: the API as OpenAPI 3.1, from the errors, the request structs and this table.

Usage: python scripts/make_openapi.py
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(Path(__file__).resolve().parent))

from api_shapes import ANSWERS, VALUES, Schema, ref  # noqa: E402

from pmr import errors as e  # noqa: E402
from pmr.web.blocks import CAR, MissingRequest  # noqa: E402
from pmr.web.chain_data import EventsQuery, PageQuery, RecordsQuery  # noqa: E402
from pmr.web.pins import PinRequest  # noqa: E402
from pmr.web.records import RAW_BLOCK  # noqa: E402
from pmr.web.session import ChallengeRequest, SignInRequest  # noqa: E402
from pmr.web.state import COOKIE  # noqa: E402

PAGE = ROOT / "pmr" / "web" / "openapi.json"
Kind = type[e.PmrError]
JSON, BYTES, PROBLEM = "application/json", "application/octet-stream", "application/problem+json"
HTTP = "about:blank"
SESSION: tuple[Kind, ...] = (e.BadInput, e.NotSignedIn, e.NotAdmitted)
CHANGE: tuple[Kind, ...] = (e.ForeignOrigin, e.StorageFull)
BODY: tuple[Kind, ...] = (*CHANGE, e.BadInput, e.TooLarge, e.TooSlow)
TYPED: tuple[Kind, ...] = (*BODY, e.UnsupportedType)
CHAIN: tuple[Kind, ...] = (e.ChainUnavailable, e.StaleHead, e.ChainError, e.WrongChain, e.NotDeployed)
STORE: tuple[Kind, ...] = (e.StorageDamaged, e.StoreUnavailable)
ALWAYS: tuple[Kind, ...] = (e.TooManyRequests, e.PmrError, e.DamagedState)
PATH: tuple[Kind, ...] = (e.BadAddress, e.BadRecordId, e.NotFound)
LIST: tuple[Kind, ...] = (e.BadInput, e.BadAddress, e.BadRecordId, e.BadCursor, e.IndexBehind)
_NAMED = {
    "owner": "Address",
    "reader": "Address",
    "account": "Address",
    "address": "Address",
    "record": "RecordId",
    "cursor": "Cursor",
    "cid": "Cid",
    "position": "Position",
    "signature": "Signature",
}
_ETAG = {"ETag": {"required": True, "schema": {"type": "string"}}}
_SECURITY: list[Schema] = [{"bearer": []}, {"cookie": []}]


def page() -> str:
    """Give the whole document."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> Schema:
    """The description, as an object."""
    paths = _paths()
    shared = _shared(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PMR",
            "version": "1",
            "description": "Sealed medical records: docs/api.md has the rules, docs/errors.md the problems. "
            "What is no HTTP request at all is answered 400, 408, 414, 417, 431 or 501 before these routes; "
            "to OPTIONS each path answers 200, and to methods that it does not have 405. "
            "Made by scripts/make_openapi.py.",
        },
        "paths": paths,
        "components": {
            "schemas": VALUES | ANSWERS,
            "responses": shared,
            "headers": {"RequestId": {"required": True, "schema": {"type": "string"}}},
            "securitySchemes": _schemes(),
        },
    }


def _shared(paths: Schema) -> Schema:
    """Put each answer once into the components, and a reference to it into the paths."""
    names: dict[str, str] = {}
    shared: Schema = {}
    for operation in (one for path in paths.values() for one in path.values()):
        for status, answer in operation["responses"].items():
            text = json.dumps(answer, sort_keys=True)
            count = sum(name.startswith(status) for name in names.values())
            name = names.setdefault(text, f"{status}.{count + 1}")
            shared[name] = answer
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _schemes() -> Schema:
    rule = "Whatever is not GET, HEAD or OPTIONS must then name the Origin of the server's public URL."
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "The token of POST /api/session."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": rule},
    }


def _paths() -> Schema:
    record = "/api/records/{owner}/{position}"
    listed: Schema = {"errors": (*LIST, *ALWAYS), "also": _not_modified()}
    return {
        "/api/session/challenge": {
            "post": _open(
                "A text to sign.", "Challenge", body=ChallengeRequest, errors=(*TYPED, e.BadAddress)
            )
        },
        "/api/session": {
            "post": _open(
                "Sign in.",
                "OpenedSession",
                body=SignInRequest,
                errors=(*TYPED, e.SignInFailed, e.NotAdmitted, *CHAIN),
            ),
            "get": _closed("Whose session it is.", "Session"),
            "delete": _closed("Sign out.", None, errors=CHANGE),
        },
        "/api/account": {"get": _closed("What the account keeps.", "Account")},
        "/api/blocks": {
            "post": _closed(
                "Stage the blocks of a CAR.",
                "Stored",
                body=CAR,
                errors=(*TYPED, e.BadCar, e.BadBlock, e.BadCid, e.QuotaExceeded, *STORE),
            )
        },
        "/api/blocks/missing": {
            "post": _closed(
                "Which blocks the account must upload.",
                "Missing",
                body=MissingRequest,
                errors=(*TYPED, e.BadCid, *CHAIN, *STORE),
            )
        },
        "/api/pins": {
            "post": _closed(
                "Keep a complete DAG.",
                "Pinned",
                status=201,
                body=PinRequest,
                errors=(*TYPED, e.BadCid, e.BadBlock, e.IncompleteContent, e.QuotaExceeded, *CHAIN, *STORE),
            )
        },
        "/api/records": {"get": _open("Records of an account.", "Records", query=RecordsQuery, **listed)},
        record: {
            "get": _closed("What is here of a record.", "Record", path=record, errors=(*PATH, *CHAIN, *STORE))
        },
        f"{record}/history": {
            "get": _open("A record's events.", "Events", query=PageQuery, path=f"{record}/history", **listed)
        },
        f"{record}/blocks/{{cid}}": {
            "get": _closed(
                "One block of a record.",
                RAW_BLOCK,
                path=f"{record}/blocks/{{cid}}",
                errors=(*PATH, e.BadCid, *CHAIN, *STORE),
            )
        },
        "/api/events": {"get": _open("Events of the chain.", "Events", query=EventsQuery, **listed)},
        "/api/keys/{cid}": {
            "get": _closed(
                "A key bundle.",
                RAW_BLOCK,
                path="/api/keys/{cid}",
                errors=(e.BadCid, e.NotFound, *CHAIN, *STORE),
                also=_not_modified(),
            )
        },
        "/api/vault": {
            "get": _closed("The account's vault.", BYTES, errors=(e.NotFound,), headers=_ETAG),
            "put": _vault(),
        },
        "/api/config": {"get": _open("The chain and the contracts.", "Config", also=_not_modified())},
        "/api/openapi.json": {"get": _open("This description.", JSON, also=_not_modified())},
        "/healthz": {"get": _open("The process answers.", "Alive")},
        "/readyz": {"get": _open("The server can do its work.", "Ready", also=_not_ready())},
        "/": {"get": _open("The page.", "text/html; charset=utf-8", also=_file())},
        "/icon.svg": {"get": _open("Its picture.", "image/svg+xml; charset=utf-8", also=_file())},
        "/assets/{name}": {
            "get": _open("What the page is made of.", "*/*", path="/assets/{name}", also=_file(), http=(404,))
        },
    }


def _vault() -> Schema:
    made = _closed("Save the vault.", None, body="*/*", errors=(*BODY, e.VaultChanged), headers=_ETAG)
    tag = {"name": "If-Match", "in": "header", "description": "The ETag of the vault to replace."}
    return made | {"parameters": [tag | {"schema": {"type": "string"}}]}


def _closed(told: str, gives: str | None, *, errors: Iterable[Kind] = (), **rest: Any) -> Schema:
    return _open(told, gives, errors=(*SESSION, *errors), **rest) | {"security": _SECURITY}


def _open(  # noqa: PLR0913 - all but two are named and have defaults
    told: str,
    gives: str | None,
    *,
    status: int = 200,
    body: Any = None,
    query: type | None = None,
    path: str = "",
    errors: Iterable[Kind] = (),
    headers: Schema | None = None,
    also: Schema | None = None,
    http: tuple[int, ...] = (),
) -> Schema:
    """One operation: what it takes, what it gives, and every way in which it can refuse."""
    tagged = _ETAG if also and "304" in also else {}
    given = _answer(gives, (headers or {}) | tagged)
    answers = {str(status if gives else 204): given} | (also or {})
    # A path whose parts hold a slash or nothing is no route.
    missing = (*http, 404) if path else http
    made: Schema = {"summary": told, "responses": _with(answers, _problems((*errors, *ALWAYS), missing))}
    parameters = [*_path_parameters(path), *_query_parameters(query)]
    if parameters:
        made["parameters"] = parameters
    if body is not None:
        made["requestBody"] = _body(body)
    return made


def _with(answers: Schema, problems: Schema) -> Schema:
    # /readyz answers 503 in two ways.
    for status, told in problems.items():
        known = answers.get(status, {})
        answers[status] = told | {"content": known.get("content", {}) | told["content"]}
    return dict(sorted(answers.items()))


def _answer(gives: str | None, headers: Schema) -> Schema:
    made: Schema = {"description": "Done.", "headers": _headers(headers)}
    if gives in ANSWERS:
        made["content"] = {JSON: {"schema": ref(gives), "example": _example(gives)}}
    elif gives == JSON:
        made["content"] = {JSON: {"schema": {"type": "object"}}}
    elif gives:
        made["content"] = {gives: {}}
    return made


def _example(name: str) -> Any:
    return ANSWERS[name]["examples"][0]


def _headers(more: Schema) -> Schema:
    return {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}, **more}


def _problems(kinds: Iterable[Kind], http: tuple[int, ...]) -> Schema:
    types: dict[int, set[str]] = {status: {HTTP} for status in http}
    for kind in kinds:
        types.setdefault(kind.status, set()).add(f"urn:pmr:problem:{kind.slug()}")
    return {str(status): _problem(status, sorted(names)) for status, names in types.items()}


def _problem(status: int, types: list[str]) -> Schema:
    wait: Schema = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    exact = {"properties": {"type": {"enum": types}, "status": {"const": status}}}
    return {
        "description": "Refused." if status < 500 else "Not possible now.",
        "headers": _headers(wait if status == e.TooManyRequests.status else {}),
        "content": {PROBLEM: {"schema": {"allOf": [ref("Problem"), exact]}}},
    }


def _not_modified() -> Schema:
    told = "If-None-Match named what there is."
    return {"304": {"description": told, "headers": _headers(_ETAG)}}


def _not_ready() -> Schema:
    return {"503": {"description": "Not ready.", "content": {JSON: {"schema": ref("Ready")}}}}


def _file() -> Schema:
    return _not_modified()


def _path_parameters(path: str) -> list[Schema]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {"name": n, "in": "path", "required": True, "schema": _value(n, {"type": "string"})} for n in names
    ]


def _query_parameters(query: type | None) -> list[Schema]:
    shape = _shape(query)["properties"] if query else {}
    return [{"name": name, "in": "query", "schema": shape[name]} for name in shape]


def _body(body: Any) -> Schema:
    if isinstance(body, str):
        return {"required": True, "content": {body: {"schema": {"type": "string", "format": "binary"}}}}
    return {"required": True, "content": {JSON: {"schema": _shape(body)}}}


def _shape(struct: type) -> Schema:
    _, found = msgspec.json.schema_components([struct])
    shape: Schema = found[struct.__name__]
    return shape | {"properties": {n: _value(n, each) for n, each in shape["properties"].items()}}


def _value(name: str, otherwise: Schema) -> Schema:
    if name == "cids":
        return otherwise | {"items": ref("Cid")}
    return ref(_NAMED[name]) if name in _NAMED else otherwise


if __name__ == "__main__":
    PAGE.write_text(page())
