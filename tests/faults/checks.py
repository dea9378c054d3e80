"""Holds what happened in a cell against what was predicted; says all that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from llm_router.v1 import stats_pb2
from router_core.decide.records import RequestRecord
from tests.faults.cells import Cell
from tests.faults.clients import Client, Seen, settled
from tests.faults.oracle import Attempt, End, Expected, Health, Model
from tests.faults.refusals import KEY, TOLD
from tests.faults.rig import Rig
from tests.faults.table import TABLE, Kind

_CODES: Final = {
    End.ALL_FAILED: (503, "UNAVAILABLE", "all_models_failed"),
    End.ALL_RATE_LIMITED: (429, "RESOURCE_EXHAUSTED", "all_models_rate_limited"),
    End.ALL_TIMED_OUT: (504, "DEADLINE_EXCEEDED", "all_models_timed_out"),
    End.BROKEN: (200, "UNAVAILABLE", "stream_broken"),
    End.REFUSED: (400, "INVALID_ARGUMENT", "upstream_rejected"),
}
"""HTTP status, gRPC code, and the error's ``code``."""
_WORK_S: Final = 0.3
"""What the router's own work may take, in seconds of the tests' time."""
_SPENT: Final = (End.ALL_FAILED, End.ALL_RATE_LIMITED, End.ALL_TIMED_OUT)
_REFUSALS: Final = (400, 403, 413, 422)
"""What a refusal may be told as."""


async def wrong(expected: Expected, seen: Seen, rig: Rig, health: Health, cell: Cell) -> list[str]:
    """All that is wrong with one request and what it left behind."""
    return [
        *answer(expected, seen, cell.client),
        *upstream(expected, rig),
        *ledger(expected, seen, rig.ledger.records),
        *states(health, rig.chain, await rig.states(), rig.now_s),
        *([] if await settled(rig) else ["a call of the upstream was left hanging"]),
    ]


def answer(expected: Expected, seen: Seen, client: Client) -> Iterator[str]:
    """What is wrong with the client's answer."""
    yield from seen.faults
    if seen.beats:
        yield "there are signs of life, although nobody waited"
    if KEY in seen.raw:
        yield "the router's key stands in the answer"
    if expected.end is End.ANSWERED:
        yield from _good(expected, seen, client)
        return
    status, code, word = _CODES[expected.end]
    if expected.end is End.REFUSED and expected.by is not None:
        status = expected.by.status if expected.by.status in _REFUSALS else 400
        word = expected.by.word or word
    wanted: int | str = status if client is Client.REST else code
    error = seen.error or {"message": "", "code": None}
    if (seen.status, error["code"]) != (wanted, word):
        yield f"answered {seen.status} {error['code']}, not {wanted} {word}: {error['message']}"
        return
    if seen.whole:
        yield "the answer ends as if it were whole"
    said = expected.by.said if expected.by and expected.end is End.BROKEN else ""
    endless = expected.end is End.BROKEN and not said
    if not seen.text.startswith(said) or (seen.text != said and not endless):
        yield f"said {seen.text!r} before the error, not {said!r}"
    yield from _error(expected, seen, client)


def _good(expected: Expected, seen: Seen, client: Client) -> Iterator[str]:
    wanted = 200 if client is Client.REST else "OK"
    if (seen.status, seen.error) != (wanted, None):
        yield f"answered {seen.status} {seen.error}, not {expected.model}'s answer"
        return
    if not seen.whole:
        yield "the answer does not come to its end"
    if (seen.model, seen.attempts) != (expected.model, len(expected.attempts)):
        told = f"{expected.model} after {len(expected.attempts)} attempts"
        yield f"told {seen.model} after {seen.attempts} attempts, not {told}"
    assert expected.by is not None
    if seen.text != expected.by.said:
        yield f"said {seen.text!r}, not {expected.by.said!r}"


