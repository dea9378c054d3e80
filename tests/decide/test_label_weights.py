"""Log probabilities of tokens become weights of labels, whatever was sent."""

from __future__ import annotations

import json
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.label_weights import label_weights

LABELS = "ABC"


def place(token: str, odds: dict[str, float] | None = None) -> dict[str, Any]:
    top = [{"token": other, "logprob": log(p)} for other, p in (odds or {}).items()]
    return {"token": token, "logprob": log((odds or {}).get(token, 0.5)), "top_logprobs": top}


def test_the_tokens_of_a_label_count_together() -> None:
    odds = {"B": 0.5, " B": 0.1, "**B": 0.05, "A": 0.2, "The": 0.1}
    assert label_weights([place("B", odds)], LABELS) == {
        "B": pytest.approx(0.65),
        "A": pytest.approx(0.2),
    }


def test_the_place_of_the_label_counts_not_what_comes_before() -> None:
    dress = place("**", {"**": 0.9, "A": 0.1})
    assert label_weights([dress, place("C", {"C": 0.8})], LABELS) == {"C": pytest.approx(0.8)}


def test_where_only_the_tokens_own_is_told_it_counts() -> None:
    assert label_weights([{"token": "B", "logprob": log(0.25)}], LABELS) == {
        "B": pytest.approx(0.25)
    }


def test_small_letters_and_unlisted_ones_are_no_labels() -> None:
    odds = {"B": 0.5, "b": 0.2, "D": 0.2, "BC": 0.1}
    assert label_weights([place("B", odds)], LABELS) == {"B": pytest.approx(0.5)}
    assert label_weights([place("b", odds)], LABELS) == {}


@pytest.mark.parametrize(
    "logprob", [None, "0", True, False, 1.5, float("nan"), float("-inf"), -(10**400), [], {}]
)
def test_what_is_no_log_probability_weighs_nothing(logprob: Any) -> None:
    assert label_weights([{"token": "B", "logprob": logprob}], LABELS) == {"B": 0.0}


def test_rounding_above_certainty_is_certainty() -> None:
    assert label_weights([{"token": "B", "logprob": 1e-9}], LABELS) == {"B": 1.0}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["A", " B", "x"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["token", "logprob", "top_logprobs"]), inner)
    ),
)


@given(JSON)
def test_any_json_is_read_without_harm(sent: Any) -> None:
    weights = label_weights(sent, LABELS)
    assert set(weights) <= set(LABELS)
    assert all(weight >= 0.0 for weight in weights.values())
    json.dumps(weights, allow_nan=False)
