"""What padding costs, for real files and for sizes drawn evenly on a logarithmic scale.

Run with `python -m benchmarks.padding`.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from pmr.crypto.padding import padded_size

EXAMPLES = Path(__file__).parent.parent / "examples"


def overhead(sizes: Iterable[int]) -> tuple[int, float, float]:
    """Number of files, bytes added in all as a share, and the largest share of one file of 4 KiB or more."""
    pairs = [(size, padded_size(size)) for size in sizes]
    total = sum(padded for _, padded in pairs) / sum(size for size, _ in pairs) - 1
    worst = max((padded / size - 1 for size, padded in pairs if size >= 4096), default=0.0)
    return len(pairs), total, worst


def sizes_under(folder: Path, pattern: str) -> list[int]:
    """Sizes of the files of a folder."""
    return [path.stat().st_size for path in sorted(folder.rglob(pattern)) if path.is_file()]


def dicom_folder() -> Path:
    """Where pydicom keeps its test files."""
    spec = find_spec("pydicom")
    return Path(str(spec and spec.origin)).parent / "data" / "test_files"


def main() -> None:
    """Print one line a kind of file."""
    even = [int(4096 * 2 ** (step / 1000)) for step in range(18_000)]
    kinds = {
        "examples/": [path.stat().st_size for path in EXAMPLES.glob("*.[djp]*")],
        "pydicom's DICOM files": sizes_under(dicom_folder(), "*.dcm"),
        "4 KiB to 1 GiB, even on a log scale": even,
    }
    for name, sizes in kinds.items():
        count, total, worst = overhead(sizes)
        print(f"{name}: {count} files, {total:.1%} more bytes, at worst {worst:.1%}")


if __name__ == "__main__":
    main()
