"""What an entry of ``models`` says of its model: read, refused, written again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import Deadlines, ModelSettings
from router_core.decide.model_info import ModelInfo, PriceOverride, Prices
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import config_etag, render, text_of
from tests.stores.config_texts import a_text, read, refusal


def a_model(**keys: Any) -> dict[str, Any]:
    return {"models": {"mine": {"id": "lab/one", **keys}}}


def settings_of(**keys: Any) -> ModelSettings:
    return read(**a_model(**keys)).model_settings["mine"]


def info_of(**keys: Any) -> ModelInfo:
    return settings_of(**keys).info


def usd(text: str) -> Decimal:
    return Decimal(text)


def test_an_entry_that_says_no_more_has_no_settings() -> None:
    assert read(**a_model()).model_settings == {}


def test_windows_abilities_and_prices_are_read() -> None:
    assert info_of(
        context_length=200_000,
        max_output_tokens=8_000,
        input_modalities=["text", "image"],
        supported_parameters=["tools"],
        pricing={"prompt": "0.0000010", "completion": "0.000002", "input_cache_read": "0"},
    ) == ModelInfo(
        context_length=200_000,
        max_output_tokens=8_000,
        input_modalities=frozenset({"text", "image"}),
        parameters=frozenset({"tools"}),
        prices=Prices(
            prompt=usd("0.000001"), completion=usd("0.000002"), input_cache_read=usd("0")
        ),
    )


def test_a_model_may_be_said_to_take_no_parameter_at_all() -> None:
    assert info_of(supported_parameters=[]).parameters == frozenset()


def test_prices_may_have_conditions_and_a_discount() -> None:
    override = {"min_prompt_tokens": 200_000, "utc_start": "2230", "utc_end": "0600", "prompt": "2"}

    prices = info_of(pricing={"prompt": "1", "discount": "0.1", "overrides": [override]}).prices

    assert prices == Prices(
        prompt=usd("1"),
        discount=usd("0.1"),
        overrides=(
            PriceOverride(
                prices=Prices(prompt=usd("2")),
                min_prompt_tokens=200_000,
                utc_start=22 * 60 + 30,
                utc_end=6 * 60,
            ),
        ),
    )


def test_a_model_may_have_deadlines_of_its_own() -> None:
    own = settings_of(deadlines={"first_token_s": 20, "total_s": 90.5}).deadlines

    assert own.over(Deadlines(idle_s=7)) == Deadlines(first_token_s=20, total_s=90.5, idle_s=7)


def test_a_model_may_be_called_so_many_times_at_once() -> None:
    assert settings_of(max_concurrent=4) == ModelSettings(max_concurrent=4)


def test_how_well_and_how_fast_a_model_does_may_be_told() -> None:
    settings = settings_of(quality=80, ttft_ms=900, tokens_per_s=60)

    info = ModelInfo(ttft_ms=900.0, tokens_per_s=60.0)
    assert settings == ModelSettings(info=info, quality=80.0)
    assert settings_of(quality=0).quality == 0.0


@pytest.mark.parametrize(
    ("keys", "path", "says"),
    [
        ({"contextlength": 5}, "contextlength", "did you mean 'context_length'"),
        ({"context_length": 0}, "context_length", "greater than or equal to 1"),
        ({"context_length": "128k"}, "context_length", "must be an integer"),
        ({"context_length": True}, "context_length", "must be an integer"),
        ({"max_output_tokens": 2**60}, "max_output_tokens", "less than or equal"),
        ({"input_modalities": []}, "input_modalities", "must not be empty"),
        ({"input_modalities": ["txt"]}, "input_modalities[0]", "'text', 'image', 'audio'"),
        ({"supported_parameters": "tools"}, "supported_parameters", "must be a list"),
        ({"supported_parameters": [""]}, "supported_parameters[0]", "must not be empty"),
        ({"pricing": {}}, "pricing", "must hold a price"),
        ({"pricing": {"discount": "0.1"}}, "pricing", "must hold a price"),
        ({"pricing": {"promt": "1"}}, "pricing.promt", "did you mean 'prompt'"),
        ({"pricing": {"prompt": 0.1}}, "pricing.prompt", "must be a string"),
        ({"pricing": {"prompt": "-1"}}, "pricing.prompt", "must be USD in decimals"),
        ({"pricing": {"prompt": "1 USD"}}, "pricing.prompt", "must be USD in decimals"),
        ({"pricing": {"prompt": "1", "discount": "1.1"}}, "pricing.discount", "a share"),
        ({"pricing": {"prompt": "1", "discount": "x"}}, "pricing.discount", "decimals"),
        (
            {"pricing": {"overrides": [{"prompt": "1"}]}},
            "pricing.overrides[0]",
            "must have a condition",
        ),
        (
            {"pricing": {"overrides": [{"utc_strat": "0100"}]}},
            "pricing.overrides[0].utc_strat",
            "did you mean 'utc_start'",
        ),
        (
            {"pricing": {"overrides": [{"utc_start": "2500"}]}},
            "pricing.overrides[0].utc_start",
            "must be a time of the day",
        ),
        ({"deadlines": {"idle": 3}}, "deadlines.idle", "did you mean 'idle_s'"),
        ({"deadlines": {"idle_s": 0}}, "deadlines.idle_s", "greater than 0"),
        ({"max_concurrent": 0}, "max_concurrent", "greater than or equal to 1"),
        ({"quality": 100.5}, "quality", "less than or equal to 100"),
        ({"quality": -1}, "quality", "greater than or equal to 0"),
        ({"quality": True}, "quality", "must be a number"),
        ({"ttft_ms": 0}, "ttft_ms", "greater than 0"),
        ({"tokens_per_s": 0}, "tokens_per_s", "greater than 0"),
        ({"tokens_per_s": "60"}, "tokens_per_s", "must be a number"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(keys: dict[str, Any], path: str, says: str) -> None:
    error = refusal(a_text(**a_model(**keys)))

    assert error.path == f"models.mine.{path}"
    assert says in error.message
    assert "\n" not in error.message


price = st.decimals(0, 9, places=7).map(lambda value: f"{value:f}")
prices = st.dictionaries(st.sampled_from(["prompt", "completion", "request", "image"]), price)
conditions = st.fixed_dictionaries(
    {"min_prompt_tokens": st.integers(0, 10**6)},
    optional={"utc_start": st.just("0830"), "utc_end": st.just("2400")},
)
overrides = st.lists(st.builds(lambda a, b: a | b, prices, conditions), min_size=1, max_size=2)
entries = st.fixed_dictionaries(
    {},
    optional={
        "context_length": st.integers(1, 2**53),
        "max_output_tokens": st.integers(1, 2**53),
        "input_modalities": st.lists(st.sampled_from(["text", "image", "file"]), min_size=1),
        "supported_parameters": st.lists(st.text(min_size=1, max_size=5)),
        "pricing": st.builds(lambda a, b: {**a, "overrides": b}, prices, overrides)
        | prices.filter(bool),
        "deadlines": st.dictionaries(st.sampled_from(["idle_s", "total_s"]), st.floats(0.1, 99)),
        "max_concurrent": st.integers(1, 100),
        "quality": st.floats(0, 100),
        "ttft_ms": st.floats(1, 99_999) | st.integers(1, 99_999),
        "tokens_per_s": st.floats(0.1, 999),
    },
)


@given(entries)
def test_it_is_written_as_it_was_read(keys: dict[str, Any]) -> None:
    config = read(**a_model(**keys))

    assert parse(text_of(render(config))) == config


@pytest.mark.parametrize(
    "keys",
    [
        {"context_length": 9},
        {"supported_parameters": []},
        {"pricing": {"prompt": "1"}},
        {"deadlines": {"idle_s": 3}},
        {"max_concurrent": 2},
        {"quality": 0},
        {"ttft_ms": 900},
        {"tokens_per_s": 60},
    ],
)
def test_the_etag_changes_with_each_of_them(keys: dict[str, Any]) -> None:
    assert config_etag(read(**a_model(**keys))) != config_etag(read(**a_model()))
