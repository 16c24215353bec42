"""JavaScript's libraries open what we seal, and still give the vectors that are committed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from vector_files import ROOT

from pmr.crypto.content_key import ContentKey, new_content_id
from pmr.crypto.envelope import Context, GrantContext, OwnerContext, seal_envelope
from pmr.crypto.keys import DoctorKey
from pmr.types import parse_address

pytestmark = pytest.mark.slow
ACCOUNTS = [parse_address("0x" + digit * 40) for digit in "123"]


def node(script: Path, *arguments: str, given: str = "") -> str:
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["node", str(script), *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
    )
    return done.stdout


@pytest.mark.parametrize("attempt", range(3))
def test_seal_envelope_opens_with_hpke_js_and_with_noble(attempt: int) -> None:
    key, reader, content_id = ContentKey.new(), DoctorKey.generate(), new_content_id()
    commit = key.commit(content_id)
    contexts: list[Context] = [
        GrantContext(31337, ACCOUNTS[0], content_id, ACCOUNTS[1], ACCOUNTS[2], commit),
        OwnerContext(content_id, ACCOUNTS[1], commit),
    ]
    for context in contexts:
        given = {
            "secret": reader.seed.derive("x-wing").hex(),
            "info": context.info(reader.public_key).hex(),
            "envelope": seal_envelope(key, context, reader.public_key).hex(),
        }
        answer = json.loads(node(Path(__file__).with_name("node_party.mjs"), given=json.dumps(given)))
        assert answer == {"hpke": key.reveal().hex(), "noble": key.reveal().hex()}


def test_make_vectors_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    node(ROOT / "scripts" / "make_vectors.mjs", str(tmp_path))
    made = sorted(path.name for path in tmp_path.iterdir())
    assert len(made) == 11
    for name in made:
        assert (tmp_path / name).read_bytes() == (ROOT / "vectors" / name).read_bytes(), name
