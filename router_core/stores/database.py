"""`router.db`: the SQLite file of what outlives the process, opened, watched and replaced.

It is never worth a failure: whoever writes to it goes on in memory while it cannot be
used, and writes again later. A damaged file is put aside, for a person to look at, and
a fresh one takes its place; one that a newer router made is left alone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from router_core.stores.atomic_file import alone_in, aside
from router_core.stores.schema import VERSIONS

__all__ = ["Database", "DatabaseUnavailable", "MemoryDatabase", "damaged"]

_CHECKED_BYTES: Final = 64 * 1024 * 1024
"""The largest file that is checked whole at the start: 50 ms. Damage shows later, too."""

_MOST_PUT_ASIDE: Final = 3
"""A disk that spoils what it is given shall not be filled with it."""

_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PASSING: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
"""After these the connection is as good as before."""

_T = TypeVar("_T")
_log = logging.getLogger("router_core.database")


class DatabaseUnavailable(Exception):
    """The database cannot be used now; the message says why, for a person."""


class _Refused(Exception):
    """The file is sound, and not for us."""


class Database:
    """One file with one connection, for any thread; one transaction at a time.

    Another one on the same file, in this process or elsewhere, sees what is committed, and
    finds the fresh file where this one puts the old one aside.

    Attributes:
        path: where the file is.
        generation: how often it was opened. Where it has risen, there may be another
            file in the place of the one that was written to.
        failure: why it cannot be used now, for a person; empty: it can.
        damage: what was put aside since the start, likewise.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_s: float = 1.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        is_first: bool = True,
    ) -> None:
        """Opens nothing yet; the first transaction does.

        Args:
            path: the file; its folder is there.
            busy_s: how long to wait for another process, in seconds.
            now: names the file that is put aside.
            is_first: whether it checks a file that it opens, if it is not too large, and
                logs that it cannot be used.
        """
        self.path = path
        self.generation = 0
        self._busy_s = busy_s
        self._now = now
        self._is_first = is_first
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.failure = ""
        self.damage = ""
        self._times = 0

    def another(self) -> Database:
        """One more connection to the file, so that nobody waits for what takes long."""
        return Database(self.path, busy_s=self._busy_s, now=self._now, is_first=False)

    def holds(self, generation: int | None) -> bool:
        """Whether the file is still there that was opened as this generation."""
        with self._lock:
            return self.generation == generation and _identity(self.path) == self._identity

    def transaction(self, work: Callable[[sqlite3.Connection], _T], *, writes: bool = True) -> _T:
        """Does ``work``, whole or not at all; twice where the file proves to be damaged.

        Args:
            work: what to do.
            writes: whether it writes; what only reads need not wait for others.

        Raises:
            DatabaseUnavailable: it could not be done; a later try may do better.
        """
        begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        with self._lock:
            try:
                result = self._replacing(begin, work)
            except (sqlite3.Error, OSError, _Refused) as error:
                raise DatabaseUnavailable(self._fail(error)) from error
            self.failure = ""
            return result

    def glance(
        self, work: Callable[[sqlite3.Connection], _T], *, with_log: bool = False
    ) -> _T | None:
        """Does ``work``, which only reads, on a file that may not be written.

        ``None``: it cannot be read.

        Args:
            work: what to do.
            with_log: whether what another process has written lately is seen, too, which
                takes that process's files beside this one; otherwise it may not be.
        """
        has_log = with_log and Path(f"{self.path}-wal").exists()
        uri = f"{self.path.absolute().as_uri()}?mode=ro{'' if has_log else '&immutable=1'}"
        try:
            with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
                return work(connection) if _version(connection) == len(VERSIONS) else None
        except (sqlite3.Error, UnicodeDecodeError):
            return None

    def close(self) -> None:
        """Closes the file; a transaction opens it again."""
        with self._lock:
            self._disconnect()

    def _replacing(self, begin: str, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return self._transact(begin, work)
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGE or self._times == _MOST_PUT_ASIDE:
                raise
        self._put_aside()
        return self._transact(begin, work)

    def _transact(self, begin: str, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return self._try(begin, work)
        except UnicodeDecodeError as error:  # SQLite's message quotes the damage
            raise damaged("its text is not UTF-8") from error
        except sqlite3.OperationalError as error:
            if "decode to UTF-8" in str(error):  # of Python's making: it has no code
                raise damaged("its text is not UTF-8") from error
            raise

    def _try(self, begin: str, work: Callable[[sqlite3.Connection], _T]) -> _T:
        connection = self._connected()
        connection.execute(begin)
        try:
            if _version(connection) != len(VERSIONS):
                raise _Refused("another version of LLM Router has changed it")
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.rollback()
            raise
        return result

    def _connected(self) -> sqlite3.Connection:
        # Someone may have removed the file, or put another in its place.
        if self._connection is not None and _identity(self.path) != self._identity:
            self._disconnect()
        if self._connection is None:
            # SQLite's own locks are of no use where there is no sound file yet.
            with alone_in(self.path.parent):
                self._connection = self._open()
            self.generation += 1
        return self._connection

    def _open(self) -> sqlite3.Connection:
        _create(self.path)
        connection = sqlite3.connect(
            self.path, timeout=self._busy_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._identity = _identity(self.path)
            _prepare(connection, self.path, checks=self._is_first)
        except BaseException:
            connection.close()
            raise
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _put_aside(self) -> None:
        self._disconnect()
        with alone_in(self.path.parent):
            if _identity(self.path) != self._identity:
                return  # another process did
            spoilt = aside(self.path, "corrupt", self._now())
            # SQLite finds the log by the name of the file, so that they keep in step.
            for suffix in ("-wal", "-shm", ""):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self.path}{suffix}").rename(f"{spoilt}{suffix}")
        self._times += 1
        self.damage = (
            f"{self.path} was damaged: it is put aside as {spoilt.name},"
            " and what was in it alone is forgotten"
        )
        _log.warning("%s", self.damage)

    def _fail(self, error: Exception) -> str:
        if not (isinstance(error, sqlite3.Error) and _code(error) in _PASSING):
            self._disconnect()
        why = error.strerror if isinstance(error, OSError) else str(error)
        failure = f"cannot use {self.path} ({why})"
        if failure != self.failure and self._is_first:
            _log.warning("%s", failure)
        self.failure = failure
        return failure


class MemoryDatabase(Database):
    """The same tables in memory, where nothing is to outlive the process."""

    def __init__(self) -> None:
        super().__init__(Path(":memory:"))

    def another(self) -> Database:
        """Itself: nobody else could see what is in it."""
        return self

    def _put_aside(self) -> None:
        self._disconnect()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                ":memory:", isolation_level=None, check_same_thread=False
            )
            _upgrade(self._connection)
            self.generation += 1
        return self._connection


def _create(path: Path) -> None:
    """Makes an empty file, for its owner alone, where there is none.

    Where there is one it is not touched: closing it would free the locks that this
    process has on it.
    """
    if path.exists():
        if path.is_file() and not os.access(path, os.W_OK):
            raise _Refused("it is read-only")  # SQLite would make its own files so, too
        return
    # The log of a file that was removed is not the next one's.
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, 0o600)  # whatever the umask; SQLite's own files follow
    finally:
        os.close(descriptor)


