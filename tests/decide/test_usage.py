"""What is read of an answer's usage."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

import pytest

from router_core.decide.money import MONEY
from router_core.decide.usage import Usage, read_usage


def test_every_count_of_a_usage_is_read() -> None:
    assert read_usage(
        {
            "prompt_tokens": 1,
            "completion_tokens": 2,
            "total_tokens": 3,
            "cost": 0.95,
            "prompt_tokens_details": {
                "cached_tokens": 4,
                "cache_write_tokens": 5,
                "audio_tokens": 6,
                "image_tokens": 7,
                "cached_tokens_details": {"audio_tokens": 8},
            },
            "completion_tokens_details": {
                "reasoning_tokens": 9,
                "audio_tokens": 10,
                "image_tokens": 11,
            },
            "cache_creation": {"ephemeral_1h_input_tokens": 12},
            "server_tool_use_details": {"web_search_requests": 13},
        }
    ) == Usage(
        prompt_tokens=1,
        completion_tokens=2,
        cached_tokens=4,
        cache_write_tokens=5,
        audio_tokens=6,
        image_tokens=7,
        cached_audio_tokens=8,
        reasoning_tokens=9,
        audio_output_tokens=10,
        image_output_tokens=11,
        cache_write_1h_tokens=12,
        searches=13,
        cost_usd=Decimal("0.95"),
    )


def test_searches_have_an_older_name() -> None:
    assert read_usage({"server_tool_use": {"web_search_requests": 2}}).searches == 2


@pytest.mark.parametrize("odd", [None, [], "x", True, -1, 1.5, {"a": 1}])
def test_what_is_there_in_another_form_is_not_told(odd: Any) -> None:
    keys = ("cached_tokens", "cache_write_tokens", "cached_tokens_details", "reasoning_tokens")
    details = dict.fromkeys(keys, odd)
    told = {
        "prompt_tokens": odd,
        "completion_tokens": odd,
        "cost": "0.5" if odd == 1.5 else odd,
        "cache_creation": odd,
        "server_tool_use_details": {"web_search_requests": odd},
        "server_tool_use": odd,
    }
    for nested in (odd, details):
        usage = {**told, "prompt_tokens_details": nested, "completion_tokens_details": nested}
        assert read_usage(usage) == Usage()


@pytest.mark.parametrize("text", ["1e-06", "0.000123456789012", "0.1", "3", "123.45"])
def test_a_reported_cost_is_kept_as_it_was_written(text: str) -> None:
    number = float(text) if "." in text or "e" in text else int(text)
    assert read_usage({"cost": number}).cost_usd == Decimal(text)


@pytest.mark.parametrize("cost", [1e300, 1_000_001, 2**63, 5e-324, 9.9e-26, float("nan")])
def test_a_cost_that_no_sum_could_hold_is_not_told(cost: float) -> None:
    assert read_usage({"cost": cost}).cost_usd is None


@pytest.mark.parametrize("cost", [1e-25, 1.2345678901234567e-25, 1_000_000])
def test_any_other_is_and_sums_hold_all_its_digits(cost: float) -> None:
    told = read_usage({"cost": cost}).cost_usd
    assert told == Decimal(repr(cost))
    for other in (Decimal("1e15"), Decimal("1e-41")):
        summed = MONEY.add(told, other)
        assert Context(prec=999).subtract(summed, other) == told


def test_nothing_has_no_sign() -> None:
    assert str(read_usage({"cost": -0.0}).cost_usd) == "0"
