"""The ledger's sums: whatever the range and the moment, those of the requests in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router_core.app.ports import Ledger
from router_core.decide.config import LedgerSettings
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.histogram import Histogram
from router_core.decide.records import RequestRecord
from router_core.decide.totals import Totals
from router_core.stores import ledger_file, ledger_sums
from router_core.stores.ledger_file import LedgerFile
from router_core.stores.ledger_sums import OTHERS
from router_core.stores.ledger_text import Adding, render_totals
from tests.stores.ledger import (
    MOMENTS,
    NOW,
    a_record,
    an_attempt,
    opened,
    records,
    tidy,
    totals_of,
)
from tests.stores.sessions import rows

EVER = TimeRange()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


def alike(one: Totals, other: Totals) -> bool:
    """Whether they are the same, but for the order in which floats were added."""
    return _exact(one) == _exact(other) and _floats(one) == pytest.approx(_floats(other))


def _exact(totals: Totals) -> object:
    told = {name: getattr(totals, name) for name in Totals.__dataclass_fields__}
    estimates = told.pop("estimates")
    bins = {name: it.bins if isinstance(it, Histogram) else it for name, it in told.items()}
    return bins, estimates.requests, estimates.estimated_usd, estimates.actual_usd, estimates.paid


def _floats(totals: Totals) -> list[float]:
    histograms = (totals.latency_ms, totals.ttft_ms, totals.overhead_ms, totals.tokens_per_second)
    return [totals.estimates.relative, *(histogram.total for histogram in histograms)]


def check(
    ledger: LedgerFile, kept: Sequence[RequestRecord], span: TimeRange, dimension: Dimension
) -> None:
    found = asyncio.run(ledger.summed(span, dimension, 1000))
    inside = [record for record in kept if record.time in span]
    assert alike(found.total, totals_of(inside))
    for name, groups in (
        (Dimension.CATEGORY, found.by_category),
        (Dimension.MODEL, found.by_model),
        (dimension, found.groups),
    ):
        assert set(groups) == {getattr(record, name) for record in inside}
        for value, totals in groups.items():
            assert alike(
                totals, totals_of(record for record in inside if getattr(record, name) == value)
            )
        order = [(-totals.requests, value) for value, totals in groups.items()]
        assert order == sorted(order)
    assert found.left_out == 0
    spent = {name: usd for name, usd in ledger.spent(span.start or NOW).items() if usd}
    since = [record for record in kept if record.time >= (span.start or NOW)]
    by_caller = {
        name: totals_of(record for record in since if record.caller == name).spent_usd
        for name in {record.caller for record in since}
    }
    assert spent == {name: usd for name, usd in by_caller.items() if usd}


spans = st.builds(TimeRange, start=st.none() | MOMENTS, end=st.none() | MOMENTS)
steps = st.lists(
    st.tuples(st.lists(records, max_size=4), st.sampled_from(["", "write", "sum", "restart"])),
    max_size=6,
)


@settings(max_examples=20)
@given(steps, st.lists(spans, min_size=1, max_size=3), st.sampled_from(Dimension))
def test_they_are_those_of_the_requests_in_the_range(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[list[RequestRecord], str]],
    spans: list[TimeRange],
    dimension: Dimension,
) -> None:
    path, kept = tmp_path_factory.mktemp("any") / "router.db", list[RequestRecord]()
    steps = [*steps, ([], "")]
    while steps:
        with opened(path) as file:
            while steps:
                new, then = steps.pop(0)
                kept += new
                for record in new:
                    file.record(record)
                if then in ("write", "sum"):
                    file.flush()
                if then == "sum":
                    tidy(file)
                if then == "restart":
                    break
            for span in (EVER, *spans):
                check(file, kept, span, dimension)


@settings(max_examples=20)
@given(st.lists(records, max_size=10), spans, st.sampled_from(Dimension))
def test_in_memory_they_are_the_same(
    kept: list[RequestRecord], span: TimeRange, dimension: Dimension
) -> None:
    with opened(None) as file:
        for number, record in enumerate(kept):
            file.record(record)
            if number == len(kept) // 2:
                file.flush()
                tidy(file)
        check(file, kept, span, dimension)


@settings(max_examples=20)
@given(st.lists(records, max_size=5))
def test_their_text_says_all_of_them(kept: list[RequestRecord]) -> None:
    totals = totals_of(kept)
    text = render_totals(totals)

    one, both = Adding(), Adding()
    one.add(text)
    both.add(f"{text},{text}")
    assert alike(one.totals(), totals)
    assert alike(both.totals(), totals_of(kept * 2))


def test_costs_add_up_to_the_last_digit(path: Path) -> None:
    tiny = "0.000000000000000000000001"
    with opened(path) as file:
        for n in range(300):
            file.record(a_record(n, attempts=(an_attempt("1234567.1"), an_attempt(tiny))))
            if n % 100 == 0:
                file.flush()
                tidy(file)
        found = asyncio.run(file.summed(EVER, None, 10))

    assert found.total.cost_usd == Decimal("370370130.000000000000000000000300")


def test_groups_are_the_busiest_and_the_rest_is_counted(path: Path) -> None:
    with opened(path) as file:
        ledger: Ledger = file
        for n in range(40):
            ledger.record(a_record(n, model=f"m{n % 7}" if n % 2 else "often"))
        file.flush()
        tidy(file)
        ledger.record(a_record(41, model="m1"))
        ledger.record(a_record(42, model="new"))
        found = asyncio.run(ledger.summed(EVER, Dimension.MODEL, 2))

    assert {name: group.requests for name, group in found.groups.items()} == {"often": 20, "m1": 4}
    assert found.left_out == 7
    assert (list(found.by_model), found.total.requests) == (["often", "m1"], 42)


def test_names_that_callers_invent_do_not_grow_without_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sums, "MOST_VALUES", 5)
    with opened(path) as file:
        for n in range(12):
            file.record(a_record(0, model=f"m{n:02}"))
            if n == 7:
                file.flush()
                tidy(file)
        file.record(a_record(0, model="m01"))
        file.flush()
        tidy(file)
        found = asyncio.run(file.summed(EVER, Dimension.MODEL, 100))

    counts = {name: group.requests for name, group in found.groups.items()}
    assert counts == {OTHERS: 7, "m01": 2, "m00": 1, "m02": 1, "m03": 1, "m04": 1}
    assert found.total.requests == 13


def test_it_says_since_when_it_counts(path: Path) -> None:
    with opened(path) as file:
        assert asyncio.run(file.summed(EVER, None, 1)).since == NOW
        file.record(a_record())
        file.flush()
    with opened(path, now=NOW + timedelta(days=3)) as file:
        assert asyncio.run(file.summed(EVER, None, 1)).since == NOW
        later = TimeRange(start=NOW + timedelta(days=1))
        assert asyncio.run(file.summed(later, None, 1)).since == later.start


def test_of_what_is_removed_the_sums_stay(path: Path) -> None:
    kept = [a_record(n * 3600, session=f"s{n}") for n in range(24 * 6)]
    with opened(path) as file:
        for record in kept:
            file.record(record)
        file.flush()
        tidy(file)
    later = NOW + timedelta(days=33)
    with opened(path, now=later) as file:
        file.record(a_record(24 * 6 * 3600))
        file.flush()
        tidy(file)
        check_removed(file, kept)
        file.record(a_record(5 * 3600))  # one that comes late
        file.flush()
        tidy(file)
        assert asyncio.run(file.summed(EVER, None, 1)).total.requests == 24 * 6 + 2
        assert file.problem == ""


def check_removed(file: LedgerFile, kept: Sequence[RequestRecord]) -> None:
    found = asyncio.run(file.summed(EVER, Dimension.SESSION, 1000))
    assert (found.total.requests, len(found.groups)) == (24 * 6 + 1, 24 * 6 + 1)
    # Rows are there from 2026-11-30 on; what came before is told by the hour.
    edge = TimeRange(start=NOW + timedelta(hours=2), end=NOW + timedelta(hours=4, minutes=1))
    assert asyncio.run(file.summed(edge, None, 1)).total.requests == 3
    recent = TimeRange(start=NOW + timedelta(days=4, seconds=1))
    assert asyncio.run(file.summed(recent, None, 1)).total.requests == 24 * 2


def test_what_is_older_than_all_that_is_kept_is_gone(path: Path) -> None:
    with opened(
        path,
        now=NOW + timedelta(days=9),
        keep=lambda: LedgerSettings(keep_requests_days=2, keep_totals_days=5),
    ) as file:
        for day in range(10):
            file.record(a_record(86_400 * day))
        file.flush()
        tidy(file)
        found = asyncio.run(file.summed(EVER, Dimension.SESSION, 10))
        (kept,) = rows(path, "SELECT min(bucket) FROM sums WHERE seconds < 86400")
        assert kept == (1_796_140_800,), "2026-12-01, 16:00"
        assert (found.total.requests, found.since) == (6, datetime(2026, 12, 1, tzinfo=UTC))
        assert len(asyncio.run(file.listed(Wanted(), 99)).records) == 3


def test_a_backlog_is_added_step_by_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as file:
        for n in range(20):
            file.record(a_record(n))
    monkeypatch.setattr(ledger_file, "_SUMMED_TOGETHER", 3)
    with opened(path) as file:
        taken = 0
        while file.tidy(now=True):
            taken += 1
            assert asyncio.run(file.summed(EVER, None, 1)).total.requests == 20
        assert taken == 6
        query = "SELECT requests FROM sums WHERE seconds = 604800 AND dimension = ''"
        assert rows(path, query) == [(20,)]


def test_the_rows_of_others_are_not_taken_for_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "_SUMMED_TOGETHER", 3)
    with opened(path) as one, opened(path) as other:
        for n in range(3):
            one.record(a_record(n, model="ones"))
        one.flush()
        assert one.tidy(now=True)
        for n in range(3):
            other.record(a_record(n, model="others"))
        other.flush()
        tidy(one)
        found = asyncio.run(one.summed(EVER, None, 9))
    assert {name: group.requests for name, group in found.by_model.items()} == {
        "ones": 3,
        "others": 3,
    }


def test_rows_of_a_file_that_is_gone_are_not_added_to_the_next(path: Path) -> None:
    with opened(path) as one:
        one.record(a_record(0, model="gone"))
        one.flush()
        path.unlink()
        with opened(path) as other:
            other.record(a_record(0, model="there"))
            other.flush()
            tidy(one)
            found = asyncio.run(other.summed(EVER, None, 9))
    assert list(found.by_model) == ["there"]


def test_at_the_edge_of_a_range_each_request_counts_once(path: Path) -> None:
    span = TimeRange(start=NOW, end=NOW + timedelta(seconds=3))
    with opened(path) as file:
        for n in range(-1, 5):
            file.record(a_record(n))
            if n == 0:
                file.flush()
                tidy(file)
            if n == 1:
                file.flush()
        assert asyncio.run(file.summed(span, None, 1)).total.requests == 3
