"""Traces of a few requests whose figures are easily worked out, and configs to play them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from router_core.decide.chat import Message
from router_core.decide.classification import Classification
from router_core.decide.config import Category, ModelRef, ModelSettings, Provider, RoutingConfig
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.simulation import (
    Contender,
    Played,
    Row,
    Told,
    World,
    names_in,
    ordered,
    play,
    world_of,
)

PROVIDER = Provider(name="p", base_url="http://p.example")


def a_model(name: str, model_id: str = "") -> ModelRef:
    return ModelRef(name=name, id=model_id or f"v/{name}", provider="p")


GOOD, SMALL = a_model("good"), a_model("small")


def at_price(prompt: str, completion: str) -> ModelInfo:
    """A model's prices, in USD for a token."""
    return ModelInfo(prices=Prices(prompt=Decimal(prompt), completion=Decimal(completion)))


PRICES: Mapping[str, ModelInfo] = {
    "good": at_price("0.00001", "0.00003"),
    "small": at_price("0.000001", "0.000003"),
}


def a_config(
    lists: Mapping[str, Sequence[ModelRef]] | None = None, policy: str = "ordered"
) -> RoutingConfig:
    """A config with these lists of models, by category; `good` before `small` by default."""
    lists = lists or {"code": (GOOD, SMALL), "conversation": (GOOD, SMALL)}
    models = {model.name: model for listed in lists.values() for model in listed}
    return RoutingConfig(
        providers={"p": PROVIDER},
        aliases=models,
        categories={
            name: Category(name=name, models=tuple(listed), policy=policy)
            for name, listed in lists.items()
        },
    )


def contender(
    config: RoutingConfig | None = None,
    *,
    name: str = "it",
    infos: Mapping[str, ModelInfo] = PRICES,
) -> Contender:
    return Contender(
        name=name,
        config=config or a_config(),
        info_of=lambda model: infos.get(model.name, ModelInfo()),
    )


def with_quality(config: RoutingConfig, **points: float) -> RoutingConfig:
    """A config with quality told for its models."""
    settings = {name: ModelSettings(quality=told) for name, told in points.items()}
    return replace(config, model_settings=settings)


def told(
    quality: float | None = 1.0,
    usd: float | None = 0.01,
    ms: float | None = 1000.0,
    tokens: int | None = 100,
) -> Told:
    return Told(
        quality=quality, cost_usd=usd, latency_ms=ms, completion_tokens=tokens, prompt_tokens=10
    )


def failing(usd: float = 0.001, ms: float = 500.0) -> Told:
    return Told(fails=True, cost_usd=usd, latency_ms=ms)


def a_row(n: int = 0, category: str = "code", tokens: int = 10, **models: Told) -> Row:
    return row_of(models, n, category, tokens)


def row_of(models: Mapping[str, Told], n: int = 0, category: str = "code", tokens: int = 10) -> Row:
    """A row with models of any names."""
    return Row(where=f"line {n + 1}", told=models, category=category, prompt_tokens=tokens)


def typed(text: str, **models: Told) -> Row:
    """A row that has to be classified."""
    return Row(where="line 1", told=models, messages=(Message(role="user", texts=(text,)),))


THREE = (
    a_row(0, "conversation", 10, good=told(1.0, 0.03, 3000.0), small=told(1.0, 0.01, 1000.0)),
    a_row(1, "code", 20, good=told(1.0, 0.03, 3000.0), small=told(0.0, 0.01, 1000.0)),
    a_row(2, "code", 30, good=told(0.5, 0.03, 6000.0), small=told(0.0, 0.01, 2000.0)),
)
"""`small` answers the first as well as `good`, for a third of the cost; else not at all."""


def a_world(rows: Sequence[Row], *contenders: Contender) -> World:
    timed = ordered(rows)
    return world_of(timed, contenders or (contender(),), [row.category for row in timed])


def played(
    rows: Sequence[Row],
    its: Contender | None = None,
    classified: Sequence[Classification | None] | None = None,
) -> Played:
    its = its or contender()
    world = a_world(rows, its)
    return play(world, its, names_in(world.models, its, (its,)), classified or [None] * len(rows))
