"""Alerts to a web address, before a real server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from router_core.alerts.webhook import Webhook
from router_core.decide.spending import Period, SpendingAlert, SpendingEvent, SpendingState
from tests.alerts.receiving import Receiver, receiving
from tests.app.rig import until
from tests.fakes.clock import FakeClock

ALERT = SpendingAlert(
    SpendingEvent.WARNING,
    SpendingState(
        caller="ann",
        period=Period.MONTH,
        spent_usd=Decimal("80.0000001"),
        reserved_usd=Decimal(1),
        limit_usd=Decimal(100),
        resets_at=datetime(2026, 12, 1, tzinfo=UTC),
    ),
)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@contextlib.asynccontextmanager
async def a_webhook(url: str, clock: FakeClock) -> AsyncIterator[Webhook]:
    webhook = Webhook(url, clock)
    try:
        yield webhook
    finally:
        await webhook.close()


async def test_an_alert_is_posted_as_json(receiver: Receiver) -> None:
    async with a_webhook(receiver.url, FakeClock()) as webhook:
        webhook.send(ALERT)
        assert receiver.got == []
    assert receiver.got == [
        {
            "path": "/hook?token=hunter2",
            "event": "spending_warning",
            "caller": "ann",
            "period": "month",
            "spent_usd": "80.0000001",
            "limit_usd": "100",
            "resets_at": "2026-12-01T00:00:00Z",
        }
    ]


@pytest.mark.parametrize("status", [302, 400, 503])
async def test_it_is_tried_three_times_and_then_logged_without_the_url(
    status: int, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.statuses, clock = [status], FakeClock()
    async with a_webhook(receiver.url, clock) as webhook:
        webhook.send(ALERT)
        for nap in (1, 2):
            await clock.until_nap(nap)
            clock.advance(10)
        await until(lambda: not webhook._sending)
    assert [each["path"] for each in receiver.got] == ["/hook?token=hunter2"] * 3
    assert clock.naps == [1.0, 5.0]
    (line,) = caplog.messages
    assert line == f"the alert spending_warning could not be sent: HTTP status {status}"


async def test_one_that_arrives_at_the_second_try_is_no_failure(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.statuses, clock = [500, 200], FakeClock()
    async with a_webhook(receiver.url, clock) as webhook:
        webhook.send(ALERT)
        await clock.until_nap(1)
        clock.advance(1)
        await until(lambda: not webhook._sending)
    assert len(receiver.got) == 2
    assert caplog.messages == []


async def test_where_nobody_listens_it_is_logged_without_the_url(
    caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    clock = FakeClock()
    async with a_webhook(f"http://127.0.0.1:{unused_tcp_port}/hunter2", clock) as webhook:
        webhook.send(ALERT)
        for nap in (1, 2):
            await clock.until_nap(nap)
            clock.advance(10)
        await until(lambda: not webhook._sending)
    (line,) = caplog.messages
    assert "could not be sent: ClientConnectorError" in line
    assert "hunter2" not in line


async def test_who_sends_does_not_wait_for_the_answer(receiver: Receiver) -> None:
    receiver.hold.clear()
    async with a_webhook(receiver.url, FakeClock()) as webhook:
        webhook.send(ALERT)
        await receiver.came.wait()
        webhook.send(ALERT)
        receiver.hold.set()
    assert len(receiver.got) == 2


async def test_what_comes_on_top_of_too_many_is_logged_alone(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_webhook(receiver.url, FakeClock()) as webhook:
        for _ in range(101):
            webhook.send(ALERT)
    assert len(receiver.got) == 100
    assert [(each.levelno, each.message) for each in caplog.records] == [
        (logging.ERROR, "the alert spending_warning is not sent: too many are under way")
    ]


async def test_the_end_waits_for_no_one_who_sleeps_and_says_what_is_lost(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.statuses, clock = [500], FakeClock()
    webhook = Webhook(receiver.url, clock)
    webhook.send(ALERT)
    await clock.until_nap(1)
    await asyncio.wait_for(webhook.close(), 3)
    assert len(receiver.got) == 1
    assert "the alert spending_warning could not be sent: HTTP status" in caplog.text
