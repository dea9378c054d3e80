"""Models, what is known of them, and a request that is held to limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from router_core.decide.candidates import Prospect
from router_core.decide.choosing import Considered, RouteQuery, considered, models_of
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.demands import Demands
from router_core.decide.forecast import NOTHING_KNOWN, Expectation, Forecast
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits

GLM = ModelRef(name="glm-5", id="z-ai/glm-5", provider="openrouter")
KIMI = ModelRef(name="kimi-k2.5", id="moonshotai/kimi-k2.5", provider="openrouter")
MINI = ModelRef(name="openai/gpt-4o-mini", id="openai/gpt-4o-mini", provider="openrouter")
QWEN = ModelRef(name="local:qwen3", id="qwen3", provider="local")
HOUSE = ModelRef(name="house", id="house-1", provider="vault")
MODELS = (GLM, KIMI, MINI, QWEN, HOUSE)

CONFIG = RoutingConfig(
    providers={
        "openrouter": Provider(name="openrouter", base_url="http://unused"),
        "local": Provider(name="local", base_url="http://unused"),
        "vault": Provider(name="vault", base_url="http://unused", data_policy=DataPolicy.DENY),
    },
    aliases={
        "glm-5": GLM,
        "kimi-k2.5": KIMI,
        "house": HOUSE,
        "mini": replace(MINI, name="mini"),
        "local-one": replace(QWEN, name="local-one"),
    },
    categories={"code": Category(name="code", models=MODELS)},
)


@dataclass
class Known:
    """A `Forecast` that knows what it is told, by the model's name, in every category.

    Attributes:
        waits: for how many decisions each model has waited.
    """

    figures: Mapping[str, Expectation] = field(default_factory=dict)
    waits: int = 0
    ongoing: None = None

    def of(self, category: str) -> KnownOfOne:
        """The same for each."""
        return KnownOfOne(self)


@dataclass
class KnownOfOne:
    """The `CategoryForecast` of that."""

    known: Known

    def of(self, model: ModelRef, *_: Any) -> Expectation:
        """What was told."""
        return self.known.figures.get(model.name, NOTHING_KNOWN)

    def leader(self) -> None:
        """Nobody was chosen before."""

    def waited(self, model: ModelRef) -> int:
        """As it was told."""
        return self.known.waits


def a_query(
    limits: RequestLimits = NO_LIMITS,
    figures: Mapping[str, Expectation] | None = None,
    known: Mapping[str, Prospect] | None = None,
    config: RoutingConfig = CONFIG,
    *,
    waits: int = 0,
) -> RouteQuery:
    """A request.

    Args:
        figures: what it is expected to take, by the model's name.
        known: what is known of models beside that, likewise.
        waits: for how many decisions each has waited.
    """
    seen = known or {}
    return RouteQuery(
        config=config,
        demands=Demands(tools=True),
        outlook=lambda model: seen.get(model.name, Prospect()),
        limits=limits,
        forecast=cast("Forecast", Known(figures or {}, waits)),
    )


def judged(query: RouteQuery) -> Considered:
    """What becomes of it."""
    return considered(models_of("code", query.config), query)
