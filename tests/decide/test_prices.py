"""What a request costs a token: conditions, windows of time, discounts; and their JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.model_info import PRICE_KEYS, PriceOverride, Prices
from router_core.decide.model_prices import read_clock, read_price, read_prices, render_prices

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def at_time(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-27T{text}+00:00")


def usd(text: str) -> Decimal:
    return Decimal(text)


def when_long(tokens: int, prompt: str) -> PriceOverride:
    return PriceOverride(prices=Prices(prompt=usd(prompt)), min_prompt_tokens=tokens)


def test_a_condition_on_tokens_wants_strictly_more() -> None:
    prices = Prices(prompt=usd("1"), completion=usd("5"), overrides=(when_long(200_000, "2"),))

    assert prices.at(200_000, NOON) == Prices(prompt=usd("1"), completion=usd("5"))
    assert prices.at(200_001, NOON) == Prices(prompt=usd("2"), completion=usd("5"))


def test_a_later_override_wins_key_by_key() -> None:
    overrides = (
        PriceOverride(prices=Prices(prompt=usd("2"), completion=usd("6")), min_prompt_tokens=10),
        when_long(20, "3"),
        when_long(999, "4"),
    )
    prices = Prices(prompt=usd("1"), completion=usd("5"), request=usd("7"), overrides=overrides)

    told = prices.at(21, NOON)

    assert (told.prompt, told.completion, told.request) == (usd("3"), usd("6"), usd("7"))


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("0830", "1700", ["08:30", "16:59"], ["08:29", "17:00", "00:00"]),
        ("2230", "0600", ["22:30", "23:59", "00:00", "05:59"], ["22:29", "06:00", "12:00"]),
        ("1200", "2400", ["12:00", "23:59"], ["11:59", "00:00"]),
        ("0500", "0500", ["00:00", "05:00", "23:59"], []),
        (None, "0600", ["00:00", "05:59"], ["06:00"]),
        ("1800", None, ["18:00", "23:59"], ["17:59", "00:00"]),
    ],
)
def test_a_window_may_lie_over_midnight(
    start: str | None, end: str | None, inside: list[str], outside: list[str]
) -> None:
    override = PriceOverride(
        prices=Prices(prompt=usd("2")),
        utc_start=None if start is None else read_clock(start),
        utc_end=None if end is None else read_clock(end),
    )
    prices = Prices(prompt=usd("1"), overrides=(override,))

    assert {t: prices.at(1, at_time(t)).prompt for t in inside} == dict.fromkeys(inside, usd("2"))
    assert {t: prices.at(1, at_time(t)).prompt for t in outside} == dict.fromkeys(outside, usd("1"))


def test_prices_may_hold_on_some_days() -> None:
    told = {"prompt": "1", "completion": "1"}
    weekend = {"utc_days": ["saturday", "sunday"], "utc_start": "0800", "prompt": "2"}
    prices = read_prices({**told, "overrides": [weekend]})
    assert prices is not None
    friday = at_time("12:00")

    assert [prices.at(1, friday + timedelta(days=n)).prompt for n in range(4)] == [
        usd("1"),
        usd("2"),
        usd("2"),
        usd("1"),
    ]
    assert prices.at(1, at_time("07:59") + timedelta(days=1)).prompt == usd("1")
    assert read_prices(render_prices(prices)) == prices
    for odd in ("saturday", ["caturday"], [1], [["monday"]]):
        override = {"utc_days": odd, "prompt": "2"}
        assert read_prices({**told, "overrides": [override]}) == read_prices(told)


def test_windows_are_in_utc_whatever_the_zone_of_the_moment() -> None:
    override = PriceOverride(prices=Prices(prompt=usd("2")), utc_start=12 * 60, utc_end=13 * 60)
    prices = Prices(prompt=usd("1"), overrides=(override,))

    moment = NOON.astimezone(timezone(timedelta(hours=9)))

    assert prices.at(1, moment).prompt == usd("2")


def test_the_discount_is_taken_off_everything_that_is_told() -> None:
    prices = Prices(prompt=usd("0.4"), completion=usd("2"), discount=usd("0.25"))

    assert prices.at(1, NOON) == Prices(prompt=usd("0.3"), completion=usd("1.5"))


money = st.decimals(0, 10, places=9, allow_nan=False)
some_prices = st.builds(Prices, prompt=st.none() | money, completion=st.none() | money)
overrides = st.builds(
    PriceOverride,
    prices=some_prices,
    min_prompt_tokens=st.none() | st.integers(0, 100),
    utc_start=st.none() | st.integers(0, 1440),
    utc_end=st.none() | st.integers(0, 1440),
)
conditional = st.builds(
    Prices,
    prompt=st.none() | money,
    completion=st.none() | money,
    request=st.none() | money,
    discount=st.none() | st.decimals(0, 1, places=3),
    overrides=st.lists(overrides, max_size=4).map(tuple),
)
moments = st.datetimes(timezones=st.just(UTC))


@given(conditional, st.integers(0, 200), moments)
def test_what_comes_out_is_plain_and_one_of_the_prices_told_less_the_discount(
    prices: Prices, tokens: int, when: datetime
) -> None:
    told = prices.at(tokens, when)

    share = 1 - (prices.discount or 0)
    written = {prices.prompt, *(override.prices.prompt for override in prices.overrides)}
    assert told.prompt in {price if price is None else price * share for price in written}
    assert (told.discount, told.overrides) == (None, ())
    assert told.at(tokens, when) == told


@given(some_prices, st.lists(overrides), overrides, st.integers(0, 200), moments)
def test_the_last_override_that_holds_decides(
    base: Prices, before: list[PriceOverride], last: PriceOverride, tokens: int, when: datetime
) -> None:
    prices = Prices(prompt=base.prompt, overrides=(*before, last))

    told = prices.at(tokens, when).prompt

    if last.holds(tokens, when) and last.prices.prompt is not None:
        assert told == last.prices.prompt
    else:
        assert told == Prices(prompt=base.prompt, overrides=tuple(before)).at(tokens, when).prompt


@given(conditional.filter(lambda prices: prices.is_known))
def test_prices_are_read_as_they_were_rendered(prices: Prices) -> None:
    conditions = [(o.min_prompt_tokens, o.utc_start, o.utc_end) for o in prices.overrides]
    rendered = json.loads(json.dumps(render_prices(prices)))
    if (None, None, None) in conditions:  # no override of any API: it would hold always
        return
    assert read_prices(rendered) == prices


@pytest.mark.parametrize(
    ("value", "price"),
    [
        ("0.000001", "0.000001"),
        ("0", "0"),
        ("1e-7", "1e-7"),
        (0, "0"),
        (2, "2"),
        (0.1, "0.1"),
        (1e-7, "1e-07"),
        ("3E+2", "300"),
    ],
)
def test_a_price_is_the_decimal_that_was_written(value: Any, price: str) -> None:
    read = read_price(value)

    assert str(read) == str(Decimal(price))


@pytest.mark.parametrize(
    "value",
    [
        *("-1", -1, "-0.1", "", " 1", "1 ", "NaN", "Infinity", "1e999", "9" * 13, "1_0", "١"),
        *(True, None, [], {}, float("nan"), float("inf"), "0x1", "1,5", 1e300),
    ],
)
def test_what_is_no_price_is_unknown(value: Any) -> None:
    assert read_price(value) is None


def test_the_prices_of_a_router_that_has_none_are_unknown() -> None:
    assert read_prices({"prompt": "-1", "completion": "-1"}) is None


def test_all_of_openrouters_names_are_read() -> None:
    told = {key: f"0.{number:03}" for number, key in enumerate(PRICE_KEYS, 1)}

    prices = read_prices({**told, "discount": 0.5, "something_new": "1"})

    assert prices == Prices(
        **{key: Decimal(text) for key, text in told.items()},  # type: ignore[arg-type]  # decimals all
        discount=Decimal("0.5"),
    )


def test_an_override_that_is_not_understood_is_left_out() -> None:
    good = {"min_prompt_tokens": 10, "prompt": "2", "utc_start": "2200", "utc_end": 600}
    bad: list[Any] = [
        {"prompt": "3"},
        {"prompt": "3", "min_prompt_tokens": "many"},
        {"prompt": "3", "min_prompt_tokens": 10, "utc_start": "2560"},
        "3",
        None,
    ]

    prices = read_prices({"prompt": "1", "overrides": [*bad, good]})

    assert prices is not None
    (override,) = prices.overrides
    assert override == PriceOverride(
        prices=Prices(prompt=usd("2")), min_prompt_tokens=10, utc_start=22 * 60, utc_end=6 * 60
    )


@pytest.mark.parametrize("discount", ["1.5", -0.1, "half", True, None])
def test_a_discount_beyond_everything_is_none(discount: Any) -> None:
    prices = read_prices({"prompt": "1", "discount": discount})

    assert prices == Prices(prompt=usd("1"))
