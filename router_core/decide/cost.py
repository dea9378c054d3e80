"""What calls cost: reported by the provider, computed from prices, or unknown, which is not 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from router_core.decide.model_info import Prices
from router_core.decide.money import MONEY
from router_core.decide.usage import Usage

__all__ = [
    "FREE",
    "MONEY",
    "UNKNOWN",
    "Cost",
    "CostSource",
    "billed",
    "cost_of",
    "expected_usd",
    "reported",
    "total",
]


class CostSource(StrEnum):
    """Where a cost comes from."""

    REPORTED = "reported"
    """The provider said so."""
    ESTIMATED = "estimated"
    """Computed from prices and tokens; or a sum of which some parts are."""
    UNKNOWN = "unknown"
    """Neither was there."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost in USD; ``None``: unknown, which is not 0."""

    usd: Decimal | None
    source: CostSource


UNKNOWN: Final = Cost(None, CostSource.UNKNOWN)
FREE: Final = Cost(Decimal(0), CostSource.ESTIMATED)
"""Of what nobody charges for."""


def cost_of(usage: Usage, prices: Prices | None, when: datetime, images: int = 0) -> Cost:
    """What one answer cost: the provider's own figure, else by prices, else unknown.

    Args:
        usage: the answer's; where it tells no tokens, prices do not help.
        prices: the model's; ``None``: not known.
        when: the moment, with its time zone: some prices change over the day.
        images: in the prompt.
    """
    if usage.cost_usd is not None:
        return reported(usage)
    if prices is None or not usage.is_told:
        return UNKNOWN
    usd = billed(prices, usage, when, images)
    return UNKNOWN if usd is None else Cost(usd, CostSource.ESTIMATED)


def reported(usage: Usage) -> Cost:
    """What the provider says that an answer cost."""
    return UNKNOWN if usage.cost_usd is None else Cost(usage.cost_usd, CostSource.REPORTED)


def billed(prices: Prices, usage: Usage, when: datetime, images: int = 0) -> Decimal | None:
    """What an answer costs by the catalogue's prices, in USD; ``None``: a price is missing.

    Each token is counted once. Those of a prompt are, the first that fits: read from a
    cache, written to one, audio, images, and the rest; those of an answer audio, images,
    reasoning, and the rest. Parts that are larger than what is left of the whole are cut.
    A part without a price of its own costs what the whole does that it is part of; where
    that is not told either, the cost is not known. So is that of searches without a price.
    What is charged for each request and each image is nothing where it is not told: the
    catalogue leaves out what is 0.

    Where OpenRouter's reference is silent or its catalogue speaks otherwise:

    - A price of 0 for reasoning is none: rows have had it for models whose reasoning is
      charged as the answer is.
    - ``image_output`` is for each token of an image in the answer, though the reference
      says for each image: in the rows it is Google's 30 dollars per million tokens.
    - ``image`` is for each image in the prompt, as the reference says, beside its tokens.
    - How much of a prompt's audio was cached is told by few. Where it is not, what was
      cached was text, as far as there is text.
    - Conditions look at the whole prompt, what is read from a cache included.
    """
    now = prices.at(usage.prompt_tokens, when)
    prompt = _prompt_usd(now, usage)
    answer = _answer_usd(now, usage)
    if prompt is None or answer is None:
        return None
    usd = MONEY.add(prompt, answer)
    if usage.searches:
        if now.web_search is None:
            return None
        usd = MONEY.add(usd, MONEY.multiply(now.web_search, usage.searches))
    if now.request:
        usd = MONEY.add(usd, now.request)
    if images and now.image:
        usd = MONEY.add(usd, MONEY.multiply(now.image, images))
    return usd


def expected_usd(  # what a prompt and an answer are, each by its name
    prices: Prices,
    *,
    prompt_tokens: int,
    cached_tokens: int,
    answer_tokens: int,
    when: datetime,
    images: int = 0,
) -> Decimal | None:
    """As `billed`, of an answer that has not come, of which no more is known than this."""
    now = prices.at(prompt_tokens, when)
    cached = min(cached_tokens, prompt_tokens)
    return _sum(
        (cached, _first(now.input_cache_read, now.prompt)),
        (prompt_tokens - cached, now.prompt),
        (answer_tokens, now.completion),
        (1, now.request or _NOTHING),
        (images, now.image or _NOTHING),
    )


def _prompt_usd(now: Prices, usage: Usage) -> Decimal | None:
    whole, plain = usage.prompt_tokens, now.prompt
    read = _first(now.input_cache_read, plain)
    cached = min(usage.cached_tokens, whole)
    if not (usage.cache_write_tokens or usage.audio_tokens or usage.image_tokens):
        return _sum((cached, read), (whole - cached, plain))
    written = min(usage.cache_write_tokens, whole - cached)
    audio = min(usage.audio_tokens, whole)
    cached_audio = max(usage.cached_audio_tokens, cached - (whole - audio))
    cached_audio = min(cached_audio, cached, audio)
    fresh_audio = min(audio - cached_audio, whole - cached - written)
    images = min(usage.image_tokens, whole - cached - written - fresh_audio)
    long_lived = min(usage.cache_write_1h_tokens, written)
    write = _first(now.input_cache_write, plain)
    return _sum(
        (cached - cached_audio, read),
        (cached_audio, _first(now.input_audio_cache, read)),
        (written - long_lived, write),
        (long_lived, _first(now.input_cache_write_1h, write)),
        (fresh_audio, _first(now.audio, plain)),
        (images, _first(now.image_token, plain)),
        (whole - cached - written - fresh_audio - images, plain),
    )


def _answer_usd(now: Prices, usage: Usage) -> Decimal | None:
    whole, plain = usage.completion_tokens, now.completion
    reasoning = usage.reasoning_tokens if now.internal_reasoning else 0
    if not (usage.audio_output_tokens or usage.image_output_tokens or reasoning):
        return _sum((whole, plain))
    audio = min(usage.audio_output_tokens, whole)
    images = min(usage.image_output_tokens, whole - audio)
    reasoning = min(reasoning, whole - audio - images)
    return _sum(
        (audio, _first(now.audio_output, plain)),
        (images, _first(now.image_output, plain)),
        (reasoning, now.internal_reasoning),
        (whole - audio - images - reasoning, plain),
    )


def _first(own: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return whole if own is None else own


def _sum(*parts: tuple[int, Decimal | None]) -> Decimal | None:
    """The sum of so many of each at its price; ``None``: a price is missing."""
    usd = _NOTHING
    for count, price in parts:
        if count:
            if price is None:
                return None
            usd = _fma(price, count, usd)
    return usd


_NOTHING: Final = Decimal(0)
_fma: Final = MONEY.fma


def total(parts: Iterable[Cost]) -> Cost:
    """What several calls cost together: the sum of what is known of them.

    It is estimated where a part is, or where a part is not known and others are; unknown
    where no part is known.
    """
    parts = tuple(parts)
    if len(parts) == 1:
        return parts[0]
    known = [part.usd for part in parts if part.usd is not None]
    if not known:
        return UNKNOWN
    usd = Decimal(0)
    for each in known:
        usd = MONEY.add(usd, each)
    all_reported = all(part.source is CostSource.REPORTED for part in parts)
    return Cost(usd, CostSource.REPORTED if all_reported else CostSource.ESTIMATED)
