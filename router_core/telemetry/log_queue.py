"""Writes log lines in a thread, so that nobody waits for who reads them."""

from __future__ import annotations

import copy
import logging
import os
import select
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

from router_core.telemetry.exceptions import told

__all__ = ["LAST_S", "LogThread", "QueueHandler", "write_all"]

_MOST_WAITING: Final = 10_000
"""Lines that wait to be written; what comes when there are so many is lost."""
LAST_S: Final = 2.0
"""How long a stop waits for lines that nobody reads, in seconds."""


class LogThread:
    """Formats and writes log records in the order in which they came."""

    def __init__(
        self,
        formatter: logging.Formatter,
        write: Callable[[str], None],
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        """Starts the thread; ``write`` takes a line without its end, and may take its time."""
        self._formatter = formatter
        self._write = write
        self._most = most_waiting
        self._queue: SimpleQueue[logging.LogRecord | threading.Event | None] = SimpleQueue()
        self._lost = 0
        self._told = 0
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """How many lines were thrown away."""
        return self._lost

    def put(self, entry: logging.LogRecord) -> None:
        """Takes one log record; never waits."""
        if self._queue.qsize() < self._most:
            self._queue.put(entry)
        else:
            self._lost += 1

    def flush(self, within_s: float = LAST_S) -> None:
        """Waits until what was put so far is written, or so long; after `stop` not at all."""
        if self._is_stopped:
            return
        written = threading.Event()
        self._queue.put(written)
        written.wait(within_s)

    def stop(self, within_s: float = LAST_S) -> None:
        """Writes what waits and ends; gives up after a while where nobody reads it."""
        self._is_stopped = True
        self._queue.put(None)
        self._thread.join(within_s)

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            if isinstance(entry, threading.Event):
                entry.set()
                continue
            if self._lost != self._told:
                self._tell_of_lost()
            self._write_one(entry)

    def _tell_of_lost(self) -> None:
        self._told, more = self._lost, self._lost - self._told
        text = "%d log lines were lost: nobody read them in time"
        name = "router_core.log"
        self._write_one(logging.LogRecord(name, logging.WARNING, "", 0, text, (more,), None))

    def _write_one(self, entry: logging.LogRecord) -> None:
        try:
            self._write(self._formatter.format(entry))
        except Exception:
            self._lost += 1
            self._told += 1


class QueueHandler(logging.Handler):
    """Hands log records to a `LogThread`, with all that may change until they are written."""

    def __init__(self, thread: LogThread) -> None:
        super().__init__()
        self._thread = thread

    @property
    def lost(self) -> int:
        """How many lines were thrown away."""
        return self._thread.lost

    def emit(self, record: logging.LogRecord) -> None:
        """Hands on one record."""
        if record.args or record.exc_info:
            record = copy.copy(record)
            record.msg, record.args = record.getMessage(), ()
            record.exc_text = _cause(record.exc_info)
            record.exc_info = None
        self._thread.put(record)

    def flush(self) -> None:
        """Waits a while until what was logged so far is written."""
        self._thread.flush()

    def createLock(self) -> None:  # noqa: N802  # logging names it
        """None: the queue has its own."""
        self.lock = None


def _cause(found: object) -> str | None:
    error = found[1] if isinstance(found, tuple) else None
    return told(error) if isinstance(error, BaseException) else None


def write_all(file: int, line: str) -> None:
    """Writes a line to a file descriptor; waits until it is taken.

    Raises:
        OSError: nobody reads it any more.
    """
    rest = memoryview(f"{line}\n".encode(errors="backslashreplace"))
    while rest:
        try:
            rest = rest[os.write(file, rest) :]
        except BlockingIOError:
            select.select((), (file,), ())
