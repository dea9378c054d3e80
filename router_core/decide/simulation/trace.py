"""What a trace tells: requests in order, and what models made of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from router_core.decide.chat import Message

__all__ = ["Row", "Told", "Unplayable"]


class Unplayable(ValueError):
    """A trace leaves something open that a replay needs; the message says where and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of one model's answer to one request; ``None``: it is not.

    Attributes:
        quality: of the answer, 0 to 1.
        prompt_tokens: as the model counts them.
        cost_usd: of the call, in dollars.
        ttft_ms, latency_ms: from the call to the first and to the last token, in milliseconds.
        fails: whether the call fails; then what it cost and took is nothing where not told.
    """

    quality: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    ttft_ms: float | None = None
    latency_ms: float | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request of a trace.

    Attributes:
        where: its place, for a person, such as "line 3".
        told: by the model's name, its id or "provider:id".
        messages: empty: the trace keeps no texts.
        category: ``""``: it is to be classified.
        time: when it came in, with its time zone; ``None``: a second after the one before.
        prompt_tokens: ``None``: as the text tells.
    """

    where: str
    told: Mapping[str, Told] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    category: str = ""
    time: datetime | None = None
    prompt_tokens: int | None = None
