"""What is right by its form, and perhaps not what was meant."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.config import (
    Category,
    Limits,
    ModelRef,
    ModelSettings,
    Provider,
    RoutingConfig,
    SpendingLimits,
)
from router_core.decide.config_warnings import Surroundings, warnings
from router_core.decide.defaults import default_config
from router_core.decide.model_info import ModelInfo, Prices

ALL_WELL = Surroundings(absence=lambda _: None, has_key=lambda _: True)
PLAIN = default_config()
GLM = PLAIN.aliases["glm-5"]


def with_category(config: RoutingConfig, **fields: Any) -> RoutingConfig:
    made = Category(**{"name": "poetry", "models": (GLM,), "keywords": ("sonnet",)} | fields)
    return replace(config, categories={**config.categories, made.name: made})


def told(after: RoutingConfig, around: Surroundings = ALL_WELL) -> tuple[str, ...]:
    return warnings(PLAIN, after, around)


def test_nothing_new_is_nothing_to_tell() -> None:
    assert told(PLAIN) == ()
    assert told(with_category(PLAIN)) == ()


def test_a_category_that_nothing_tells_from_the_others() -> None:
    assert "categories.poetry: without keywords" in told(with_category(PLAIN, keywords=()))[0]
    assert told(with_category(PLAIN, keywords=(), examples=("write a sonnet",))) == ()
    built_in = replace(PLAIN.categories["code"], keywords=())
    assert told(replace(PLAIN, categories={**PLAIN.categories, "code": built_in})) == ()


CAPPED = replace(PLAIN, limits=Limits(daily_usd=Decimal(5)))


def test_a_cap_with_models_of_unknown_price() -> None:
    around = replace(ALL_WELL, is_priced=lambda model: model.name != "glm-5")

    assert told(CAPPED) == ()
    assert told(PLAIN, around) == ()
    (line,) = told(CAPPED, around)
    assert line == (
        "limits: no price is known of glm-5; a call counts for nothing until its cost is reported"
    )
    own = ModelSettings(info=ModelInfo(prices=Prices(prompt=Decimal(0))))
    assert told(replace(CAPPED, model_settings={"glm-5": own}), around) == ()


def test_many_models_of_unknown_price_are_told_shortly() -> None:
    many = tuple(ModelRef(name=f"a/{n}", id=f"a/{n}", provider="openrouter") for n in range(9))
    line = told(with_category(CAPPED, models=many), replace(ALL_WELL, is_priced=lambda _: False))[
        -1
    ]

    assert "a/0, a/1, a/2, a/3, a/4 and 8 more;" in line


def test_a_limit_for_each_caller_where_nobody_has_a_key() -> None:
    per_caller = Limits(per_caller=SpendingLimits(monthly_usd=Decimal(5)))
    after, around = replace(PLAIN, limits=per_caller), replace(ALL_WELL, knows_callers=False)

    assert told(after) == ()
    assert told(CAPPED, around) == ()
    assert "without LLM_ROUTER_API_KEYS all callers are one" in told(after, around)[0]


@pytest.mark.parametrize("word", ["python", "Python", "pythón"])
def test_a_word_that_speaks_for_two(word: str) -> None:
    (line,) = told(with_category(PLAIN, keywords=(word,)))

    assert line == f"categories.poetry.keywords: {word!r} speaks for code too"


def test_an_alias_in_no_list() -> None:
    spare = ModelRef(name="spare", id="lab/spare", provider="openrouter")
    after = replace(PLAIN, aliases={**PLAIN.aliases, "spare": spare})

    assert told(after) == ("models.spare: in no list; only a request that names it reaches it",)
    assert told(with_category(after, models=(spare,))) == ()


@pytest.mark.parametrize(
    ("model_id", "is_told"),
    [
        ("openrouter:lab/x", True),
        ("lab/x:free", False),
        ("llama3:8b", False),
        ("openrouter:", False),
    ],
)
def test_an_id_with_the_provider_in_it(model_id: str, is_told: bool) -> None:
    model = ModelRef(name="x", id=model_id, provider="openrouter")
    after = with_category(replace(PLAIN, aliases={**PLAIN.aliases, "x": model}), models=(model,))

    expected = (
        f"models.x.id: {model_id!r} is sent as it is; a provider's name stands in models.x.provider"
    )
    assert told(after) == ((expected,) if is_told else ())


def test_a_model_that_is_out() -> None:
    gone = replace(ALL_WELL, absence=lambda model: "no such model" if model.id == "a/b" else None)
    after = with_category(PLAIN, models=(ModelRef(name="a/b", id="a/b", provider="openrouter"),))

    assert told(after, gone) == ("a/b (a/b) is out: no such model",)


def test_a_provider_without_its_key() -> None:
    keyless = replace(ALL_WELL, has_key=lambda name: name != "LAB_KEY")
    lab = Provider(name="lab", base_url="http://127.0.0.1:1", api_key_env="LAB_KEY")
    after = replace(PLAIN, providers={**PLAIN.providers, "lab": lab})

    (line,) = told(after, keyless)
    assert line.startswith("providers.lab: LAB_KEY is not set")
    open_to_all = replace(lab, api_key_env=None)
    after = replace(PLAIN, providers={**PLAIN.providers, "lab": open_to_all})
    assert told(after, replace(ALL_WELL, has_key=lambda _: False)) == ()


def test_what_was_so_before_is_not_told_again() -> None:
    before = with_category(PLAIN, keywords=())
    after = with_category(before, name="prose", keywords=("novel",))

    assert warnings(before, after, ALL_WELL) == ()


def test_many_aliases_in_many_categories_take_no_longer_than_they_are_many() -> None:
    looks = 0

    class Counted(ModelRef):
        def __getattribute__(self, name: str) -> object:
            nonlocal looks
            looks += name == "name"
            return super().__getattribute__(name)

    models = [Counted(name=f"m{n}", id=f"lab/m{n}", provider="openrouter") for n in range(200)]
    categories = {
        each.name: Category(name=each.name, models=(each,), keywords=(each.name,))
        for each in models
    }
    many = replace(PLAIN, aliases={each.name: each for each in models}, categories=categories)
    looks = 0

    told(many)
    assert looks < 20 * len(models)
