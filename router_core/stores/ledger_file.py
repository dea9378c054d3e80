"""What was served, in `router.db`: every request and every call, and sums over them.

Requests meet memory alone. A thread of its own writes what has ended, some times a
second; so a process that is killed loses a fifth of a second of it, and while the
database cannot be used nothing is lost as long as there is room to wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar

from router_core.app.ports import Listed, Recorder, Summed
from router_core.decide.config import LedgerSettings
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.records import RequestRecord
from router_core.stores.database import Database, DatabaseUnavailable, MemoryDatabase
from router_core.stores.ledger_listing import Places, list_with
from router_core.stores.ledger_reading import Sheet, newest, summed_of
from router_core.stores.ledger_rows import Numbered
from router_core.stores.ledger_sums import add_rows, forget
from router_core.stores.ledger_waiting import Counted, Waiting
from router_core.stores.ledger_writing import last_written, write

__all__ = ["LedgerFile"]

_MOST_WAITING: Final = 100_000
_WRITTEN_TOGETHER: Final = 2000
_SUMMED_TOGETHER: Final = 1000
_SUM_EVERY_S: Final = 10.0
_FORGET_EVERY_S: Final = 3600.0
_RETRY_S: Final = 1.0
_WRITER_BYTES: Final = 16

_T = TypeVar("_T")
_log = logging.getLogger("router_core.ledger")


class LedgerFile:
    """The `Ledger` port over a database; for one event loop, and its threads.

    Attributes:
        is_writing: whether what is recorded gets written.
    """

    def __init__(
        self,
        database: Database | None,
        keep: Callable[[], LedgerSettings],
        now: Callable[[], datetime],
        since: datetime,
        *,
        interval_s: float = 0.15,
    ) -> None:
        """Opens nothing yet.

        Args:
            database: of its own, beside those of others on the same file; whoever opened it
                closes it. ``None``: all stays in memory.
            keep: for how long; asked now and then.
            now: the time of day, in UTC.
            since: when counting begins, where nothing was ever written.
            interval_s: least time between two writes, in seconds; with the writing itself
                it is to be less than 0.2.
        """
        self._database = database or MemoryDatabase()
        self._reader = self._database.another()
        self._is_kept = database is not None
        self._keep, self._now, self._since = keep, now, since
        self._interval_s = interval_s
        self._id = os.urandom(_WRITER_BYTES)
        self._waiting = Waiting(_MOST_WAITING)
        self._places = Places()
        self._fresh: deque[Numbered] = deque(maxlen=_WRITTEN_TOGETHER)
        self._fresh_in = 0
        self._writing = threading.Lock()
        self._due, self._closing = threading.Event(), threading.Event()
        self._writer: threading.Thread | None = None
        self._threadless = False
        self._unstorable = 0
        self._lost_before, self._overflows = 0, False
        self._is_summed = False
        self._summed_at = self._forgot_at = -_FORGET_EVERY_S
        self.is_writing = True

    @property
    def failure(self) -> str:
        """Why nothing is written, for a person; empty: it is."""
        if self._threadless:
            return f"cannot write {self._database.path} (no more threads)"
        return "" if self.is_writing else self._database.failure

    @property
    def pending(self) -> int:
        """How many requests wait to be written."""
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """How many requests were never written, and are in no figure."""
        return self._waiting.lost + self._unstorable

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""
        lines = []
        if self.failure:
            lines.append(f"{self.failure}: {self.pending} requests wait in memory to be written")
        if self.lost:
            lines.append(f"the ledger has lost {self.lost} requests: they are in no figure")
        lines += {self._database.damage, self._reader.damage} - {""}
        return "; ".join(lines)

    def record(self, record: RequestRecord) -> None:
        """Takes one request; it is written later."""
        self._waiting.append(record)
        if not self._due.is_set() and not self._closing.is_set():
            self._wake()

    async def summed(self, span: TimeRange, group_by: Dimension | None, most: int) -> Summed:
        """Sums up a range of time; see `Ledger.summed`."""

        def read(connection: sqlite3.Connection, waiting: Sequence[Counted]) -> Summed:
            sheet = Sheet(connection, span, [record for _, record in waiting])
            return summed_of(sheet, group_by, most, self._since)

        return await asyncio.to_thread(self._read, read)

    async def listed(self, wanted: Wanted, most: int, before: int | None = None) -> Listed:
        """Lists requests, newest first; see `Ledger.listed`."""

        def read(connection: sqlite3.Connection, waiting: Sequence[Counted]) -> Listed:
            return list_with(connection, waiting, self._places, wanted, (most, before))

        def list_now() -> Listed:
            self.flush()
            return self._read(read)

        return await asyncio.to_thread(list_now)

    def spent(self, start: datetime) -> Mapping[str, Decimal]:
        """What was spent from a moment on, by the caller's id; costs or their estimates, in USD."""

        def read(
            connection: sqlite3.Connection, waiting: Sequence[Counted]
        ) -> Mapping[str, Decimal]:
            span = TimeRange(start=start)
            return Sheet(connection, span, [record for _, record in waiting]).spent()

        return self._read(read)

    def begin(self) -> None:
        """Finds out whether it can be written, before anything waits to be."""
        with self._writing:
            try:
                self._database.transaction(lambda _: None)
            except DatabaseUnavailable:
                self.is_writing = False

    def warm(self, *recorders: Recorder, most: int = 5000) -> None:
        """Hands the newest requests to recorders, oldest first, as if they ended now."""

        def read(connection: sqlite3.Connection, waiting: Sequence[Counted]) -> list[RequestRecord]:
            return newest(connection, most)

        for record in self._read(read):
            for recorder in recorders:
                recorder.record(record)

    def flush(self) -> None:
        """Writes what waits, now; what cannot be written goes on waiting."""
        with self._writing:
            self._due.clear()
            while taken := self._waiting.take(_WRITTEN_TOGETHER):
                if not self._store(taken):
                    self._due.set()
                    return

    def tidy(self, *, now: bool = False) -> bool:
        """Takes one step of what is less urgent: adds rows to the sums, removes old ones.

        Args:
            now: whether or not it is due.

        Returns:
            Whether there is more to do.
        """
        with self._writing:
            if now:
                self._summed_at = self._forgot_at = -_FORGET_EVERY_S
            try:
                return self._forget() or self._sum_up()
            except DatabaseUnavailable:
                return False

    def close(self) -> None:
        """Writes what waits, and ends the thread; what comes later is lost."""
        self._closing.set()
        self._due.set()
        if self._writer is not None:
            self._writer.join()
        self.flush()
        if self.pending:
            _log.error("%s: %d requests are lost", self.failure, self.pending)
        self._reader.close()
        if not self._is_kept:
            self._database.close()

    def _read(self, work: Callable[[sqlite3.Connection, Sequence[Counted]], _T]) -> _T:
        """Reads at one moment of the database, with what is not in it at that moment."""
        # First what waits: whatever is written after that, the database says so.
        waiting = self._waiting.all()

        def read(connection: sqlite3.Connection) -> _T:
            last = last_written(connection, self._id)
            return work(connection, [counted for counted in waiting if counted[0] > last])

        try:
            return self._reader.transaction(read, writes=False)
        except DatabaseUnavailable:
            pass
        # A file that cannot be written may still be read.
        found = self._reader.glance(read)
        if found is not None:
            return found
        with contextlib.closing(MemoryDatabase()) as nothing:
            return nothing.transaction(read, writes=False)

    def _store(self, taken: Sequence[Counted]) -> bool:
        """Writes some; whether it could."""
        try:
            written = self._database.transaction(
                lambda connection: write(connection, self._id, taken, self._now(), self._since)
            )
        except DatabaseUnavailable:
            self._waiting.give_back()
            self._failed()
            return False
        except BaseException:
            self._waiting.give_back()
            raise
        self._waiting.done()
        self._places.written(written.places)
        if self._fresh_in != self._database.generation:
            self._fresh.clear()
            self._fresh_in = self._database.generation
        self._fresh.extend(written.rows)
        self._is_summed = False
        self._wrote(written.unstorable)
        return True

    def _sum_up(self) -> bool:
        is_due = time.monotonic() - self._summed_at >= _SUM_EVERY_S
        if self._is_summed or (not is_due and len(self._fresh) < _SUMMED_TOGETHER):
            return False
        count = self._database.transaction(self._add_rows)
        if count == _SUMMED_TOGETHER:
            return True
        self._fresh.clear()
        self._summed_at, self._is_summed = time.monotonic(), True
        return False

    def _add_rows(self, connection: sqlite3.Connection) -> int:
        known = tuple(self._fresh) if self._fresh_in == self._database.generation else ()
        return add_rows(connection, known, _SUMMED_TOGETHER)

    def _forget(self) -> bool:
        if time.monotonic() - self._forgot_at < _FORGET_EVERY_S:
            return False
        most = None if self._is_kept else _MOST_WAITING
        keep, now = self._keep(), self._now()
        more = self._database.transaction(lambda connection: forget(connection, keep, now, most))
        if not more:
            self._forgot_at = time.monotonic()
        return more

    def _failed(self) -> None:
        if self.is_writing:
            self.is_writing = False
            _log.warning("%s: requests wait in memory to be written", self.failure)
        if self._waiting.lost > self._lost_before and not self._overflows:
            self._overflows = True
            _log.error("%s: no more room for requests, the oldest are lost", self.failure)

    def _wrote(self, unstorable: int) -> None:
        if unstorable:
            self._unstorable += unstorable
            _log.error("%d requests have no place in the ledger and are lost", unstorable)
        if not self.is_writing:
            lost = self._waiting.lost - self._lost_before
            _log.warning("the ledger is written again; %d requests were lost", lost)
        self._lost_before, self._overflows = self._waiting.lost, False
        self.is_writing = True

    def _wake(self) -> None:
        self._due.set()
        if self._writer is not None:
            return
        writer = threading.Thread(target=self._run, name="ledger", daemon=not self._is_kept)
        try:
            writer.start()
        except RuntimeError:  # no more threads: the next request tries again
            self._due.clear()
            self._threadless = True
        else:
            self._writer, self._threadless = writer, False

    def _run(self) -> None:
        """The thread: sleeps until something is due, and then for a while."""
        took = 0.0
        while not self._closing.is_set():
            self._due.wait(_FORGET_EVERY_S if self._is_summed else _SUM_EVERY_S)
            pause_s = self._interval_s - took if self.is_writing else _RETRY_S
            self._closing.wait(max(pause_s, 0.0))
            began = time.monotonic()
            try:
                self.flush()
                if self.is_writing and not self._closing.is_set():
                    self._tidy_for(self._interval_s / 3)
            except Exception as error:
                _log.error("the ledger is not written: %s", type(error).__name__)
            took = time.monotonic() - began

    def _tidy_for(self, seconds: float) -> None:
        """Tidies up, and leaves the rest for later where that takes longer."""
        until = time.monotonic() + seconds
        while self.tidy():
            if self._closing.is_set() or time.monotonic() >= until:
                self._due.set()
                return
