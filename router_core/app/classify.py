"""Tells the category of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router_core.app.ports import Classifier, ClassifierUnavailable, Clock
from router_core.decide.chat import ChatRequest
from router_core.decide.classification import (
    Classification,
    ClassifierFallback,
    Score,
    Verdict,
)
from router_core.decide.config import Mode, RoutingConfig
from router_core.decide.modes import CLASSIFIERS_OF
from router_core.decide.peel import read_turn
from router_core.decide.routing import HOUSEKEEPING_FALLBACK
from router_core.decide.tools_rule import tools_verdict
from router_core.decide.turn import Turn, TurnKind


@dataclass(frozen=True, slots=True)
class Classify:
    """The use case.

    Attributes:
        classifiers: those that are built in, by the name that modes use.
    """

    classifiers: Mapping[str, Classifier]
    clock: Clock

    async def __call__(
        self, request: ChatRequest, config: RoutingConfig, mode: Mode | None = None
    ) -> Classification:
        """Classifies what the person typed last; ``mode`` overrides the config's."""
        began = self.clock.monotonic()
        mode = mode or config.mode
        turn = read_turn(request.messages)
        fallbacks: tuple[ClassifierFallback, ...] = ()
        verdict = _by_rules(request, turn, config)
        if verdict is None:
            verdict, fallbacks = await self._ask(CLASSIFIERS_OF[mode], turn.text, config)
        return Classification(
            verdict=verdict,
            turn=turn,
            mode=mode,
            fallbacks=fallbacks,
            elapsed_us=round((self.clock.monotonic() - began) * 1e6),
        )

    def missing(self, mode: Mode) -> tuple[str, ...]:
        """What ``mode`` asks that is not built in, a line each, for a person."""
        return tuple(
            f"mode {mode}: classifier {name} is not in this version, the next one decides"
            for name in CLASSIFIERS_OF[mode]
            if name not in self.classifiers
        )

    async def _ask(
        self, names: tuple[str, ...], text: str, config: RoutingConfig
    ) -> tuple[Verdict, tuple[ClassifierFallback, ...]]:
        fallbacks: list[ClassifierFallback] = []
        for name in names:
            classifier = self.classifiers.get(name)
            if classifier is None:
                cause = "this version does not have it yet"
            else:
                try:
                    return await classifier.classify(text, config), tuple(fallbacks)
                except ClassifierUnavailable as error:
                    cause = str(error)
            fallbacks.append(ClassifierFallback(source=name, cause=cause))
        return _nothing_spoke(config), tuple(fallbacks)


def _by_rules(request: ChatRequest, turn: Turn, config: RoutingConfig) -> Verdict | None:
    if turn.kind is TurnKind.HOUSEKEEPING:
        return Verdict(
            scores=(Score(category=HOUSEKEEPING_FALLBACK, confidence=1.0),),
            source="turn",
            evidence=("the client's own upkeep, nobody typed it",),
        )
    return tools_verdict(config.tools_rule, turn, request.tools)


def _nothing_spoke(config: RoutingConfig) -> Verdict:
    share = 1.0 / len(config.categories)
    names = sorted(config.categories, key=lambda name: name != HOUSEKEEPING_FALLBACK)
    scores = tuple(Score(category=name, confidence=share) for name in names)
    return Verdict(scores=scores, source="default")
