"""Write docs/errors.md from the tree of errors in pmr/errors.py.

Usage: python scripts/make_error_docs.py
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from pmr.errors import ContractError, PmrError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
HEAD = """\
# Errors

<!-- Made by scripts/make_error_docs.py from pmr/errors.py; do not edit. -->

Whatever PMR refuses or cannot do has one name. In Python it is a class of `pmr.errors`, below `PmrError`; on
the command line its sentence on stderr and its exit code; in the [API](api.md) a problem document (RFC 9457)
whose `type` is `urn:pmr:problem:` and the name below, which is an anchor of this page, and whose `title` is
the sentence. A detail follows where there is one. Programs compare names, not sentences.

An error that a contract gives by a Solidity error has the same values, under the same names, in `values`.
"""


def page() -> str:
    """Give the whole page."""
    return HEAD + "".join(_section(kind) for kind in families())


def families() -> list[type[PmrError]]:
    """What everything else is a kind of: `PmrError` itself, and its children that have kin."""
    parents = [kind for kind in _tree(PmrError) if kind is PmrError or _children(kind)]
    return [kind for kind in parents if _leaves(kind)]


def _section(family: type[PmrError]) -> str:
    rows = "".join(_row(kind) for kind in (family, *_leaves(family)))
    solidity = " Solidity error |" if family is ContractError else ""
    line = "---|" if solidity else ""
    return (
        f"\n## {family.__name__}\n\n"
        f"| name | sentence | when | exit code | HTTP status |{solidity}\n|---|---|---|---|---|{line}\n{rows}"
    )


def _row(kind: type[PmrError]) -> str:
    name = f'<a id="{kind.slug()}"></a>`{kind.slug()}`'
    when = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
    solidity = _solidity(kind) if issubclass(kind, ContractError) else ""
    return f"| {name} | {kind.sentence} | {when} | {kind.exit_code} | {kind.status} |{solidity}\n"


def _solidity(kind: type[ContractError]) -> str:
    return f" `{kind.solidity}` |" if kind.solidity else " |"


def _tree(kind: type[PmrError]) -> Iterator[type[PmrError]]:
    yield kind
    for child in _children(kind):
        yield from _tree(child)


def _children(kind: type[PmrError]) -> list[type[PmrError]]:
    return [child for child in kind.__subclasses__() if child.__module__ == PmrError.__module__]


def _leaves(kind: type[PmrError]) -> list[type[PmrError]]:
    return [child for child in _children(kind) if not _children(child)]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf8")
