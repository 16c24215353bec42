"""How records and readers look, for people and programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pmr.cli.output import fields, table
from pmr.cli.term import until
from pmr.client.ledger import Reader
from pmr.client.opening import OpenRecord
from pmr.types import Address, Purpose, RecordId


def purpose_name(code: int) -> str:
    """Give a purpose's name, or its number for one that this version does not know."""
    known = {purpose.value: purpose.label for purpose in Purpose}
    return known.get(code, str(code))


def cannot_open(record_name: RecordId, readers: Iterable[Address]) -> str:
    """Say who has access on chain and no envelope on the server, and what to do."""
    names = ", ".join(readers)
    return (
        f"{names} will not be able to open this: the server lacks the envelope. "
        f"Share anew: `pmr record share {record_name} READER`."
    )


def record_data(record_name: RecordId, opened: OpenRecord) -> dict[str, Any]:
    """Give what a record says of itself as JSON."""
    return {"id": str(record_name)} | contents_data(opened)


def contents_data(opened: OpenRecord) -> dict[str, Any]:
    """Give what a record says of itself, wherever it is registered, as JSON."""
    manifest, header = opened.manifest, opened.sealed.header
    return {
        "root": str(opened.sealed.root),
        "author": header.author,
        "title": manifest.title,
        "patient": manifest.patient,
        "date": manifest.date,
        "notes": manifest.notes,
        "files": [{"name": f.name, "size": f.size, "type": f.type} for f in manifest.files],
    }


def reader_data(one: Reader) -> dict[str, Any]:
    """Give a reader as JSON."""
    return {
        "reader": one.account,
        "purpose": purpose_name(one.grant.purpose),
        "expiresAt": one.grant.expires_at,
        "live": one.grant.live,
    }


def record_shown(record_name: RecordId, opened: OpenRecord, readers: list[Reader]) -> list[Any]:
    """Give what a record says of itself for people, and who has access."""
    shown = contents_shown(opened, str(record_name))
    return [*shown, "", _readers_table(readers)] if readers else shown


def contents_shown(opened: OpenRecord, record: str = "") -> list[Any]:
    """Give what a record says of itself for people; `record` is its id, if it has one."""
    manifest = opened.manifest
    about = {"patient": manifest.patient, "date": manifest.date, "notes": manifest.notes}
    lines = {"record": record, "title": manifest.title} | about
    head = fields(
        **{name: value for name, value in lines.items() if value},
        sealed_by=opened.sealed.header.author,
        root=str(opened.sealed.root),
    )
    files = table("file", "type", "bytes", rows=[(f.name, f.type, f"{f.size:,}") for f in manifest.files])
    return [head, "", files]


def _readers_table(readers: list[Reader]) -> Any:
    rows = [
        (
            one.account,
            purpose_name(one.grant.purpose),
            until(one.grant.expires_at) if one.grant.live else "revoked",
        )
        for one in readers
    ]
    return table("reader", "purpose", "until", rows=rows)
