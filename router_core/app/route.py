"""Decides which models are called for a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from router_core.app.classify import Classify
from router_core.app.prospects import Prospects
from router_core.app.sessions import Place, Sessions
from router_core.decide.catalogue import Catalogue
from router_core.decide.chat import ChatRequest
from router_core.decide.choosing import RouteQuery
from router_core.decide.classification import Classification, remembered
from router_core.decide.config import Mode, ModelRef, RoutingConfig
from router_core.decide.continued import Continued
from router_core.decide.continuity import Ongoing, lock_on
from router_core.decide.demands import Demands, demands_of
from router_core.decide.forecast import Forecast
from router_core.decide.limiting import limits_of
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Paces
from router_core.decide.peel import typed_before
from router_core.decide.records import AttemptRecord
from router_core.decide.routing import (
    RouteDecision,
    route_anew,
    route_classified,
    route_direct,
    route_named,
    why_outside,
)
from router_core.decide.session import Topics
from router_core.decide.target import (
    CATEGORY_PREFIX,
    ROUTER,
    Direct,
    NamedCategory,
    Unknown,
    read_target,
)
from router_core.decide.topics import begun, followed, how_far_asked
from router_core.decide.usual import Usual
from router_core.errors import InvalidRequest, ModelNotFound

_TURNS_BEFORE: Final = 2
"""How many turns of a conversation that is not known are looked at to tell its topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A decision, and what it rests on.

    Attributes:
        place: where its request stands.
        demands: what that asks of a model.
        forecast: what it is expected to take with each.
        ongoing: the conversation that it goes on with; ``None``: none.
        classification: ``None``: it was not classified.
    """

    decision: RouteDecision
    place: Place
    demands: Demands
    forecast: Forecast
    ongoing: Ongoing | None = None
    classification: Classification | None = None


_Chosen = tuple[RouteDecision, Classification | None]
"""A decision, and the classification that it rests on, if any."""


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
        sessions: what is remembered of conversations; a decision changes nothing in it.
        usual: how long answers have been so far.
        paces: how fast models are; a decision changes nothing in it either.
    """

    classify: Classify
    prospects: Prospects
    sessions: Sessions
    usual: Usual = field(default_factory=Usual)
    paces: Paces = field(default_factory=Paces)

    async def __call__(
        self,
        request: ChatRequest,
        config: RoutingConfig,
        calls: list[AttemptRecord] | None = None,
    ) -> Routed:
        """Decides, and calls no answering model.

        Args:
            request: the request.
            config: the config in force.
            calls: gets the calls of models that classify, as they end.

        Raises:
            ModelNotFound: the request names neither a model nor a category.
            InvalidRequest: it has ``models`` although the router chooses, or one of these is
                not within its limits.
        """
        target = read_target(request.model, config)
        if isinstance(target, Unknown):
            raise ModelNotFound(target.problem)
        if request.fallback_models and not isinstance(target, Direct):
            raise InvalidRequest(
                "'models' goes with a model that is named; the router has its own fallbacks",
                "models",
            )
        place = self.sessions.find(request, config)
        ongoing, demands = self.sessions.ongoing(place, request, config), demands_of(request)
        forecast = Forecast(
            request=request,
            demands=demands,
            ongoing=ongoing,
            usual=self.usual,
            paces=self.paces,
            when=self.sessions.clock.now(),
        )
        query = RouteQuery(
            config=config,
            demands=demands,
            outlook=self.prospects.now(),
            limits=limits_of(request, config),
            forecast=forecast,
        )
        classification: Classification | None = None
        if isinstance(target, Direct):
            _check_fallbacks(request, target, query)
            decision = route_direct(target, query, known=ongoing is not None)
        else:
            named = target.name if isinstance(target, NamedCategory) else None
            if ongoing is None:
                decision, classification = await self._begin(request, query, place, named, calls)
            else:
                continued = Continued(ongoing=ongoing, query=query)
                decision, classification = await self._continue(
                    request, continued, place, named, calls
                )
        return Routed(
            decision=decision,
            place=place,
            demands=demands,
            forecast=forecast,
            ongoing=ongoing,
            classification=classification,
        )

    async def _begin(
        self,
        request: ChatRequest,
        query: RouteQuery,
        place: Place,
        named: str | None,
        calls: list[AttemptRecord] | None,
    ) -> _Chosen:
        """Routes a request of which nothing is known but itself."""
        classification, config = None, query.config
        if named is not None:
            decision = route_named(named, query)
        else:
            classification = await self.classify(request, config, turn=place.turn, calls=calls)
            if topics := await self._topics_so_far(request, config, place):
                topics = _followed(topics, request, config, classification)
            decision = route_classified(classification, query, topics)
        if place.session is not None:
            decision = route_anew(decision, has_answers=place.answers > 0)
        return decision, classification

    async def _topics_so_far(
        self, request: ChatRequest, config: RoutingConfig, place: Place
    ) -> Topics:
        """What a conversation was about that is not known, told from what it carries itself.

        So that "yes" means what it meant, too, where a client keeps the last few messages
        alone, or another router began the conversation.
        """
        topics: Topics = ()
        if place.thread and place.answers and not place.is_upkeep:
            mode = Mode.KEYWORDS if config.mode is Mode.KEYWORDS else Mode.EMBEDDED
            before = typed_before(
                request.messages, place.turn, _TURNS_BEFORE, config.disabled_envelopes
            )
            for turn in before:
                said = await self.classify(request, config, mode, turn)
                topics = _followed(topics, request, config, said)
        return topics

    async def _continue(
        self,
        request: ChatRequest,
        continued: Continued,
        place: Place,
        named: str | None,
        calls: list[AttemptRecord] | None,
    ) -> _Chosen:
        """Routes a request of a conversation that goes on."""
        ongoing, config, turn = continued.ongoing, continued.query.config, place.turn
        lock = lock_on(ongoing, request, turn)
        if named is not None:
            return continued.named(named, lock), None
        if lock and ongoing.category and not place.is_upkeep:
            said = remembered(ongoing.category, ongoing.session.topics, turn, config.mode)
        else:
            said = await self.classify(request, config, turn=turn, calls=calls)
        if place.is_upkeep:
            decision = continued.upkeep(said.category)
        elif lock:
            decision = continued.locked(lock, said.category)
        else:
            topics = ongoing.session.topics
            if not topics or ongoing.went_back:
                topics = await self._topics_so_far(request, config, place) or topics
            decision = continued.typed(said, _followed(topics, request, config, said))
        return decision, said


