"""Reading a request: what the router checks, and what it leaves to the upstream."""

from __future__ import annotations

from typing import Any

import pytest

from llm_router.chat_json import from_json
from llm_router.json_text import JsonTextError
from llm_router.v1 import chat_pb2
from llm_router.v1.complete_pb2 import CompleteRequest
from router_core.decide.chat import ChatRequest, Message
from router_core.errors import InvalidRequest, NotBuilt
from router_core.grpc_edge.chat import read_chat, wants_stream

HELLO = {"role": "user", "content": "hello"}


def read(**body: Any) -> ChatRequest:
    chat = from_json({"messages": [HELLO], **body}, chat_pb2.ChatRequest)
    return read_chat(CompleteRequest(chat=chat))


@pytest.mark.parametrize(
    ("content", "texts", "others"),
    [
        ("hello", ("hello",), ()),
        ("", ("",), ()),
        (None, (), ()),
        ([], (), ()),
        (
            [
                {"type": "text", "text": "a"},
                {"type": "image_url", "image_url": {"url": "data:,"}},
                {"type": "text", "text": "b"},
            ],
            ("a", "b"),
            ("image_url",),
        ),
    ],
)
def test_content_is_a_string_parts_or_null(
    content: Any, texts: tuple[str, ...], others: tuple[str, ...]
) -> None:
    request = read(messages=[{"role": "user", "content": content}])
    assert request.messages == (Message(role="user", texts=texts, other_parts=others),)


def test_what_goes_upstream_is_the_callers_body() -> None:
    body = {"messages": [HELLO], "temperature": 1, "new_field": {"deep": [None, 2**63]}}
    assert read(**body).body == body


def test_tools_and_calls_are_read_by_name() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
    custom = {"type": "custom", "custom": {"name": "grep"}}
    request = read(
        messages=[HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}],
        tools=[{"type": "function", "function": {"name": "ls"}}, custom],
    )
    assert request.tools == ("ls", "grep")
    assert request.messages[1].tool_calls == ("ls",)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": [HELLO, 7]}, "messages[1]"),
        ({"messages": [{"content": "hello"}]}, "messages[0].role"),
        ({"messages": [{"role": "wizard", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": 1, "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": {}}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["a"]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages[0].content[0].type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text",
        ),
        ({"model": 7}, "model"),
        ({"model": "a/" + "b" * 255}, "model"),
        ({"tools": {}}, "tools"),
        ({"tools": [7]}, "tools[0]"),
        ({"models": ["a/b", 7]}, "models[1]"),
        ({"stream_options": True}, "stream_options"),
        ({"session_id": 7}, "session_id"),
        ({"router": 7}, "router"),
    ],
)
def test_what_the_router_reads_is_checked(body: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        read(**body)
    assert raised.value.param == path


def test_missing_messages_are_told() -> None:
    with pytest.raises(InvalidRequest) as raised:
        read_chat(CompleteRequest())
    assert raised.value.param == "messages"


@pytest.mark.parametrize(
    "body",
    [
        {"model": None},
        {"tools": None},
        {"tools": []},
        {"tools": [{"type": "function"}]},
        {"stream_options": None},
        {"temperature": "hot"},
        {"response_format": [1]},
        {"messages": [{"role": "assistant", "content": None, "tool_calls": "none"}]},
    ],
)
def test_the_rest_is_the_upstreams_to_judge(body: dict[str, Any]) -> None:
    assert read(**body).body == {"messages": [HELLO], **body}


@pytest.mark.parametrize(
    ("stream", "expected"), [({}, False), ({"stream": None}, False), ({"stream": True}, True)]
)
def test_a_stream_is_asked_for_by(stream: dict[str, Any], expected: bool) -> None:
    assert wants_stream(read(**stream)) is expected


def test_a_stream_that_is_no_boolean_is_refused() -> None:
    with pytest.raises(InvalidRequest) as raised:
        wants_stream(read(stream="yes"))
    assert raised.value.param == "stream"


def test_the_session_beside_the_body_wins() -> None:
    assert read(session_id="body").session_id == "body"
    chat = from_json({"messages": [HELLO], "session_id": "body"}, chat_pb2.ChatRequest)
    assert read_chat(CompleteRequest(chat=chat, session_id="header")).session_id == "header"


def test_limits_are_refused_rather_than_ignored() -> None:
    assert "router" not in read(router={}).body
    with pytest.raises(NotBuilt):
        read(router={"max_cost_usd": "0.01"})


def test_broken_json_text_is_told_with_its_path() -> None:
    tool = chat_pb2.Tool(function=chat_pb2.FunctionDefinition(name="f", parameters_json="{"))
    chat = chat_pb2.ChatRequest(tools=[tool])
    with pytest.raises(JsonTextError) as raised:
        read_chat(CompleteRequest(chat=chat))
    assert raised.value.path == "tools[0].function.parameters_json"
