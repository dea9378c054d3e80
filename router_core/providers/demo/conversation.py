"""What the demo reads of a request's body. Nothing in a body is trusted to have its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from router_core.decide.chat import JsonObject

__all__ = ["Conversation", "ToolResult", "prompt_tokens", "read_conversation", "tokens_in"]

_CONTEXT_STARTS: Final = (
    "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>",
    "<system-reminder>",
    "<file_content",
    "<environment_details>",
    "Image(s) from tool result",
    "Called the Read tool with the following input",
    "<path>",
)
"""How blocks begin that agent clients add as user messages or parts."""

_TIMESTAMP: Final = re.compile(r"\[(?:\w{3} )?\d{4}-\d\d-\d\d \d\d:\d\d [^\]\n]{1,40}\]\s*")
_RUNTIME_TAIL: Final = "\n\nRuntime: agent="
_TOOL_ROLES: Final = ("tool", "function")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool gave back; ``name`` is empty where the call is not in the history."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The end of a conversation.

    Attributes:
        user_text: what the user wrote last, client blocks taken off; may be empty.
        tool_results: the results that await an answer, in order; empty when the
            user, not a tool, spoke last.
        after_tool: whether a tool spoke since the user did.
    """

    user_text: str
    tool_results: tuple[ToolResult, ...]
    after_tool: bool


def read_conversation(body: JsonObject) -> Conversation:
    """Reads the messages of a request from their end."""
    messages = [message for message in _list(body.get("messages")) if isinstance(message, Mapping)]
    results: list[ToolResult] = []
    awaiting = True
    after_tool = False
    for message in reversed(messages):
        role = message.get("role")
        if role == "user" and not _is_context(message):
            text = _user_text(message)
            return Conversation(
                user_text=text, tool_results=tuple(reversed(results)), after_tool=after_tool
            )
        if role in _TOOL_ROLES:
            after_tool = True
            if awaiting:
                text = "\n".join(_texts(message))
                results.append(ToolResult(name=_tool_name(message, messages), text=text))
        elif role == "assistant":
            awaiting = False
    return Conversation(user_text="", tool_results=tuple(reversed(results)), after_tool=after_tool)


def tokens_in(text: str) -> int:
    """An estimate: UTF-8 bytes / 4, rounded up."""
    return -(-len(text.encode(errors="surrogatepass")) // 4)


def prompt_tokens(body: JsonObject) -> int:
    """An estimate for the messages' text and the tools; images and files count nothing."""
    total = 0
    for message in _list(body.get("messages")):
        if isinstance(message, Mapping):
            total += sum(map(tokens_in, _texts(message)))
            if calls := message.get("tool_calls"):
                total += tokens_in(_json(calls))
    if tools := body.get("tools"):
        total += tokens_in(_json(tools))
    return max(total, 1)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    if isinstance(content, str):
        yield content
    for part in _list(content):
        if isinstance(part, Mapping) and isinstance(part.get("text"), str):
            yield part["text"]


def _is_context_text(text: str) -> bool:
    return text.lstrip().startswith(_CONTEXT_STARTS)


def _is_context(message: Mapping[str, Any]) -> bool:
    texts = list(_texts(message))
    return bool(texts) and all(map(_is_context_text, texts))


def _user_text(message: Mapping[str, Any]) -> str:
    own = [text for text in _texts(message) if not _is_context_text(text)]
    text = "\n".join(own).lstrip()
    if stamp := _TIMESTAMP.match(text):
        text = text[stamp.end() :]
    return text.partition(_RUNTIME_TAIL)[0].strip()


def _tool_name(result: Mapping[str, Any], messages: list[Mapping[str, Any]]) -> str:
    if isinstance(name := result.get("name"), str):
        return name
    for message in reversed(messages):
        for call in _list(message.get("tool_calls")):
            if isinstance(call, Mapping) and call.get("id") == result.get("tool_call_id"):
                called = call.get("function") or call.get("custom")
                name = called.get("name") if isinstance(called, Mapping) else None
                return name if isinstance(name, str) else ""
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
