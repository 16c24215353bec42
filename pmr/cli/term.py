"""How long access lasts, as people type and read it. All times are UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from pmr.errors import BadInput

DAY = 86_400
DEFAULT_DAYS = 30


def end_of(days: int | None, last: str | None, *, no_end: bool) -> int:
    """Give the end in Unix seconds, 0 for none; raise `BadInput` for two answers to one question."""
    if sum((days is not None, last is not None, no_end)) > 1:
        raise BadInput("Give one of --days, --until and --no-end.")
    if no_end:
        return 0
    return _moment(last) if last is not None else int(time.time()) + (days or DEFAULT_DAYS) * DAY


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is not a day or time like 2027-01-31 or 2027-01-31T12:00.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def until(expires_at: int) -> str:
    """Say when access ends."""
    if not expires_at:
        return "no end"
    ended = " (ended)" if expires_at <= time.time() else ""
    return f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d %H:%M} UTC{ended}"
