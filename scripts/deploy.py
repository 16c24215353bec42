"""Deploy the contracts to the configured network: `pmr deploy` from a checkout, with its options.

Usage: python scripts/deploy.py [OPTIONS]
"""

from __future__ import annotations

import sys

from pmr.cli.main import run

if __name__ == "__main__":
    sys.exit(run(["deploy", *sys.argv[1:]]))
