# Two commands matter: `make run` and `make test`. Everything else is for developers.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run dev test test-slow test-kubo lint analyse format bench vectors docs lock clean
.DEFAULT_GOAL := run

run: ## Install, start the local chain and the server, play the story once
	@$(PYTHON) scripts/bootstrap.py run
	@exec $(BIN)/pmr up

dev: ## Install what tests and linters need
	@$(PYTHON) scripts/bootstrap.py dev

test: dev ## All quick tests
	@scripts/install_chromium.sh
	npx --no-install vitest run --config frontend/vite.config.js
	$(BIN)/pytest -m "not slow and not kubo" -n 2 --dist worksteal

test-slow: dev ## What cannot be quick
	$(BIN)/pytest -m slow -n 2 --dist worksteal

test-kubo: dev ## The content backends against a real Kubo, built with Go into .cache
	scripts/build_kubo.sh
	$(BIN)/pytest -m kubo

lint: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	npx --no-install solhint --max-warnings 0 'contracts/**/*.sol'
	npx --no-install biome check
	npx --no-install tsc -p frontend

analyse: dev ## Slither and the halmos proofs, in an environment of their own in .cache
	$(BIN)/python scripts/analyse.py

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	npx --no-install biome check --write

bench: dev ## Ratios measured side by side in one run
	$(BIN)/python -m benchmarks

vectors: dev ## Make the test vectors anew; only what Tink draws at random changes
	node scripts/make_vectors.mjs
	node scripts/make_content_vectors.mjs
	$(BIN)/python scripts/make_stream_vectors.py
	$(BIN)/python scripts/make_vector_table.py > vectors/README.md

docs: dev ## Make the generated pages anew
	$(BIN)/python scripts/make_cli_docs.py
	$(BIN)/python scripts/make_config_docs.py
	$(BIN)/python scripts/make_error_docs.py
	$(BIN)/python scripts/make_contract_docs.py
	$(BIN)/python scripts/make_openapi.py

lock: ## Make the lock files anew from pyproject.toml and package.json (needs pip-tools)
	scripts/lock.sh

clean: ## Remove what make run and make test made, the local chain and its records included
	rm -rf .pmr .venv node_modules pmr/web/static .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist out cache artifacts
