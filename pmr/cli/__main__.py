"""`python -m pmr.cli`: how `pmr up` starts `pmr serve` with its own interpreter."""

from pmr.cli.main import main

main()
