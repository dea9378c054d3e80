"""Conversations on disk: what a restart knows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.app.ports import SessionStore
from router_core.stores import session_file
from router_core.stores.database import Database
from router_core.stores.session_file import SessionFile
from router_core.stores.session_memory import PASSED_EACH
from tests.stores.sessions import a_name, a_session, known, opened, put, rows, talk

T = TypeVar("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


def test_a_restart_knows_the_key_and_what_was_put(path: Path) -> None:
    with opened(path) as file:
        store: SessionStore = file
        key = store.key
        put(file, "a", 1, 2)
        put(file, "b", 3)

    with opened(path) as file:
        assert (file.key, len(key)) == (key, 32)
        assert file.get(a_name(2)) == a_session("a", answers=2)
        assert (file.conversations, file.names) == (3, 3)
        assert file.problem == ""


def test_no_two_stores_have_the_same_key(tmp_path: Path) -> None:
    with opened(tmp_path / "1") as one, opened(tmp_path / "2") as other:
        assert one.key != other.key


def test_a_restart_lets_go_first_of_what_was_put_first(path: Path) -> None:
    with opened(path, limit=3) as file:
        put(file, "a", 1)
        put(file, "b", 2)
        file.flush()
        put(file, "c", 3)
        put(file, "a", 1)

    with opened(path, limit=3) as file:
        put(file, "d", 4)
        assert known(file, range(5)) == [1, 3, 4]


def test_of_too_many_a_restart_knows_the_newest_and_deletes_the_rest(path: Path) -> None:
    with opened(path) as file:
        for n in range(50):
            put(file, str(n), n)

    with opened(path, limit=2) as file:
        assert known(file, range(50)) == [48, 49]
    assert [name for name, _ in rows(path)] == [a_name(48), a_name(49)]


def test_what_memory_lets_go_is_deleted(path: Path) -> None:
    with opened(path, limit=2) as file:
        talk(file, "a", *range(20))
        file.flush()
        assert len(rows(path)) == 1 + 2 * PASSED_EACH
        put(file, "b", 100)
        put(file, "c", 101)
        file.flush()

        assert [name for name, _ in rows(path)][-2:] == [a_name(100), a_name(101)]
        assert len(rows(path)) == 2 + 2 * PASSED_EACH


def test_a_restart_knows_which_points_were_passed(path: Path) -> None:
    with opened(path, limit=2) as file:
        file.put((a_name(1), a_name(2)), a_session("a"))
        file.put((a_name(3), a_name(4)), a_session("a"), after=a_name(1))
        put(file, "b", 5)

    with opened(path, limit=2) as file:
        assert (file.conversations, file.names) == (2, 5)
        put(file, "c", 6)
        assert known(file, range(9)) == [1, 2, 5, 6]


def test_nothing_is_written_before_it_is_due_and_then_once(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1, 1, 1, 2)
        assert rows(path) == []
        file.flush()
        assert [name for name, _ in rows(path)] == [a_name(1), a_name(2)]
        log = Path(f"{path}-wal")
        before = log.stat()
        file.flush()
        after = log.stat()

        assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


class Watched(Database):
    """Tells when something was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.written = threading.Event()
        self.threads: set[str] = set()

    def transaction(self, work: Callable[[sqlite3.Connection], T], *, writes: bool = True) -> T:
        result = super().transaction(work, writes=writes)
        self.threads.add(threading.current_thread().name)
        self.written.set()
        return result


def test_it_writes_by_itself_and_leaves_no_thread_behind(path: Path) -> None:
    threads = threading.active_count()
    with closing(Watched(path)) as database:
        file = SessionFile(database, lambda: 100, interval_s=0.0)
        assert threading.active_count() == threads
        for n in (1, 2):
            database.written.clear()
            put(file, "a", n)
            assert database.written.wait(30)
            assert [name for name, _ in rows(path)][-1] == a_name(n)
        file.close()

        assert database.threads == {"MainThread", "sessions"}
    assert threading.active_count() == threads


def test_after_the_end_it_goes_on_in_memory(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        file.close()
        put(file, "a", 2)
        file.flush()

        assert known(file, range(3)) == [1, 2]
        assert [name for name, _ in rows(path)] == [a_name(1)]
        file.close()


def test_without_threads_it_goes_on_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(session_file, "_MOST_PENDING", 2)
    with opened(path) as file:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", start)
            put(file, "a", *range(5))
        assert "no more threads" in file.problem
        put(file, "a", 5)

        assert file.problem == ""
        assert len(file._changes) <= 3
    with opened(path) as file:
        assert known(file, range(9)) == list(range(6))


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 40), min_size=1, max_size=3, unique=True),
            st.integers(0, 40),
            st.sampled_from("....f"),
        ),
        max_size=60,
    )
)
def test_a_restart_knows_what_memory_knew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[list[int], int, str]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "router.db"
    with opened(path, limit=4) as file:
        for at, (names, after, then) in enumerate(steps):
            file.put([a_name(n) for n in names], a_session(answers=at), a_name(after))
            if then == "f":
                file.flush()
        before = list(file._memory.snapshot())

    with opened(path, limit=4) as file:
        assert list(file._memory.snapshot()) == before
