"""The files that the story seals are the ones that examples/README.md names."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pmr.cli.story import FILES

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def test_examples_are_the_files_of_the_readme() -> None:
    named = {
        name: digest
        for digest, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", (EXAMPLES / "README.md").read_text(), re.M)
    }
    found = {name: hashlib.sha256((EXAMPLES / name).read_bytes()).hexdigest() for name in FILES}
    assert found == named


def test_examples_are_what_their_names_say() -> None:
    """DICOM PS3.10 section 7.1, JFIF, PDF 32000 section 7.5.2."""
    slice_, photograph, report = ((EXAMPLES / name).read_bytes() for name in FILES)
    assert slice_[128:132] == b"DICM"
    assert photograph[:4] == b"\xff\xd8\xff\xe0"
    assert report[:5] == b"%PDF-"
