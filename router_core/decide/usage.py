"""What an answer used, as its ``usage`` tells: tokens, each of them counted once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from router_core.decide.chat import JsonObject

__all__ = ["NO_USAGE", "Usage", "read_usage"]

_MOST: Final = 2**40
"""No request has more; a larger count is a mistake that no sum should hold."""
_MOST_USD: Final = 1_000_000
"""Likewise, of what it cost."""
_LEAST_USD: Final = 1e-25
"""No price is that small; with a smaller cost, sums would have to be rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Counts of one answer, or of several together; 0: none, or not told.

    Attributes:
        prompt_tokens: of the whole prompt; those below up to `image_tokens` are among them.
        cached_tokens: read from a cache.
        cached_audio_tokens: of these, audio.
        cache_write_tokens: written to a cache.
        cache_write_1h_tokens: of these, to one that keeps them for an hour.
        audio_tokens: of audio in the prompt, cached or not.
        image_tokens: of images in the prompt.
        completion_tokens: of the whole answer; those below are among them.
        reasoning_tokens: of reasoning.
        audio_output_tokens: of audio in the answer.
        image_output_tokens: of images in the answer.
        searches: web searches that were made for it.
        cost_usd: the provider's own figure, exactly as it was written; ``None``: it gave none.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    cached_audio_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    audio_output_tokens: int = 0
    image_output_tokens: int = 0
    searches: int = 0
    cost_usd: Decimal | None = None

    @property
    def is_told(self) -> bool:
        """Whether the tokens are known at all."""
        return self.prompt_tokens > 0 or self.completion_tokens > 0


NO_USAGE: Final = Usage()
"""Nothing was told."""


def read_usage(usage: JsonObject) -> Usage:
    """Reads an answer's ``usage``; what is there in another form is not told.

    Args:
        usage: OpenAI's object, with OpenRouter's additions where it has them.
    """
    if not usage:
        return NO_USAGE
    prompt = _object(usage.get("prompt_tokens_details"))
    answer = _object(usage.get("completion_tokens_details"))
    return Usage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        cached_tokens=_count(prompt.get("cached_tokens")),
        cached_audio_tokens=_cached_audio(prompt),
        cache_write_tokens=_count(prompt.get("cache_write_tokens")),
        cache_write_1h_tokens=_written_for_an_hour(usage),
        audio_tokens=_count(prompt.get("audio_tokens")),
        image_tokens=_count(prompt.get("image_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        reasoning_tokens=_count(answer.get("reasoning_tokens")),
        audio_output_tokens=_count(answer.get("audio_tokens")),
        image_output_tokens=_count(answer.get("image_tokens")),
        searches=_searches(usage),
        cost_usd=_reported(usage.get("cost")),
    )


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _cached_audio(prompt: JsonObject) -> int:
    """OpenAI tells it of its audio models."""
    details = prompt.get("cached_tokens_details")
    return _count(details.get("audio_tokens")) if isinstance(details, dict) else 0


def _written_for_an_hour(usage: JsonObject) -> int:
    """Anthropic's word for it, where a look-alike passes it on."""
    details = usage.get("cache_creation")
    return _count(details.get("ephemeral_1h_input_tokens")) if isinstance(details, dict) else 0


def _searches(usage: JsonObject) -> int:
    """OpenRouter has had it under two names, the second Anthropic's."""
    for key in ("server_tool_use_details", "server_tool_use"):
        details = usage.get(key)
        if isinstance(details, dict) and (count := _count(details.get("web_search_requests"))):
            return count
    return 0


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= _MOST else 0


def _reported(cost: Any) -> Decimal | None:
    if type(cost) not in (int, float):
        return None
    if cost == 0:
        return Decimal(0)
    return Decimal(repr(cost)) if _LEAST_USD <= cost <= _MOST_USD else None
