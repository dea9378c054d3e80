"""What the ledger keeps of costs is what the provider has told, to the last digit."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from router_core.decide.config import LedgerSettings
from router_core.decide.cost import CostSource
from router_core.decide.figures import TimeRange, Wanted
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.totals import Totals
from router_core.stores.database import Database
from router_core.stores.ledger_file import LedgerFile
from tests.fakes.clock import START
from tests.money.books import Books
from tests.money.trade import trade

_A_PAGE = 700


class Kept:
    """The ledger on disk, as the router has it.

    Args:
        path: of its database.
        reopens_after: so many requests it is closed and opened anew, once.
    """

    def __init__(self, path: Path, *, reopens_after: float = math.inf) -> None:
        self._path, self._reopens_after = path, reopens_after
        self._taken = 0
        self._open()

    def record(self, record: RequestRecord) -> None:
        self._taken += 1
        self._file.record(record)
        if self._taken == self._reopens_after:
            self.close()
            self._open()

    async def told(self) -> tuple[list[RequestRecord], Totals]:
        """All requests, newest first, and the sums over them."""
        self._file.flush()
        assert (self._file.pending, self._file.lost, self._file.problem) == (0, 0, "")
        found: list[RequestRecord] = []
        at = None
        while True:
            page = await self._file.listed(Wanted(), _A_PAGE, at)
            found += page.records
            if (at := page.next) is None:
                break
        summed = await self._file.summed(TimeRange(), None, 1)
        return found, summed.total

    def close(self) -> None:
        self._file.close()
        self._database.close()

    def _open(self) -> None:
        self._database = Database(self._path, now=lambda: START).another()
        self._file = LedgerFile(self._database, LedgerSettings, lambda: START, START)


def calls_of(records: list[RequestRecord]) -> list[AttemptRecord]:
    return [attempt for record in records for attempt in record.attempts]


def check(books: Books, records: list[RequestRecord], totals: Totals, ids: set[str]) -> None:
    """Compares the ledger with the books."""
    assert Counter(record.id for record in records) == Counter(ids)
    assert totals.requests == len(ids)
    assert totals.reported_usd == books.told_usd
    calls = calls_of(records)
    assert totals.attempts == len(calls)
    named = {entry.id: entry for entry in books.entries if entry.is_named}
    kept = Counter(call.generation_id for call in calls)
    nameless = kept.pop("", 0)
    assert kept == Counter(named.keys())
    assert nameless == len(books.entries) - len(named)
    for call in calls:
        if entry := named.get(call.generation_id):
            assert call.may_be_billed
            assert call.cost.source is entry.source
            if entry.source is not CostSource.ESTIMATED:
                assert call.cost.usd == entry.usd
        else:
            assert call.cost.source is CostSource.UNKNOWN


async def audit(
    path: Path, seed: int, requests: int, *, reopens_after: float = math.inf
) -> tuple[Books, list[RequestRecord]]:
    with closing(Kept(path, reopens_after=reopens_after)) as ledger:
        books = await trade(seed, requests, ledger)
        records, totals = await ledger.told()
    check(books, records, totals, {f"req-{seed}-{number}" for number in range(requests)})
    return books, records


async def test_the_ledger_agrees_with_the_providers_books(tmp_path: Path) -> None:
    books, records = await audit(tmp_path / "router.db", seed=1, requests=300, reopens_after=150)
    assert books.told_usd > 0
    assert {entry.source for entry in books.entries} == set(CostSource)
    assert {record.status for record in records} == {"ok", "error", "cancelled"}
    assert any(len(record.attempts) > 1 for record in records)
    outcomes = {call.outcome for call in calls_of(records)}
    assert {"ok", "cancelled", "server_error", "invalid_answer", "timeout"} <= outcomes


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 15))
async def test_so_it_does_after_ten_thousand_requests(tmp_path: Path, seed: int) -> None:
    middle = 5_000 if seed == 10 else math.inf
    await audit(tmp_path / "router.db", seed, requests=10_000, reopens_after=middle)
