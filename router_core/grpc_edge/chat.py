"""Turns a `ChatRequest` message into the domain's, checking what the router reads.

The checks work on the JSON object that the message stands for, so that a REST
client and a gRPC client get the same error with the same path. What the router
does not read is the upstream's to judge.
"""

from __future__ import annotations

from typing import Any, Final

from llm_router import json_text
from llm_router.chat_json import to_json
from llm_router.v1 import chat_pb2, classify_pb2, complete_pb2, route_pb2
from router_core.decide.chat import TEXT_PARTS, ChatRequest, Message, ToolCall
from router_core.errors import InvalidRequest
from router_core.grpc_edge.json_types import called, require
from router_core.grpc_edge.router_options import read_limits

ROLES: Final = frozenset({"developer", "system", "user", "assistant", "tool", "function"})
"""The roles that OpenAI documents."""

_JSON_FORMATS: Final = frozenset({"json_object", "json_schema"})

MAX_ANSWERS: Final = 128
"""The most answers that OpenAI gives to one request."""

MAX_MODEL: Final = 256
"""Most characters of a model's name; it comes back in a header."""

_MISSING: Final = object()


Asking = (
    classify_pb2.ClassifyRequest
    | route_pb2.RouteRequest
    | complete_pb2.CompleteRequest
    | complete_pb2.StreamCompleteRequest
)
"""The requests that carry a chat completion request."""


def read_chat(request: Asking, caller: str = "") -> ChatRequest:
    """Reads a request; the message is not changed.

    An id of the conversation beside the body wins over the body's own.

    Args:
        request: what came in.
        caller: an opaque id of whose key it came with.

    Raises:
        InvalidRequest: what the router reads is missing or of a wrong type.
        JsonTextError: JSON text in the message is malformed.
    """
    body = to_json(request.chat)
    limits = read_limits(body.pop("router", None))
    model = _optional(body, "model", str, "a string")
    if model is not None and len(model) > MAX_MODEL:
        raise InvalidRequest(f"model must have at most {MAX_MODEL} characters", "model")
    stream_options = _optional(body, "stream_options", dict, "an object") or {}
    fallback_models = _optional(body, "models", list, "a list") or []
    messages = _messages(body)
    return ChatRequest(
        messages=messages,
        body=body,
        model=model,
        tools=_tool_names(body),
        fallback_models=tuple(
            require(model, str, "a string", f"models[{i}]")
            for i, model in enumerate(fallback_models)
        ),
        include_usage=bool(stream_options.get("include_usage")),
        session_id=request.session_id or _optional(body, "session_id", str, "a string") or None,
        cache_key=_text(body.get("prompt_cache_key")),
        caller=caller,
        output_format=_output_format(body),
        max_output_tokens=_max_output_tokens(body),
        answers=_answers(body),
        prompt_bytes=_prompt_bytes(request.chat, messages),
        limits=limits,
    )


def wants_stream(request: ChatRequest) -> bool:
    """Whether the body asks for a stream."""
    stream = request.body.get("stream")
    if stream is None or isinstance(stream, bool):
        return bool(stream)
    raise InvalidRequest(f"stream must be a boolean, not {called(stream)}", "stream")


def _messages(body: dict[str, Any]) -> tuple[Message, ...]:
    messages = body.get("messages", _MISSING)
    if messages is _MISSING:
        raise InvalidRequest("messages is required", "messages")
    if not isinstance(messages, list):
        raise InvalidRequest(f"messages must be a list, not {called(messages)}", "messages")
    if not messages:
        raise InvalidRequest("messages must not be empty", "messages")
    return tuple(_message(message, f"messages[{i}]") for i, message in enumerate(messages))


