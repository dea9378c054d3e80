"""Whether a failed call is made once more, and after which pause."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.failures import EFFECTS, Failure, FailureClass, Retry
from router_core.decide.retries import BACKOFF_S, LONGEST_PAUSE_S, retry_pause_s


def pause(
    failure_class: FailureClass = FailureClass.SERVER_ERROR,
    *,
    retry_after_s: float | None = None,
    jitter: float = 0.5,
    spent_s: float = 0.1,
    left_s: float = 600.0,
    to_call: int = 3,
    is_only: bool = False,
) -> float | None:
    failure = Failure(failure_class=failure_class, message="x", retry_after_s=retry_after_s)
    return retry_pause_s(
        failure,
        jitter=jitter,
        spent_s=spent_s,
        left_s=left_s,
        to_call=to_call,
        is_only=is_only,
    )


def test_the_pause_is_random_up_to_the_backoff() -> None:
    assert [pause(jitter=j) for j in (0.0, 0.5, 1.0)] == [0.0, BACKOFF_S / 2, BACKOFF_S]


def test_a_rate_limit_is_tried_again_only_where_there_is_nothing_else() -> None:
    assert pause(FailureClass.RATE_LIMITED) is None
    assert pause(FailureClass.RATE_LIMITED, to_call=1) is None, "others were called before"
    assert pause(FailureClass.RATE_LIMITED, to_call=1, is_only=True) == BACKOFF_S / 2


def test_the_only_model_is_waited_for_as_long_as_it_asks() -> None:
    only: dict[str, Any] = {"to_call": 1, "is_only": True, "jitter": 0.0}
    assert pause(FailureClass.RATE_LIMITED, retry_after_s=2.5, **only) == 2.5
    assert pause(FailureClass.RATE_LIMITED, retry_after_s=LONGEST_PAUSE_S + 1, **only) is None
    assert pause(FailureClass.SERVER_ERROR, retry_after_s=2.5, **only) == 2.5


def test_with_others_at_hand_nobody_waits_for_one_that_asks_for_time() -> None:
    assert pause(retry_after_s=0.5, jitter=0.0) == 0.5
    assert pause(retry_after_s=1.5, jitter=0.0) is None


def test_a_call_that_hung_is_not_repeated_at_the_cost_of_the_others() -> None:
    assert pause(FailureClass.TIMEOUT, spent_s=60.0, left_s=540.0, to_call=3) is not None
    assert pause(FailureClass.TIMEOUT, spent_s=60.0, left_s=180.0, to_call=3) is None
    assert pause(FailureClass.TIMEOUT, spent_s=60.0, left_s=100.0, to_call=1) is not None


seconds = st.floats(0, 1000, allow_nan=False)


@given(
    st.sampled_from(FailureClass),
    st.none() | seconds,
    st.floats(0, 1),
    seconds,
    st.floats(-10, 1000),
    st.integers(1, 5),
    st.booleans(),
)
def test_what_always_holds(
    failure_class: FailureClass,
    retry_after_s: float | None,
    jitter: float,
    spent_s: float,
    left_s: float,
    to_call: int,
    is_only: bool,
) -> None:
    told = pause(
        failure_class,
        retry_after_s=retry_after_s,
        jitter=jitter,
        spent_s=spent_s,
        left_s=left_s,
        to_call=to_call,
        is_only=is_only,
    )
    if told is None:
        return
    assert EFFECTS[failure_class].retry is not Retry.NO
    assert told >= (retry_after_s or 0.0), "never before the upstream said"
    assert told <= LONGEST_PAUSE_S + BACKOFF_S
    assert left_s - told > spent_s * to_call
