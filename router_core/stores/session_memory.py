"""Conversations in memory: the ones put last, within bounds that callers cannot widen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from router_core.decide.session import Session

__all__ = ["PASSED_EACH", "Change", "MemorySessions"]

PASSED_EACH: Final = 3
"""Points that conversations have passed, for each conversation that there is room for."""

Change = Callable[[bytes, Session | None, bool], None]
"""Told a name, what is remembered under it now (``None``: nothing), and whether that is passed."""


class _Point:
    """One answer of a conversation, under all the names that it has."""

    __slots__ = ("names", "session")

    def __init__(self, names: Sequence[bytes], session: Session) -> None:
        self.names = list(names)
        self.session = session


def _nobody(name: bytes, session: Session | None, passed: bool) -> None:  # noqa: FBT001  # as `Change`
    """Told of changes where nobody wants to know."""


class MemorySessions:
    """The `SessionStore` port: constant time a call, bounded memory; for one event loop.

    A conversation is the last point of it. Those it has passed are kept apart, for who
    comes back to them: a regenerated answer, an edited history, another conversation
    that began alike. Of each kind what was put longest ago goes first.
    """

    def __init__(self, key: bytes, limit: Callable[[], int], changed: Change = _nobody) -> None:
        """Knows none yet.

        Args:
            key: what names are made with.
            limit: most conversations; asked at each `put`.
            changed: told of each name that has changed.
        """
        self._key = key
        self._limit = limit
        self._changed = changed
        self._points: dict[bytes, _Point] = {}
        # Both in the order in which they were put.
        self._last: OrderedDict[_Point, None] = OrderedDict()
        self._passed: OrderedDict[_Point, None] = OrderedDict()

    @property
    def key(self) -> bytes:
        """What names are made with."""
        return self._key

    @property
    def problem(self) -> str:
        """Memory has none."""
        return ""

    @property
    def conversations(self) -> int:
        """How many are known."""
        return len(self._last)

    @property
    def names(self) -> int:
        """How many names they have, at all their points together."""
        return len(self._points)

    def get(self, name: bytes) -> Session | None:
        """What is remembered under a name."""
        point = self._points.get(name)
        return None if point is None else point.session

    def put(
        self,
        names: Sequence[bytes],
        session: Session,
        after: bytes | None = None,
        *,
        aside: bool = False,
    ) -> None:
        """Remembers ``session``; the point named ``after`` is passed."""
        if after is not None:
            self._pass(after)
        self._set(names, session, self._passed if aside else self._last)
        self._make_room()

    def restore(self, names: Sequence[bytes], session: Session, *, passed: bool) -> None:
        """Remembers what was kept elsewhere, in the order in which it was put."""
        self._set(names, session, self._passed if passed else self._last)
        self._make_room()

    def snapshot(self) -> Iterator[tuple[bytes, Session, bool]]:
        """Each name, what is remembered under it and whether that is passed, as it was put."""
        # Copies, since another thread may ask.
        for points, passed in ((self._passed.copy(), True), (self._last.copy(), False)):
            for point in points:
                for name in tuple(point.names):
                    yield name, point.session, passed

    def _set(
        self, names: Sequence[bytes], session: Session, points: OrderedDict[_Point, None]
    ) -> None:
        point = _Point(names, session)
        for name in names:
            self._part(name)
            self._points[name] = point
        points[point] = None
        self._tell(point, passed=points is self._passed)

    def _pass(self, name: bytes) -> None:
        point = self._points.get(name)
        if point is not None and point in self._last:
            del self._last[point]
            self._passed[point] = None
            self._tell(point, passed=True)

    def _part(self, name: bytes) -> None:
        """Takes a name from the point that has it, which goes with its last one."""
        point = self._points.get(name)
        if point is None:
            return
        point.names.remove(name)
        if not point.names:
            self._last.pop(point, None)
            self._passed.pop(point, None)

    def _make_room(self) -> None:
        limit = max(self._limit(), 0)
        for points, most in ((self._last, limit), (self._passed, PASSED_EACH * limit)):
            while len(points) > most:
                oldest, _ = points.popitem(last=False)
                for name in oldest.names:
                    del self._points[name]
                    self._changed(name, None, False)

    def _tell(self, point: _Point, *, passed: bool) -> None:
        for name in point.names:
            self._changed(name, point.session, passed)
