"""What answers cost by prices, to the last digit.

The rows are of OpenRouter's ``GET /models``, as its users have quoted them in 2026; what
each key means is from its reference (docs/client-sdks/python/components/pricing). The
sums are made by hand, in millionths of a dollar where nothing else is said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.cost import UNKNOWN, Cost, CostSource, billed, cost_of
from router_core.decide.model_info import PRICE_KEYS, Prices
from router_core.decide.model_prices import read_prices
from router_core.decide.usage import Usage

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


def row(**pricing: Any) -> Prices:
    prices = read_prices(pricing)
    assert prices is not None
    return prices


GPT_4O_MINI = row(prompt="0.00000015", completion="0.0000006", input_cache_read="0.000000075")
GLM_5 = row(prompt="0.000001", completion="0.0000032", input_cache_read="0.0000002")
CLAUDE = row(  # Anthropic's list: 3 and 15 dollars; 0.3 read, 3.75 and 6 written
    prompt="0.000003",
    completion="0.000015",
    web_search="0.01",
    input_cache_read="0.0000003",
    input_cache_write="0.00000375",
    input_cache_write_1h="0.000006",
    overrides=[
        {
            "min_prompt_tokens": 200000,
            "prompt": "0.000006",
            "completion": "0.0000225",
            "input_cache_read": "0.0000006",
            "input_cache_write": "0.0000075",
        }
    ],
)
GEMINI_PRO = row(
    prompt="0.000002",
    completion="0.000012",
    image="0.000002",
    audio="0.000002",
    web_search="0.014",
    internal_reasoning="0.000012",
    input_cache_read="0.0000002",
    input_cache_write="0.000000375",
)
GEMINI_FLASH = row(
    prompt="0.00000075",
    completion="0.00000375",
    image="0.00000075",
    audio="0.00000075",
    input_audio_cache="0.000000075",
    internal_reasoning="0.00000375",
    input_cache_read="0.000000075",
    input_cache_write="0.0000000416666666666667",
)
GEMINI_IMAGE = row(prompt="0.00000025", completion="0.0000015", image_output="0.00003")
GPT_IMAGE = row(
    prompt="0.00000125", completion="0.00000425", image_token="0.0000024", image_output="0.00003"
)
GPT_AUDIO = row(prompt="0.0000025", completion="0.00001", audio="0.000032", audio_output="0.000064")
SONAR = row(
    prompt="0.000001", completion="0.000001", request="0.005", internal_reasoning="0.000003"
)
THINKER = row(prompt="0.0000011", completion="0.0000044", internal_reasoning="0")
BY_NIGHT = row(
    prompt="0.00000028",
    completion="0.00000042",
    overrides=[{"utc_start": "2230", "utc_end": "0600", "prompt": "0.00000014"}],
)
ON_SALE = row(prompt="0.0000004", completion="0.0000017", request="0.001", discount=0.15)

TABLE = [
    # 1,000 x 0.15 + 200 x 0.6 = 150 + 120
    (GPT_4O_MINI, {"prompt_tokens": 1_000, "completion_tokens": 200}, "0.00027"),
    # 1,000 of 10,000 fresh: 1,000 x 1 + 9,000 x 0.2 + 77 x 3.2 = 1,000 + 1,800 + 246.4
    (
        GLM_5,
        {"prompt_tokens": 10_000, "cached_tokens": 9_000, "completion_tokens": 77},
        "0.0030464",
    ),
    # cached_tokens 0 is a value: 10 x 1 + 1 x 3.2
    (GLM_5, {"prompt_tokens": 10, "cached_tokens": 0, "completion_tokens": 1}, "0.0000132"),
    # 194 - 100 written: 94 x 3 + 100 x 3.75 + 2 x 15 = 282 + 375 + 30
    (
        CLAUDE,
        {"prompt_tokens": 194, "cache_write_tokens": 100, "completion_tokens": 2},
        "0.000687",
    ),
    # 60 of the 100 for an hour: 94 x 3 + 40 x 3.75 + 60 x 6 + 2 x 15 = 282 + 150 + 360 + 30
    (
        CLAUDE,
        {
            "prompt_tokens": 194,
            "cache_write_tokens": 100,
            "cache_write_1h_tokens": 60,
            "completion_tokens": 2,
        },
        "0.000822",
    ),
    # exactly 200,000 is not over: 200,000 x 3 + 10 x 15
    (CLAUDE, {"prompt_tokens": 200_000, "completion_tokens": 10}, "0.60015"),
    # over it, all of it: 1 x 6 + 150,000 x 0.6 + 50,000 x 7.5 + 10 x 22.5, the hour's at 6
    (
        CLAUDE,
        {
            "prompt_tokens": 200_001,
            "cached_tokens": 150_000,
            "cache_write_tokens": 50_000,
            "completion_tokens": 10,
        },
        "0.465231",
    ),
    # 10 x 3 + 10 x 15 + 2 searches of 0.01
    (CLAUDE, {"prompt_tokens": 10, "completion_tokens": 10, "searches": 2}, "0.02018"),
    # reasoning is part of the answer: 100 x 2 + (50 - 40) x 12 + 40 x 12 = 200 + 600
    (
        GEMINI_PRO,
        {"prompt_tokens": 100, "completion_tokens": 50, "reasoning_tokens": 40},
        "0.0008",
    ),
    # 400 x 2 + 100 audio x 2 + 8 x 12 = 800 + 200 + 96
    (
        GEMINI_PRO,
        {"prompt_tokens": 500, "audio_tokens": 100, "completion_tokens": 8},
        "0.001096",
    ),
    # 12 x 0.0416666666666667 + 88 x 0.75 + 4 x 3.75 = 0.5000000000000004 + 66 + 15
    (
        GEMINI_FLASH,
        {"prompt_tokens": 100, "cache_write_tokens": 12, "completion_tokens": 4},
        "0.0000815000000000000004",
    ),
    # 60 audio of which 20 cached, 30 cached of all: 10 x 0.075 + 20 x 0.075 + 40 x 0.75
    # + 30 text x 0.75 = 0.75 + 1.5 + 30 + 22.5
    (
        GEMINI_FLASH,
        {
            "prompt_tokens": 100,
            "cached_tokens": 30,
            "cached_audio_tokens": 20,
            "audio_tokens": 60,
        },
        "0.00005475",
    ),
    # 100 x 0.25 + 10 x 1.5 + 1,290 x 30 = 25 + 15 + 38,700
    (
        GEMINI_IMAGE,
        {"prompt_tokens": 100, "completion_tokens": 1_300, "image_output_tokens": 1_290},
        "0.03874",
    ),
    # 20 x 1.25 + 300 x 2.4 + 5 x 4.25 = 25 + 720 + 21.25
    (
        GPT_IMAGE,
        {"prompt_tokens": 320, "image_tokens": 300, "completion_tokens": 5},
        "0.00076625",
    ),
    # 10 x 2.5 + 90 x 32 + 20 x 10 + 80 x 64 = 25 + 2,880 + 200 + 5,120
    (
        GPT_AUDIO,
        {
            "prompt_tokens": 100,
            "audio_tokens": 90,
            "completion_tokens": 100,
            "audio_output_tokens": 80,
        },
        "0.008225",
    ),
    # 5,000 for the request + 10 x 1 + 20 x 1 + 30 x 3
    (
        SONAR,
        {"prompt_tokens": 10, "completion_tokens": 50, "reasoning_tokens": 30},
        "0.00512",
    ),
    # a price of 0 for reasoning is none: 10 x 1.1 + 50 x 4.4
    (
        THINKER,
        {"prompt_tokens": 10, "completion_tokens": 50, "reasoning_tokens": 30},
        "0.000231",
    ),
    # 85 % of (1,000 + 10 x 0.4 + 10 x 1.7) = 0.85 x 1,021
    (ON_SALE, {"prompt_tokens": 10, "completion_tokens": 10}, "0.00086785"),
]


@pytest.mark.parametrize(("prices", "used", "usd"), TABLE)
def test_an_answer_costs_what_a_hand_makes_of_the_catalogues_row(
    prices: Prices, used: dict[str, Any], usd: str
) -> None:
    assert billed(prices, Usage(**used), NOON) == Decimal(usd)


def test_every_price_of_the_catalogue_is_in_the_table() -> None:
    told = {key for prices, _, _ in TABLE for key in PRICE_KEYS if getattr(prices, key) is not None}
    assert told == set(PRICE_KEYS)


def test_images_in_the_prompt_are_charged_each_where_the_row_says_so() -> None:
    # 2 x 0.000002 + 100 x 0.000002
    assert billed(GEMINI_PRO, Usage(prompt_tokens=100), NOON, images=2) == Decimal("0.000204")
    assert billed(GLM_5, Usage(prompt_tokens=100), NOON, images=2) == Decimal("0.0001")


def test_some_prices_hold_at_night() -> None:
    usage = Usage(prompt_tokens=100, completion_tokens=100)
    assert billed(BY_NIGHT, usage, NOON) == Decimal("0.00007")
    assert billed(BY_NIGHT, usage, NIGHT) == Decimal("0.000056")


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ({"cached_tokens": 70}, {"prompt_tokens": 70}),
        ({"cache_write_tokens": 70}, {"prompt_tokens": 70}),
        ({"cache_write_tokens": 70, "cache_write_1h_tokens": 70}, {"prompt_tokens": 70}),
        ({"audio_tokens": 70}, {"prompt_tokens": 70}),
        ({"image_tokens": 70}, {"prompt_tokens": 70}),
        ({"audio_tokens": 70, "cached_tokens": 70}, {"prompt_tokens": 70}),
        ({"reasoning_tokens": 70}, {"completion_tokens": 70}),
        ({"audio_output_tokens": 70}, {"completion_tokens": 70}),
        ({"image_output_tokens": 70}, {"completion_tokens": 70}),
    ],
)
def test_a_part_without_a_price_costs_what_the_whole_does(
    part: dict[str, Any], whole: dict[str, Any]
) -> None:
    prices = row(prompt="3", completion="5")
    assert billed(prices, Usage(**part, **whole), NOON) == billed(prices, Usage(**whole), NOON)


def test_a_part_takes_the_price_of_the_next_larger_part() -> None:
    prices = row(prompt="3", completion="5", input_cache_read="1", input_cache_write="4")
    hour = Usage(prompt_tokens=10, cache_write_tokens=10, cache_write_1h_tokens=10)
    assert billed(prices, hour, NOON) == 40
    audio = Usage(prompt_tokens=10, cached_tokens=10, audio_tokens=10)
    assert billed(prices, audio, NOON) == 10


def test_what_was_cached_was_text_as_far_as_there_is_text() -> None:
    prices = row(prompt="3", completion="5", audio="9", input_cache_read="1", input_audio_cache="2")
    some = Usage(prompt_tokens=10, cached_tokens=4, audio_tokens=6)
    assert billed(prices, some, NOON) == 4 * 1 + 6 * 9
    most = Usage(prompt_tokens=10, cached_tokens=7, audio_tokens=6)
    assert billed(prices, most, NOON) == 4 * 1 + 3 * 2 + 3 * 9


@pytest.mark.parametrize(
    ("missing", "used", "usd"),
    [
        ("prompt", {"prompt_tokens": 1}, None),
        ("prompt", {"prompt_tokens": 2, "cached_tokens": 1}, None),
        ("prompt", {"prompt_tokens": 1, "cached_tokens": 1}, "1"),
        ("prompt", {"completion_tokens": 1}, "5"),
        ("completion", {"completion_tokens": 1}, None),
        ("completion", {"completion_tokens": 2, "reasoning_tokens": 1}, None),
        ("completion", {"completion_tokens": 1, "reasoning_tokens": 1}, "7"),
        ("completion", {"prompt_tokens": 1}, "3"),
        ("web_search", {"prompt_tokens": 1, "searches": 1}, None),
        ("web_search", {"prompt_tokens": 1}, "3"),
    ],
)
def test_where_a_price_is_missing_that_is_needed_the_cost_is_unknown(
    missing: str, used: dict[str, Any], usd: str | None
) -> None:
    prices = row(prompt="3", completion="5", input_cache_read="1", internal_reasoning="7")
    prices = replace(prices, web_search=Decimal(11))
    lacking: dict[str, Any] = {missing: None}
    found = billed(replace(prices, **lacking), Usage(**used), NOON)
    assert found == (None if usd is None else Decimal(usd))


# -- anything ------------------------------------------------------------------------------

prices_of_anything = st.decimals(0, 1, places=12)
any_prices = st.builds(Prices, **dict.fromkeys(PRICE_KEYS, prices_of_anything))
counts = st.integers(0, 10_000)
any_usage = st.builds(
    Usage,
    prompt_tokens=counts,
    cached_tokens=counts,
    cached_audio_tokens=counts,
    cache_write_tokens=counts,
    cache_write_1h_tokens=counts,
    audio_tokens=counts,
    image_tokens=counts,
    completion_tokens=counts,
    reasoning_tokens=counts,
    audio_output_tokens=counts,
    image_output_tokens=counts,
    searches=st.integers(0, 9),
)


PARTS_OF_PROMPT = (
    "input_cache_read",
    "input_cache_write",
    "input_cache_write_1h",
    "audio",
    "input_audio_cache",
    "image_token",
)


@given(any_prices, any_usage)
def test_whatever_an_answer_tells_every_token_is_counted_once(prices: Prices, usage: Usage) -> None:
    """The least and the dearest price of each side bound the cost, whatever the parts."""
    usd = billed(prices, usage, NOON)
    assert usd is not None
    of = {key: getattr(prices, key) for key in PRICE_KEYS}
    prompt = [of[key] for key in ("prompt", *PARTS_OF_PROMPT)]
    reasoning = of["internal_reasoning"] or of["completion"]
    answer = [of["completion"], of["audio_output"], of["image_output"], reasoning]
    fixed = of["request"] + usage.searches * of["web_search"]
    sides = ((usage.prompt_tokens, prompt), (usage.completion_tokens, answer))
    least = fixed + sum(count * min(told) for count, told in sides)
    most = fixed + sum(count * max(told) for count, told in sides)
    assert 0 <= least <= usd <= most


@given(prices_of_anything, any_usage)
def test_at_one_price_for_all_a_cost_is_the_tokens_times_that(price: Decimal, usage: Usage) -> None:
    same: dict[str, Any] = dict.fromkeys(PRICE_KEYS, price)
    prices = Prices(**same)
    counted = usage.prompt_tokens + usage.completion_tokens + usage.searches + 1
    assert billed(prices, usage, NOON) == counted * price


@given(any_prices, any_usage, counts, st.sampled_from(["prompt_tokens", "completion_tokens"]))
def test_more_text_never_costs_less(prices: Prices, usage: Usage, more: int, which: str) -> None:
    usage = replace(usage, audio_tokens=0)  # else what of it was cached is a guess
    usage = replace(usage, cached_tokens=0, cache_write_tokens=0, image_tokens=0)
    usage = replace(usage, reasoning_tokens=0, audio_output_tokens=0, image_output_tokens=0)
    longer = replace(usage, **{which: getattr(usage, which) + more})
    before, after = billed(prices, usage, NOON), billed(prices, longer, NOON)
    assert before is not None
    assert after is not None
    assert before <= after


@given(any_prices, counts, counts, counts)
def test_what_is_cached_and_the_rest_make_the_prompt(
    prices: Prices, cached: int, written: int, rest: int
) -> None:
    prices = replace(prices, request=None)

    def usd(**used: Any) -> Decimal:
        found = billed(prices, Usage(**used), NOON)
        assert found is not None
        return found

    together = usd(
        prompt_tokens=cached + written + rest, cached_tokens=cached, cache_write_tokens=written
    )
    assert together == (
        usd(prompt_tokens=cached, cached_tokens=cached)
        + usd(prompt_tokens=written, cache_write_tokens=written)
        + usd(prompt_tokens=rest)
    )


# -- one answer ------------------------------------------------------------------------------


def test_a_cost_is_the_providers_own_figure_before_any_price() -> None:
    usage = Usage(prompt_tokens=1_000, cost_usd=Decimal("0.95"))
    assert cost_of(usage, GLM_5, NOON) == Cost(Decimal("0.95"), CostSource.REPORTED)
    free = replace(usage, cost_usd=Decimal(0))
    assert cost_of(free, GLM_5, NOON) == Cost(Decimal(0), CostSource.REPORTED)


def test_else_it_is_estimated_from_prices_and_else_unknown() -> None:
    usage = Usage(prompt_tokens=1_000)
    assert cost_of(usage, GLM_5, NOON) == Cost(Decimal("0.001"), CostSource.ESTIMATED)
    assert cost_of(usage, None, NOON) == UNKNOWN
    assert cost_of(usage, Prices(), NOON) == UNKNOWN
    assert cost_of(Usage(), GLM_5, NOON) == UNKNOWN
    assert cost_of(Usage(), SONAR, NOON) == UNKNOWN
