"""Moving a conversation: what holds for each transcript and each pair of models."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.call_ids import CallIds
from router_core.decide.call_pairs import INTERRUPTED, ORPHAN, Pairs
from router_core.decide.config import ModelRef
from router_core.decide.plain_transcript import is_plain
from router_core.decide.portability import BRIDGE, portable
from tests.decide.transcripts import (
    GLM,
    MISTRAL,
    bodies,
    call_ids,
    models,
    orderly,
    problems,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["role"]), inner),
    max_leaves=8,
)
BODY_LIKE = st.dictionaries(st.sampled_from(["messages", "model", "tools"]), JSON)


def moved(body: dict[str, Any], target: ModelRef) -> dict[str, Any]:
    return dict(portable(body, source=None, target=target))


@given(bodies, models)
def test_the_target_takes_it(body: dict[str, Any], target: ModelRef) -> None:
    assert problems(moved(body, target)["messages"], target) == []


@given(bodies, st.lists(models, min_size=2, max_size=4))
def test_it_may_be_moved_again_and_again(body: dict[str, Any], targets: list[ModelRef]) -> None:
    for target in targets:
        body = moved(body, target)
        assert problems(body["messages"], target) == []


@given(bodies, models)
def test_a_second_time_changes_nothing(body: dict[str, Any], target: ModelRef) -> None:
    once = portable(body, source=None, target=target)
    assert portable(once, source=None, target=target) is once


@given(bodies, models, st.text())
def test_the_same_model_gets_the_same_object(
    body: dict[str, Any], model: ModelRef, name: str
) -> None:
    source = ModelRef(name=name, id=model.id, provider=model.provider)
    assert portable(body, source=source, target=model) is body


@given(orderly(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)))
def test_what_everyone_takes_stays_the_same_object(messages: list[Any]) -> None:
    body = {"messages": messages}
    assert is_plain(messages)
    assert portable(body, source=MISTRAL, target=GLM) is body


@given(orderly(st.from_regex(r"[A-Za-z0-9]{9}", fullmatch=True)))
def test_what_mistral_takes_stays_the_same_object(messages: list[Any]) -> None:
    body = {"messages": messages}
    assert portable(body, source=GLM, target=MISTRAL) is body


@given(bodies)
def test_the_quick_look_agrees_with_the_long_one(body: dict[str, Any]) -> None:
    if is_plain(body["messages"]):
        pairs = Pairs(CallIds(GLM.id))
        for message in body["messages"]:
            pairs.add(message)
        assert pairs.messages() == body["messages"]


@given(bodies, models)
def test_what_was_received_is_not_changed(body: dict[str, Any], target: ModelRef) -> None:
    before = deepcopy(body)
    moved(body, target)
    assert body == before


@given(bodies, models)
def test_messages_that_stay_are_shared(body: dict[str, Any], target: ModelRef) -> None:
    before, after = body["messages"], moved(body, target)["messages"]
    left_out = [message for message in before if not any(message is kept for kept in after)]
    for message in after:
        assert any(message is kept for kept in before) or message not in left_out


@given(bodies, models)
def test_nothing_else_changes(body: dict[str, Any], target: ModelRef) -> None:
    after = moved(body, target)
    assert {**after, "messages": None} == {**body, "messages": None}
    assert spoken(after["messages"]) == spoken(body["messages"])
    assert results(after["messages"]) == results(body["messages"])


@given(bodies, models, st.integers(0, 8))
def test_what_comes_later_changes_no_id(body: dict[str, Any], target: ModelRef, n: int) -> None:
    start = moved({**body, "messages": body["messages"][:n]}, target)
    ids = call_ids(start["messages"])
    assert call_ids(moved(body, target)["messages"])[: len(ids)] == ids


@given(bodies, models, st.integers(0, 10))
def test_of_a_conversation_of_its_own_a_model_gets_what_others_said_cleaned(
    body: dict[str, Any], model: ModelRef, foreign: int
) -> None:
    after = portable(body, source=model, target=model, foreign=foreign)
    if not foreign:
        assert after is body
        return
    # The model's own part begins with an answer.
    at = foreign
    while at < len(body["messages"]) and role(body["messages"][at]) != "assistant":
        at += 1
    messages, own = after["messages"], body["messages"][at:]
    cut = len(messages) - len(own)
    assert all(new is old for new, old in zip(messages[cut:], own, strict=True))
    begins = {**body, "messages": body["messages"][:at]}
    assert messages[:cut] == portable(begins, source=None, target=model)["messages"]
    assert problems(messages[:cut], model) == []
    assert {**after, "messages": None} == {**body, "messages": None}
    assert (messages == body["messages"]) is (after is body)


@given(orderly(st.from_regex(r"[A-Za-z0-9]{9}", fullmatch=True)), models, st.integers(0, 30))
def test_wherever_its_own_part_is_said_to_begin_the_model_takes_it(
    messages: list[Any], model: ModelRef, foreign: int
) -> None:
    """A client may have left messages out since that was counted."""
    after = portable({"messages": messages}, source=model, target=model, foreign=foreign)
    assert problems(after["messages"], model) == []


@given(bodies, models)
def test_all_of_it_may_be_what_others_said(body: dict[str, Any], model: ModelRef) -> None:
    expected = portable(body, source=None, target=model)
    for more in (0, 1, 1000):
        foreign = len(body["messages"]) + more
        assert portable(body, source=model, target=model, foreign=foreign) == expected


@given(bodies, models, models, st.integers(0, 10))
def test_a_model_that_takes_over_gets_all_of_it_cleaned(
    body: dict[str, Any], source: ModelRef, target: ModelRef, foreign: int
) -> None:
    if source != target:
        after = portable(body, source=source, target=target, foreign=foreign)
        assert after == portable(body, source=None, target=target)
    assert portable(body, source=None, target=target, foreign=foreign) == moved(body, target)


@given(BODY_LIKE, models, st.integers(0, 3))
def test_any_json_object_may_begin_with_what_others_said(
    body: dict[str, Any], model: ModelRef, foreign: int
) -> None:
    portable(body, source=model, target=model, foreign=foreign)


@given(BODY_LIKE, models)
def test_any_json_object_is_taken(body: dict[str, Any], target: ModelRef) -> None:
    portable(body, source=None, target=target)


# -- what may change, taken out -----------------------------------------------------

SIGNED_KEYS = {
    *("reasoning_details", "thinking_blocks", "reasoning_opaque"),
    *("thought_signature", "signature"),
}
BRIDGING = {"role": "assistant", "content": BRIDGE}


def spoken(messages: list[Any]) -> list[Any]:
    """All but results, in order, without what is bound to a model."""
    stripped = [
        unsigned(message) if role(message) == "assistant" else message
        for message in messages
        if role(message) != "tool" and not was_result(message) and message != BRIDGING
    ]
    return [message for message in stripped if message != {"role": "assistant"}]


def results(messages: list[Any]) -> Counter[str]:
    """What tools said, but for the ids: as often as it was said."""
    found: Counter[str] = Counter()
    for message in messages:
        if was_result(message):
            found[canonical(as_result(message))] += 1
        elif role(message) == "tool" and message.get("content") != INTERRUPTED:
            found[canonical(message)] += 1
    return found


def role(message: Any) -> Any:
    return message.get("role") if isinstance(message, dict) else None


def was_result(message: Any) -> bool:
    if role(message) != "user":
        return False
    content = message["content"]
    first = content[0] if isinstance(content, list) and content else content
    return str(first.get("text") if isinstance(first, dict) else first).startswith(ORPHAN)


def as_result(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if isinstance(content, list):
        content = content[1:]
    else:
        content = content.removeprefix(ORPHAN).removeprefix("\n") or None
    return {**message, "role": "tool", "content": content}


def canonical(message: dict[str, Any]) -> str:
    kept = {key: value for key, value in message.items() if key != "tool_call_id"}
    return json.dumps({**kept, "content": kept.get("content") or None}, sort_keys=True)


def unsigned(message: dict[str, Any]) -> dict[str, Any]:
    kept = without_signature(message)
    if isinstance(kept.get("tool_calls"), list):
        kept["tool_calls"] = [
            {key: value for key, value in without_signature(call).items() if key != "id"}
            if isinstance(call, dict) and not isinstance(call.get("id"), int | list)
            else call
            for call in kept["tool_calls"]
        ]
    if isinstance(kept.get("content"), list):
        thinking = [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "redacted_thinking", "data": "d"},
        ]
        kept["content"] = [part for part in kept["content"] if part not in thinking]
    return {key: value for key, value in kept.items() if value}


def without_signature(holder: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in holder.items() if key not in SIGNED_KEYS}
    extra = kept.get("extra_content")
    if isinstance(extra, dict) and "thought_signature" in str(extra.get("google")):
        kept["extra_content"] = {key: value for key, value in extra.items() if key != "google"}
    return {key: value for key, value in kept.items() if key != "extra_content" or value}
