"""What the demo says: plain words, tool calls, or JSON of the shape that was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from router_core.decide.chat import JsonObject
from router_core.providers.demo.conversation import (
    Conversation,
    prompt_tokens,
    read_conversation,
    tokens_in,
)
from router_core.providers.demo.schema import instance
from router_core.providers.demo.tools import ToolCall, choose_calls, text_for

__all__ = ["Answer", "Choice", "answer"]

_USER_QUOTE: Final = 300
_RESULT_QUOTE: Final = 400
_MAX_RESULTS: Final = 4
_MAX_CHOICES: Final = 128
"""OpenAI's bound of ``n`` (its API reference)."""

_GREETING: Final = re.compile(
    r"(hello|hi|hey|hiya|good (morning|afternoon|evening)|bonjour|salut|bonsoir|coucou|hola|hallo)"
    r"( there| again)?[\s.!,?]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the answers.

    Attributes:
        words: the text, word by word; joined, they are the content.
        finish_reason: "stop", "length" or "tool_calls".
    """

    words: tuple[str, ...]
    calls: tuple[ToolCall, ...]
    finish_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything that the demo answers; tokens are estimated at UTF-8 bytes / 4."""

    choices: tuple[Choice, ...]
    prompt_tokens: int
    completion_tokens: int


def answer(body: JsonObject, model_id: str) -> Answer:
    """Answers a request as the model ``model_id`` might, but plainly as the demo.

    Settings of a wrong type or out of range are taken as absent.
    """
    conversation = read_conversation(body)
    calls = choose_calls(body, conversation)
    count = _whole(body.get("n"), 1, _MAX_CHOICES) or 1
    limit = _limit(body)
    if calls:
        choices = (Choice(words=(), calls=calls, finish_reason="tool_calls"),) * count
    else:
        text = _text(body, conversation, model_id)
        choices = (_choice(text, _stops(body), limit),) * count
    return Answer(
        choices=choices,
        prompt_tokens=prompt_tokens(body),
        completion_tokens=sum(_tokens(choice, limit) for choice in choices),
    )


def _choice(text: str, stops: list[str], limit: int | None) -> Choice:
    """The text, cut at the first stop sequence and after ``limit`` words."""
    ends = [end for stop in stops if (end := text.find(stop)) >= 0]
    words = re.findall(r"\s*\S+\s*\Z|\s*\S+", text[: min(ends, default=len(text))])
    if limit is not None and len(words) > limit:
        return Choice(words=tuple(words[:limit]), calls=(), finish_reason="length")
    return Choice(words=tuple(words), calls=(), finish_reason="stop")


def _tokens(choice: Choice, limit: int | None) -> int:
    """An estimate, never above the caller's limit for a text."""
    if choice.calls:
        return sum(tokens_in(call.name + call.arguments) for call in choice.calls)
    estimate = tokens_in("".join(choice.words))
    return estimate if limit is None else min(estimate, limit)


# -- what it says ------------------------------------------------------------------


def _text(body: JsonObject, conversation: Conversation, model_id: str) -> str:
    wanted = body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, Mapping) else None
    if kind not in ("json_object", "json_schema"):
        return _prose(conversation, model_id)
    if schema := _schema(wanted):
        return _json(instance(schema, text_for(conversation.user_text), optional=True))
    return _json(_telling_object(conversation, model_id))


def _prose(conversation: Conversation, model_id: str) -> str:
    who = f"LLM Router's demo provider, standing in for {model_id}; no model was called."
    if conversation.tool_results:
        return f"This is {who} {_results(conversation)}"
    said = conversation.user_text
    if _GREETING.fullmatch(said):
        return f"Hello! This is {who} Ask me anything, and I will tell you what you said."
    return f"This is {who} You said: {_quote(said, _USER_QUOTE)}" if said else f"This is {who}"


def _results(conversation: Conversation) -> str:
    results = conversation.tool_results
    told = [
        f"{f'The tool {result.name}' if result.name else 'A tool'} returned:"
        f" {_quote(result.text, _RESULT_QUOTE) or 'nothing'}"
        for result in results[:_MAX_RESULTS]
    ]
    if len(results) > _MAX_RESULTS:
        told.append(f"(and {len(results) - _MAX_RESULTS} more results)")
    return "\n".join(told)


def _telling_object(conversation: Conversation, model_id: str) -> dict[str, Any]:
    return {
        "demo": True,
        "model": model_id,
        "message": "This is LLM Router's demo provider; no model was called.",
        "you_said": _quote(conversation.user_text, _USER_QUOTE),
    } | (
        {"tool_results": [_quote(r.text, _RESULT_QUOTE) for r in conversation.tool_results]}
        if conversation.tool_results
        else {}
    )


def _quote(text: str, limit: int) -> str:
    text = text.strip()
    return text if len(text) <= limit else f"{text[:limit].rstrip()}..."


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# -- what the request asks for -----------------------------------------------------


def _schema(response_format: Any) -> Mapping[str, Any]:
    """The schema of a ``json_schema`` format; empty where there is none."""
    holder = response_format.get("json_schema")
    schema = holder.get("schema") if isinstance(holder, Mapping) else None
    return schema if isinstance(schema, Mapping) else {}


def _limit(body: JsonObject) -> int | None:
    """The least of the limits that are set, in the demo's tokens, which are words."""
    limits = (_whole(body.get(key), 1) for key in ("max_tokens", "max_completion_tokens"))
    return min((limit for limit in limits if limit is not None), default=None)


def _stops(body: JsonObject) -> list[str]:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    return [stop for stop in stops if isinstance(stop, str) and stop]


def _whole(value: Any, low: int, high: int | None = None) -> int | None:
    """``value`` if it is an integer within the bounds, else ``None``."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value and (high is None or value <= high) else None
