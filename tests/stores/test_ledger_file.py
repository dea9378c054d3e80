"""The ledger on disk: what was recorded is there, once, in order, and listed by the page."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router_core.app.ports import Ledger, Listed
from router_core.decide.config import LedgerSettings
from router_core.decide.cost import UNKNOWN
from router_core.decide.figures import TimeRange, Wanted
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord, Stage
from router_core.decide.usage import Usage
from router_core.stores import ledger_file
from router_core.stores.database import Database
from router_core.stores.ledger_file import LedgerFile
from tests.stores.ledger import NOW, VARIED, a_record, an_attempt, opened, records, tidy
from tests.stores.sessions import rows

T = TypeVar("T")
EVERY = Wanted()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


def listed(file: Ledger, wanted: Wanted = EVERY, most: int = 1000, **page: Any) -> Listed:
    return asyncio.run(file.listed(wanted, most, **page))


def ids(page: Listed) -> list[str]:
    return [record.id for record in page.records]


def pages(file: Ledger, most: int, wanted: Wanted = EVERY) -> list[str]:
    found, at = [], None
    while True:
        page = listed(file, wanted, most, before=at)
        assert len(page.records) <= most
        found += ids(page)
        if page.next is None:
            return found
        at = page.next


@settings(max_examples=20)
@given(st.lists(records, max_size=4))
def test_every_field_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, kept: list[RequestRecord]
) -> None:
    path = tmp_path_factory.mktemp("any") / "router.db"
    with opened(path) as file:
        for record in kept:
            file.record(record)
    with opened(path) as file:
        assert listed(file).records == tuple(reversed(kept))
        assert file.problem == ""


@pytest.mark.parametrize("kind", [RequestRecord, AttemptRecord, Usage, Baseline, Stage])
def test_that_goes_for_every_field(kind: Any) -> None:
    assert VARIED[kind].keys() == set(signature(kind).parameters)


def test_money_is_kept_as_it_was_written(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(attempts=(an_attempt("0.10"), an_attempt("1E-7"))))

    query = "SELECT cost_usd FROM attempts ORDER BY position"
    assert rows(path, query) == [("0.10",), ("1E-7",)]


def test_moments_are_whole_microseconds(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(time=NOW.replace(microsecond=123_457)))

    assert rows(path, "SELECT time FROM requests") == [(1_795_795_445_123_457,)]


def test_what_waits_is_in_every_answer(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(1))
        assert file.pending == 1
        found = asyncio.run(file.summed(TimeRange(), None, 10))
        assert found.total.requests == 1
        assert file.spent(NOW) == {"": Decimal("0.001")}
        assert ids(listed(file)) == ["r1"]
        assert file.pending == 0, "a list is of what is written"


def test_a_list_goes_page_by_page_while_more_comes(path: Path) -> None:
    with opened(path) as file:
        for n in range(5):
            file.record(a_record(n))
        first = listed(file, most=2)
        file.record(a_record(9))
        second = listed(file, most=2, before=first.next)
        third = listed(file, most=2, before=second.next)

    assert [*map(ids, (first, second, third))] == [["r4", "r3"], ["r2", "r1"], ["r0"]]
    assert third.next is None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(category="tools"), [7, 2]),
        (Wanted(category=""), [3]),
        (Wanted(model="kimi"), [5, 4]),
        (Wanted(status="error"), [6]),
        (Wanted(caller="a"), [8, 5]),
        (Wanted(session="s"), [8, 1]),
        (Wanted(session="s", caller="a"), [8]),
        (Wanted(span=TimeRange(start=NOW + timedelta(seconds=7))), [9, 8, 7]),
        (Wanted(span=TimeRange(end=NOW + timedelta(seconds=2))), [1, 0]),
        (Wanted(span=TimeRange(start=NOW + timedelta(days=9))), []),
        (Wanted(span=TimeRange(start=NOW, end=NOW)), []),
        (Wanted(category="tools", span=TimeRange(end=NOW + timedelta(seconds=5))), [2]),
    ],
)
@pytest.mark.parametrize("is_written", [True, False])
def test_a_list_has_what_is_wanted(
    wanted: Wanted, expected: list[int], is_written: bool, path: Path
) -> None:
    changed: dict[int, dict[str, str]] = {
        1: {"session": "s"},
        2: {"category": "tools"},
        3: {"category": ""},
        4: {"model": "kimi"},
        5: {"model": "kimi", "caller": "a"},
        6: {"status": "error"},
        7: {"category": "tools"},
        8: {"caller": "a", "session": "s"},
    }
    with opened(path if is_written else path / "nowhere" / "router.db") as file:
        for n in range(10):
            file.record(a_record(n, **changed.get(n, {})))
        found = [f"r{n}" for n in expected]
        assert ids(listed(file, wanted)) == pages(file, 1, wanted) == found
        assert file.is_writing is is_written


def test_numbers_are_never_used_again(path: Path) -> None:
    with opened(path) as file:
        for n in range(5):
            file.record(a_record(n))
        page = listed(file, most=2)
        tidy(file)
    with opened(path, now=NOW + timedelta(days=99)) as file:
        tidy(file)
        assert listed(file).records == ()
        file.record(a_record(5))
        assert ids(listed(file)) == ["r5"]
        assert listed(file, before=page.next).records == ()
        assert asyncio.run(file.summed(TimeRange(), None, 1)).total.requests == 6


def test_warming_hands_on_the_newest_oldest_first(path: Path) -> None:
    with opened(path) as file:
        for n in range(9):
            file.record(a_record(n))
    with opened(path) as file:
        seen: list[RequestRecord] = []

        class Sink:
            def record(self, record: RequestRecord) -> None:
                seen.append(record)

        file.warm(Sink(), most=3)
        assert [record.id for record in seen] == ["r6", "r7", "r8"]
        file.warm(Sink())
        assert len(seen) == 12


def test_what_was_spent_is_told_by_caller_from_a_moment_on(path: Path) -> None:
    unknown = an_attempt(None, cost=UNKNOWN, estimated_usd=Decimal("0.5"))
    with opened(path) as file:
        file.record(a_record(-1, caller="a"))
        file.record(a_record(0, caller="a"))
        file.record(a_record(1, caller="b", attempts=(unknown,)))
        file.record(a_record(2, operation="classify", classifier_calls=(an_attempt("3"),)))
        for settle in (lambda _: None, LedgerFile.flush, tidy):
            settle(file)
            assert file.spent(NOW) == {
                "a": Decimal("0.001"),
                "b": Decimal("0.5"),
                "": Decimal("3.001"),
            }


class Watched(Database):
    """Tells when so many rows are there, and in which threads it was used."""

    def __init__(self, path: Path, table: str) -> None:
        super().__init__(path)
        self.threads: set[str] = set()
        self._query = f"SELECT count(*) FROM {table}"
        self._waits = threading.Condition()
        self._rows = 0

    def transaction(self, work: Callable[[sqlite3.Connection], T], *, writes: bool = True) -> T:
        result = super().transaction(work, writes=writes)
        with self._waits:
            self.threads.add(threading.current_thread().name)
            self._rows = rows(self.path, self._query)[0][0]
            self._waits.notify_all()
        return result

    def has(self, count: int) -> bool:
        with self._waits:
            return self._waits.wait_for(lambda: self._rows >= count, 30)


def test_it_writes_by_itself_and_leaves_no_thread_behind(path: Path) -> None:
    threads = threading.active_count()
    with (
        closing(Watched(path, "requests")) as database,
        closing(LedgerFile(database, LedgerSettings, lambda: NOW, NOW, interval_s=0.0)) as file,
    ):
        assert threading.active_count() == threads
        for n in (1, 2):
            file.record(a_record(n))
            assert database.has(n)
        assert database.threads == {"ledger"}
    assert threading.active_count() == threads


def test_it_sums_up_by_itself(path: Path) -> None:
    with (
        closing(Watched(path, "sums")) as database,
        closing(LedgerFile(database, LedgerSettings, lambda: NOW, NOW, interval_s=0.0)) as file,
    ):
        file.record(a_record())
        assert database.has(1)


def test_without_threads_it_goes_on_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with opened(path) as file:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", start)
            file.record(a_record(1))
        assert "no more threads" in file.problem
        file.record(a_record(2))
        assert file.problem == ""
    with opened(path) as file:
        assert ids(listed(file)) == ["r2", "r1"]


def test_in_memory_it_answers_the_same_and_has_room_for_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger_file, "_MOST_WAITING", 10)
    with opened(None) as file:
        for n in range(35):
            file.record(a_record(n))
            if n % 5 == 0:
                file.flush()
                tidy(file)
        file.flush()
        tidy(file)
        assert len(listed(file).records) == 10
        assert pages(file, 3) == [f"r{n}" for n in range(34, 24, -1)]
        assert asyncio.run(file.summed(TimeRange(), None, 1)).total.requests == 35
        assert (file.problem, file.lost) == ("", 0)
