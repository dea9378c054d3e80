"""What an answer says, whole or piece by piece, is what a client sends again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_router.chat_json import from_json
from llm_router.v1 import chat_pb2
from llm_router.v1.complete_pb2 import CompleteRequest
from router_core.decide.chat import Message, ToolCall
from router_core.decide.peel import read_turn
from router_core.decide.prefixes import PrefixHasher
from router_core.decide.said import Said
from router_core.grpc_edge.chat import read_chat
from tests.decide.conversations import arguments, said, user, words

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("choices", "delta", "message", "index", "content", "tool_calls", "function"),
                    *("name", "arguments", "custom", "input", "function_call"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


def heard(*pieces: Any) -> list[Message]:
    ears = Said()
    for piece in pieces:
        ears.reads(piece)
    return list(ears.messages())


def a_call(name: str, written: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "c",
        "type": "function",
        "function": {"name": name, "arguments": written},
        **more,
    }


def whole(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": n, "message": each} for n, each in enumerate(messages)]}


def delta(piece: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": piece}]}


@st.composite
def answers(draw) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": draw(st.none() | words)}
    calls = draw(st.lists(st.tuples(words, arguments), max_size=3))
    if calls:
        message["tool_calls"] = [
            a_call(name, json.dumps(given), id=f"c{n}") for n, (name, given) in enumerate(calls)
        ]
    return message


def pieces_of(text: str, draw) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def streamed(message: dict[str, Any], draw, index: int = 0) -> list[dict[str, Any]]:
    """The chunks of a message in any cutting, with the calls' pieces between each other."""
    chunks = [delta({"role": "assistant", "content": ""}, index)]
    if message["content"] is not None:
        chunks += [delta({"content": each}, index) for each in pieces_of(message["content"], draw)]
    places = []
    for place, call in enumerate(message.get("tool_calls", ())):
        written = call["function"]["arguments"]
        first, *others = pieces_of(call["function"]["name"], draw)
        rest = [
            *({"index": place, "function": {"name": each}} for each in others),
            *(
                {"index": place, "function": {"arguments": each}}
                for each in pieces_of(written, draw)
            ),
        ]
        places.append([a_call(first, "", index=place), *rest])
    while any(places):
        place = draw(st.sampled_from([n for n, left in enumerate(places) if left]))
        chunks.append(delta({"tool_calls": [places[place].pop(0)]}, index))
    return [*chunks, delta({}, index), {"choices": [], "usage": {"prompt_tokens": 1}}]


def sent_again(message: dict[str, Any]) -> Message:
    """As a request with it is read."""
    body = {"messages": [{"role": "user", "content": "hi"}, message]}
    chat = from_json(body, chat_pb2.ChatRequest)
    return read_chat(CompleteRequest(chat=chat)).messages[1]


HASHER = PrefixHasher(bytes(32))


def name_after(message: Message) -> bytes | None:
    history = [user("hi")]
    return next(HASHER.read("", history, read_turn(history)).after(message), None)


@given(answers())
def test_what_is_heard_is_what_a_client_sends_again(message: dict[str, Any]) -> None:
    (found,) = heard(whole(message))
    again = sent_again(message)
    assert found == again
    assert name_after(found) == name_after(again)


@given(answers(), st.data())
def test_streamed_in_any_cutting_it_is_the_same(
    message: dict[str, Any], data: st.DataObject
) -> None:
    (found,) = heard(*streamed(message, data.draw))
    assert "".join(found.texts) == (message["content"] or "")
    assert found.tool_calls == sent_again(message).tool_calls
    assert name_after(found) == name_after(sent_again(message))


