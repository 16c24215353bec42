"""HTTP: views that authenticate, parse, call one use-case and answer. The API is in docs/api.md."""
