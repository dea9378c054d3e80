"""What holds for how fast models are taken to be, whatever was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import inf, isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router_core.decide.failures import FailureClass
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Pace, Paces
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.usage import Usage
from tests.decide.conversations import model
from tests.decide.model_entries import NOW
from tests.decide.slowdowns import a_record

NAMES = ["one", "two", "three"]
NOTHING = ModelInfo()
OUTCOMES = st.sampled_from(["ok", "ok", "cancelled", "error", *FailureClass])
ANY_MS = st.one_of(st.floats(0, 1e6), st.floats(), st.sampled_from([0.0, -1.0, inf, 5e-324]))


@st.composite
def any_records(draw: st.DrawFn) -> RequestRecord:
    """A record with any times, of a request that may have called several models."""
    attempts = draw(
        st.lists(
            st.builds(
                AttemptRecord,
                model=st.sampled_from(NAMES),
                provider=st.just("p"),
                outcome=OUTCOMES,
                latency_ms=ANY_MS,
                began_ms=ANY_MS,
                usage=st.builds(Usage, completion_tokens=st.integers(0, 10**9)),
            ),
            max_size=2,
        )
    )
    return RequestRecord(
        id="r",
        time=NOW + timedelta(seconds=draw(st.integers(-(10**6), 10**6))),
        mode="keywords",
        status=draw(st.sampled_from(["ok", "error", "cancelled"])),
        operation=draw(st.sampled_from(["chat", "chat", "classify"])),
        latency_ms=draw(ANY_MS),
        streamed=draw(st.booleans()),
        attempts=tuple(attempts),
        ttft_ms=draw(st.none() | ANY_MS),
    )


Step = RequestRecord | tuple[str, str, bool]
"""A record, or a decision: its category, its model, and whether it was free."""

decisions = st.tuples(st.sampled_from(["code", "talk", ""]), st.sampled_from(NAMES), st.booleans())
told = st.builds(
    ModelInfo,
    ttft_ms=st.none() | st.floats(1, 1e6),
    tokens_per_s=st.none() | st.floats(0.01, 1e5),
)


def followed(steps: list[Any]) -> Paces:
    paces = Paces()
    for step in steps:
        if isinstance(step, RequestRecord):
            paces.record(step)
        else:
            category, name, free = step
            paces.begins(category, model(name), free=free)
    return paces


@settings(max_examples=settings().max_examples // 2)  # the records are large
@given(
    steps=st.lists(any_records() | decisions, max_size=12),
    info=told,
    now=st.floats(allow_nan=False, allow_infinity=False),
)
def test_every_pace_is_a_time(steps: list[Any], info: ModelInfo, now: float) -> None:
    paces = followed(steps)
    for name in NAMES:
        for category in ("code", "talk", ""):
            pace = paces.of(model(name), info, category, now)
            assert paces.waited(category, model(name)) >= 0
            if pace is None:
                assert info.ttft_ms is None
                assert info.tokens_per_s is None
                continue
            assert isfinite(pace.last_ms(1e9))
            assert pace.first_ms > 0
            assert pace.token_ms > 0


answers = st.builds(
    lambda first, token, tokens, streamed: (Pace(first, token), tokens, streamed),
    st.floats(10, 1e5),
    st.floats(0.1, 1e3),
    st.integers(8, 2000),
    st.booleans(),
)
"""What single answers take, how long they are, and whether they are streamed."""


def answered(name: str, answer: tuple[Pace, int, bool], second: int) -> RequestRecord:
    """The answer, which ends at that second."""
    pace, tokens, streamed = answer
    when = NOW + timedelta(seconds=second, milliseconds=-pace.last_ms(tokens))
    return a_record(model(name), pace, when, streamed=streamed, tokens=tokens)


def pace_of(paces: Paces, name: str, category: str = "code", now: float = 0.0) -> Pace:
    pace = paces.of(model(name), NOTHING, category, now or NOW.timestamp())
    assert pace is not None
    return pace


@given(data=st.data())
def test_models_do_not_matter_to_each_other(data: st.DataObject) -> None:
    own = {
        name: [answered(name, each, second) for second, each in enumerate(seen)]
        for name in NAMES
        for seen in [data.draw(st.lists(answers, min_size=1, max_size=12))]
    }
    order = data.draw(st.permutations([name for name in NAMES for _ in own[name]]))
    rows = {name: iter(records) for name, records in own.items()}
    mixed = followed([next(rows[name]) for name in order])
    for name in NAMES:
        assert pace_of(mixed, name) == pace_of(followed(own[name]), name)


@given(
    seen=st.lists(answers | decisions, max_size=25),
    last=answers,
    slower=st.floats(1, 20),
    waits=st.integers(0, 60),
    later=st.sampled_from([0, 301]),
)
def test_a_slower_answer_makes_no_model_look_faster(
    seen: list[Any], last: tuple[Pace, int, bool], slower: float, waits: int, later: int
) -> None:
    def after(answer: tuple[Pace, int, bool]) -> Pace:
        paces = followed(
            [
                step if isinstance(step[0], str) else answered("one", step, second)
                for second, step in enumerate(seen)
            ]
        )
        paces.record(answered("one", answer, 60 + later))
        for _ in range(waits):
            paces.begins("code", model("two"), free=True)
        return pace_of(paces, "one", now=NOW.timestamp() + 60 + later)

    pace, tokens, streamed = last
    as_it_was = after(last)
    as_if = after((Pace(pace.first_ms * slower, pace.token_ms * slower), tokens, streamed))
    assert as_if.first_ms >= as_it_was.first_ms * (1 - 1e-9)
    assert as_if.token_ms >= as_it_was.token_ms * (1 - 1e-9)


@given(
    seen=st.lists(st.tuples(st.floats(100, 1e4), st.floats(1, 1e2)), min_size=1, max_size=40),
    times=st.floats(0.2, 5),
)
def test_all_answers_so_many_times_as_slow_are_a_model_as_slow(
    seen: list[tuple[float, float]], times: float
) -> None:
    def after(factor: float) -> Pace:
        paces = Paces()
        for second, (first, token) in enumerate(seen):
            slow = Pace(first * factor, token * factor)
            paces.record(answered("one", (slow, 100, True), second))
        return pace_of(paces, "one")

    assert after(times) == pytest.approx([each * times for each in after(1.0)])


@settings(max_examples=settings().max_examples // 2)
@given(steps=st.lists(any_records() | decisions, max_size=8), broken=any_records())
def test_what_says_nothing_changes_nothing(steps: list[Any], broken: RequestRecord) -> None:
    without = [replace(each, outcome="server_error") for each in broken.attempts]
    mute = replace(broken, attempts=tuple(without))
    assert followed([*steps, mute]) == followed(steps)
