"""What stands behind the question mark of a path."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from flask import request

from pmr.errors import BadInput

T = TypeVar("T")


def read_query(shape: type[T]) -> T:
    """The query as a msgspec struct; raise `BadInput` for what it does not have, and for what comes twice."""
    given = request.args.to_dict(flat=False)
    twice = [name for name, values in given.items() if len(values) > 1]
    if twice:
        raise BadInput(f"The query names {twice[0][:40]!r} twice.")
    try:
        return msgspec.convert({name: values[0] for name, values in given.items()}, shape, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"The query is not what is expected here: {error}.") from None
