"""Who takes note of what has ended, and tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.records import RequestRecord
from router_core.decide.spending import SpendingAlert
from router_core.decide.totals import Totals

__all__ = [
    "Alerts",
    "Ledger",
    "Listed",
    "Recorder",
    "SpentSource",
    "Summed",
]


class Recorder(Protocol):
    """Takes what has ended: the ledger, the metrics, the log and the like."""

    def record(self, record: RequestRecord) -> None:
        """Takes one request; never waits and never raises, and takes a few us at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """What was served in a range of time.

    Attributes:
        since: from when on: the range's start, or as far back as is kept.
        total: all of it.
        by_category, by_model, groups: sorted by name, busiest first.
        left_out: how many groups more there are.
    """

    since: datetime
    total: Totals
    by_category: Mapping[str, Totals]
    by_model: Mapping[str, Totals]
    groups: Mapping[str, Totals]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of requests, newest first.

    Attributes:
        next: what to ask for the page after it; ``None``: this is the last.
    """

    records: tuple[RequestRecord, ...]
    next: int | None = None


class Ledger(Recorder, Protocol):
    """Keeps what was served.

    What was recorded is in every answer from then on, on the disk or not yet. Where the
    disk cannot be read, what is known without it is told.
    """

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""

    async def summed(self, span: TimeRange, group_by: Dimension | None, most: int) -> Summed:
        """Sums up a range of time.

        Args:
            span: the range.
            group_by: what `Summed.groups` are sorted by; ``None``: there are none.
            most: how many groups, categories and models each.
        """

    async def listed(self, wanted: Wanted, most: int, before: int | None = None) -> Listed:
        """Lists requests, newest first.

        Args:
            wanted: which ones.
            most: how many.
            before: the `Listed.next` of the page before; ``None``: the first page.
        """


class SpentSource(Protocol):
    """Knows what was spent before the process began."""

    def spent(self, start: datetime) -> Mapping[str, Decimal]:
        """What requests that came in from ``start`` on count for limits, in USD, by caller.

        Raises:
            OSError: it cannot tell.
        """


class Alerts(Protocol):
    """Tells an operator who does not read the log."""

    def send(self, alert: SpendingAlert) -> None:
        """Sends it in the background; never waits and never raises."""

    async def close(self) -> None:
        """Lets what is under way have a few seconds more, then ends it."""