def _error(expected: Expected, seen: Seen, client: Client) -> Iterator[str]:
    assert seen.error is not None
    message = str(seen.error["message"])
    for attempt in expected.attempts if expected.end in _SPENT else ():
        if attempt.alias not in message:
            yield f"{attempt.alias} is not named as tried: {message}"
    kinds = {attempt.happening.kind for attempt in expected.attempts}
    cause = expected.by
    if cause and expected.end is End.REFUSED and cause.word and message != TOLD:
        yield f"the upstream's own words are lost: {message}"
    if expected.end is End.ALL_FAILED and Kind.NO_ACCESS in kinds and "no_access" not in message:
        yield f"the true cause is not named: {message}"
    if client is Client.REST and seen.error["type"] in (None, ""):
        yield "the error has no type"
    if (expected.end in _SPENT) is not seen.final:
        yield f"x-should-retry: false is {'' if seen.final else 'not '}there"
    wait = seen.retry_after_s
    if expected.end in (End.ALL_FAILED, End.ALL_RATE_LIMITED) and wait is None:
        yield "no Retry-After"
    told = expected.retry_after_s
    if told is not None and wait is not None and not told - 1 <= wait <= told + 1:
        yield f"Retry-After is {wait:g}, not {told:g}"


def upstream(expected: Expected, rig: Rig) -> Iterator[str]:
    """What is wrong with the calls that reached the upstream."""
    faulty = {model.alias for model in rig.chain if model.provider == "faulty"}
    reaching = [one.alias for one in expected.attempts if one.alias not in faulty]
    called = [(request.model or "").removeprefix("lab/") for request in rig.upstream.requests]
    if called != reaching:
        yield f"called {called}, not {reaching}"


def ledger(expected: Expected, seen: Seen, records: list[RequestRecord]) -> Iterator[str]:
    """What is wrong with the one record."""
    if len(records) != 1:
        yield f"{len(records)} records"
        return
    record = records[0]
    attempts = [(attempt.model, attempt.outcome) for attempt in record.attempts]
    if not _matches(attempts, expected.attempts):
        yield f"recorded {attempts}, not {_wanted(expected.attempts)}"
    for attempt, wanted in zip(record.attempts, expected.attempts, strict=False):
        told = wanted.happening.status
        if told is not None and attempt.http_status != told:
            yield f"recorded HTTP {attempt.http_status} of {attempt.model}, not {told}"
    status = "ok" if expected.end is End.ANSWERED else "error"
    if (record.status, record.model) != (status, expected.model):
        yield f"recorded as {record.status} by {record.model!r}, not {status} {expected.model!r}"
    if seen.told_attempts is not None and seen.told_attempts != attempts:
        yield f"the summary tells {seen.told_attempts}, the ledger {attempts}"
    if not 0 <= record.latency_ms / 1e3 - expected.took_s <= _WORK_S:
        yield f"it took {record.latency_ms:.0f} ms, not {expected.took_s:g} s"


def _matches(attempts: list[tuple[str, str]], wanted: tuple[Attempt, ...]) -> bool:
    return len(attempts) == len(wanted) and all(
        alias == one.alias and outcome in TABLE[one.happening.kind].outcomes
        for (alias, outcome), one in zip(attempts, wanted, strict=True)
    )


def _wanted(attempts: tuple[Attempt, ...]) -> list[tuple[str, str]]:
    return [(one.alias, "|".join(sorted(TABLE[one.happening.kind].outcomes))) for one in attempts]


def states(
    health: Health, chain: Sequence[Model], rows: dict[str, stats_pb2.ModelState], now_s: float
) -> Iterator[str]:
    """What is wrong with how the models are; ``now_s``: the time of day, Unix seconds."""
    for model in chain:
        row = rows.get(model.alias, stats_pb2.ModelState())
        shown = stats_pb2.BreakerState.Name(row.state).removeprefix("BREAKER_STATE_").lower()
        wanted = health.state(model)
        if (shown, row.consecutive_failures) != wanted:
            yield f"{model.alias} is {shown} with {row.consecutive_failures}, not {wanted}"
        elif shown == "benched":
            rests = row.reopens_at.ToNanoseconds() / 1e9 - now_s
            if abs(rests - health.benched[model.alias]) > 1:
                yield f"{model.alias} rests {rests:.1f} s, not {health.benched[model.alias]:g}"
