"""Write docs/configuration.md from the settings in pmr/config.py.

Usage: python scripts/make_config_docs.py
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pmr.config import Config

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
HEAD = """\
# Configuration

Written by `scripts/make_config_docs.py` from `pmr/config.py`; a test compares.

Settings come from `pmr.toml` in the current folder, or from the file that `PMR_CONFIG` names, and then from
the environment, which wins. An unknown setting is refused. What may hold a password or a provider's key can
stand in a file of its own: `database_url_file`, `rpc_url_file`; a file that others may read is refused.
Wallet passwords and passphrases are never settings: they are typed, or read from the files that
`--password-file` and `--passphrase-file` name.

| setting in the file | variable | default | what it is |
|---|---|---|---|
"""


def settings() -> Iterator[tuple[str, str]]:
    """The name of each setting and the text that stands below it."""
    body = ast.parse(inspect.getsource(Config)).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, text in pairwise(body.body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(field.target, ast.Name)
            assert isinstance(text.value, ast.Constant)
            yield field.target.id, " ".join(str(text.value.value).split())


def page() -> str:
    """The whole page."""
    defaults = Config()
    rows = (_row(name, getattr(defaults, name), text) for name, text in settings())
    return HEAD + "".join(rows)


def _row(name: str, default: object, text: str) -> str:
    shown = f"`{default}`" if str(default) else "empty"
    return f"| `{name}` | `PMR_{name.upper()}` | {shown} | {text} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
