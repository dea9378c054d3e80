"""What it costs to have a history read: from a cache where it lies in one, else anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from router_core.decide.config import ModelKey
from router_core.decide.model_info import Prices
from router_core.decide.session import Cache

__all__ = ["Rereading", "history_usd", "rereading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereading:
    """What the history costs where it is, and where it would go; USD, ``None``: not known.

    Attributes:
        tokens: how long the history is.
        here: with the model that holds the conversation.
        there: with the other one.
        dearer_there: whether the other one asks more for what is in no cache, so that it
            is taken to be the stronger one; ``None``: not known.
    """

    tokens: int
    here: Decimal | None
    there: Decimal | None
    dearer_there: bool | None = None

    @property
    def extra(self) -> Decimal | None:
        """How much more it costs there; below 0: less."""
        if self.here is None or self.there is None:
            return None
        return self.there - self.here


def rereading(
    tokens: int,
    warm: Iterable[Cache],
    here: tuple[ModelKey, Prices | None],
    there: tuple[ModelKey, Prices | None],
    when: datetime,
) -> Rereading:
    """Compares two models.

    Args:
        tokens: how long the history is.
        warm: who has which part of it in its cache.
        here, there: a model and its prices, as far as they are known.
        when: now, with its time zone: some prices change over the day.
    """
    cached = {cache.model: cache.tokens for cache in warm}
    anew_here = history_usd(tokens, 0, here[1], when)
    anew_there = history_usd(tokens, 0, there[1], when)
    return Rereading(
        tokens=tokens,
        here=history_usd(tokens, cached.get(here[0], 0), here[1], when),
        there=history_usd(tokens, cached.get(there[0], 0), there[1], when),
        dearer_there=None if anew_here is None or anew_there is None else anew_there > anew_here,
    )


def history_usd(tokens: int, cached: int, prices: Prices | None, when: datetime) -> Decimal | None:
    """What ``tokens`` cost, ``cached`` of them read from a cache; ``None``: not known.

    Where no price for what is cached is told, that costs as much as the rest.
    """
    if prices is None:
        return None
    now = prices.at(tokens, when)
    if now.prompt is None:
        return None
    hit = min(cached, tokens)
    reduced = now.prompt if now.input_cache_read is None else now.input_cache_read
    return hit * reduced + (tokens - hit) * now.prompt
