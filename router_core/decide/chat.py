"""A chat completion request, as far as the router reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from router_core.decide.request_limits import NO_LIMITS, RequestLimits

TEXT_PARTS = frozenset({"text", "refusal", "thinking"})
"""The types of content parts that are text; those of the others hold data."""

TOOL_ROLES = frozenset({"tool", "function"})
"""The roles of what a tool returned."""

SYSTEM_ROLES = frozenset({"system", "developer"})
"""The roles of what the client's maker says."""

JsonObject = Mapping[str, Any]
"""A parsed JSON object; nobody changes one that was received."""


class ToolCall(NamedTuple):
    """A tool that the assistant called, and with what: JSON text, as it stood there."""

    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the conversation.

    Attributes:
        role: "developer", "system", "user", "assistant", "tool" or "function".
        texts: the text of each text part, in order; a string content is one part.
        other_parts: the types of the other parts, such as "image_url", in order.
        tool_calls: the tools that the assistant called, in order.
    """

    role: str
    texts: tuple[str, ...] = ()
    other_parts: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A request: typed values for what the router reads, and the body to forward.

    Attributes:
        messages: the conversation, oldest first; at least one.
        body: the JSON object that goes upstream (but for ``model``); only
            providers read it.
        model: the caller's ``model``; ``None`` when it was absent or null.
        tools: names of the tools on offer, in order.
        fallback_models: the caller's ``models``.
        include_usage: whether the caller asked for a usage chunk.
        session_id: the caller's own id of the conversation, or ``None``.
        cache_key: the caller's ``prompt_cache_key``, or ``None``.
        caller: an opaque id of whose key it came with; ``""``: it needed none.
        output_format: "text", "json_object" or "json_schema".
        max_output_tokens: most tokens that the caller wants back, 1 or more; ``None``:
            not said.
        answers: how many answers are asked for (``n``), 1 or more.
        prompt_bytes: of what the model reads as text, in UTF-8: the whole request but
            for the data of images, audio, files and videos. 0: not measured.
        limits: what the caller lets it take.
    """

    messages: tuple[Message, ...]
    body: JsonObject
    model: str | None = None
    tools: tuple[str, ...] = ()
    fallback_models: tuple[str, ...] = ()
    include_usage: bool = False
    session_id: str | None = None
    cache_key: str | None = None
    caller: str = ""
    output_format: str = "text"
    max_output_tokens: int | None = None
    answers: int = 1
    prompt_bytes: int = 0
    limits: RequestLimits = NO_LIMITS
