"""What a caller is told when no candidate has answered."""

from __future__ import annotations

import pytest

from router_core.decide.exhausted import (
    DEFAULT_WAIT_S,
    Exhaustion,
    Unserved,
    exhaustion,
    least_wait_s,
)
from router_core.decide.failures import FailureClass
from router_core.decide.health import Standing


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        ([FailureClass.RATE_LIMITED], Exhaustion.RATE_LIMITED),
        (
            [FailureClass.RATE_LIMITED, Standing.BENCHED, FailureClass.BUSY],
            Exhaustion.RATE_LIMITED,
        ),
        ([FailureClass.RATE_LIMITED, FailureClass.SERVER_ERROR], Exhaustion.FAILED),
        ([FailureClass.RATE_LIMITED, Standing.OPEN], Exhaustion.FAILED),
        ([FailureClass.TIMEOUT, FailureClass.TIMEOUT], Exhaustion.TIMED_OUT),
        ([FailureClass.TIMEOUT, Standing.OPEN], Exhaustion.FAILED),
        ([Standing.OPEN, Standing.OPEN], Exhaustion.FAILED),
        ([], Exhaustion.FAILED),
    ],
)
def test_what_the_candidates_have_in_common(
    causes: list[FailureClass | Standing], expected: Exhaustion
) -> None:
    assert exhaustion([Unserved(cause=cause) for cause in causes]) is expected


def test_the_first_that_may_answer_again_counts() -> None:
    waits = [None, 40.0, 7.5]
    unserved = [Unserved(cause=Standing.OPEN, back_in_s=wait) for wait in waits]
    assert least_wait_s(unserved) == 7.5


def test_where_nobody_said_there_is_a_default() -> None:
    assert least_wait_s([Unserved(cause=FailureClass.SERVER_ERROR)]) == DEFAULT_WAIT_S


def test_a_wait_that_is_over_is_none() -> None:
    assert least_wait_s([Unserved(cause=Standing.BENCHED, back_in_s=-1.0)]) == 0.0
