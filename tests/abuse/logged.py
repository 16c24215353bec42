"""What the server would write on its standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from pmr.web.logs import JsonLines


@contextmanager
def logged() -> Iterator[StringIO]:
    """Collect the lines of what happens meanwhile."""
    written, logger = StringIO(), logging.getLogger("pmr")
    handler, level = logging.StreamHandler(written), logger.level
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield written
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
