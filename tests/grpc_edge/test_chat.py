"""Reading a request: what the router checks, and what it leaves to the upstream."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from llm_router.chat_json import from_json
from llm_router.json_text import JsonTextError
from llm_router.v1 import chat_pb2
from llm_router.v1.complete_pb2 import CompleteRequest
from router_core.decide.chat import ChatRequest, Message, ToolCall
from router_core.decide.request_limits import NO_LIMITS, RequestLimits
from router_core.errors import InvalidRequest
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
    assert request.messages[1].tool_calls == (ToolCall("ls", "{}"),)


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


def test_limits_are_read_and_not_forwarded() -> None:
    request = read(router={"max_cost_usd": "0.01"})
    assert request.body == {"messages": [HELLO]}
    assert request.limits == RequestLimits(max_cost_usd=Decimal("0.01"))
    assert read().limits is NO_LIMITS, "a request without limits pays for none"


def test_broken_json_text_is_told_with_its_path() -> None:
    tool = chat_pb2.Tool(function=chat_pb2.FunctionDefinition(name="f", parameters_json="{"))
    chat = chat_pb2.ChatRequest(tools=[tool])
    with pytest.raises(JsonTextError) as raised:
        read_chat(CompleteRequest(chat=chat))
    assert raised.value.path == "tools[0].function.parameters_json"


@pytest.mark.parametrize(
    ("response_format", "output_format"),
    [
        (None, "text"),
        ({"type": "text"}, "text"),
        ({"type": "json_object"}, "json_object"),
        ({"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}, "json_schema"),
        ({"type": "grammar"}, "text"),
        ({"type": ["json_object"]}, "text"),
        ("json_object", "text"),
        (7, "text"),
    ],
)
def test_the_form_of_the_answer_is_read_and_not_judged(
    response_format: Any, output_format: str
) -> None:
    assert read(response_format=response_format).output_format == output_format


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_tokens": 5, "max_completion_tokens": 7}, 7),
        ({"max_tokens": 5, "max_completion_tokens": None}, 5),
        ({"max_tokens": 5, "max_completion_tokens": 0}, 5),
        ({"max_completion_tokens": -1}, None),
        ({"max_completion_tokens": True}, None),
        ({"max_completion_tokens": 7.0}, None),
        ({"max_completion_tokens": "7"}, None),
        ({"max_completion_tokens": 2**64 - 1}, 2**64 - 1),
    ],
)
def test_the_answers_limit_is_read_and_not_judged(body: dict[str, Any], limit: int | None) -> None:
    assert read(**body).max_output_tokens == limit


@pytest.mark.parametrize(
    ("n", "answers"),
    [(None, 1), (3, 3), (128, 128), (129, 1), (0, 1), (-2, 1), (True, 1), ("3", 1)],
)
def test_how_many_answers_are_asked_for_is_read_and_not_judged(n: Any, answers: int) -> None:
    assert read(n=n).answers == answers


def test_text_is_measured_wherever_it_stands() -> None:
    least = read().prompt_bytes
    assert 5 <= least < 30
    text = "é" * 1000
    part, refusal = {"type": "text", "text": text}, {"type": "refusal", "refusal": text}
    described = {"type": "function", "function": {"name": "f", "description": text}}
    with_schema = {"type": "function", "function": {"name": "f", "parameters": {"title": text}}}
    for body in (
        {"messages": [HELLO, {"role": "user", "content": text}]},
        {"messages": [HELLO, {"role": "user", "content": [part]}]},
        {"messages": [HELLO, {"role": "assistant", "content": [refusal]}]},
        {"tools": [described]},
        {"tools": [with_schema]},
    ):
        assert 2000 <= read(**body).prompt_bytes - least < 2100


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}},
        {"type": "input_audio", "input_audio": {"data": "A" * 9000, "format": "wav"}},
        {"type": "file", "file": {"file_data": "A" * 9000}},
        {"type": "video_url", "video_url": {"url": "A" * 9000}},
    ],
)
def test_media_are_not_measured(part: dict[str, Any]) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "a" * 1000}, part]}
    assert 1000 <= read(messages=[HELLO, message]).prompt_bytes < 1100


def test_messages_in_the_rest_are_measured_with_their_media() -> None:
    image = '{"type": "image_url", "image_url": {"url": "data:,"}}'
    chat = chat_pb2.ChatRequest(
        extra_json=f'{{"messages": [{{"role": "user", "content": [{image}]}}]}}'
    )
    request = read_chat(CompleteRequest(chat=chat))
    assert request.messages[0].other_parts == ("image_url",)
    assert request.prompt_bytes == chat.ByteSize()
