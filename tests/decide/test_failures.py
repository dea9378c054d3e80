"""What a failed call of a model means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.failures import EFFECTS, FailureClass, FallBack, failure_class


@pytest.mark.parametrize(
    ("status", "codes", "expected"),
    [
        (400, (), FailureClass.REJECTED),
        (400, ("model_not_found",), FailureClass.MODEL_GONE),
        (400, ("context_length_exceeded",), FailureClass.CONTEXT_OVERFLOW),
        (401, (), FailureClass.NO_ACCESS),
        (402, (), FailureClass.NO_ACCESS),
        (403, (), FailureClass.REJECTED),
        (403, ("region_restricted",), FailureClass.UNSUITABLE),
        (404, (), FailureClass.MODEL_GONE),
        (404, ("model_deprecated",), FailureClass.MODEL_GONE),
        (404, ("constraint_filtered",), FailureClass.UNSUITABLE),
        (408, (), FailureClass.TIMEOUT),
        (410, (), FailureClass.MODEL_GONE),
        (413, (), FailureClass.REJECTED),
        (422, (), FailureClass.REJECTED),
        (429, (), FailureClass.RATE_LIMITED),
        (429, ("insufficient_quota",), FailureClass.NO_ACCESS),
        (500, (), FailureClass.SERVER_ERROR),
        (502, (), FailureClass.SERVER_ERROR),
        (503, (), FailureClass.SERVER_ERROR),
        (504, (), FailureClass.TIMEOUT),
        (524, (), FailureClass.TIMEOUT),
        (529, (), FailureClass.SERVER_ERROR),
    ],
)
def test_the_table(status: int, codes: tuple[str, ...], expected: FailureClass) -> None:
    assert failure_class(status, *codes) is expected


def test_the_most_telling_word_wins() -> None:
    assert failure_class(404, "", "model_deprecated", "server") is FailureClass.MODEL_GONE


def test_every_class_has_its_effects() -> None:
    assert set(EFFECTS) == set(FailureClass)


def test_only_a_rejected_request_does_not_fall_back() -> None:
    stays = {each for each, effect in EFFECTS.items() if effect.fall_back is FallBack.NO}
    assert stays == {FailureClass.REJECTED}


@given(st.integers(400, 599), st.lists(st.text(), max_size=4))
def test_every_error_has_a_class(status: int, codes: list[str]) -> None:
    assert failure_class(status, *codes) in FailureClass
