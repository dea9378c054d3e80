"""What of policies and of a request's limits has no effect, or cannot work."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.config import Limits, ModelSettings, RoutingConfig
from router_core.decide.config_warnings import Surroundings, policy_warnings, warnings
from router_core.decide.defaults import default_config
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.request_limits import DataPolicy, RequestLimits

ALL_WELL = Surroundings(absence=lambda _: None, has_key=lambda _: True)
PLAIN = default_config()
PRIOR = {"glm-5": 82.0, "aurora-alpha": 70.0, "gpt-4o-mini": 61.5}


def with_code(config: RoutingConfig = PLAIN, **fields: Any) -> RoutingConfig:
    code = replace(config.categories["code"], **fields)
    return replace(config, categories={**config.categories, "code": code})


def limited(**limits: Any) -> RoutingConfig:
    return replace(PLAIN, limits=Limits(per_request=RequestLimits(**limits)))


def told(config: RoutingConfig, around: Surroundings = ALL_WELL) -> list[str]:
    return list(policy_warnings(config, around))


def ineffective(policy: str, *keys: str) -> list[str]:
    return [f"categories.code.{key}: has no effect under the policy {policy}" for key in keys]


@pytest.mark.parametrize(
    ("policy", "fields", "keys"),
    [
        ("ordered", {}, []),
        (
            "ordered",
            {"quality": PRIOR, "floor": 0.0, "thrift": 0.0},
            ["quality", "floor", "thrift"],
        ),
        ("ordered", {"floor": 99.0}, ["floor"]),
        ("cheapest", {"quality": PRIOR}, ["quality"]),
        ("fastest", {"quality": PRIOR, "floor": 70.0}, []),
        ("fastest", {"thrift": 5.0}, ["thrift"]),
        ("balanced", {"quality": PRIOR, "floor": 70.0, "thrift": 7.0}, []),
    ],
)
def test_what_a_policy_does_not_look_at(
    policy: str, fields: dict[str, Any], keys: list[str]
) -> None:
    assert told(with_code(policy=policy, **fields)) == ineffective(policy, *keys)


def test_a_floor_above_every_quality() -> None:
    line = "categories.code.floor: has no effect, since no model of the list reaches it"
    prior = {model.name: 60.0 for model in PLAIN.categories["code"].models}

    assert told(with_code(policy="balanced", quality=prior, floor=60.5)) == [line]
    assert told(with_code(policy="balanced", quality=prior, floor=60.0)) == []
    # What is not told is what the place stands for, and what a model's own settings say.
    assert told(with_code(policy="balanced", floor=91.0)) == [line]
    assert told(with_code(policy="balanced", floor=90.0)) == []
    better = {model.name: ModelSettings(quality=95.0) for model in PLAIN.models().values()}
    by_models = replace(PLAIN, model_settings=better)
    assert told(with_code(by_models, policy="balanced", floor=91.0)) == []


def test_quality_that_is_told_of_some_models_alone() -> None:
    line = (
        "categories.code.quality: says nothing of aurora-alpha, gpt-4o-mini, which have the points"
        " of their places"
    )
    some = {"glm-5": 73.0}
    assert told(with_code(policy="balanced", quality=some)) == [line]
    assert told(with_code(policy="cheapest", quality=some, floor=80.0)) == [line]
    assert told(with_code(policy="balanced")) == []
    assert line not in told(with_code(policy="fastest", quality=some))
    settings = {"aurora-alpha": ModelSettings(quality=20.0), "gpt-4o-mini": ModelSettings()}
    mixed = with_code(replace(PLAIN, model_settings=settings), policy="balanced", quality=some)
    assert told(mixed) == [line.replace("aurora-alpha, ", "")]


def test_limits_that_leave_a_list_nobody() -> None:
    lines = told(limited(allowed_models=(frozenset({"gpt-4o-mini"}),)))

    assert lines == [
        f"categories.{name}.models: limits.per_request leaves none: aurora-alpha: the limits do"
        " not allow it"
        for name in ("tools", "reasoning")
    ]
    (line,) = told(limited(excluded_models=frozenset({"openai/gpt-4o-mini"})))
    assert line == "last_resort: limits.per_request leaves none: gpt-4o-mini: the limits exclude it"
    assert told(limited(data_policy=DataPolicy.DENY)) == []


def test_limits_that_keep_texts_from_the_classifier() -> None:
    lines = told(limited(excluded_providers=frozenset({"openrouter"})))

    assert lines[-1] == (
        "classifiers.api.model: limits.per_request leaves none: gpt-4o-mini: the limits exclude the"
        " provider openrouter"
    )
    assert len(lines) == len(PLAIN.categories) + 2  # the last resort too


def without_prices(*names: str) -> Surroundings:
    return replace(ALL_WELL, is_priced=lambda model: model.name not in names)


def test_a_highest_price_where_one_is_not_known() -> None:
    capped = limited(max_cost_usd=Decimal("0.05"))

    assert told(capped) == []
    assert told(PLAIN, without_prices("glm-5")) == []
    assert told(capped, without_prices("glm-5")) == [
        "limits.per_request.max_cost_usd: no price is known of glm-5, which come after the others"
    ]
    own = ModelSettings(info=ModelInfo(prices=Prices(prompt=Decimal(0))))
    priced = replace(capped, model_settings={"glm-5": own})
    assert told(priced, without_prices("glm-5")) == []


def test_the_cheapest_where_a_price_is_not_known() -> None:
    cheapest = with_code(policy="cheapest")

    assert told(cheapest, without_prices("kimi-k2.5")) == []
    assert told(cheapest, without_prices("glm-5", "aurora-alpha")) == [
        "categories.code.policy: no price is known of aurora-alpha, glm-5, never taken for cheap"
    ]


def test_a_change_tells_of_them() -> None:
    after = with_code(thrift=7.0)

    assert warnings(PLAIN, after, ALL_WELL) == tuple(ineffective("ordered", "thrift"))
    assert warnings(after, after, ALL_WELL) == ()
