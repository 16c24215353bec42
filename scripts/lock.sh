#!/usr/bin/env bash
# Make the hash locks anew. pip-tools lives in an environment of its own: it is no part of PMR.
set -eu
cd "$(dirname "$0")/.."
tools=.cache/pip-tools
[ -x "$tools/bin/pip-compile" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install -q pip-tools==7.6.2; }
flags="-q --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host"
export CUSTOM_COMPILE_COMMAND="make lock"
# shellcheck disable=SC2086
"$tools/bin/pip-compile" $flags --extra run -o requirements.lock pyproject.toml
# shellcheck disable=SC2086
"$tools/bin/pip-compile" $flags -c requirements.lock --extra run --extra dev -o requirements-dev.lock pyproject.toml
# shellcheck disable=SC2086
"$tools/bin/pip-compile" $flags -o tools/analysis/requirements.lock tools/analysis/requirements.in
npm install --package-lock-only --ignore-scripts
"$tools/bin/python" scripts/complete_npm_lock.py
