"""What reading the prompts of conversations costs, with the providers' caches.

The model of a cache: for each conversation, a model's provider keeps the prompt that it
has read last, for `CACHE_S` from when it read it. What a prompt has in common with that
costs the price of cached tokens, the rest the price of others. Histories only grow, so
all that was read is in common. Answers that the model wrote count as unread. What
providers ask for beside, for writing a cache or for short prompts, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from benchmarks.playing import START, Call, Played
from router_core.decide.config import ModelKey
from router_core.decide.model_info import Prices

CACHE_S: Final = 300.0
"""How long a provider keeps what it has read, in seconds."""

PricesOf = Callable[[ModelKey], Prices]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What conversations cost.

    Attributes:
        usd: all of it.
        reread_usd: the part of it that would be saved, had each model in its cache
            whatever any model has read of the conversation in time.
        turns: how many there are.
    """

    usd: Decimal
    reread_usd: Decimal
    turns: int

    @property
    def per_thousand(self) -> float:
        """USD per 1,000 turns."""
        return float(1_000 * self.usd / self.turns)

    @property
    def reread_per_thousand(self) -> float:
        """`reread_usd` per 1,000 turns."""
        return float(1_000 * self.reread_usd / self.turns)

    def saved_against(self, other: Bill) -> float:
        """How much less it is, in percent."""
        return _less(self.usd, other.usd)

    def reread_saved_against(self, other: Bill) -> float:
        """How much less `reread_usd` is, in percent."""
        return _less(self.reread_usd, other.reread_usd)


def bill_of(played: Sequence[Played], prices_of: PricesOf, cache_from: int = 0) -> Bill:
    """Adds up conversations.

    Args:
        played: the conversations.
        prices_of: a model's prices.
        cache_from: the shortest prompt that is kept.
    """
    usd = shared = Decimal(0)
    for each in played:
        calls = [call for step in each.steps for call in step.calls]
        usd += _cost(calls, prices_of, lambda call: call.model, cache_from)
        shared += _cost(calls, prices_of, lambda _: ("", ""), cache_from)
    return Bill(usd=usd, reread_usd=usd - shared, turns=sum(len(each.steps) for each in played))


def _cost(
    calls: Iterable[Call],
    prices_of: PricesOf,
    cache_of: Callable[[Call], ModelKey],
    cache_from: int,
) -> Decimal:
    read: dict[ModelKey, Call] = {}
    usd = Decimal(0)
    for call in calls:
        last = read.get(cache_of(call))
        kept = last is not None and call.at - last.at <= CACHE_S and last.tokens >= cache_from
        cached = min(last.tokens, call.tokens) if last is not None and kept else 0
        usd += _read_usd(call, cached, prices_of(call.model))
        read[cache_of(call)] = call
    return usd


def _read_usd(call: Call, cached: int, prices: Prices) -> Decimal:
    now = prices.at(call.tokens, START + timedelta(seconds=call.at))
    assert now.prompt is not None
    reduced = now.prompt if now.input_cache_read is None else now.input_cache_read
    return cached * reduced + (call.tokens - cached) * now.prompt


def _less(usd: Decimal, other: Decimal) -> float:
    return float(100 * (1 - usd / other)) if other else 0.0
