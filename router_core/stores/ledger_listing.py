"""Pages of requests, of which some may not be written yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from router_core.app.ports import Listed
from router_core.decide.figures import Wanted
from router_core.decide.records import RequestRecord
from router_core.stores.ledger_reading import list_rows
from router_core.stores.ledger_waiting import Counted

__all__ = ["Places", "list_with"]

_UNWRITTEN: Final = 2**62
"""A page ends at the number of a row; or at this and the request's place in `Counted`."""


class Places:
    """Where requests went that ended a page before they were written."""

    def __init__(self) -> None:
        self._shown = 0
        self._numbers: dict[int, int] = {}

    def shown(self, place: int) -> None:
        """A page ended at such a request."""
        self._shown = max(self._shown, place)

    def written(self, places: Mapping[int, int]) -> None:
        """Requests got these numbers."""
        if any(place <= self._shown for place in places):
            self._numbers |= places

    def bounds(self, before: int | None) -> tuple[int | None, int | None]:
        """What a page begins before: a place among those that wait, a number of a row.

        ``None``: it begins with the newest.
        """
        if before is None:
            return None, None
        if before < _UNWRITTEN:
            return 0, before
        place = before - _UNWRITTEN
        later = (number for at, number in self._numbers.items() if at >= place)
        return place, min(later, default=None)


def list_with(
    connection: sqlite3.Connection,
    waiting: Sequence[Counted],
    places: Places,
    wanted: Wanted,
    page: tuple[int, int | None],
) -> Listed:
    """A page of requests, newest first: those that wait, then those in the database.

    Args:
        connection: the database's.
        waiting: what is not in it.
        places: where the waiting went.
        wanted: which ones.
        page: how many, and the `Listed.next` of the page before.
    """
    most, before = page
    place, number = places.bounds(before)
    found: list[tuple[int, RequestRecord]] = [
        (_UNWRITTEN + at, record)
        for at, record in reversed(waiting)
        if (place is None or at < place) and record in wanted
    ][: most + 1]
    if len(found) <= most:
        found += list_rows(connection, wanted, most + 1 - len(found), number)
    shown = found[:most]
    if len(found) <= most:
        return Listed(records=tuple(record for _, record in shown))
    last = shown[-1][0]
    if last >= _UNWRITTEN:
        places.shown(last - _UNWRITTEN)
    return Listed(records=tuple(record for _, record in shown), next=last)
