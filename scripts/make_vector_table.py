"""Print vectors/README.md: which file is about what, and whose answers it holds.

Usage: python scripts/make_vector_table.py > vectors/README.md
"""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "vectors"
HEAD = """\
# Test vectors

Every implementation of [docs/format.md](../docs/format.md) runs these. Bytes are lower-case hex unless a
file says otherwise; JSON documents stand in them as text, and are hashed and signed as UTF-8. `cases` must
give the stated answers; everything in `refused` must be refused, and says why. Large content is the
keystream of ChaCha20 with key = SHA-256 of a name, nonce 0 and counter 0.

The answers come from other libraries than ours, so that one mistake cannot hide in both. Made anew by
`node scripts/make_vectors.mjs` (the same bytes every time), `python scripts/make_stream_vectors.py` (Tink
draws random bytes) and `python scripts/make_standard_vectors.py`. This page: `scripts/make_vector_table.py`.

| file | about | whose answers |
|---|---|---|
"""


def row(path: Path) -> str:
    """One line of the table."""
    vectors = json.loads(path.read_text())
    return f"| [`{path.name}`]({path.name}) | {vectors['about']} | {vectors['source']} |\n"


def table() -> str:
    """The whole page."""
    return HEAD + "".join(row(path) for path in sorted(FOLDER.glob("*.json")))


if __name__ == "__main__":
    print(table(), end="")