def _check_fallbacks(request: ChatRequest, target: Direct, query: RouteQuery) -> None:
    """Holds the caller's ``models`` to the limits: their provider may call any of them."""
    provider = target.model.provider
    for place, model_id in enumerate(request.fallback_models):
        model = query.config.model_of((provider, model_id))
        if model is not None and (why := why_outside(model, query)) is not None:
            path = f"models[{place}]"
            raise InvalidRequest(f"{path} ({model.name}) is not within the limits: {why}", path)


def _followed(
    topics: Topics, request: ChatRequest, config: RoutingConfig, said: Classification
) -> Topics:
    """What a conversation is about with one more turn of it."""
    verdict, turn = said.verdict, said.turn
    if not topics:
        return begun(verdict, turn.text, tuple(config.categories))
    asked = how_far_asked(turn, request.tools, verdict)
    return followed(topics, verdict, turn.text, tuple(config.categories), asked)


def list_models(config: RoutingConfig, catalogue: Catalogue) -> Iterator[ListedModel]:
    """Yields what may stand in ``model``: the router, the categories, the models."""
    yield ListedModel(name=ROUTER)
    for name in config.categories:
        yield ListedModel(name=CATEGORY_PREFIX + name)
    for name, model in sorted(config.models().items()):
        yield ListedModel(name=name, model=model, info=catalogue.info(model))
