"""How fast models are taken to be, in cases worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from router_core.decide.failures import FailureClass
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Pace, Paces
from router_core.decide.records import AttemptRecord, RequestRecord
from tests.decide.conversations import model
from tests.decide.model_entries import NOW
from tests.decide.paced import NOTHING, ONE, TWO, WELL, after, how_slow, slower
from tests.decide.slowdowns import a_record

TIMEOUT = FailureClass.TIMEOUT


def cut_short(outcome: str, *, took_ms: float, **fields: Any) -> RequestRecord:
    """A call that ended without its answer."""
    call = AttemptRecord(model="one", provider="p", outcome=outcome, latency_ms=took_ms)
    record = a_record(ONE, WELL, NOW)
    told = {"attempts": (call,), "ttft_ms": None, "status": "error", "latency_ms": took_ms}
    return replace(record, **{**told, **fields})


# -- what is known before anything was measured -------------------------------------------


@pytest.mark.parametrize(
    ("info", "pace"),
    [
        ({}, None),
        ({"ttft_ms": 300.0, "tokens_per_s": 50.0}, Pace(300.0, 20.0)),
        ({"ttft_ms": 300.0}, Pace(300.0, 15.0)),
        ({"ttft_ms": 1600.0}, Pace(1600.0, 30.0)),
        ({"tokens_per_s": 200.0}, Pace(800.0, 5.0)),
        ({"tokens_per_s": 40.0}, Pace(800.0 * 25 / 15, 25.0)),
    ],
)
def test_before_the_first_answer_the_catalogue_tells(
    info: dict[str, Any], pace: Pace | None
) -> None:
    found = Paces().of(ONE, ModelInfo(**info), "code", NOW.timestamp())
    assert found == (pace and pytest.approx(pace))


@pytest.mark.parametrize(
    ("answers", "share"), [(1, 3 / 4 * 0.98), (9, 3 / 12 * 0.82), (49, 3 / 52 * 0.02), (50, 0)]
)
def test_the_catalogue_counts_as_three_answers_and_in_the_end_for_nothing(
    answers: int, share: float
) -> None:
    info = ModelInfo(ttft_ms=4000.0, tokens_per_s=25.0)
    pace = after(*[1.0] * answers).of(ONE, info, "code", NOW.timestamp())
    assert pace == pytest.approx((1000.0 * 4**share, 10.0 * 4**share))


def test_of_its_two_figures_each_counts_by_itself() -> None:
    paces = after(1.0, tokens=7)
    pace = paces.of(ONE, ModelInfo(tokens_per_s=25.0), "code", NOW.timestamp())
    assert pace == pytest.approx((1000.0, 40.0))
    pace = after(1.0).of(ONE, ModelInfo(ttft_ms=4000.0), "code", NOW.timestamp())
    assert pace == pytest.approx((1000.0 * 4 ** (3 / 4 * 0.98), 10.0))


# -- what one answer tells ----------------------------------------------------------------


def test_a_stream_tells_both_times_from_when_it_was_called() -> None:
    record = a_record(ONE, WELL, NOW)
    call = replace(record.attempts[0], began_ms=250.0)
    paces = Paces()
    paces.record(replace(record, attempts=(call,), ttft_ms=1250.0))
    assert paces.of(ONE, NOTHING, "code", NOW.timestamp()) == pytest.approx(WELL)


@pytest.mark.parametrize(("first_ms", "token_ms"), [(400.0, 15.0), (1600.0, 30.0)])
def test_a_stream_of_a_few_tokens_tells_the_first_time_alone(
    first_ms: float, token_ms: float
) -> None:
    paces = Paces()
    paces.record(a_record(ONE, Pace(first_ms, 1.0), NOW, tokens=7))
    found = paces.of(ONE, NOTHING, "code", NOW.timestamp())
    assert found == pytest.approx((first_ms, token_ms))


@pytest.mark.parametrize(("tokens", "took_ms"), [(200, 1900.0), (0, 3400.0), (2, 415.0)])
def test_a_whole_answer_tells_how_many_times_as_long_as_the_generic_one(
    tokens: int, took_ms: float
) -> None:
    """Of 800 ms and 15 ms a token; 400 tokens, where that is not told."""
    paces = Paces()
    paces.record(a_record(ONE, Pace(took_ms, 0.0), NOW, tokens=tokens, streamed=False))
    assert paces.of(ONE, NOTHING, "code", NOW.timestamp()) == pytest.approx((400.0, 7.5))


def test_after_a_stream_whole_answers_are_told_apart_as_it_was() -> None:
    paces = after(1.0, tokens=100)
    after(4.0, paces=paces, tokens=50, streamed=False)
    assert how_slow(paces) == pytest.approx(2.0)


def test_a_clock_that_stands_still_makes_no_model_infinitely_fast() -> None:
    paces = Paces()
    paces.record(a_record(ONE, Pace(0.0, 0.0), NOW))
    assert paces.of(ONE, NOTHING, "code", NOW.timestamp()) == pytest.approx((1.0, 0.01))


@pytest.mark.parametrize(
    "record",
    [
        a_record(ONE, slower(8), NOW, tokens=100),
        cut_short("server_error", took_ms=1e5),
        cut_short("unreachable", took_ms=1e5),
        cut_short("error", took_ms=1e5),
        cut_short(TIMEOUT, took_ms=900.0),
        cut_short("cancelled", took_ms=900.0),
        cut_short("cancelled", took_ms=2900.0, streamed=False),
    ],
)
def test_what_tells_nothing_of_speed(record: RequestRecord) -> None:
    paces = after(*[1.0] * 20)
    if record.attempts[0].outcome == "ok":
        record = replace(record, operation="classify")
    for _ in range(20):
        paces.record(record)
    assert how_slow(paces) == pytest.approx(1.0)
    unknown = Paces()
    unknown.record(record)
    assert unknown.of(ONE, NOTHING, "code", NOW.timestamp()) is None


ANSWER = a_record(ONE, WELL, NOW)
CALL = ANSWER.attempts[0]


@pytest.mark.parametrize(
    "record",
    [
        replace(ANSWER, latency_ms=nan),
        replace(ANSWER, attempts=()),
        replace(ANSWER, attempts=(replace(CALL, latency_ms=inf),), ttft_ms=inf),
        replace(ANSWER, attempts=(replace(CALL, latency_ms=-1.0),), streamed=False),
        replace(ANSWER, attempts=(replace(CALL, began_ms=1001.0),)),
        replace(ANSWER, ttft_ms=3001.0),
        replace(ANSWER, ttft_ms=None),
    ],
)
def test_what_cannot_be_is_not_believed(record: RequestRecord) -> None:
    paces = Paces()
    paces.record(record)
    assert paces.of(ONE, NOTHING, "code", NOW.timestamp()) is None


def test_the_wait_for_a_stream_is_the_one_for_its_first_token() -> None:
    paces = after(*[1.0] * 20)
    for _ in range(10):
        paces.record(cut_short(TIMEOUT, took_ms=2900.0))
    pace = paces.of(ONE, NOTHING, "code", NOW.timestamp())
    assert pace is not None
    assert pace.first_ms == pytest.approx(2900.0, rel=0.2)


@pytest.mark.parametrize("outcome", [TIMEOUT, "cancelled"])
def test_a_call_that_was_cut_short_would_have_taken_longer(outcome: str) -> None:
    for streamed in (True, False):
        paces = after(*[1.0] * 20)
        for _ in range(4):
            paces.record(cut_short(outcome, took_ms=60_000.0, streamed=streamed))
        pace = paces.of(ONE, NOTHING, "code", NOW.timestamp())
        assert pace is not None
        assert pace.first_ms > 3 * WELL.first_ms
        assert (pace.token_ms > 3 * WELL.token_ms) is not streamed


def test_a_stream_that_was_left_has_shown_its_first_token() -> None:
    paces = after(*[1.0] * 20)
    for _ in range(10):
        paces.record(cut_short("cancelled", took_ms=1e5, ttft_ms=4000.0))
    pace = paces.of(ONE, NOTHING, "code", NOW.timestamp())
    assert pace is not None
    assert pace.first_ms == pytest.approx(4000.0, rel=0.2)
    assert pace.token_ms == pytest.approx(WELL.token_ms)


def test_a_name_at_another_provider_is_another_model() -> None:
    other = model("one", "q")
    paces = after(1.0)
    assert paces.of(other, NOTHING, "code", NOW.timestamp()) is None
    paces.record(a_record(other, slower(2.0), NOW))
    assert how_slow(paces) == pytest.approx(1.0)
    assert paces.of(other, NOTHING, "code", NOW.timestamp()) == pytest.approx(slower(2.0))


def test_each_call_of_a_request_tells_of_its_own_model() -> None:
    failed = cut_short(TIMEOUT, took_ms=60_000.0).attempts[0]
    answer = a_record(TWO, WELL, NOW)
    call = replace(answer.attempts[0], began_ms=60_000.0)
    request = replace(answer, attempts=(failed, call), ttft_ms=61_000.0)
    paces = after(*[1.0] * 20)
    for _ in range(4):
        paces.record(request)
    one = paces.of(ONE, NOTHING, "code", NOW.timestamp())
    assert one is not None
    assert one.first_ms > 3 * WELL.first_ms
    assert paces.of(TWO, NOTHING, "code", NOW.timestamp()) == pytest.approx(WELL)


# -- what many tell -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "factor"),
    [
        ([1.0, 4.0], 2.0),
        ([2.0] * 3 + [0.5] * 3, 1.0),
        ([1.0] * 20 + [1.3] * 3, 1.0),
        ([1.0] * 20 + [0.75] * 3, 1.0),
        ([1.0] * 20 + [1000.0], 1.0),
        ([1.0] * 20 + [0.001], 1.0),
    ],
)
def test_noise_moves_it_little(times: Sequence[float], factor: float) -> None:
    assert how_slow(after(*times)) == pytest.approx(factor, rel=0.3)


def test_a_slowdown_shows_within_a_few_answers() -> None:
    seen = [how_slow(after(*[1.0] * 20, *[5.0] * count)) for count in range(16)]
    assert seen == sorted(seen)
    assert seen[1] < 1.1
    assert seen[4] > 2.5
    assert seen[15] == pytest.approx(5.0, rel=0.1)


def test_so_does_a_model_that_has_become_faster() -> None:
    assert how_slow(after(*[1.0] * 20, *[0.2] * 15)) == pytest.approx(0.2, rel=0.2)


def test_no_answer_counts_for_more_than_8_times_as_long() -> None:
    assert how_slow(after(*[1.0] * 20, *[1e4] * 40)) == pytest.approx(8.0, rel=0.3)
