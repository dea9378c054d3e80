"""A trace with what each model would make of each request: what routers are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Outcome", "Trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one model would make of one request.

    Attributes:
        quality: of the answer, 0 to 1.
        cost_usd: of the call, in dollars.
        latency_ms: to the last token, in milliseconds.
        ttft_ms: to the first token, in milliseconds; ``None``: not known.
    """

    quality: float
    cost_usd: float
    latency_ms: float
    ttft_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One request of a trace, and what each model would make of it.

    Attributes:
        prompt_tokens: the length of its prompt.
        outcomes: by model; a model that is missing cannot take it.
        category: what it was classified as; empty: not told.
    """

    prompt_tokens: int
    outcomes: Mapping[str, Outcome]
    category: str = ""
