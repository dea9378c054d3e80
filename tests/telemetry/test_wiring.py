"""A core counts, logs and traces what it serves, and says what does not work."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from llm_router import AsyncRouterClient
from llm_router.errors import Unavailable
from router_core.app.stats import Stats
from router_core.bootstrap import Core, build_core
from router_core.bootstrap.telemetry import states_of
from router_core.settings import read_settings
from router_core.telemetry.request_line import LOGGER, request_in
from router_core.telemetry.states import LedgerState, Spent
from tests.fakes.upstream import FakeUpstream
from tests.telemetry.collector import Collector, collecting, facts
from tests.telemetry.scrape import series_of, value

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def collector() -> Iterator[Collector]:
    level = logging.getLogger("opentelemetry").level
    with collecting() as collector:
        yield collector
    logging.getLogger("opentelemetry").setLevel(level)


@asynccontextmanager
async def a_demo(home: Path, env: Mapping[str, str]) -> AsyncIterator[Core]:
    """A core whose demo provider answers; its files are in ``home``."""
    env = {"LLM_ROUTER_HOME": str(home), "LLM_ROUTER_MODE": "keywords", **env}
    core = build_core(read_settings(env), env, demo=True)
    try:
        yield core
    finally:
        await core.close()


async def greet(core: Core) -> str:
    """Asks once; returns which model answered."""
    client = AsyncRouterClient(channel=core.in_process_channel())
    return (await client.complete(HELLO)).decision.model


async def test_what_is_served_is_counted_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, LOGGER):
        async with a_demo(tmp_path, {}) as core:
            model = await greet(core)
            series = series_of(core.metrics())
            assert core.to_mend() == ()
    labels = {"category": "conversation", "model": model, "status": "ok"}
    assert value(series, "llm_router_requests_total", **labels) == 1
    standing = {"model": model, "provider": "openrouter", "state": "closed"}
    assert value(series, "llm_router_model_state", **standing) == 1
    assert value(series, "llm_router_problems") == 0
    (entry,) = (entry for entry in caplog.records if entry.name == LOGGER)
    record = request_in(entry)
    assert record is not None
    assert record.model == model


async def test_where_it_is_asked_for_it_is_traced(tmp_path: Path, collector: Collector) -> None:
    async with a_demo(tmp_path, {ENDPOINT: collector.url}) as core:
        model = await greet(core)
        assert core.to_mend() == ()
    root = collector.named("llm_router chat")
    assert facts(root)["llm_router.model"] == model
    assert collector.named(f"chat {model}").parent_span_id == root.span_id


async def test_what_sends_traces_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "router_core.telemetry.traces", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
    async with a_demo(tmp_path, {ENDPOINT: "http://127.0.0.1:9"}) as core:
        assert await greet(core)
        (line,) = core.to_mend()
        assert "not installed" in line
        assert value(series_of(core.metrics()), "llm_router_problems") == 1


async def test_a_protocol_that_it_does_not_speak_is_told(
    tmp_path: Path, collector: Collector
) -> None:
    env = {ENDPOINT: collector.url, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    async with a_demo(tmp_path, env) as core:
        (line,) = core.to_mend()
    assert "http/protobuf" in line


async def test_a_provider_that_refuses_our_key_is_a_problem(tmp_path: Path) -> None:
    async with FakeUpstream(api_key="another") as upstream:
        env = {
            "OPENROUTER_API_KEY": "sk-test",
            "OPENROUTER_BASE_URL": upstream.base_url,
            "LLM_ROUTER_HOME": str(tmp_path),
            "LLM_ROUTER_MODE": "keywords",
        }
        core = build_core(read_settings(env), env)
        try:
            assert value(series_of(core.metrics()), "llm_router_problems") == 0
            with pytest.raises(Unavailable):
                await greet(core)
            assert value(series_of(core.metrics()), "llm_router_problems") == 1
        finally:
            await core.close()


@dataclass
class AnyLedger:
    failure: str = ""
    pending: int = 0
    lost: int = 0


@dataclass
class AnyLimit:
    caller: str
    period: str
    spent_usd: Decimal
    limit_usd: Decimal


def test_how_the_ledger_and_spending_are_is_asked_at_each_scrape() -> None:
    ledger, limits = AnyLedger(), [AnyLimit("", "day", Decimal(1), Decimal(2))]
    states = states_of(no_stats, tuple, lambda: limits, ledger)
    assert states.ledger() == LedgerState(is_up=True)
    ledger.failure, ledger.pending, ledger.lost = "the disk is full", 5, 1
    limits.append(AnyLimit("c0ffee", "month", Decimal(3), Decimal(4)))
    assert states.ledger() == LedgerState(is_up=False, pending=5, lost=1)
    assert list(states.spending()) == [Spent("day", Decimal(1), Decimal(2))]


def test_a_ledger_that_cannot_fail_is_up() -> None:
    assert states_of(no_stats, tuple).ledger() == LedgerState()


def no_stats() -> Stats:
    raise AssertionError("nobody asks")
