"""What the file says of policies and of what a request may take: read, refused, written again."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import Category
from router_core.decide.policy_settings import PolicySettings, TimeTo
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import render, text_of
from tests.stores.config_texts import (
    LOCAL,
    OPENROUTER,
    a_category,
    a_provider,
    a_text,
    read,
    refusal,
)

PROVIDERS = {"providers": {"openrouter": OPENROUTER, "local": LOCAL}}


def limits_of(**keys: Any) -> RequestLimits:
    return read(**PROVIDERS, limits={"per_request": keys}).limits.per_request


def category_of(*models: str, **keys: Any) -> Category:
    file = PROVIDERS | a_category(models=list(models), **keys)
    return read(**file).categories["mine"]


# -- policies


def test_what_policies_weigh_by_is_read() -> None:
    policies = read(
        policies={
            "thrift": 7,
            "usd_per_point": "0.0005",
            "seconds_per_point": 3,
            "time_to": "first_token",
        }
    ).policies

    assert policies == PolicySettings(
        thrift=7.0, usd_per_point=0.0005, seconds_per_point=3.0, time_to=TimeTo.FIRST
    )
    assert read().policies == PolicySettings()
    assert read(policies={"usd_per_point": 0.25}).policies == PolicySettings(usd_per_point=0.25)


def test_a_category_may_say_how_well_its_models_do() -> None:
    category = category_of(
        "glm-5", "lab/two", policy="balanced", quality={"glm-5": 82}, floor=70, thrift=0
    )

    assert category.policy == "balanced"
    assert (category.quality, category.floor, category.thrift) == ({"glm-5": 82.0}, 70.0, 0.0)
    plain = category_of("glm-5")
    assert (plain.quality, plain.floor, plain.thrift) == ({}, None, None)


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("glm-5", "z-ai/glm-5"),
        ("glm-5", "openrouter:z-ai/glm-5"),
        ("z-ai/glm-5", "glm-5"),
        ("local:one", "local:one"),
    ],
)
def test_a_model_may_be_told_by_another_of_its_names(entry: str, key: str) -> None:
    assert category_of(entry, quality={key: 50}).quality == {entry: 50.0}


def test_of_one_model_under_two_names_each_has_its_own() -> None:
    both = ("glm-5", "z-ai/glm-5")

    assert category_of(*both, quality={"glm-5": 1, "z-ai/glm-5": 2}).quality == {
        "glm-5": 1.0,
        "z-ai/glm-5": 2.0,
    }
    assert category_of(*both, quality={"openrouter:z-ai/glm-5": 3}).quality == {"glm-5": 3.0}


# -- limits


def test_what_a_request_may_take_is_read() -> None:
    assert limits_of(
        max_cost_usd="0.050",
        max_ttft_ms=8000,
        allowed_models=["glm-5", "lab/two", "local:one"],
        excluded_models=["kimi-k2.5"],
        allowed_providers=["openrouter"],
        excluded_providers=["local"],
        data_policy="deny",
    ) == RequestLimits(
        max_cost_usd=Decimal("0.05"),
        max_ttft_ms=8000,
        allowed_models=(frozenset({"glm-5", "lab/two", "local:one"}),),
        excluded_models=frozenset({"kimi-k2.5"}),
        allowed_providers=(frozenset({"openrouter"}),),
        excluded_providers=frozenset({"local"}),
        data_policy=DataPolicy.DENY,
    )


def test_what_says_nothing_is_no_limit_at_all() -> None:
    assert limits_of() is NO_LIMITS
    assert limits_of(allowed_models=[], allowed_providers=[], max_cost_usd=None) is NO_LIMITS
    assert read().limits.per_request is NO_LIMITS


@pytest.mark.parametrize("free", [0, "0", "0.000", 0.0])
def test_nothing_may_be_the_highest_price(free: Any) -> None:
    assert limits_of(max_cost_usd=free).max_cost_usd == 0


def test_a_limit_brings_no_model_into_the_config() -> None:
    own = {name: {"models": ["lab/a"]} for name in ("tools", "code", "reasoning", "conversation")}
    config = read(
        categories=own,
        limits={"per_request": {"allowed_models": ["glm-5"], "excluded_models": ["gpt-4o-mini"]}},
    )

    limits = config.limits.per_request
    assert limits.allowed_models == (frozenset({"openrouter:z-ai/glm-5"}),)
    assert limits.excluded_models == frozenset({"openrouter:openai/gpt-4o-mini"})
    assert config.aliases == {}
    assert config.classifiers.api.model is None
    assert parse(text_of(render(config))) == config


def test_what_a_limit_names_is_written_as_it_is_where_a_list_has_it() -> None:
    limits = limits_of(allowed_models=["glm-5"], excluded_models=["gpt-4o-mini"])

    assert limits.allowed_models == (frozenset({"glm-5"}),)
    own = {"code": {"models": ["lab/a"]}, "conversation": {"models": ["lab/a"]}}
    named = read(
        categories=own,
        classifiers={"api": {"model": "gpt-4o-mini"}},
        limits={"per_request": {"excluded_models": ["gpt-4o-mini"]}},
    )
    assert named.limits.per_request.excluded_models == frozenset({"gpt-4o-mini"})


def test_what_a_provider_promises_is_read() -> None:
    assert read(**a_provider(data_policy="deny")).providers["p"].data_policy is DataPolicy.DENY
    assert read(**a_provider()).providers["p"].data_policy is DataPolicy.ALLOW


# -- refusals


def per_request(**keys: Any) -> dict[str, Any]:
    return {"limits": {"per_request": keys}}


def policies(**keys: Any) -> dict[str, Any]:
    return {"policies": keys}


MINE, LIMITS = "categories.mine", "limits.per_request"


@pytest.mark.parametrize(
    ("keys", "path", "says"),
    [
        (policies(thirft=1), "policies.thirft", "did you mean 'thrift'"),
        (policies(thrift=11), "policies.thrift", "less than or equal to 10"),
        (policies(thrift=-0.5), "policies.thrift", "greater than or equal to 0"),
        (policies(thrift="5"), "policies.thrift", "must be a number"),
        (policies(usd_per_point=0), "policies.usd_per_point", "must be USD, more than 0"),
        (policies(usd_per_point="cheap"), "policies.usd_per_point", "must be USD, more than 0"),
        (policies(usd_per_point=None), "policies.usd_per_point", "must be USD, more than 0"),
        (policies(usd_per_point=True), "policies.usd_per_point", "must be USD, more than 0"),
        (policies(seconds_per_point=0), "policies.seconds_per_point", "greater than 0"),
        (policies(time_to="end"), "policies.time_to", "there is: last_token, first_token"),
        (a_category(floor=101), f"{MINE}.floor", "less than or equal to 100"),
        (a_category(thrift=-1), f"{MINE}.thrift", "greater than or equal to 0"),
        (a_category(quality=[82]), f"{MINE}.quality", "must be an object"),
        (a_category(quality={"": 82}), f'{MINE}.quality[""]', "no alias ''"),
        (a_category(quality={"a/b": 101}), f'{MINE}.quality["a/b"]', "less than or equal to 100"),
        (a_category(quality={"a/b": None}), f'{MINE}.quality["a/b"]', "must be a number"),
        (a_category(quality={"c/d": 5}), f'{MINE}.quality["c/d"]', f"not in {MINE}.models"),
        (a_category(quality={"glm-5": 5}), f"{MINE}.quality.glm-5", f"not in {MINE}.models"),
        (a_category(quality={"glm5": 5}), f"{MINE}.quality.glm5", "did you mean 'glm-5'"),
        (
            a_category(quality={"a/b": 5, "openrouter:a/b": 6}),
            f'{MINE}.quality["openrouter:a/b"]',
            "a/b is there twice",
        ),
        (per_request(max_cost=1), f"{LIMITS}.max_cost", "did you mean 'max_cost_usd'"),
        (per_request(max_cost_usd=-1), f"{LIMITS}.max_cost_usd", "must be USD, 0 or more"),
        (per_request(max_cost_usd="x"), f"{LIMITS}.max_cost_usd", "must be USD, 0 or more"),
        (per_request(max_ttft_ms=0), f"{LIMITS}.max_ttft_ms", "greater than or equal to 1"),
        (per_request(allowed_models=["glm5"]), f"{LIMITS}.allowed_models[0]", "no alias 'glm5'"),
        (
            per_request(excluded_models=["a/b", "lab:x"]),
            f"{LIMITS}.excluded_models[1]",
            "no provider 'lab'",
        ),
        (
            per_request(allowed_providers=["openruter"]),
            f"{LIMITS}.allowed_providers[0]",
            "no provider 'openruter'; did you mean 'openrouter'",
        ),
        (
            per_request(excluded_providers=["openrouter", "lab"]),
            f"{LIMITS}.excluded_providers[1]",
            "no provider 'lab'",
        ),
        (per_request(data_policy="never"), f"{LIMITS}.data_policy", "there is: allow, deny"),
        (a_provider(data_policy=""), "providers.p.data_policy", "there is: allow, deny"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(keys: dict[str, Any], path: str, says: str) -> None:
    error = refusal(a_text(**keys))

    assert error.path == path
    assert says in error.message
    assert "\n" not in error.message


# -- there and back

POINTS = st.floats(0, 100) | st.integers(0, 100)
MODELS = st.lists(st.sampled_from(["glm-5", "lab/two", "local:one", "z-ai/glm-5"]), unique=True)
NAMES = st.lists(st.sampled_from(["openrouter", "local"]))
USD = st.decimals(0, 9, places=7).map(str) | st.integers(0, 9) | st.floats(1e-9, 9)


@st.composite
def categories(draw: st.DrawFn) -> dict[str, Any]:
    models = draw(MODELS.filter(bool))
    told = {
        "quality": st.dictionaries(st.sampled_from(models), POINTS),
        "floor": POINTS | st.none(),
        "thrift": st.floats(0, 10) | st.none(),
        "policy": st.sampled_from(["ordered", "cheapest", "fastest", "balanced"]),
    }
    return {"models": models} | draw(st.fixed_dictionaries({}, optional=told))


FILES = st.fixed_dictionaries(
    {
        "categories": st.fixed_dictionaries({"mine": categories()}),
        "policies": st.fixed_dictionaries(
            {},
            optional={
                "thrift": st.floats(0, 10),
                "usd_per_point": st.floats(1e-6, 9) | st.just("0.0005"),
                "seconds_per_point": st.floats(0.001, 99),
                "time_to": st.sampled_from(["first_token", "last_token"]),
            },
        ),
        "limits": st.fixed_dictionaries(
            {
                "per_request": st.fixed_dictionaries(
                    {},
                    optional={
                        "max_cost_usd": USD | st.none(),
                        "max_ttft_ms": st.integers(1, 99_999) | st.none(),
                        "allowed_models": MODELS,
                        "excluded_models": MODELS,
                        "allowed_providers": NAMES,
                        "excluded_providers": NAMES,
                        "data_policy": st.sampled_from(["allow", "deny"]),
                    },
                )
            }
        ),
    }
)


@given(FILES)
def test_it_is_written_as_it_was_read(file: dict[str, Any]) -> None:
    config = read(**PROVIDERS, **file)

    assert parse(text_of(render(config))) == config
    assert json.loads(text_of(render(config)))["version"] == 1
