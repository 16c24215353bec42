"""Write vectors/standards.json: published test vectors of the primitives that the format stands on.

Usage: python scripts/make_standard_vectors.py FOLDER
FOLDER is PyPI's cryptography_vectors 50.0.2, unpacked; it holds copies of the vectors of the RFCs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "vectors" / "standards.json"
SUITES = {(0x0020, 1, 2): "RFC 9180, appendix A", (0x647A, 1, 3): "draft-ietf-hpke-pq"}
HPKE_MEMBERS = ("kem_id", "kdf_id", "aead_id", "info", "skRm", "pkRm", "enc", "shared_secret")


def records(path: Path) -> Iterator[dict[str, str]]:
    """Read blocks of `name = value`."""
    for block in path.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if " =" in line and not line.startswith("#")]
        found = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
        if len(found) > 1:
            yield found


def hkdf(folder: Path) -> list[dict[str, Any]]:
    """RFC 5869, appendix A, cases 1 to 3: the first 32 bytes of the output."""
    blocks = records(folder / "KDF" / "rfc-5869-HKDF-SHA256.txt")
    return [
        {"ikm": r["IKM"], "salt": r["salt"], "info": r["info"], "okm": r["OKM"][:64]} for r in joined(blocks)
    ]


def joined(blocks: Iterator[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Some vectors have an empty line in the middle."""
    current: dict[str, str] = {}
    for block in blocks:
        current |= block
        if "OKM" in current:
            yield current
            current = {}


def argon2id(folder: Path) -> list[dict[str, Any]]:
    """RFC 9106, section 5.3, and outputs of the reference program; those without secret and data too."""
    names = {"pass": "password", "salt": "salt", "output": "output", "secret": "secret", "ad": "data"}
    numbers = {"lanes": "lanes", "iter": "passes", "memcost": "memory"}
    return [
        {new: r.get(old, "") for old, new in names.items()}
        | {new: int(r[old]) for old, new in numbers.items()}
        for r in records(folder / "KDF" / "argon2id.txt")
    ]


def ed25519(folder: Path) -> list[dict[str, Any]]:
    """The first three and the longest of the authors' vectors, which RFC 8032, section 7.1, repeats."""
    lines = (folder / "asymmetric" / "Ed25519" / "sign.input").read_text().splitlines()
    parts = [line.split(":") for line in [*lines[:3], lines[-1]]]
    return [{"seed": p[0][:64], "public": p[1], "message": p[2], "signature": p[3][:128]} for p in parts]


def hpke(folder: Path) -> list[dict[str, Any]]:
    """Base mode with X25519 and AES-256-GCM, and with X-Wing and HKDF-SHA256; the first message of each."""
    found = []
    for name in ("test-vectors.json", "hpke-pq-test-vectors.json"):
        for vector in json.loads((folder / "HPKE" / name).read_text()):
            suite = (vector["kem_id"], vector["kdf_id"], vector["aead_id"])
            if vector["mode"] == 0 and suite in SUITES:
                first = vector["encryptions"][0]
                members = {member: vector[member] for member in HPKE_MEMBERS}
                found.append({"source": SUITES[suite]} | members | {k: first[k] for k in ("aad", "pt", "ct")})
    return found


def main(folder: Path) -> None:
    """Write the file."""
    vectors = {
        "about": "Published vectors of HKDF-SHA256, Argon2id, Ed25519 and HPKE.",
        "source": "RFCs 5869, 8032, 9106 and 9180, draft-ietf-hpke-pq; all from cryptography_vectors 50.0.2",
        "hkdf": hkdf(folder),
        "argon2id": argon2id(folder),
        "ed25519": ed25519(folder),
        "hpke": hpke(folder),
    }
    TARGET.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
