from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import event, example, given
from hypothesis import strategies as st

from llm_router.chat_json import JsonTextError, from_json, to_json
from llm_router.json_text import loads
from llm_router.v1.chat_pb2 import (
    DESCRIPTOR,
    ChatCompletion,
    ChatCompletionChunk,
    ChatMessage,
    ChatRequest,
    FunctionDefinition,
    Tool,
)
from tests.clients.chat_bodies import bodies, message_types
from tests.clients.json_values import exact

MIRRORS: list[type[Message]] = [ChatRequest, ChatCompletion, ChatCompletionChunk, ChatMessage]


@pytest.mark.parametrize("mirror", MIRRORS)
@given(data=st.data())
def test_any_object_comes_back_as_it_went_in(mirror: type[Message], data: st.DataObject) -> None:
    body = data.draw(bodies(DESCRIPTOR.message_types_by_name[mirror.__name__]))
    message = from_json(body, mirror)
    event("typed" if [f for f, _ in message.ListFields() if f.name != "extra_json"] else "extra")
    assert exact(to_json(message)) == exact(body)
    assert exact(to_json(mirror.FromString(message.SerializeToString()))) == exact(body)


@given(bodies(ChatRequest.DESCRIPTOR))
def test_translation_changes_nothing_of_the_object_that_it_reads(body: dict[str, Any]) -> None:
    before = json.dumps(body)
    from_json(body, ChatRequest)
    assert json.dumps(body) == before


@given(bodies(ChatRequest.DESCRIPTOR))
@example({"extra_json": "{", "parameters_json": 1, "text": "", "parts": [], "stop_list": None})
def test_the_message_of_a_message_s_object_is_the_same_message(body: dict[str, Any]) -> None:
    message = from_json(body, ChatRequest)
    assert from_json(to_json(message), ChatRequest) == message


ODD_BODIES: list[dict[str, Any]] = [
    {},
    {"messages": []},
    {"messages": [{}, {"content": None}, {"content": ""}, {"content": []}, {"content": {}}]},
    {"messages": [{"content": [{"type": "text", "text": "a"}, "b"]}]},
    {"messages": [{"role": "tool", "content": [{}]}, 1]},
    {"extra_json": {"extra_json": "{}"}, "tools": [{"function": {"parameters_json": "{}"}}]},
    {"tool_choice": {}, "tool_choice_mode": "auto", "tool_choice_tool": {}},
    {"stop": [], "function_call": [], "audio": {"voice": 1}, "logit_bias": {}, "metadata": {}},
    {"logit_bias": {"50256": -100, "": 0}, "metadata": {"a": "", "": "b"}},
    {"logit_bias": {"1": True}, "metadata": {"a": None}},
    {"temperature": 1, "top_p": True, "min_p": -0.0, "top_a": 0.0, "n": 1.0, "seed": False},
    {"n": 2**31, "seed": 2**63, "max_tokens": -(2**63), "top_k": 2**64 - 1},
    {"provider": {}, "plugins": [], "debug": "x", "trace": None, "router": {"unknown": 1}},
    {"usage": {"cost": 0, "prompt_tokens_details": {"cached_tokens": 0}}, "choices": []},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": None, "logprobs": None}]},
    {"choices": [{"logprobs": {"content": [{"bytes": [], "top_logprobs": [{}]}], "refusal": []}}]},
]


@pytest.mark.parametrize("mirror", MIRRORS)
@pytest.mark.parametrize("body", ODD_BODIES, ids=json.dumps)
def test_odd_objects_come_back_as_they_went_in(mirror: type[Message], body: dict[str, Any]) -> None:
    message = mirror.FromString(from_json(body, mirror).SerializeToString())
    assert exact(to_json(message)) == exact(body)


def test_a_body_of_the_greatest_depth_crosses_the_wire() -> None:
    token: dict[str, Any] = {"token": "a"}
    for _ in range(47):  # two levels each, and five above
        token = {"top_logprobs": [token]}
    body = {"choices": [{"logprobs": {"content": [token]}}]}
    assert loads(json.dumps(body)) == body
    message = ChatCompletion.FromString(from_json(body, ChatCompletion).SerializeToString())
    assert to_json(message) == body


def placed(body: dict[str, Any]) -> tuple[ChatRequest, dict[str, Any]]:
    """The request, and what is in its ``extra_json``."""
    request = from_json(body, ChatRequest)
    return request, json.loads(request.extra_json or "{}")


