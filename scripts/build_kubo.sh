#!/bin/sh
# Builds the Kubo node that the tests of the `kubo` backend run, into .cache/kubo/ipfs.
# Its version and those of all it is made of stand in tools/kubo/go.mod and go.sum. Needs Go.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target="$root/.cache/kubo/ipfs"

command -v go >/dev/null || { echo "Go is missing: install it from https://go.dev/dl/ and try again." >&2; exit 3; }
mkdir -p "$(dirname "$target")"
cd "$root/tools/kubo"
# Beside the target first, so that an interrupted build leaves no half program.
CGO_ENABLED=0 go build -mod=readonly -trimpath -o "$target.new" github.com/ipfs/kubo/cmd/ipfs
mv "$target.new" "$target"
"$target" version
