"""The spans of a request that has ended: what it was, and each call that it took.

Names are those of OpenTelemetry's conventions for generative AI where there are any, on
the calls alone: who adds up tokens by span counts each once. The rest is
``llm_router.*``. Nothing of what was asked or answered is in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from router_core.decide.records import AttemptRecord, RequestRecord, Stage

__all__ = ["Kind", "Made", "spans_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLASSIFY: Final = "classify"
"""The stage within which models classify."""

Value = str | int | float | bool


class Kind(Enum):
    """Where a span stands between services."""

    SERVER = "server"
    INTERNAL = "internal"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One span.

    Attributes:
        began_ns, ended_ns: in nanoseconds since 1970.
        failed: whether it ended in an error; a caller that left is none.
        children: the spans within it.
    """

    name: str
    kind: Kind
    began_ns: int
    ended_ns: int
    attributes: Mapping[str, Value]
    failed: bool = False
    children: tuple[Made, ...] = ()


@dataclass(frozen=True, slots=True)
class _Times:
    """Moments of one request."""

    received_ns: int

    def at(self, milliseconds: float) -> int:
        """So long after the receipt."""
        return self.received_ns + round(max(0.0, milliseconds) * 1e6)


def spans_of(record: RequestRecord) -> Made:
    """The span of a request, with all others in it."""
    times = _Times((record.time - _EPOCH) // timedelta(microseconds=1) * 1_000)
    classifying = tuple(_call(call, record, times) for call in record.classifier_calls)
    is_staged = any(stage.name == _CLASSIFY for stage in record.stages)
    stages = _nested(None, record.stages, times, classifying)
    last = len(record.attempts) - 1
    attempts = (
        _call(call, record, times, ttft_ms=record.ttft_ms if place == last else None)
        for place, call in enumerate(record.attempts)
    )
    return Made(
        name=f"llm_router {record.operation}",
        kind=Kind.SERVER,
        began_ns=times.received_ns,
        ended_ns=times.at(record.latency_ms),
        attributes=dict(_request_facts(record)),
        failed=record.status == "error",
        children=(*stages, *(() if is_staged else classifying), *attempts),
    )


def _nested(
    around: Stage | None, stages: Sequence[Stage], times: _Times, classifying: tuple[Made, ...]
) -> tuple[Made, ...]:
    """The spans of the stages right within another one; ``None``: within none."""
    return tuple(
        Made(
            name=stage.name,
            kind=Kind.INTERNAL,
            began_ns=times.at(stage.began_ms),
            ended_ns=times.at(stage.began_ms + stage.latency_ms),
            attributes={},
            children=(
                *_nested(stage, stages, times, classifying),
                *(classifying if stage.name == _CLASSIFY else ()),
            ),
        )
        for stage in stages
        if _around(stage, stages) is around
    )


def _around(stage: Stage, stages: Sequence[Stage]) -> Stage | None:
    """The shortest stage that ``stage`` is a part of."""
    longer = (
        each
        for each in stages
        if each.latency_ms > stage.latency_ms
        and each.began_ms <= stage.began_ms
        and stage.began_ms + stage.latency_ms <= each.began_ms + each.latency_ms
    )
    return min(longer, key=lambda each: each.latency_ms, default=None)


def _call(
    call: AttemptRecord, record: RequestRecord, times: _Times, *, ttft_ms: float | None = None
) -> Made:
    return Made(
        name=f"chat {call.model}",
        kind=Kind.CLIENT,
        began_ns=times.at(call.began_ms),
        ended_ns=times.at(call.began_ms + call.latency_ms),
        attributes=dict(_call_facts(call, record, ttft_ms)),
        failed=call.outcome not in ("ok", "cancelled"),
    )


def _request_facts(record: RequestRecord) -> Iterator[tuple[str, Value]]:
    yield "llm_router.request_id", record.id
    yield "llm_router.mode", record.mode
    yield "llm_router.status", record.status
    yield "llm_router.streamed", record.streamed
    yield "llm_router.attempts", len(record.attempts)
    told = {
        "category": record.category,
        "model": record.model,
        "provider": record.provider,
        "reason": record.reason,
        "caller": record.caller,
    }
    yield from ((f"llm_router.{name}", value) for name, value in told.items() if value)
    cost = record.cost
    yield "llm_router.cost_source", cost.source.value
    if cost.usd is not None:
        yield "llm_router.cost_usd", float(cost.usd)
    if record.overhead_ms is not None:
        yield "llm_router.overhead_ms", record.overhead_ms
    if record.status != "ok":
        yield "error.type", record.error_class or record.status


def _call_facts(
    call: AttemptRecord, record: RequestRecord, ttft_ms: float | None
) -> Iterator[tuple[str, Value]]:
    yield "gen_ai.operation.name", "chat"
    yield "gen_ai.provider.name", call.provider
    yield "gen_ai.request.model", call.model
    if record.streamed:
        yield "gen_ai.request.stream", True
        if ttft_ms is not None:
            to_first_ms = max(0.0, ttft_ms - call.began_ms)
            yield "gen_ai.response.time_to_first_chunk", to_first_ms / 1e3
    if record.session:
        yield "gen_ai.conversation.id", record.session
    if call.generation_id:
        yield "gen_ai.response.id", call.generation_id
    if call.usage.is_told:
        yield "gen_ai.usage.input_tokens", call.usage.prompt_tokens
        yield "gen_ai.usage.output_tokens", call.usage.completion_tokens
        yield from ((name, count) for name, count in _some_tokens(call) if count)
    yield "llm_router.cost_source", call.cost.source.value
    if call.cost.usd is not None:
        yield "llm_router.cost_usd", float(call.cost.usd)
    if call.http_status is not None:
        yield "http.response.status_code", call.http_status
    if call.outcome != "ok":
        yield "error.type", call.outcome


def _some_tokens(call: AttemptRecord) -> Iterator[tuple[str, int]]:
    """Those that most calls have none of."""
    yield "gen_ai.usage.cache_read.input_tokens", call.usage.cached_tokens
    yield "gen_ai.usage.cache_creation.input_tokens", call.usage.cache_write_tokens
    yield "gen_ai.usage.reasoning.output_tokens", call.usage.reasoning_tokens
