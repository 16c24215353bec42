"""The page of the vectors says whose answers they are, and is what the script makes of them."""

from __future__ import annotations

import runpy

from vector_files import ROOT


def test_readme_is_what_the_script_makes_of_the_vectors() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "make_vector_table.py"))["table"]()
    assert (ROOT / "vectors" / "README.md").read_text() == made, "run scripts/make_vector_table.py"
