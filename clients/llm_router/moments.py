"""Moments as people write them: a time of day, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["MOMENT_PATTERN", "read_moment"]

_AGO: Final = r"[0-9]{1,9}[smhdw]"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
_TIME: Final = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([Tt ]{_CLOCK})?"
MOMENT_PATTERN: Final = f"^({_AGO}|{_TIME})$"
"""What `read_moment` reads, as a pattern of JSON Schema; not all of it is a time."""

_WRITTEN: Final = re.compile(MOMENT_PATTERN)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def read_moment(text: str, now: datetime) -> datetime:
    """The moment that ``text`` means, in UTC.

    Args:
        text: RFC 3339, such as "2026-11-01T12:00:00Z", of which the time of day may be left
            out (midnight), and the offset (UTC); or "30m", "24h", "7d": so long before now.
        now: the time of day, in UTC.

    Raises:
        ValueError: it is no moment of the years 1 to 9999; the message says what is.
    """
    if _WRITTEN.fullmatch(text):
        try:
            return _read(text, now)
        except (ValueError, OverflowError):
            pass
    raise ValueError(
        f'{text!r:.80} is no time: write RFC 3339, such as 2026-11-01T12:00:00Z, or "24h" or'
        ' "7d" for so long ago'
    )


def _read(text: str, now: datetime) -> datetime:
    if unit := _UNITS.get(text[-1]):
        return now - int(text[:-1]) * unit
    moment = datetime.fromisoformat(text.upper())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
