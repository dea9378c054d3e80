"""What an upstream's answer holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.answers import commits, explains_emptiness, is_empty, is_usage_only

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ANSWER_LIKE = st.dictionaries(st.sampled_from(["choices", "usage", "id"]), JSON)


def with_delta(delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


@pytest.mark.parametrize(
    "delta",
    [{"role": "assistant"}, {"content": ""}, {"content": None}, {"tool_calls": []}, {}, None, 7],
)
def test_nothing_yet_does_not_commit(delta: Any) -> None:
    assert not commits(with_delta(delta))


def test_content_of_any_choice_commits() -> None:
    assert commits({"choices": [{"delta": {}}, {"index": 1, "delta": {"content": "a"}}]})


def test_an_answer_without_content_is_empty_unless_it_says_why() -> None:
    def answer(finish_reason: Any) -> dict[str, Any]:
        return {"choices": [{"message": {"content": ""}, "finish_reason": finish_reason}]}

    assert is_empty(answer("stop"))
    assert is_empty(answer(["length"]))
    assert not is_empty(answer("length"))
    assert not is_empty(answer("content_filter"))


def test_a_tool_call_is_an_answer() -> None:
    message = {"content": None, "tool_calls": [{"function": {"name": "f"}}]}
    assert not is_empty({"choices": [{"message": message, "finish_reason": "stop"}]})


def test_the_usage_chunk_has_usage_and_no_choices() -> None:
    assert is_usage_only({"choices": [], "usage": {"prompt_tokens": 0}})
    assert not is_usage_only({"choices": [{"delta": {}}], "usage": {"prompt_tokens": 1}})
    assert not is_usage_only({"choices": [], "usage": None})


@given(ANSWER_LIKE)
def test_any_json_object_is_read(answer: dict[str, Any]) -> None:
    commits(answer), explains_emptiness(answer), is_empty(answer), is_usage_only(answer)
