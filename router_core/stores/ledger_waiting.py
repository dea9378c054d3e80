"""Requests that wait to be written: appended on the event loop, taken by a thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from router_core.decide.records import RequestRecord

__all__ = ["Counted", "Waiting"]

Counted = tuple[int, RequestRecord]
"""A request with its place among all that this process has recorded, from 1 on."""


class Waiting:
    """A bounded queue; its lock is never held while anything is read or written.

    Attributes:
        lost: how many requests it had no room for.
    """

    def __init__(self, most: int) -> None:
        """Has room for ``most`` requests; beyond them the oldest go."""
        self.lost = 0
        self._most = most
        self._lock = threading.Lock()
        self._new: deque[RequestRecord] = deque()
        self._counted: deque[Counted] = deque()
        self._taken: list[Counted] = []
        self._count = 0

    def __len__(self) -> int:
        """How many wait, those that are being written among them."""
        return len(self._new) + len(self._counted) + len(self._taken)

    def append(self, record: RequestRecord) -> None:
        """Adds one; waits for nothing but, where there is no more room, a moment."""
        self._new.append(record)
        if len(self) > self._most:
            with self._lock:
                self._count_new()
                if self._counted:
                    self._counted.popleft()
                    self.lost += 1

    def take(self, most: int) -> list[Counted]:
        """The oldest ones, to be written; `done` or `give_back` ends that."""
        with self._lock:
            self._count_new()
            self._taken = [self._counted.popleft() for _ in range(min(most, len(self._counted)))]
            return self._taken

    def done(self) -> None:
        """What was taken is written."""
        with self._lock:
            self._taken = []

    def give_back(self) -> None:
        """What was taken is not written, as far as is known."""
        with self._lock:
            self._counted.extendleft(reversed(self._taken))
            self._taken = []

    def all(self) -> Sequence[Counted]:
        """All that wait, oldest first."""
        with self._lock:
            self._count_new()
            return [*self._taken, *self._counted]

    def _count_new(self) -> None:
        while self._new:
            self._count += 1
            self._counted.append((self._count, self._new.popleft()))
