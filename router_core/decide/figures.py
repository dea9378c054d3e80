"""Which figures of the ledger are asked for, and how long they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router_core.decide.records import RequestRecord

__all__ = ["Dimension", "TimeRange", "Wanted"]


class Dimension(StrEnum):
    """What requests can be sorted by; each is a field of `RequestRecord`."""

    CATEGORY = "category"
    MODEL = "model"
    PROVIDER = "provider"
    MODE = "mode"
    CALLER = "caller"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """Requests that came in from ``start`` (inclusive) to ``end`` (exclusive), in UTC.

    ``None``: as far back as is kept, and up to now.
    """

    start: datetime | None = None
    end: datetime | None = None

    def __contains__(self, moment: object) -> bool:
        """Whether a moment is in it."""
        return (
            isinstance(moment, datetime)
            and (self.start is None or self.start <= moment)
            and (self.end is None or moment < self.end)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests are wanted; ``None``: whatever they have there."""

    span: TimeRange = TimeRange()
    category: str | None = None
    model: str | None = None
    status: str | None = None
    caller: str | None = None
    session: str | None = None

    def __contains__(self, record: object) -> bool:
        """Whether a record is wanted; for what is not in the database yet, and for watchers."""
        return (
            isinstance(record, RequestRecord)
            and record.time in self.span
            and self.category in (None, record.category)
            and self.model in (None, record.model)
            and self.status in (None, record.status)
            and self.caller in (None, record.caller)
            and self.session in (None, record.session)
        )