def _prepare(connection: sqlite3.Connection, path: Path, *, checks: bool) -> None:
    """Makes a connection ready, and the file one of ours."""
    version = _version(connection)
    if not 0 <= version <= len(VERSIONS):
        raise _Refused("a newer version of LLM Router made it")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    if checks and path.stat().st_size <= _CHECKED_BYTES:
        _check(connection)
    if version < len(VERSIONS):
        _upgrade(connection)
    if not _schema(connection) >= _our_schema():
        raise damaged("its tables are not as they should be")


def _check(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise damaged(found)


def _upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been quicker
        if version == 0 and _schema(connection):
            raise _Refused("it is not of LLM Router")
        for statements in VERSIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(VERSIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.rollback()
        raise


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _schema(connection: sqlite3.Connection) -> set[bytes]:
    query = "SELECT CAST(sql AS BLOB) FROM sqlite_master WHERE sql NOT NULL"
    return {sql for (sql,) in connection.execute(query)}


def _our_schema() -> set[bytes]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _upgrade(connection)
        return _schema(connection)


def damaged(what: str) -> sqlite3.DatabaseError:
    """What a transaction raises that finds nonsense, so that the file is put aside."""
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _code(error: sqlite3.Error) -> int | None:
    """SQLite's own code, without the details; ``None``: the error is of Python's making."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    """Tells the file at a path from another one there; ``None``: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
