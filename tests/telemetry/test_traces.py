"""Traces: a collector gets the spans of each request, and can do no harm."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from router_core.decide.records import RequestRecord, Stage
from router_core.telemetry.trace_settings import TraceSettings, read_trace_settings
from router_core.telemetry.traces import Traces
from tests.telemetry.collector import Collector, collecting, facts
from tests.telemetry.records import CLIENT_SPAN, CLIENT_TRACE, THEN, call, eventful, request

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SPANS = "llm_router chat"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of this machine's; and afterwards its loggers as they were."""
    for name in os.environ:
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)
    logger = logging.getLogger("opentelemetry")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def send(collector: Collector, *records: RequestRecord, **env: str) -> None:
    """Records requests, and waits until the collector has their spans."""
    settings = read_trace_settings({ENDPOINT: collector.url, **env})
    assert settings is not None
    traces = Traces(settings, "1.2.3")
    for record in records:
        traces.record(record)
    traces.stop(within_s=30.0)


def nanoseconds(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6) * 1_000


def test_a_request_is_a_span_that_goes_on_from_its_callers(collector: Collector) -> None:
    send(collector, eventful())
    span = collector.named(SPANS)
    assert span.kind == Span.SPAN_KIND_SERVER
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (CLIENT_TRACE, CLIENT_SPAN)
    assert span.start_time_unix_nano == nanoseconds(THEN)
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_500_000_000
    assert span.status.code == Status.STATUS_CODE_UNSET
    assert facts(span) == {
        "llm_router.request_id": "req_2",
        "llm_router.category": "code",
        "llm_router.model": "two",
        "llm_router.provider": "openrouter",
        "llm_router.reason": "classified",
        "llm_router.mode": "cascade",
        "llm_router.status": "ok",
        "llm_router.caller": "c0ffee",
        "llm_router.streamed": True,
        "llm_router.attempts": 2,
        "llm_router.cost_usd": pytest.approx(0.00051),
        "llm_router.cost_source": "estimated",
        "llm_router.overhead_ms": 0.25,
    }


def test_stages_and_calls_are_within_it_in_order(collector: Collector) -> None:
    send(collector, eventful())
    root, classify = collector.named(SPANS), collector.named("classify")
    of = {span.name: span for span in collector.spans}
    assert set(of) == {SPANS, "classify", "route", "chat one", "chat two", "chat three"}
    assert {span.trace_id.hex() for span in collector.spans} == {CLIENT_TRACE}
    for name in ("classify", "route", "chat one", "chat two"):
        assert of[name].parent_span_id == root.span_id, name
    assert of["chat three"].parent_span_id == classify.span_id
    begun = sorted(collector.spans, key=lambda span: span.start_time_unix_nano)
    order = [SPANS, "classify", "chat three", "route", "chat one", "chat two"]
    assert [span.name for span in begun] == order
    for span in collector.spans:
        assert root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= root.end_time_unix_nano
    kinds = {name: of[name].kind for name in ("classify", "chat one", "chat three")}
    assert kinds == {
        "classify": Span.SPAN_KIND_INTERNAL,
        "chat one": Span.SPAN_KIND_CLIENT,
        "chat three": Span.SPAN_KIND_CLIENT,
    }


def test_a_call_has_opentelemetrys_attributes(collector: Collector) -> None:
    send(collector, eventful())
    assert facts(collector.named("chat two")) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openrouter",
        "gen_ai.request.model": "two",
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": pytest.approx(0.3),
        "gen_ai.conversation.id": "s" * 16,
        "gen_ai.response.id": "gen-1",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.cache_creation.input_tokens": 10,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "llm_router.cost_usd": pytest.approx(0.0005),
        "llm_router.cost_source": "estimated",
        "http.response.status_code": 200,
    }


def test_a_call_that_failed_says_so_and_knows_no_cost(collector: Collector) -> None:
    send(collector, eventful())
    span = collector.named("chat one")
    told = facts(span)
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert told["error.type"] == "timeout"
    assert told["llm_router.cost_source"] == "unknown"
    assert not told.keys() & {"llm_router.cost_usd", "gen_ai.usage.input_tokens"}


def test_a_caller_that_left_is_no_failure(collector: Collector) -> None:
    left = request(status="cancelled", model="", attempts=(call(outcome="cancelled"),))
    send(collector, left)
    for name in (SPANS, "chat one"):
        span = collector.named(name)
        assert span.status.code == Status.STATUS_CODE_UNSET
        assert facts(span)["error.type"] == "cancelled"


def test_a_request_that_failed_tells_why(collector: Collector) -> None:
    send(collector, request(status="error", error_class="invalid_request", attempts=()))
    span = collector.named(SPANS)
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert facts(span)["error.type"] == "invalid_request"


def test_a_stage_within_another_is_its_child(collector: Collector) -> None:
    stages = (
        Stage(name="route", began_ms=1.0, latency_ms=90.0),
        Stage(name="classify", began_ms=2.0, latency_ms=80.0),
        Stage(name="embedded", began_ms=2.0, latency_ms=10.0),
        Stage(name="after", began_ms=91.0, latency_ms=1.0),
    )
    send(collector, request(stages=stages, classifier_calls=(call(model="three"),)))
    parents = {
        name: collector.named(name).parent_span_id
        for name in ("route", "classify", "embedded", "chat three", "after")
    }
    root, route, classify = (collector.named(name).span_id for name in (SPANS, "route", "classify"))
    assert parents == {
        "route": root,
        "classify": route,
        "embedded": classify,
        "chat three": classify,
        "after": root,
    }