def _message(message: Any, path: str) -> Message:
    require(message, dict, "an object", path)
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        problem = "role is required" if role is None else f"there is no role {role!r:.40}"
        raise InvalidRequest(f"{problem}; roles are {', '.join(sorted(ROLES))}", f"{path}.role")
    texts, other_parts = _content(message.get("content"), f"{path}.content")
    return Message(
        role=role,
        texts=texts,
        other_parts=other_parts,
        tool_calls=_tool_calls(message),
    )


def _content(content: Any, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of a message's content, and the types of its other parts."""
    if content is None:
        return (), ()
    if isinstance(content, str):
        return (content,), ()
    require(content, list, "a string, a list of parts or null", path)
    texts: list[str] = []
    others: list[str] = []
    for i, part in enumerate(content):
        require(part, dict, "an object", f"{path}[{i}]")
        kind = part.get("type")
        if kind == "text":
            text = require(part.get("text"), str, "a string", f"{path}[{i}].text")
            texts.append(text)
        else:
            others.append(require(kind, str, "a string", f"{path}[{i}].type"))
    return tuple(texts), tuple(others)


def _tool_names(body: dict[str, Any]) -> tuple[str, ...]:
    tools = _optional(body, "tools", list, "a list") or []
    for i, tool in enumerate(tools):
        require(tool, dict, "an object", f"tools[{i}]")
    return tuple(_tool_name(tool) for tool in tools)


def _tool_calls(message: dict[str, Any]) -> tuple[ToolCall, ...]:
    """The called tools; calls of another shape are the upstream's to judge."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        legacy = message.get("function_call")
        calls = [{"function": legacy}] if isinstance(legacy, dict) else []
    return tuple(_tool_call(call) for call in calls if isinstance(call, dict))


def _tool_call(call: dict[str, Any]) -> ToolCall:
    """One call; arguments that are no text are what JSON would make of them."""
    called = call.get("function", call.get("custom"))
    given = called.get("arguments", called.get("input")) if isinstance(called, dict) else None
    if given is None or isinstance(given, str):
        return ToolCall(_tool_name(call), given or "")
    return ToolCall(_tool_name(call), json_text.dumps(given))


def _tool_name(tool: dict[str, Any]) -> str:
    named = tool.get("function", tool.get("custom"))
    name = named.get("name") if isinstance(named, dict) else None
    return name if isinstance(name, str) else ""


def _output_format(body: dict[str, Any]) -> str:
    """The form of the answer; what is no form that OpenAI documents is the upstream's to judge."""
    response_format = body.get("response_format")
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    return kind if isinstance(kind, str) and kind in _JSON_FORMATS else "text"


def _max_output_tokens(body: dict[str, Any]) -> int | None:
    """The first limit that is one; others are the upstream's to judge."""
    for limit in (body.get("max_completion_tokens"), body.get("max_tokens")):
        if type(limit) is int and limit > 0:
            return limit
    return None


def _answers(body: dict[str, Any]) -> int:
    """How many are asked for; another value is the upstream's to judge."""
    n = body.get("n")
    return n if type(n) is int and 1 <= n <= MAX_ANSWERS else 1


def _prompt_bytes(chat: chat_pb2.ChatRequest, messages: tuple[Message, ...]) -> int:
    """Size of the request without its media; 10 us for 60 kB.

    On the wire each text is itself, without JSON's escapes; what stands around it
    is a few bytes for each message, as it is in a model's own template. Messages that
    a caller wrote into ``extra_json`` count with their media.
    """
    media = sum(
        part.ByteSize()
        for i, message in enumerate(messages[: len(chat.messages)])
        if message.other_parts
        for part in chat.messages[i].parts.parts
        if part.type not in TEXT_PARTS
    )
    return chat.ByteSize() - media


def _text(value: Any) -> str | None:
    """A text that says something; another value is the upstream's to judge."""
    return value if isinstance(value, str) and value else None


def _optional(body: dict[str, Any], key: str, kind: type, wanted: str) -> Any:
    value = body.get(key)
    return None if value is None else require(value, kind, wanted, key)
