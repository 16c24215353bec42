"""docs/operate.md does what it says: its shell blocks are run in order, on a chain with that id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from one_chain import ROOT, one_chain
from page_reader import Reader, blocks

from pmr.config import Config

pytestmark = [pytest.mark.integration, pytest.mark.slow]
PAGE = (ROOT / "docs" / "operate.md").read_text()
WARD = 20261121


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path / "hospital", "https://localhost:8443")
    yield made
    made.end()


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_page_from_an_installed_wheel_to_a_restored_backup(reader: Reader, tmp_path: Path) -> None:
    with one_chain(tmp_path, WARD) as chain:
        reader.networks("ward", chain.url, chain_id=WARD)
        paid = reader.call("deploy", "--network", "ward", "--yes", "--key-file", reader.key_file())
        assert paid.code == 0, paid.err
        told = [reader.follow(block) for block in blocks(PAGE)]
        everything = "".join(told)
        assert "FAIL" not in everything
        for check in ("contracts", "connection", "clocks", "content", "page"):
            assert re.search(rf"^{check} +ok", everything, re.MULTILINE), check
        assert 'pmr_build_info{chain_id="20261121"' in everything
        [ours] = re.findall(r"^sha256 +(\w{64})$", told[0], re.MULTILINE)
        assert told[1].split()[0] == ours
        assert (reader.folder / "drill" / "server.sqlite").stat().st_size > 0


def test_page_names_metrics_and_settings_that_exist() -> None:
    source = "".join((ROOT / "pmr" / "web" / "metrics.py").read_text())
    for name in set(re.findall(r"pmr_[a-z_]+[a-z]", PAGE)):
        assert f'"{name.removesuffix("_total")}"' in source, name
    config = vars(Config())
    table = PAGE.partition("cat > pmr.toml")[2].partition("END\n```")[0]
    assert set(re.findall(r"^(\w+) =", table, re.MULTILINE)) <= config.keys()
