"""The dated price table: exact prices, of the day, with their conditions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import types

from router_core.decide.candidates import Prospect
from router_core.decide.choosing import RouteQuery
from router_core.decide.config import Provider
from router_core.decide.defaults import BUILT_IN_MODELS, OPENROUTER, default_config
from router_core.decide.demands import Demands
from router_core.decide.model_info import ModelInfo, PriceOverride, Prices
from router_core.decide.routing import route_named
from router_core.stores.price_table import GenaiPriceTable

DAY = date(2026, 11, 27)


@pytest.fixture(scope="module")
def table() -> GenaiPriceTable:
    made = GenaiPriceTable()
    made.load()
    return made


def usd(text: str) -> Decimal:
    return Decimal(text)


def a_table(*models: types.ModelInfo) -> GenaiPriceTable:
    made = GenaiPriceTable()
    provider = types.Provider(
        id="openrouter", name="", api_pattern=r"https://openrouter\.ai", models=list(models)
    )
    made._providers = (provider,)
    return made


def a_model(prices: Any, **fields: Any) -> types.ModelInfo:
    clause = types.ClauseEquals(equals="lab/one")
    return types.ModelInfo(**{"id": "lab/one", "match": clause, "prices": prices} | fields)


def prices_of(prices: Any, day: date = DAY) -> Prices | None:
    return a_table(a_model(prices)).models(OPENROUTER, day)["lab/one"].prices


def per_million(prompt: str) -> types.ModelPrice:
    return types.ModelPrice(input_mtok=usd(prompt))


def since(day: date, prompt: str) -> types.ConditionalPrice:
    return types.ConditionalPrice(types.StartDateConstraint(day), prices=per_million(prompt))


def test_every_model_that_the_router_comes_with_has_prices(table: GenaiPriceTable) -> None:
    known = table.models(OPENROUTER, datetime.now(UTC).date())

    for model_id in {*BUILT_IN_MODELS.values()} - {"openrouter/aurora-alpha"}:
        prices = known[model_id].prices
        assert prices is not None, model_id
        assert prices.prompt, model_id
        assert prices.completion, model_id


def test_each_category_has_a_last_resort_that_is_alive(table: GenaiPriceTable) -> None:
    config = default_config()
    alive = table.models(OPENROUTER, datetime.now(UTC).date())
    query = RouteQuery(
        config=config, demands=Demands(tools=True, images=1), outlook=lambda _: Prospect()
    )
    for category in config.categories:
        decision = route_named(category, query)
        rescue = config.last_resort or category
        assert rescue in {candidate.model for candidate in decision.candidates}, category
    assert config.last_resort is not None
    assert config.last_resort.id in alive


def test_the_table_says_which_it_is_and_of_when(table: GenaiPriceTable) -> None:
    assert table.source(DAY).startswith("genai-prices 0.")
    newest = date.fromisoformat(table.source(DAY).rpartition(" ")[2])
    assert date(2026, 9, 1) < newest <= DAY
    assert table.source(date(2020, 1, 1)).count(" ") == 1


def test_it_is_empty_until_it_is_loaded() -> None:
    assert GenaiPriceTable().models(OPENROUTER, DAY) == {}


@pytest.mark.parametrize(
    ("provider", "known"),
    [
        (OPENROUTER, "openai/gpt-4o-mini"),
        (Provider(name="openrouter", base_url="http://127.0.0.1:1/v1"), "openai/gpt-4o-mini"),
        (Provider(name="mine", base_url="https://openrouter.ai/api/v1"), "openai/gpt-4o-mini"),
        (Provider(name="fast", base_url="https://api.groq.com/openai/v1"), "gemma2-9b-it"),
        (Provider(name="local", base_url="http://localhost:11434/v1"), None),
    ],
)
def test_a_provider_is_known_by_its_name_or_by_its_url(
    provider: Provider, known: str | None, table: GenaiPriceTable
) -> None:
    models = table.models(provider, DAY)

    assert known in models if known else models == {}


def test_prices_of_a_million_are_exact_prices_of_one() -> None:
    told = types.ModelPrice(
        input_mtok=usd("0.532"),
        output_mtok=usd("3.325"),
        cache_read_mtok=usd("0.08333333333333334"),
        web_searches_kcount=usd("10"),
        input_video_mtok=usd("1"),
    )

    assert prices_of(told) == Prices(
        prompt=usd("0.000000532"),
        completion=usd("0.000003325"),
        input_cache_read=usd("0.08333333333333334E-6"),
        web_search=usd("0.01"),
    )


def test_the_price_is_that_of_the_day() -> None:
    told = [
        types.ConditionalPrice(prices=per_million("1")),
        since(date(2026, 10, 19), "2"),
        since(date(2026, 11, 3), "3"),
    ]
    days = (date(2026, 10, 18), date(2026, 10, 19), date(2026, 11, 2), date(2026, 11, 3))

    charged = [prices_of(told, day) or Prices() for day in days]

    assert [prices.prompt for prices in charged] == [
        usd("0.000001"),
        usd("0.000002"),
        usd("0.000002"),
        usd("0.000003"),
    ]


def test_one_table_tells_the_prices_of_another_day_too() -> None:
    table = a_table(a_model([types.ConditionalPrice(prices=per_million("1")), since(DAY, "2")]))
    days = (DAY - timedelta(days=1), DAY, DAY - timedelta(days=1))

    charged = [table.models(OPENROUTER, day)["lab/one"].prices or Prices() for day in days]

    assert [prices.prompt for prices in charged] == [
        usd("0.000001"),
        usd("0.000002"),
        usd("0.000001"),
    ]


def test_tiers_are_overrides_the_highest_last() -> None:
    tiers = [types.Tier(start=200_000, price=usd("4")), types.Tier(start=100, price=usd("2"))]
    told = types.ModelPrice(
        input_mtok=types.TieredPrices(base=usd("1"), tiers=tiers), output_mtok=usd("5")
    )

    prices = prices_of(told)

    assert prices is not None
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    charged = [prices.at(tokens, noon).prompt for tokens in (100, 101, 200_000, 200_001)]
    assert charged == [usd("0.000001"), usd("0.000002"), usd("0.000002"), usd("0.000004")]
    assert prices.at(200_001, noon).completion == usd("0.000005")


EAST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("opens", "closes", "start", "end"),
    [
        (time(16, 30), time(0, 30), 990, 30),
        (time(0, 30, tzinfo=EAST), time(8, 30, tzinfo=EAST), 990, 30),
    ],
)
def test_hours_of_the_day_are_overrides_in_utc(
    opens: time, closes: time, start: int, end: int
) -> None:
    night = types.TimeOfDateConstraint(start_time=opens, end_time=closes)
    told = [
        types.ConditionalPrice(prices=per_million("2")),
        types.ConditionalPrice(night, prices=per_million("1")),
    ]

    cheaper = PriceOverride(prices=Prices(prompt=usd("0.000001")), utc_start=start, utc_end=end)
    assert prices_of(told) == Prices(prompt=usd("0.000002"), overrides=(cheaper,))


def test_other_ids_that_it_spells_out_are_the_same_model() -> None:
    match = types.ClauseOr(
        or_=[types.ClauseEquals(equals="lab/one-0127"), types.ClauseContains(contains="one")]
    )
    table = a_table(a_model(per_million("1"), match=match, context_window=9))

    models = table.models(OPENROUTER, DAY)

    assert set(models) == {"lab/one", "lab/one-0127"}
    assert models["lab/one-0127"].context_length == 9


def test_a_model_without_prices_has_none_rather_than_no_cost() -> None:
    table = a_table(a_model([]))

    assert table.models(OPENROUTER, DAY) == {"lab/one": ModelInfo()}
