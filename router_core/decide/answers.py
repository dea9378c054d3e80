"""What an upstream's answer holds: when a stream is committed, when an answer is empty.

Works on the JSON objects of OpenAI's documented shapes and takes nothing for
granted: any key may be absent, null or of another type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from router_core.decide.chat import JsonObject

_CONTENT_KEYS: Final = (
    "content",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "tool_calls",
    "refusal",
    "function_call",
    "audio",
)
"""The keys of a message or a delta that hold something a person or a program asked for."""

_MAY_BE_EMPTY: Final = frozenset({"length", "content_filter", "tool_calls", "function_call"})
"""Finish reasons that explain an answer without content; "stop" does not."""


def commits(chunk: JsonObject) -> bool:
    """Whether a chunk holds the first of the answer, after which the model never changes."""
    return any(_has_content(choice.get("delta")) for choice in choices_in(chunk))


def explains_emptiness(answer: JsonObject) -> bool:
    """Whether an answer or a chunk says why it may be without content."""
    reasons = (choice.get("finish_reason") for choice in choices_in(answer))
    return any(isinstance(reason, str) and reason in _MAY_BE_EMPTY for reason in reasons)


def is_empty(completion: JsonObject) -> bool:
    """Whether a whole answer has no content and does not say why."""
    return not any(
        _has_content(choice.get("message")) for choice in choices_in(completion)
    ) and not explains_emptiness(completion)


def is_usage_only(chunk: JsonObject) -> bool:
    """Whether a chunk is the one that carries nothing but the usage."""
    return bool(chunk.get("usage")) and not chunk.get("choices")


def ended_blank(answers: Iterable[JsonObject]) -> bool:
    """Whether an answer without content, in pieces or whole, says no more than that it failed."""
    reasons = (c.get("finish_reason") for answer in answers for c in choices_in(answer))
    return all(reason in (None, "", "error") for reason in reasons)


def is_last(chunk: JsonObject) -> bool:
    """Whether the usage on a chunk may be the last: it has no choices, or ends one."""
    return not chunk.get("choices") or any(
        choice.get("finish_reason") is not None for choice in choices_in(chunk)
    )


def with_cost(answer: JsonObject, usd: Decimal) -> dict[str, Any]:
    """An answer or a chunk whose usage says what it cost, by our own estimate; a copy."""
    told = {"cost": float(usd), "cost_source": "estimated"}
    return {**answer, "usage": {**answer["usage"], **told}}


def choices_in(answer: JsonObject) -> Iterator[dict[str, Any]]:
    """Yields the choices of an answer or a chunk, as far as they are objects."""
    choices = answer.get("choices")
    if isinstance(choices, list):
        yield from (choice for choice in choices if isinstance(choice, dict))


def _has_content(message: Any) -> bool:
    return isinstance(message, dict) and any(message.get(key) for key in _CONTENT_KEYS)
