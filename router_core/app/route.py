"""Decides which models are called for a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from router_core.app.classify import Classify
from router_core.app.prospects import Prospects
from router_core.decide.catalogue import Catalogue
from router_core.decide.chat import ChatRequest
from router_core.decide.classification import Classification
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.demands import demands_of
from router_core.decide.model_info import ModelInfo
from router_core.decide.routing import (
    RouteDecision,
    route_classified,
    route_direct,
    route_named,
)
from router_core.decide.target import (
    CATEGORY_PREFIX,
    ROUTER,
    Direct,
    NamedCategory,
    Unknown,
    read_target,
)
from router_core.errors import InvalidRequest, ModelNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A decision, and the classification that it rests on, if there was one."""

    decision: RouteDecision
    classification: Classification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """Something that may stand in a request's ``model``.

    Attributes:
        model: the one model that it stands for, or ``None``.
        info: what is known of that.
    """

    name: str
    model: ModelRef | None = None
    info: ModelInfo = field(default_factory=ModelInfo)


@dataclass(frozen=True, slots=True)
class Route:
    """The use case.

    Attributes:
        prospects: what is known of the models.
    """

    classify: Classify
    prospects: Prospects

    async def __call__(self, request: ChatRequest, config: RoutingConfig) -> Routed:
        """Decides, and calls no answering model.

        Raises:
            ModelNotFound: the request names neither a model nor a category.
            InvalidRequest: it has ``models`` although the router chooses.
        """
        target = read_target(request.model, config)
        if isinstance(target, Unknown):
            raise ModelNotFound(target.problem)
        if isinstance(target, Direct):
            return Routed(decision=route_direct(target))
        if request.fallback_models:
            raise InvalidRequest(
                "'models' goes with a model that is named; the router has its own fallbacks",
                "models",
            )
        demands = demands_of(request)
        if isinstance(target, NamedCategory):
            return Routed(decision=route_named(target, config, demands, self.prospects.of))
        classification = await self.classify(request, config)
        return Routed(
            decision=route_classified(classification, config, demands, self.prospects.of),
            classification=classification,
        )


def list_models(config: RoutingConfig, catalogue: Catalogue) -> Iterator[ListedModel]:
    """Yields what may stand in ``model``: the router, the categories, the models."""
    yield ListedModel(name=ROUTER)
    for name in config.categories:
        yield ListedModel(name=CATEGORY_PREFIX + name)
    for name, model in sorted(config.models().items()):
        yield ListedModel(name=name, model=model, info=catalogue.info(model))
