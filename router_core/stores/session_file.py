"""Conversations that outlive the process: in memory, and a little later in `router.db`.

Requests meet the memory alone. A thread of its own writes what has changed, every
second at the most; so a process that is killed forgets a second of it, and while the
database cannot be used nothing is lost before the process ends.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from router_core.decide.session import Session
from router_core.stores.database import Database, DatabaseUnavailable
from router_core.stores.session_memory import PASSED_EACH, MemorySessions
from router_core.stores.session_text import SessionReader, render

__all__ = ["SessionFile"]

_KEY: Final = "sessions_key"
_KEY_BYTES: Final = 32
_NEWEST: Final = """
    SELECT used, name, CAST(session AS BLOB), passed FROM sessions ORDER BY used DESC LIMIT ?
"""
_NAMES_EACH: Final = 3
"""Most names of one answer, as a rule: its history is sent again in so many forms."""
_MOST_PENDING: Final = 100_000
"""Changes kept while the database cannot be used; beyond them everything is written anew."""

_log = logging.getLogger("router_core.sessions")


_Kept = tuple[Session, bool]
"""What is remembered under a name, and whether that is passed."""


class SessionFile:
    """The `SessionStore` port over memory and a database; for one event loop."""

    def __init__(
        self, database: Database, limit: Callable[[], int], *, interval_s: float = 1.0
    ) -> None:
        """Reads what the database has, and makes the key where it has none.

        Args:
            database: others may use it, too; whoever opened it closes it.
            limit: most conversations; asked at each `put`.
            interval_s: least time between two writes, in seconds.
        """
        self._database = database
        self._interval_s = interval_s
        self._changes: deque[tuple[Any, _Kept | None]] = deque()
        self._pending: dict[Any, _Kept | None] = {}
        self._writing = threading.Lock()
        self._due, self._closing = threading.Event(), threading.Event()
        self._writer: threading.Thread | None = None
        self._written: int | None = None
        self._threadless = self._restoring = False
        self._spoilt = 0
        with _no_collecting():
            key, rows = self._load(limit)
            self._memory = MemorySessions(key, limit, self._changed)
            self._take(rows)

    @property
    def key(self) -> bytes:
        """What names are made with; as old as the database."""
        return self._memory.key

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""
        path, failure, lines = self._database.path, self._database.failure, []
        if self._threadless:
            failure = f"cannot write {path} (no more threads)"
        if failure:
            lines.append(f"{failure}: what is known of conversations ends with this process")
        if self._database.damage:
            lines.append(self._database.damage)
        if self._spoilt:
            lines.append(f"{path}: {self._spoilt} sessions made no sense and are left out")
        return "; ".join(lines)

    @property
    def conversations(self) -> int:
        """How many are known."""
        return self._memory.conversations

    @property
    def names(self) -> int:
        """How many names they have, at all their points together."""
        return self._memory.names

    def get(self, name: bytes) -> Session | None:
        """What is remembered under a name."""
        return self._memory.get(name)

    def put(
        self,
        names: Sequence[bytes],
        session: Session,
        after: bytes | None = None,
        *,
        aside: bool = False,
    ) -> None:
        """Remembers ``session``; it is written later."""
        self._memory.put(names, session, after, aside=aside)
        if not self._due.is_set() and not self._closing.is_set():
            self._wake()

    def flush(self) -> None:
        """Writes what has changed, now; what cannot be written stays to be."""
        with self._writing:
            self._due.clear()
            self._drain()
            if not self._pending and self._database.holds(self._written):
                return
            try:
                self._database.transaction(self._store)
            except DatabaseUnavailable:
                self._keep_trying()
            else:
                self._written = self._database.generation
                self._pending.clear()

    def close(self) -> None:
        """Writes what has changed, and ends the thread; from here on all is in memory."""
        self._closing.set()
        self._due.set()
        if self._writer is not None:
            self._writer.join()
        self.flush()
        self._pending.clear()

    def _load(self, limit: Callable[[], int]) -> tuple[bytes, list[Any]]:
        """The key, and what was used last, in the order of use."""
        database = self._database
        most = (1 + PASSED_EACH) * _NAMES_EACH * max(limit(), 1)

        def read(connection: sqlite3.Connection) -> tuple[bytes | None, list[Any]]:
            return _stored_key(connection), connection.execute(_NEWEST, (most,)).fetchall()

        try:
            key, rows = database.transaction(read, writes=False)
            if key is None:
                key, rows = database.transaction(_make_key), []
            elif len(rows) == most:
                database.transaction(lambda connection: _cut(connection, rows[-1][0]))
            self._written = database.generation
        except DatabaseUnavailable:
            key, rows = database.glance(read) or (None, [])
        rows.reverse()
        return key or secrets.token_bytes(_KEY_BYTES), rows

    def _take(self, rows: Iterable[Any]) -> None:
        """Remembers what was stored, in the order in which it was used."""
        reader = SessionReader()
        self._restoring = True
        # The names of one point were written one after the other, with the same text.
        for (text, passed), group in groupby(rows, key=itemgetter(2, 3)):
            names = [row[1] for row in group]
            session = reader.read(text)
            if session is None or not all(type(name) is bytes for name in names):
                self._spoilt += len(names)
                self._changes.extend((name, None) for name in names)
            else:
                self._memory.restore(names, session, passed=bool(passed))
        self._restoring = False
        if self._spoilt:
            _log.warning("%s", self.problem)

    def _changed(self, name: bytes, session: Session | None, passed: bool) -> None:  # noqa: FBT001  # as `Change`
        """Notes what has to be written; what is restored is there already."""
        if self._closing.is_set() or (self._restoring and session is not None):
            return
        self._changes.append((name, None if session is None else (session, passed)))

    def _wake(self) -> None:
        self._due.set()
        if self._writer is not None:
            return
        writer = threading.Thread(target=self._write, name="sessions")
        try:
            writer.start()
        except RuntimeError:  # no more threads: the next put tries again
            self._due.clear()
            self._threadless = True
            if len(self._changes) > _MOST_PENDING:
                self._changes.clear()
                self._written = None
        else:
            self._writer, self._threadless = writer, False

    def _write(self) -> None:
        """The thread: sleeps until something is due, and then for a while."""
        while not self._closing.is_set():
            self._due.wait()
            self._closing.wait(self._interval_s)
            try:
                self.flush()
            except Exception as error:
                _log.error("sessions are not written: %s", type(error).__name__)

    def _drain(self) -> None:
        """Takes over what has changed, in the order of the last change."""
        with contextlib.suppress(IndexError):
            while True:
                name, kept = self._changes.popleft()
                self._pending.pop(name, None)
                self._pending[name] = kept

    def _keep_trying(self) -> None:
        self._due.set()
        if len(self._pending) > _MOST_PENDING:
            self._pending.clear()
            self._written = None

    def _store(self, connection: sqlite3.Connection) -> None:
        gone = [name for name, kept in self._pending.items() if kept is None]
        kept: Iterable[tuple[bytes, Session, bool]]
        if self._written == self._database.generation:
            kept = ((name, *kept) for name, kept in self._pending.items() if kept)
        else:  # what is in this file is not known
            _own(connection, self.key)
            kept = self._memory.snapshot()
        connection.executemany("DELETE FROM sessions WHERE name = ?", zip(gone))
        connection.executemany(
            "INSERT OR REPLACE INTO sessions (name, session, passed) VALUES (?, ?, ?)",
            _rendered(kept),
        )


def _stored_key(connection: sqlite3.Connection) -> bytes | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_KEY,)).fetchone()
    return row[0] if row and type(row[0]) is bytes and len(row[0]) == _KEY_BYTES else None


def _make_key(connection: sqlite3.Connection) -> bytes:
    """A key for a database that has none; another process may have been quicker."""
    key = _stored_key(connection) or secrets.token_bytes(_KEY_BYTES)
    _own(connection, key)
    return key


def _cut(connection: sqlite3.Connection, used: int) -> None:
    connection.execute("DELETE FROM sessions WHERE used < ?", (used,))


def _own(connection: sqlite3.Connection, key: bytes) -> None:
    """Makes a database one with this key; what was named with another one is of no use."""
    if _stored_key(connection) == key:
        return
    connection.execute("DELETE FROM sessions")
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_KEY, key))


def _rendered(
    kept: Iterable[tuple[bytes, Session, bool]],
) -> Iterator[tuple[bytes, str, bool]]:
    for name, session, passed in kept:
        try:
            yield name, render(session), passed
        except TypeError:
            _log.warning("a session of category %r has no place in JSON", session.category)


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Spares a quarter of the time where very many objects are made that all stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
