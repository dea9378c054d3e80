"""Sessions for the tests of their stores."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router_core.app.ports import SessionStore
from router_core.decide.session import Cache, Session
from router_core.stores.database import Database
from router_core.stores.session_file import SessionFile

KEY = bytes(range(32))
NOW = datetime(2026, 11, 27, 16, 4, 5, tzinfo=UTC)
ASIDE = "router.db.corrupt-20261127T160405Z"
"""What is put aside at that time."""
MODEL = ("openrouter", "z-ai/glm-5")


def a_session(thread: str = "t", **changed: Any) -> Session:
    return Session(
        **{
            "thread": thread,
            "category": "code",
            "model": MODEL,
            "used_at": 1_795_000_000.5,
            "answers": 3,
            "foreign": 2,
            "preamble": -(2**63),
            "caches": (
                Cache(model=MODEL, tokens=1200, at=1_795_000_000.5),
                Cache(model=("local", "qwen3"), tokens=800, at=1_794_999_000.0),
            ),
            **changed,
        }
    )


def a_name(n: int) -> bytes:
    return n.to_bytes(16, "big")


@contextmanager
def opened(path: Path, limit: int = 100, interval_s: float = 3600.0) -> Iterator[SessionFile]:
    """Writes nothing by itself, so that the tests say when."""
    database = Database(path, busy_s=0.0, now=lambda: NOW)
    with (
        closing(database),
        closing(SessionFile(database, lambda: limit, interval_s=interval_s)) as file,
    ):
        yield file


def put(store: SessionStore, thread: str, *names: int) -> None:
    """Conversations that are known by one name each, for ever."""
    for n in names:
        store.put((a_name(n),), a_session(thread, answers=n))


def talk(store: SessionStore, thread: str, *names: int) -> None:
    """One conversation, at one answer after the other."""
    after = None
    for n in names:
        store.put((a_name(n),), a_session(thread, answers=n), after)
        after = a_name(n)


def known(store: SessionStore, names: range) -> list[int]:
    return [n for n in names if store.get(a_name(n)) is not None]


def rows(path: Path, query: str = "SELECT name, session FROM sessions ORDER BY used") -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()
