"""A caller's trace goes on through the whole router, over either edge."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from llm_router.v1.chat_pb2 import ChatMessage, ChatRequest
from llm_router.v1.complete_pb2 import CompleteRequest
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from tests.e2e.conftest import serving_rest
from tests.telemetry.collector import Collector, collecting
from tests.telemetry.records import CLIENT_SPAN, CLIENT_TRACE
from tests.telemetry.test_wiring import ENDPOINT, HELLO, a_demo

TRACEPARENT = f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    level = logging.getLogger("opentelemetry").level
    with collecting() as collector:
        yield collector
    logging.getLogger("opentelemetry").setLevel(level)


def assert_goes_on(collector: Collector) -> None:
    root = collector.named("llm_router chat")
    assert root.parent_span_id.hex() == CLIENT_SPAN
    assert {span.trace_id.hex() for span in collector.spans} == {CLIENT_TRACE}
    names = [span.name for span in collector.spans]
    assert {"classify", "route"} <= set(names)
    assert [name for name in names if name.startswith("chat ")]


@pytest.mark.parametrize("streams", [False, True])
async def test_over_rest(tmp_path: Path, collector: Collector, streams: bool) -> None:
    async with (
        a_demo(tmp_path, {ENDPOINT: collector.url}) as core,
        serving_rest(core) as rest,
        httpx.AsyncClient(base_url=rest, timeout=30) as client,
    ):
        body = {**HELLO, "stream": streams}
        got = await client.post(
            "/v1/chat/completions", json=body, headers={"traceparent": TRACEPARENT}
        )
        assert got.status_code == 200
    assert_goes_on(collector)


async def test_over_grpc(tmp_path: Path, collector: Collector) -> None:
    async with a_demo(tmp_path, {ENDPOINT: collector.url}) as core:
        message = ChatMessage(role="user", text="hello")
        request = CompleteRequest(chat=ChatRequest(messages=[message]))
        stub = CompleteServiceStub(core.in_process_channel())
        await stub.Complete(request, metadata=(("traceparent", TRACEPARENT),))
    assert_goes_on(collector)