class TestPlacement:
    def test_a_double_is_typed_and_an_integer_in_its_place_is_not(self) -> None:
        request, extra = placed({"temperature": 0.5, "top_p": 1})
        assert request.temperature == 0.5
        assert not request.HasField("top_p")
        assert exact(extra) == exact({"top_p": 1})

    def test_zero_values_are_set(self) -> None:
        request, extra = placed({"temperature": 0.0, "n": 0, "stream": False, "model": ""})
        assert extra == {}
        set_fields = {field.name for field, _ in request.ListFields()}
        assert set_fields == {"temperature", "n", "stream", "model"}

    def test_null_and_other_types_stay_under_their_own_keys(self) -> None:
        body: dict[str, Any] = {
            "model": None,
            "stream": 1,
            "n": "2",
            "user": 7,
            "seed": 2**63,
            "tools": [],
        }
        request, extra = placed(body)
        assert exact(extra) == exact(body)
        assert [field.name for field, _ in request.ListFields()] == ["extra_json"]

    def test_content_is_text_parts_or_neither(self) -> None:
        parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "u"}}]
        request, _ = placed(
            {"messages": [{"content": "a"}, {"content": parts}, {"content": None}, {}]}
        )
        text, listed, null, absent = request.messages
        assert text.text == "a"
        assert [part.type for part in listed.parts.parts] == ["text", "image_url"]
        assert listed.parts.parts[1].image_url.url == "u"
        assert null.WhichOneof("content") is None
        assert null.extra_json == '{"content":null}'
        assert not absent.ListFields()

    def test_stop_is_a_string_or_a_list(self) -> None:
        assert placed({"stop": "a"})[0].stop_text == "a"
        assert placed({"stop": ["a", "b"]})[0].stop_list.items == ["a", "b"]
        assert placed({"stop": ["a", 1]})[1] == {"stop": ["a", 1]}

    def test_tool_choice_is_a_mode_or_a_tool(self) -> None:
        assert placed({"tool_choice": "required"})[0].tool_choice_mode == "required"
        named = {"type": "function", "function": {"name": "f"}}
        assert placed({"tool_choice": named})[0].tool_choice_tool.function.name == "f"

    def test_open_ended_parts_are_json_text(self) -> None:
        schema = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 2**64 - 1}}}
        tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
        request, extra = placed({"tools": [tool], "provider": {"order": ["a"]}})
        assert json.loads(request.tools[0].function.parameters_json) == schema
        assert json.loads(request.provider_json) == {"order": ["a"]}
        assert extra == {}

    def test_maps_are_typed_as_wholes(self) -> None:
        request, extra = placed({"logit_bias": {"1": -100}, "metadata": {"a": "b", "c": 1}})
        assert dict(request.logit_bias) == {"1": -100}
        assert extra == {"metadata": {"a": "b", "c": 1}}

    def test_unknown_keys_stay_at_their_own_level(self) -> None:
        request, extra = placed({"new": 1, "messages": [{"role": "user", "newer": {"a": [2**63]}}]})
        assert extra == {"new": 1}
        assert json.loads(request.messages[0].extra_json) == {"newer": {"a": [2**63]}}

    def test_every_message_has_room_for_unknown_keys(self) -> None:
        wrappers = {"ContentParts", "StringList"}
        without = {d.name for d in message_types if "extra_json" not in d.fields_by_name}
        assert without == wrappers


def third_tool(function: FunctionDefinition) -> ChatRequest:
    return ChatRequest(tools=[Tool(), Tool(), Tool(function=function)])


def message_in_parts(extra_json: str) -> ChatRequest:
    request = ChatRequest(messages=[ChatMessage(), ChatMessage()])
    request.messages[1].parts.parts.add()
    request.messages[1].parts.parts.add(extra_json=extra_json)
    return request


@pytest.mark.parametrize(
    ("message", "path", "problem"),
    [
        (ChatRequest(extra_json="{"), "extra_json", "not JSON"),
        (ChatRequest(extra_json=""), "extra_json", "not JSON"),
        (ChatRequest(extra_json="[]"), "extra_json", "must be the JSON text of an object"),
        (ChatRequest(extra_json='{"a":[1e400]}'), "extra_json.a[0]", "number too large"),
        (ChatRequest(extra_json='{"a":18446744073709551616}'), "extra_json.a", "integer out of"),
        (ChatRequest(provider_json="1"), "provider_json", "must be the JSON text of an object or"),
        (
            third_tool(FunctionDefinition(parameters_json='{"a": ')),
            "tools[2].function.parameters_json",
            "not JSON",
        ),
        (
            third_tool(FunctionDefinition(parameters_json="[" * 101 + "]" * 101)),
            "tools[2].function.parameters_json[0]",
            "nested more than 100 levels deep",
        ),
        (message_in_parts("nope"), "messages[1].content[1].extra_json", "not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_malformed_json_text_and_says_where(
    message: Message, path: str, problem: str
) -> None:
    with pytest.raises(JsonTextError) as caught:
        to_json(message)
    assert caught.value.path.startswith(path)
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (ChatRequest(model="a", extra_json='{"b":1,"model":"a"}'), "extra_json.model"),
        (ChatRequest(stop_text="a", extra_json='{"stop":null}'), "extra_json.stop"),
        (ChatRequest(provider_json="{}", extra_json='{"provider":{}}'), "extra_json.provider"),
        (
            third_tool(FunctionDefinition(name="f", extra_json='{"name":"g"}')),
            "tools[2].function.extra_json.name",
        ),
    ],
)
def test_refuses_a_key_that_is_typed_and_extra(message: Message, path: str) -> None:
    with pytest.raises(JsonTextError, match="has a typed field that is set as well") as caught:
        to_json(message)
    assert caught.value.path == path
