"""The ledger on bad days: nothing is delayed, nothing written twice, and what is lost is told."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from router_core.decide.config import LedgerSettings
from router_core.decide.figures import TimeRange
from router_core.stores import ledger_file
from router_core.stores.database import Database, DatabaseUnavailable
from router_core.stores.ledger_file import LedgerFile
from tests.stores.ledger import NOW, a_record, opened, tidy
from tests.stores.sessions import ASIDE, rows
from tests.stores.test_ledger_file import ids, listed, pages

T = TypeVar("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


def requests(file: LedgerFile) -> int:
    return asyncio.run(file.summed(TimeRange(), None, 1)).total.requests


def test_while_another_holds_the_database_requests_wait_and_are_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as file:
        file.record(a_record(0))
        file.flush()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with caplog.at_level(logging.WARNING):
                for n in range(1, 4):
                    file.record(a_record(n))
                    file.flush()
            assert (file.pending, file.lost, file.is_writing) == (3, 0, False)
            assert f"cannot use {path} (database is locked): 3 requests wait" in file.problem
            assert len(caplog.records) == 1
            assert requests(file) == 4
            assert pages(file, 1) == ["r3", "r2", "r1", "r0"]
        file.flush()
        assert (file.pending, file.is_writing, file.failure, file.problem) == (0, True, "", "")
        assert requests(file) == 4
        assert "is written again; 0 requests were lost" in caplog.text


def test_a_list_that_was_begun_before_it_was_written_goes_on(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(0))
        file.flush()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for n in range(1, 6):
                file.record(a_record(n))
            first = listed(file, most=2)
            second = listed(file, most=2, before=first.next)
        file.record(a_record(6))
        file.flush()

        assert (ids(first), ids(second)) == (["r5", "r4"], ["r3", "r2"])
        assert ids(listed(file, before=second.next)) == ["r1", "r0"]
        assert ids(listed(file, before=first.next)) == ["r3", "r2", "r1", "r0"]


def test_where_there_is_no_more_room_the_oldest_are_lost_and_that_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ledger_file, "_MOST_WAITING", 5)
    with opened(path / "nowhere" / "router.db") as file, caplog.at_level(logging.WARNING):
        for n in range(12):
            file.record(a_record(n))
            if n % 3 == 0:
                file.flush()
        assert (file.pending, file.lost) == (5, 7)
        assert "lost 7 requests" in file.problem
        assert ids(listed(file)) == ["r11", "r10", "r9", "r8", "r7"]
        assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
        path.joinpath("nowhere").mkdir(parents=True)
        file.flush()
        assert (file.pending, file.lost, file.is_writing) == (0, 7, True)
        assert "7 requests were lost" in caplog.text
        assert ids(listed(file)) == ["r11", "r10", "r9", "r8", "r7"]


def test_on_a_full_disk_requests_wait_for_room(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(0))
        file.flush()
        connection = file._database._connection
        assert connection is not None
        connection.execute("PRAGMA max_page_count = 1")
        for n in range(1, 200):
            file.record(a_record(n))
        file.flush()
        tidy(file)
        assert "database or disk is full" in file.problem
        assert (requests(file), len(listed(file).records), file.pending) == (200, 200, 199)
        connection.execute("PRAGMA max_page_count = 100000")
        file.flush()
        assert (file.pending, file.problem, requests(file)) == (0, "", 200)


def test_what_may_not_be_written_is_read_and_the_rest_waits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path) as file:
        file.record(a_record(0))
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda *_: False)
        with opened(path) as file:
            file.record(a_record(1))
            file.flush()
            assert f"cannot use {path} (it is read-only): 1 requests wait" in file.problem
            assert (requests(file), ids(listed(file))) == (2, ["r1", "r0"])
            assert file.spent(NOW) == {"": Decimal("0.002")}
            patched.undo()
            file.flush()
            assert (file.problem, requests(file)) == ("", 2)


def test_that_it_cannot_be_written_is_known_before_a_request_comes(path: Path) -> None:
    path.mkdir()
    with opened(path) as file:
        file.begin()
        assert "cannot use" in file.failure
        assert "0 requests wait" in file.problem
        path.rmdir()
        file.record(a_record())
        file.flush()
        assert (file.failure, requests(file)) == ("", 1)
    with opened(path) as file:
        file.begin()
        assert file.failure == ""


def test_without_a_database_to_read_what_waits_is_told(path: Path) -> None:
    path.mkdir()
    with opened(path) as file:
        for n in range(3):
            file.record(a_record(n))
        assert requests(file) == 3
        assert ids(listed(file)) == ["r2", "r1", "r0"]
        assert file.spent(NOW) == {"": Decimal("0.003")}


def test_a_damaged_file_is_put_aside_and_counting_goes_on(path: Path) -> None:
    with opened(path) as file:
        for n in range(50):
            file.record(a_record(n))
        file.flush()
        connection = file._database._connection
        assert connection is not None
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 * 30)
        connection.execute("PRAGMA shrink_memory")
        file.record(a_record(50))
        file.flush()
        tidy(file)
        file.record(a_record(51))

        assert ASIDE in file.problem
        assert ids(listed(file)) == ["r51", "r50"]
        assert requests(file) == 2
    with opened(path) as file:
        assert (file.problem, requests(file)) == ("", 2)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE sums SET totals = '[1,2]'",
        "UPDATE sums SET totals = 'x'",
        "UPDATE meta SET value = 'x' WHERE name = 'ledger_summed'",
        "UPDATE requests SET category = CAST(x'ff' AS TEXT)",
    ],
)
def test_what_makes_no_sense_is_damage(path: Path, spoil: str) -> None:
    with opened(path) as file:
        for n in range(3):
            file.record(a_record(n))
        file.flush()
        tidy(file)
        with closing(sqlite3.connect(path)) as other:
            other.execute(spoil)
            other.commit()
        requests(file)
        listed(file)
        file.record(a_record(3))
        file.flush()
        tidy(file)
        assert (requests(file), ids(listed(file)), file.is_writing) == (1, ["r3"], True)
        assert ASIDE in file.problem


def test_a_row_that_makes_no_sense_is_left_out(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as file:
        for n in range(3):
            file.record(a_record(n))
        file.flush()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE attempts SET cost_usd = 'much' WHERE request = 2")
        other.commit()
    with opened(path) as file, caplog.at_level(logging.WARNING):
        assert (ids(listed(file)), requests(file)) == (["r2", "r0"], 2)
        file.record(a_record(3))
        file.flush()
        tidy(file)
        assert requests(file) == 3
        assert caplog.messages == ["1 requests made no sense: they are in no sum"]


def test_a_file_that_is_removed_is_made_anew(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(0))
        file.flush()
        tidy(file)
        path.unlink()
        file.record(a_record(1))
        assert requests(file) == 1
        file.flush()
        tidy(file)
        assert (ids(listed(file)), requests(file), file.problem) == (["r1"], 1, "")


def test_a_newer_routers_file_is_left_alone(path: Path) -> None:
    with opened(path) as file:
        file.record(a_record(0))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    with opened(path) as file:
        file.record(a_record(1))
        file.flush()
        assert "a newer version of LLM Router made it" in file.problem
        assert requests(file) == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize("odd", [{"model": "\ud800"}, {"latency_ms": float("nan")}, {"id": None}])
def test_a_request_that_has_no_place_in_a_row_holds_up_no_other(
    odd: dict[str, object], path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as file:
        file.record(a_record(0))
        file.record(a_record(1, **odd))
        file.record(a_record(2))
        file.flush()
        assert (ids(listed(file)), file.pending, file.lost) == (["r2", "r0"], 0, 1)
        assert "1 requests have no place in the ledger" in caplog.text
        assert file.is_writing


class Doubtful(Database):
    """Does what it is told, and says that it could not."""

    doubts = 0

    def transaction(self, work: Callable[[sqlite3.Connection], T], *, writes: bool = True) -> T:
        result = super().transaction(work, writes=writes)
        if writes and self.doubts:
            self.doubts -= 1
            raise DatabaseUnavailable("who knows")
        return result


def test_a_commit_of_unclear_outcome_doubles_nothing(path: Path) -> None:
    with closing(Doubtful(path)) as database:
        file = LedgerFile(database, LedgerSettings, lambda: NOW, NOW, interval_s=3600.0)
        with closing(file):
            for n in range(6):
                database.doubts = n % 3
                file.record(a_record(n))
                for _ in range(n):
                    file.flush()
                assert requests(file) == n + 1
                tidy(file)
                assert requests(file) == n + 1
            assert pages(file, 2) == [f"r{n}" for n in range(5, -1, -1)]
    assert rows(path, "SELECT count(*) FROM requests") == [(6,)]


def test_two_on_one_file_count_together(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        for n in range(40):
            (one if n % 2 else other).record(a_record(n))
            if n % 5 == 0:
                one.flush()
                other.flush()
            if n % 7 == 0:
                tidy(one if n % 3 else other)
        one.flush()
        other.flush()
        assert requests(one) == requests(other) == 40
        assert sorted(ids(listed(one))) == sorted(f"r{n}" for n in range(40))
        tidy(one)
        tidy(other)
        assert requests(one) == requests(other) == 40
        assert (one.problem, other.problem) == ("", "")
    query = "SELECT requests FROM sums WHERE seconds = 604800 AND dimension = 'mode'"
    assert rows(path, query) == [(40,)]


def test_what_it_could_not_write_before_the_end_is_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()
    with opened(path) as file:
        file.record(a_record(0))
    assert "1 requests are lost" in caplog.text