def test_without_a_classify_stage_a_classifiers_call_is_the_requests(collector: Collector) -> None:
    send(collector, request(classifier_calls=(call(model="three"),)))
    assert collector.named("chat three").parent_span_id == collector.named(SPANS).span_id


@pytest.mark.parametrize("traceparent", ["", "00-", "no", f"00-{'0' * 32}-{CLIENT_SPAN}-01"])
def test_without_a_callers_trace_it_begins_one(collector: Collector, traceparent: str) -> None:
    send(collector, request(traceparent=traceparent), request(traceparent=traceparent))
    roots = [span for span in collector.spans if span.name == SPANS]
    assert [span.parent_span_id for span in roots] == [b"", b""]
    assert len({span.trace_id for span in roots}) == 2


def test_a_caller_that_does_not_sample_is_heeded(collector: Collector) -> None:
    quiet = request(traceparent=f"00-{CLIENT_TRACE}-{CLIENT_SPAN}-00")
    send(collector, quiet, request(id="req_3"))
    roots = [facts(span) for span in collector.spans if span.name == SPANS]
    assert [root["llm_router.request_id"] for root in roots] == ["req_3"]
    assert len(collector.spans) == 2


def test_it_says_who_it_is_and_sends_the_operators_headers(collector: Collector) -> None:
    send(collector, request(), OTEL_EXPORTER_OTLP_HEADERS="x-key=a%20b")
    assert (
        collector.resources[0].items()
        >= {
            "service.name": "llm-router",
            "service.version": "1.2.3",
        }.items()
    )
    assert collector.paths == ["/v1/traces"]
    assert collector.headers[0]["x-key"] == "a b"


def test_thousands_of_requests_arrive_whole(collector: Collector) -> None:
    send(collector, *(request(id=f"req_{number}") for number in range(900)))
    ids = [facts(span)["llm_router.request_id"] for span in collector.spans if span.name == SPANS]
    assert sorted(ids) == sorted(f"req_{number}" for number in range(900))


def test_a_collector_that_hangs_delays_nobody(collector: Collector) -> None:
    collector.answers.clear()
    settings = read_trace_settings({ENDPOINT: collector.url})
    assert settings is not None
    traces = Traces(settings, "1.2.3")
    record = request()
    began = time.perf_counter()
    for _ in range(12_000):
        traces.record(record)
    assert time.perf_counter() - began < 10.0
    assert collector.asked.wait(30.0)
    traces.stop(within_s=0.2)
    assert not collector.spans
    collector.answers.set()
    traces.stop(within_s=30.0)


def test_a_collector_that_is_not_there_is_told_once_without_its_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")  # too short for a second try
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = TraceSettings(endpoint=f"http://127.0.0.1:{port}/v1/traces?key=c0ffee")
    with caplog.at_level(logging.DEBUG, "router_core.traces"):
        traces = Traces(settings, "1.2.3")
        assert traces.problem == ""
        for _ in range(2):
            traces.record(request())
            traces.flush()
        traces.stop()
    assert traces.problem
    assert caplog.messages == ["the collector takes no traces; they are lost until it does"]


def test_a_collector_that_refuses_is_told_once_and_when_it_is_back(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    settings = read_trace_settings({ENDPOINT: collector.url})
    assert settings is not None
    traces = Traces(settings, "1.2.3")
    with caplog.at_level(logging.DEBUG, "router_core.traces"):
        collector.status = 400
        for _ in range(2):
            traces.record(request())
            traces.flush()
        assert traces.problem
        collector.status = 200
        traces.record(request())
        traces.flush()
        assert not traces.problem
        traces.stop()
    assert caplog.messages == [
        "the collector takes no traces; they are lost until it does",
        "the collector takes traces again",
    ]


@pytest.mark.parametrize(
    "env",
    [
        {},
        {ENDPOINT: ""},
        {ENDPOINT: "http://c:4318", "OTEL_SDK_DISABLED": "True"},
        {ENDPOINT: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_SERVICE_NAME": "x"},
    ],
)
def test_traces_are_only_where_they_are_asked_for(env: dict[str, str]) -> None:
    assert read_trace_settings(env) is None


@pytest.mark.parametrize(
    ("env", "endpoint"),
    [
        ({ENDPOINT: "http://c:4318"}, "http://c:4318/v1/traces"),
        ({ENDPOINT: "http://c:4318/base/"}, "http://c:4318/base/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/x"}, "http://c/x"),
        ({ENDPOINT: "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/x"}, "http://c/x"),
    ],
)
def test_the_endpoint_is_read_as_opentelemetry_does(env: dict[str, str], endpoint: str) -> None:
    settings = read_trace_settings(env)
    assert settings is not None
    assert settings.endpoint == endpoint


@pytest.mark.parametrize(
    ("env", "service"),
    [
        ({}, "llm-router"),
        ({"OTEL_SERVICE_NAME": "mine"}, "mine"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "a=b,service.name=mine"}, None),
    ],
)
def test_the_operator_may_name_the_service(env: dict[str, str], service: str | None) -> None:
    settings = read_trace_settings({ENDPOINT: "http://c:4318", **env})
    assert settings is not None
    assert settings.service == service


def test_another_protocol_is_told() -> None:
    env = {ENDPOINT: "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    settings = read_trace_settings(env)
    assert settings is not None
    assert "http/protobuf" in settings.problem
