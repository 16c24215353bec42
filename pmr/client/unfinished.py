"""Work that was interrupted, done again from what was noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pmr.client.doctor import Doctor
from pmr.client.journal import Arguments
from pmr.client.sealing import About, Changes
from pmr.client.sharing import Terms
from pmr.client.source import Source
from pmr.errors import BadInput
from pmr.types import RecordId


def resume(doctor: Doctor, token: str) -> RecordId:
    """Finish what was begun; give the record that it was about.

    Raises `BadInput` when there is no such work, and whatever the work raises.
    """
    kind, arguments = _work(doctor, token)
    mine = {"account": doctor.account, "chain": doctor.ledger.chain_id, "registry": doctor.ledger.registry}
    if any(arguments[name] != value for name, value in mine.items()):
        raise BadInput(f"It was begun by {arguments['account']} on chain {arguments['chain']}.")
    return _AGAIN[kind](doctor, arguments)


def summary(arguments: Arguments) -> str:
    """Say in a line what some work is about."""
    about = arguments.get("about") or {}
    parts = [arguments.get("record"), about.get("title"), arguments.get("file"), arguments.get("reader")]
    files = [name for name, _ in arguments.get("files", ())]
    return ", ".join([str(part) for part in parts if part] + _some(files))


def _some(names: list[str]) -> list[str]:
    return names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more files"]


def _work(doctor: Doctor, token: str) -> tuple[str, Arguments]:
    with doctor.journal.pending() as deeds:
        for deed in deeds:
            if deed.token == token:
                terms = deed.all("terms")
                return deed.kind, dict(deed.arguments) | ({"terms": terms[-1]} if terms else {})
    raise BadInput(f"There is no unfinished work {token!r} here. See `pmr record pending`.")


def _create(doctor: Doctor, arguments: Arguments) -> RecordId:
    return doctor.create_record(_sources(arguments), About(**arguments["about"])).id


def _revise(doctor: Doctor, arguments: Arguments) -> RecordId:
    changes = Changes(**arguments["changes"])
    return doctor.revise(_record(arguments), _sources(arguments), changes).id


def _rekey(doctor: Doctor, arguments: Arguments) -> RecordId:
    return doctor.rekey(_record(arguments), arguments["reader"]).id


def _share(doctor: Doctor, arguments: Arguments) -> RecordId:
    doctor.share(_record(arguments), Terms(**arguments["terms"]))
    return _record(arguments)


def _revoke(doctor: Doctor, arguments: Arguments) -> RecordId:
    doctor.revoke(_record(arguments), arguments["reader"])
    return _record(arguments)


def _adopt(doctor: Doctor, arguments: Arguments) -> RecordId:
    return doctor.adopt(_record(arguments)).id


def _import(doctor: Doctor, arguments: Arguments) -> RecordId:
    return doctor.import_car(Path(arguments["file"])).id


def _record(arguments: Arguments) -> RecordId:
    return RecordId.parse(arguments["record"])


def _sources(arguments: Arguments) -> list[Source]:
    return [Source.from_path(Path(place), name) for name, place in arguments["files"]]


_AGAIN: Mapping[str, Callable[[Doctor, Mapping[str, Any]], RecordId]] = MappingProxyType(
    {
        "create": _create,
        "revise": _revise,
        "rekey": _rekey,
        "share": _share,
        "revoke": _revoke,
        "adopt": _adopt,
        "import": _import,
    }
)
