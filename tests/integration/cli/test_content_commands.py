"""What an operator does with the blocks, beside a server that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_system import Machine, record_in

from pmr.content.cid import Cid
from pmr.content.embedded import EmbeddedStore

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("content"))
    with made.up() as running:
        made.environment["RECORD"] = record_in(running.text)
        yield made


@pytest.fixture(scope="module")
def root(machine: Machine) -> Cid:
    store = EmbeddedStore(machine.folder / ".pmr" / "content")
    return next(cid for cid in store.pins() if cid == Cid.root(cid.digest))


def test_gc_and_check_of_a_running_server_keep_its_record(machine: Machine, root: Cid) -> None:
    machine.json("content", "gc")
    assert machine.json("content", "check") == {"damaged": []}
    assert EmbeddedStore(machine.folder / ".pmr" / "content").has(root)


def test_export_and_import_move_a_record_to_another_store(machine: Machine, root: Cid) -> None:
    machine.json("content", "export", str(root), "--car", "moved.car")
    machine.environment["PMR_STATE"] = "elsewhere"
    try:
        assert machine.json("content", "import", "moved.car") == {"cid": str(root)}
        assert machine.json("content", "import", "moved.car") == {"cid": str(root)}
    finally:
        del machine.environment["PMR_STATE"]
    other = EmbeddedStore(machine.folder / "elsewhere" / "content")
    assert other.pins() == {root: 1}
    assert other.check() == []


def test_export_over_a_file_that_exists_is_refused(machine: Machine, root: Cid) -> None:
    (machine.folder / "taken.car").write_text("mine")
    assert machine.run("content", "export", str(root), "--car", "taken.car").code == 2
    assert (machine.folder / "taken.car").read_text() == "mine"


def test_check_of_a_turned_bit_names_the_block(machine: Machine, root: Cid) -> None:
    store = machine.folder / "damaged"
    machine.environment["PMR_STATE"] = str(store)
    try:
        machine.json("content", "import", "moved.car")
        block = max((store / "content" / "blocks").rglob("*"), key=lambda p: p.stat().st_size * p.is_file())
        _turn_a_bit(block)
        ended = machine.run("content", "check")
    finally:
        del machine.environment["PMR_STATE"]
    assert ended.code == 5
    assert "other bytes" in ended.out


def _turn_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