@given(st.lists(answers(), min_size=2, max_size=3), st.data())
def test_several_choices_are_told_apart(
    messages: list[dict[str, Any]], data: st.DataObject
) -> None:
    expected = list(map(name_after, map(sent_again, messages)))
    assert list(map(name_after, heard(whole(*messages)))) == expected
    streams = [streamed(each, data.draw, index) for index, each in enumerate(messages)]
    mixed = []
    while any(streams):
        mixed.append(data.draw(st.sampled_from([each for each in streams if each])).pop(0))
    found = heard(*mixed)
    assert sorted(map(str, map(name_after, found))) == sorted(map(str, expected))


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        (
            {"content": "", "function_call": {"name": "ls", "arguments": "{}"}},
            (ToolCall("ls", "{}"),),
        ),
        (
            {"tool_calls": [{"type": "custom", "custom": {"name": "grep", "input": "x y"}}]},
            (ToolCall("grep", "x y"),),
        ),
        ({"tool_calls": [a_call("ls", "")]}, (ToolCall("ls"),)),
        ({"tool_calls": [{"function": {"name": "ls"}}]}, (ToolCall("ls"),)),
        (
            {"tool_calls": [a_call("ls", "{}"), a_call("ls", "{}")]},
            (ToolCall("ls", "{}"), ToolCall("ls", "{}")),
        ),
    ],
)
def test_calls_of_each_kind_are_heard(message: dict[str, Any], calls: tuple[ToolCall, ...]) -> None:
    (found,) = heard(whole(message))
    assert found.tool_calls == calls
    assert sent_again({"role": "assistant", **message}).tool_calls == calls


def test_calls_of_a_chunk_without_numbers_are_told_apart_by_their_place() -> None:
    (found,) = heard(delta({"tool_calls": [a_call("ls", "{}"), a_call("cd", "{}")]}))
    assert found.tool_calls == (ToolCall("ls", "{}"), ToolCall("cd", "{}"))


def test_reasoning_and_refusals_are_not_said() -> None:
    (found,) = heard(whole({"content": None, "reasoning": "hm", "refusal": "no"}))
    assert found == said()
    assert name_after(found) is None


def test_an_answer_may_come_in_parts() -> None:
    """As Mistral's reasoning models write it, whole and streamed."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    other: dict[str, Any] = {"type": "reference", "text": "no"}
    parts = [thought, {"type": "text", "text": "a"}, other, {"type": "text", "text": "b"}]
    message = {"role": "assistant", "content": parts}
    (found,) = heard(whole(message))
    assert name_after(found) == name_after(sent_again(message)) == name_after(said("ab"))
    (found,) = heard(delta({"content": parts[:1]}), delta({"content": parts[1:]}))
    assert name_after(found) == name_after(said("ab"))


def test_a_chunk_may_have_the_whole_message_beside_its_piece() -> None:
    """As Perplexity's do."""
    chunks = [
        {"choices": [{"delta": {"content": "a"}, "message": {"content": "a"}}]},
        {"choices": [{"delta": {"content": "b"}, "message": {"content": "ab"}}]},
        {"choices": [{"delta": {}, "message": {"content": "ab"}}]},
    ]
    assert heard(*chunks) == [said("ab")]
    assert heard({"choices": [{"delta": None, "message": {"content": "ab"}}]}) == [said("ab")]


def test_a_choice_without_a_number_is_the_first() -> None:
    (found,) = heard(
        {"choices": [{"delta": {"content": "a"}}]},
        {"choices": [{"index": None, "delta": {"content": "b"}}]},
        delta({"content": "c"}),
    )
    assert found == said("abc")


def test_nothing_was_said_before_anything_came() -> None:
    assert heard() == []
    assert heard({}, {"choices": []}, {"choices": None}, {"choices": [{"index": 0}]}) == []


@given(st.lists(st.dictionaries(st.sampled_from(["choices", "usage"]), JSON, max_size=2)))
def test_nothing_is_taken_for_granted(pieces: list[dict[str, Any]]) -> None:
    for message in heard(*pieces):
        name_after(message)


@given(JSON, JSON)
def test_nor_is_the_shape_of_a_message_or_a_call(message: Any, call: Any) -> None:
    for odd in (message, {"content": message, "tool_calls": [call, a_call("ls", "{}")]}):
        for found in heard({"choices": [{"message": odd}, odd, {"delta": odd, "index": call}]}):
            assert found.role == "assistant"
