"""Parts of a usage that do not fit into the whole are cut, and conditions look at all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from router_core.decide.cost import billed, expected_usd
from router_core.decide.model_info import PriceOverride, Prices
from router_core.decide.usage import Usage

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
EACH = Prices(
    prompt=Decimal(1),
    completion=Decimal(0),
    input_cache_read=Decimal(100),
    input_audio_cache=Decimal(10_000),
    input_cache_write=Decimal(1_000_000),
    audio=Decimal(100_000_000),
    image_token=Decimal(10_000_000_000),
)
"""Two digits for each kind of token."""


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(prompt_tokens=10, cached_tokens=8, cached_audio_tokens=6, audio_tokens=2), 2_06_02),
        (Usage(prompt_tokens=10, cache_write_tokens=6, audio_tokens=8), 4_06_00_00_00),
        (Usage(prompt_tokens=10, audio_tokens=6, image_tokens=8), 4_06_00_00_00_00),
        (Usage(prompt_tokens=10, cached_tokens=7, cache_write_tokens=9), 3_00_07_00),
    ],
)
def test_what_is_too_much_is_cut(usage: Usage, usd: int) -> None:
    assert billed(EACH, usage, NOON) == usd


def test_conditions_look_at_the_whole_prompt_before_the_call_too() -> None:
    dear = PriceOverride(prices=Prices(prompt=Decimal(7)), min_prompt_tokens=100)
    free = Decimal(0)
    prices = Prices(prompt=Decimal(1), completion=free, input_cache_read=free, overrides=(dear,))
    usd = expected_usd(prices, prompt_tokens=101, cached_tokens=100, answer_tokens=0, when=NOON)
    assert usd == 7
