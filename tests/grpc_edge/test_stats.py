"""StatsService over a socket: what is asked of the ledger, who may ask, who may watch."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.errors import InvalidRequest, RouterClientError
from llm_router.v1 import stats_pb2 as pb
from router_core.app.ports import Listed, Summed
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.spending import Period, SpendingState
from router_core.decide.totals import Totals
from router_core.grpc_edge.call import Guard
from tests.app.ended import a_record
from tests.fakes.clock import START
from tests.grpc_edge.stats_service import served

NOON = Timestamp(seconds=1_795_000_000)
NOON_HERE = datetime.fromtimestamp(1_795_000_000, UTC)
LATER = Timestamp(seconds=1_795_000_060)


# -- sums ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "asked"),
    [
        (pb.GetStatsRequest(), (TimeRange(), None, 100)),
        (
            pb.GetStatsRequest(start_time=NOON, end_time=LATER, group_by=pb.STATS_DIMENSION_CALLER),
            (
                TimeRange(start=NOON_HERE, end=NOON_HERE + timedelta(minutes=1)),
                Dimension.CALLER,
                100,
            ),
        ),
        (
            pb.GetStatsRequest(start_time=NOON, end_time=NOON, max_groups=7),
            (TimeRange(start=NOON_HERE, end=NOON_HERE), None, 7),
        ),
        (
            pb.GetStatsRequest(end_time=NOON, max_groups=2**31 - 1),
            (TimeRange(end=NOON_HERE), None, 1000),
        ),
    ],
)
async def test_the_ledger_is_asked_for_what_is_wanted(
    request_: pb.GetStatsRequest, asked: tuple[Any, ...]
) -> None:
    async with served() as stats, stats.client() as client:
        await client.get_stats(request_)
        assert stats.ledger.asked == [asked]


async def test_every_dimension_is_one_of_the_ledgers() -> None:
    async with served() as stats, stats.client() as client:
        for dimension in Dimension:
            number = pb.StatsDimension.Value(f"STATS_DIMENSION_{dimension.name}")
            await client.get_stats(pb.GetStatsRequest(group_by=number))
        assert [group_by for _, group_by, _ in stats.ledger.asked] == list(Dimension)
        assert len(pb.StatsDimension.keys()) == len(Dimension) + 1


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        (pb.GetStatsRequest(start_time=LATER, end_time=NOON), "start_time"),
        (pb.GetStatsRequest(max_groups=-1), "max_groups"),
        (pb.GetStatsRequest(start_time=Timestamp(seconds=2**62)), "start_time"),
        (pb.GetStatsRequest(end_time=Timestamp(nanos=-1)), "end_time"),
        (pb.GetStatsRequest(group_by=99), "group_by"),  # type: ignore[arg-type]  # of a later version
        (pb.ListRequestsRequest(start_time=LATER, end_time=NOON), "start_time"),
        (pb.ListRequestsRequest(page_size=-1), "page_size"),
        (pb.ListRequestsRequest(status="fine"), "status"),
        *(
            (pb.ListRequestsRequest(page_token=token), "page_token")
            for token in ("1", "x", "-1.00000000", "f" * 16 + ".00000000", "1.0000000g", "\x00")
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(
    request_: pb.GetStatsRequest | pb.ListRequestsRequest, param: str
) -> None:
    async with served() as stats, stats.client() as client:
        with pytest.raises(InvalidRequest) as refused:
            if isinstance(request_, pb.GetStatsRequest):
                await client.get_stats(request_)
            else:
                await client.list_requests(request_)
        assert refused.value.param == param
        assert stats.ledger.asked == []


async def test_groups_models_and_limits_are_told_beside_the_sums() -> None:
    state = SpendingState(
        caller="",
        period=Period.DAY,
        spent_usd=Decimal("1E-7"),
        reserved_usd=Decimal(0),
        limit_usd=Decimal(5),
        resets_at=START,
    )
    busy, quiet = Totals(requests=2), Totals(requests=1)
    async with served(spending=[state]) as stats, stats.client() as client:
        stats.ledger.sums = Summed(
            since=START,
            total=Totals(requests=3),
            by_category={"code": Totals(requests=3)},
            by_model={"one": busy, "": quiet},
            groups={"tim": busy, "": quiet},
            left_out=4,
        )
        told = await client.get_stats()
    assert (told.requests, told.total.requests, told.groups_left_out) == (3, 3, 4)
    assert told.since.ToDatetime(UTC) == START
    assert [group.name for group in told.by_category] == ["code"]
    assert [(group.name, group.requests) for group in told.by_model] == [("one", 2), ("", 1)]
    assert [(group.name, group.requests) for group in told.groups] == [("tim", 2), ("", 1)]
    assert [model.model for model in told.models] == ["one", "three", "two"]
    (limit,) = told.spending
    assert (limit.spent_usd, limit.reserved_usd, limit.limit_usd) == ("0.0000001", "0", "5")
    assert (limit.period, limit.resets_at.ToDatetime(UTC)) == ("day", START)


# -- requests --------------------------------------------------------------------------


async def test_the_ledger_is_asked_for_the_requests_that_are_wanted() -> None:
    every = pb.ListRequestsRequest(
        page_size=7,
        category="code",
        model="one",
        status="error",
        caller="c",
        session="s",
        start_time=NOON,
        end_time=LATER,
    )
    async with served() as stats, stats.client() as client:
        await client.list_requests()
        await client.list_requests(pb.ListRequestsRequest(page_size=5_000))
        await client.list_requests(every)
        wanted = Wanted(
            span=TimeRange(start=NOON_HERE, end=NOON_HERE + timedelta(minutes=1)),
            category="code",
            model="one",
            status="error",
            caller="c",
            session="s",
        )
        assert stats.ledger.asked == [
            (Wanted(), 50, None),
            (Wanted(), 1000, None),
            (wanted, 7, None),
        ]


async def test_pages_follow_one_another() -> None:
    async with served() as stats, stats.client() as client:
        for place in (0, 42, 2**60 - 1):
            stats.ledger.page = Listed(records=(a_record("a"), a_record("b")), next=place)
            first = await client.list_requests(pb.ListRequestsRequest(model="one"))
            assert [request.id for request in first.requests] == ["a", "b"]
            stats.ledger.page = Listed(records=())
            token = first.next_page_token
            # What is "the last day" moves on between two pages, and a page may have another size.
            moved = pb.ListRequestsRequest(
                model="one", page_token=token, page_size=3, start_time=NOON
            )
            last = await client.list_requests(moved)
            assert stats.ledger.asked[-1] == (
                Wanted(model="one", span=TimeRange(start=NOON_HERE)),
                3,
                place,
            )
            assert last.next_page_token == ""
            with pytest.raises(InvalidRequest, match="other filters"):
                await client.list_requests(pb.ListRequestsRequest(model="two", page_token=token))


# -- who may ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "admin", "key", "sums", "requests"),
    [
        ((), "", "", "OK", "OK"),
        (("client",), "", "client", "OK", "OK"),
        (("client",), "admin", "client", "OK", "UNAUTHENTICATED"),
        (("client",), "admin", "admin", "OK", "OK"),
        ((), "admin", "", "OK", "UNAUTHENTICATED"),
        (("client",), "admin", "", "UNAUTHENTICATED", "UNAUTHENTICATED"),
    ],
)
async def test_single_requests_are_the_operators_to_see(
    keys: tuple[str, ...], admin: str, key: str, sums: str, requests: str
) -> None:
    async def code(call: Any) -> str:
        try:
            await call
        except RouterClientError as error:
            return error.code.name
        return "OK"

    async with served(guard=Guard(keys, admin)) as stats, stats.client(key) as client:
        assert await code(client.get_stats()) == sums
        assert await code(client.get_metrics()) == sums
        assert await code(client.get_server_info()) == sums
        assert await code(client.list_requests()) == requests
        watch = asyncio.create_task(code(anext(client.watch_requests())))
        if requests == "OK":
            await stats.watched_by(1)
            stats.watching.record(a_record())
        assert await watch == requests


# -- watching --------------------------------------------------------------------------


async def test_requests_are_followed_as_they_end_and_filtered() -> None:
    async with served() as stats, stats.client() as client:
        async with (
            aclosing(client.watch_requests()) as every,
            aclosing(client.watch_requests(category="code", model="two")) as some,
        ):
            pending = [asyncio.ensure_future(anext(each)) for each in (every, some)]
            await stats.watched_by(2)
            stats.watching.record(a_record("a", category="code", model="one"))
            stats.watching.record(a_record("b", category="tools", model="two"))
            stats.watching.record(a_record("c", category="code", model="two"))
            assert (await pending[0]).request.id == "a"
            assert [(await anext(every)).request.id for _ in range(2)] == ["b", "c"]
            assert (await pending[1]).request.id == "c"
        await stats.watched_by(0)


async def test_what_a_slow_reader_misses_is_told() -> None:
    async with (
        served(room=10) as stats,
        stats.client() as client,
        aclosing(client.watch_requests()) as stream,
    ):
        first = asyncio.ensure_future(anext(stream))
        await stats.watched_by(1)
        for number in range(15):  # in one go, so that nobody reads in between
            stats.watching.record(a_record(f"{number}"))
        told = [await first, *[await anext(stream) for _ in range(9)]]
    assert [(each.request.id, each.missed) for each in told] == [
        ("5", 5),
        *((f"{number}", 0) for number in range(6, 15)),
    ]


async def test_a_server_that_stops_waits_for_nobody_who_watches() -> None:
    async with served() as stats, stats.client() as client:
        stream = client.watch_requests()
        first = asyncio.ensure_future(anext(stream))
        await stats.watched_by(1)
        stats.watching.record(a_record("last"))
        async with asyncio.timeout(10):
            await stats.server.stop(grace_s=600)
            assert (await first).request.id == "last"
            with pytest.raises(StopAsyncIteration):
                await anext(stream)


# -- metrics ---------------------------------------------------------------------------


async def test_metrics_are_written_beside_the_event_loop() -> None:
    threads = []

    def write() -> str:
        threads.append(threading.current_thread())
        return "up 1\n"

    async with served(metrics=write) as stats, stats.client() as client:
        assert (await client.get_metrics()).text == "up 1\n"
    assert threads[0] is not threading.current_thread()
