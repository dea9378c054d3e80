"""Whom the limits of a request leave out, and why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.candidates import Chance, Prospect
from router_core.decide.config import Category, ModelRef
from router_core.decide.forecast import Expectation
from router_core.decide.health import ModelHealth, Standing
from router_core.decide.limiting import why_excluded, why_provider_excluded, why_too_much
from router_core.decide.model_info import ModelInfo
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.decide.routing import route_direct
from router_core.decide.target import Direct
from tests.decide.limiting import CONFIG, GLM, HOUSE, KIMI, MINI, MODELS, QWEN, a_query, judged

DENY = RequestLimits(data_policy=DataPolicy.DENY)


def allowed(*names: str) -> RequestLimits:
    return RequestLimits(allowed_models=(frozenset(names),))


def excluded(*names: str) -> RequestLimits:
    return RequestLimits(excluded_models=frozenset(names))


def left_out(limits: RequestLimits) -> list[str]:
    return [each.name for each in MODELS if why_excluded(each, limits, CONFIG)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("glm-5", "glm-5"),
        ("z-ai/glm-5", "glm-5"),
        ("openrouter:z-ai/glm-5", "glm-5"),
        ("local:z-ai/glm-5", None),
        ("mini", "openai/gpt-4o-mini"),
        ("local-one", "local:qwen3"),
        ("qwen3", "local:qwen3"),
        ("local:qwen3", "local:qwen3"),
        ("openrouter:qwen3", None),
        ("glm", None),
        ("", None),
    ],
)
def test_a_model_is_meant_by_any_of_its_names(name: str, meant: str | None) -> None:
    names = [each.name for each in MODELS]
    assert left_out(excluded(name, "nobody")) == [each for each in names if each == meant]
    assert left_out(allowed(name, "nobody")) == [each for each in names if each != meant]


@pytest.mark.parametrize(
    ("model_id", "provider", "name", "is_out"),
    [
        ("z-ai/glm-5:nitro", "openrouter", "z-ai/glm-5", True),
        ("z-ai/glm-5:nitro", "openrouter", "glm-5", True),
        ("z-ai/glm-5:nitro", "local", "glm-5", False),
        ("z-ai/glm-5:free", "openrouter", "z-ai/glm-5", False),
        ("z-ai/glm-5", "openrouter", "z-ai/glm-5:nitro", False),
        ("z-ai/glm-5:nitro:online", "openrouter", "z-ai/glm-5", True),
        ("z-ai/glm-5:free:nitro", "openrouter", "z-ai/glm-5:free", True),
        ("z-ai/glm-5@preset/mine", "openrouter", "glm-5", True),
        ("z-ai/glm-5:nitro@preset/mine", "openrouter", "z-ai/glm-5", True),
        ("Z-AI/GLM-5:Nitro", "openrouter", "glm-5", True),
        ("z-ai/glm-5", "openrouter", "Z-AI/GLM-5", True),
        ("z-ai/glm-5", "openrouter", "openrouter:Z-AI/GLM-5", True),
        ("@preset/mine", "openrouter", "glm-5", False),
        ("qwen3:latest", "local", "local:qwen3", True),
        ("Qwen3", "local", "local-one", True),
    ],
)
def test_who_is_excluded_is_so_in_every_way_of_routing_it(
    model_id: str, provider: str, name: str, is_out: bool
) -> None:
    model = ModelRef(name=f"{provider}:{model_id}", id=model_id, provider=provider)
    assert bool(why_excluded(model, excluded(name), CONFIG)) is is_out
    assert why_excluded(model, allowed(name), CONFIG), "allowed is what was written, no more"


def test_a_model_has_to_be_in_every_set_that_is_allowed() -> None:
    both = allowed("glm-5", "mini").narrowed_by(allowed("mini", "house"))
    assert left_out(both) == ["glm-5", "kimi-k2.5", "local:qwen3", "house"]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (RequestLimits(excluded_providers=frozenset({"local"})), "exclude the provider local"),
        (
            RequestLimits(allowed_providers=(frozenset({"openrouter", "vault"}),)),
            "do not allow the provider local",
        ),
        (DENY, "local does not promise to leave the data alone (data_policy)"),
    ],
)
def test_a_provider_is_left_out_with_all_its_models(limits: RequestLimits, told: str) -> None:
    assert left_out(limits) == ["local:qwen3"]
    assert told in (why_excluded(QWEN, limits, CONFIG) or "")
    assert why_provider_excluded("local", limits, CONFIG) is not None
    assert why_provider_excluded("vault", limits, CONFIG) is None


def test_a_provider_that_is_not_known_promises_nothing() -> None:
    assert why_provider_excluded("gone", DENY, CONFIG) is not None


@pytest.mark.parametrize(
    ("usd", "limit", "told"),
    [
        (0.02, "0.02", None),
        (0.1 + 0.2, "0.3", None),
        (0.0200001, "0.02", "est. $0.0200, over the limit of $0.02"),
        (0.0, "0", None),
        (1e-9, "0", "est. $0.0000000010, over the limit of $0"),
        (None, "0", None),
    ],
)
def test_what_costs_more_than_the_limit_is_too_much(
    usd: float | None, limit: str, told: str | None
) -> None:
    limits = RequestLimits(max_cost_usd=Decimal(limit))
    assert why_too_much(Expectation(cost_usd=usd), limits) == told


@pytest.mark.parametrize(
    ("ms", "told"),
    [
        (500.0, None),
        (501.0, "est. 501 ms to the first token, over the limit of 500 ms"),
        (None, None),
    ],
)
def test_who_is_slower_than_the_limit_is_too_slow(ms: float | None, told: str | None) -> None:
    expected = Expectation(first_ms=ms, last_ms=9e9)
    assert why_too_much(expected, RequestLimits(max_ttft_ms=500.0)) == told


# -- in a decision


def names(query: Any, *, callable_only: bool = True) -> list[str]:
    chances = (Chance.ELIGIBLE,) if callable_only else tuple(Chance)
    return [each.model.name for each in judged(query).candidates if each.chance in chances]


PRICED = {
    "kimi-k2.5": Expectation(cost_usd=0.05, first_ms=100.0),
    "openai/gpt-4o-mini": Expectation(cost_usd=0.01, first_ms=900.0),
    "house": Expectation(cost_usd=0.02, first_ms=200.0),
}
"""Nothing is known of the first, nor of the local one."""


def test_what_is_not_known_is_called_after_what_is_within() -> None:
    limits = RequestLimits(max_cost_usd=Decimal("0.03"))
    assert names(a_query(limits, PRICED)) == [
        "openai/gpt-4o-mini",
        "house",
        "glm-5",
        "local:qwen3",
    ]
    assert names(a_query(limits)) == [each.name for each in MODELS], "it stops no request"


@pytest.mark.parametrize("policy", ["ordered", "cheapest", "fastest", "balanced"])
def test_every_policy_obeys(policy: str) -> None:
    ordered = Category(name="code", models=MODELS, policy=policy)
    config = replace(CONFIG, categories={"code": ordered})
    limits = RequestLimits(
        max_cost_usd=Decimal("0.03"),
        max_ttft_ms=500.0,
        excluded_models=frozenset({"glm-5"}),
        excluded_providers=frozenset({"local"}),
    )
    assert names(a_query(limits, PRICED, config=config)) == ["house"]


@pytest.mark.parametrize(
    ("limits", "floor", "first"),
    [
        (NO_LIMITS, None, "glm-5"),
        (RequestLimits(max_ttft_ms=1000.0), None, "kimi-k2.5"),
        (RequestLimits(max_cost_usd=Decimal(1)), None, "kimi-k2.5"),
        (NO_LIMITS, 50.0, "kimi-k2.5"),
    ],
)
def test_nobody_is_tried_who_stands_behind_others(
    limits: RequestLimits, floor: float | None, first: str
) -> None:
    low = {"glm-5": 9.0, "local:qwen3": 9.0}
    fastest = Category(name="code", models=MODELS, policy="fastest", quality=low, floor=floor)
    config = replace(CONFIG, categories={"code": fastest})
    told = {name: each._replace(last_ms=each.first_ms) for name, each in PRICED.items()}
    assert names(a_query(limits, told, config=config, waits=99))[0] == first


def test_who_is_left_out_says_so_with_figures_and_stands_last() -> None:
    limits = RequestLimits(max_cost_usd=Decimal("0.03"), excluded_models=frozenset({"glm-5"}))
    told = judged(a_query(limits, PRICED))
    assert [(each.model, each.chance, each.reason) for each in told.candidates[-2:]] == [
        (GLM, Chance.OUTSIDE, "the limits exclude it"),
        (KIMI, Chance.OUTSIDE, "est. $0.0500, over the limit of $0.03"),
    ]
    assert told.chosen.endswith("limits dropped glm-5, kimi-k2.5")


def test_a_model_that_rests_is_held_to_the_limits_too() -> None:
    resting = Prospect(health=ModelHealth(standing=Standing.OPEN, why="it failed"))
    limits = RequestLimits(max_cost_usd=Decimal("0.03"))
    told = judged(a_query(limits, PRICED, {"kimi-k2.5": resting, "house": resting}))
    chances = {each.model: each.chance for each in told.candidates}
    assert (chances[KIMI], chances[HOUSE]) == (Chance.OUTSIDE, Chance.RESTING)


def test_what_a_model_cannot_take_is_told_before_what_it_would_cost() -> None:
    no_tools = Prospect(info=ModelInfo(parameters=frozenset()))
    told = judged(a_query(RequestLimits(max_cost_usd=Decimal(0)), PRICED, {"house": no_tools}))
    assert {each.model: each.chance for each in told.candidates}[HOUSE] is Chance.UNFIT


def test_the_last_resort_is_no_way_around_them() -> None:
    config = replace(
        CONFIG, categories={"code": Category(name="code", models=(GLM,))}, last_resort=KIMI
    )
    query = a_query(RequestLimits(max_cost_usd=Decimal("0.03")), PRICED, config=config)
    assert names(query) == ["glm-5"]
    assert judged(query).chosen == "limits dropped kimi-k2.5"
    only = names(a_query(allowed("kimi-k2.5"), config=config), callable_only=True)
    assert only == ["kimi-k2.5"]


@pytest.mark.parametrize(
    ("limits", "model", "is_called"),
    [
        (excluded("mini"), MINI, False),
        (allowed("mini"), MINI, True),
        (RequestLimits(max_cost_usd=Decimal("0.03")), KIMI, False),
        (RequestLimits(max_cost_usd=Decimal("0.03")), HOUSE, True),
        (RequestLimits(max_cost_usd=Decimal(0)), GLM, True),
        (DENY, QWEN, False),
    ],
)
def test_a_model_that_is_named_is_held_to_them_likewise(
    limits: RequestLimits, model: ModelRef, is_called: bool
) -> None:
    decision = route_direct(Direct(model), a_query(limits, PRICED))
    assert bool(decision.to_call) is is_called
    dropped = decision.explanation.endswith(f"; limits dropped {model.name}")
    assert dropped is not is_called
