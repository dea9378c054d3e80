"""Tells the category of a request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from router_core.app.ports import (
    Classifier,
    ClassifierUnavailable,
    Clock,
    Opinion,
    Question,
)
from router_core.app.spending import Spending
from router_core.decide.chat import ChatRequest
from router_core.decide.classification import (
    Classification,
    ClassifierFallback,
    Score,
    Verdict,
)
from router_core.decide.config import Mode, RoutingConfig
from router_core.decide.labels import choices_of
from router_core.decide.limiting import limits_of
from router_core.decide.modes import FIRST_OF, IN_PROCESS, PAID, needs_shortlist, second_opinions
from router_core.decide.peel import read_turn
from router_core.decide.records import AttemptRecord
from router_core.decide.request_limits import RequestLimits
from router_core.decide.routing import HOUSEKEEPING_FALLBACK
from router_core.decide.sketch import Sketch
from router_core.decide.tools_rule import tools_verdict
from router_core.decide.turn import Turn, TurnKind
from router_core.decide.weigh import weigh

_log = logging.getLogger("router_core.classify")


@dataclass(frozen=True, slots=True)
class Classify:
    """The use case.

    Attributes:
        classifiers: those that are there, by the name that modes use.
        spending: tells whether a caller may spend anything; ``None``: anyone may.
    """

    classifiers: Mapping[str, Classifier]
    clock: Clock
    spending: Spending | None = None

    async def __call__(
        self,
        request: ChatRequest,
        config: RoutingConfig,
        mode: Mode | None = None,
        turn: Turn | None = None,
        calls: list[AttemptRecord] | None = None,
    ) -> Classification:
        """Classifies what the person typed last.

        Args:
            request: the request.
            config: the config in force.
            mode: overrides the config's.
            turn: the request's last turn, where it has been read already.
            calls: gets the calls of models as they end, so that they are known where the
                request is given up.
        """
        began = self.clock.monotonic()
        mode = mode or config.mode
        turn = turn or read_turn(request.messages, config.disabled_envelopes)
        classifiers = self._affordable(request.caller, config)
        panel = _Panel(
            classifiers,
            turn.text,
            config,
            limits_of(request, config),
            [] if calls is None else calls,
        )
        verdict = _by_rules(request, turn, config) or await panel.decide(mode)
        return Classification(
            verdict=verdict,
            turn=turn,
            mode=mode,
            fallbacks=tuple(panel.fallbacks),
            calls=tuple(panel.calls),
            sketch=panel.sketch,
            began=began,
            agreed=panel.agreed,
            elapsed_us=round((self.clock.monotonic() - began) * 1e6),
        )

    def _affordable(self, caller: str, config: RoutingConfig) -> Mapping[str, Classifier]:
        """The classifiers that may be asked: at a spending limit none that costs money."""
        if self.spending is None or self.spending.may_spend(caller, config.limits):
            return self.classifiers
        return {**self.classifiers, PAID: _Unaffordable()}


class _Unaffordable:
    """The `Classifier` port for one that costs money which may not be spent."""

    async def classify(self, question: Question) -> Opinion:
        """Cannot tell."""
        raise ClassifierUnavailable("a spending limit is reached")


@dataclass(slots=True)
class _Panel:
    """Asks classifiers about one text, and keeps what came of it."""

    classifiers: Mapping[str, Classifier]
    text: str
    config: RoutingConfig
    limits: RequestLimits
    calls: list[AttemptRecord]
    fallbacks: list[ClassifierFallback] = field(default_factory=list)
    sketch: Sketch | None = None
    agreed: bool | None = None

    async def decide(self, mode: Mode) -> Verdict:
        """The first classifier that can tell, then the second opinions where it is unsure."""
        first = await self._first(mode)
        verdict = first or _nothing_spoke(self.config)
        for name in second_opinions(mode, self.config.classifiers):
            if verdict.scores[0].confidence >= self.config.classifiers.cascade_below:
                break
            opinion = await self._ask(name, verdict)
            if opinion is not None:
                self._compare(first, opinion)
                verdict = weigh(verdict, opinion)
        return verdict

    def _compare(self, first: Verdict | None, opinion: Verdict) -> None:
        if first is not None:
            same = opinion.scores[0].category == first.scores[0].category
            self.agreed = same and self.agreed is not False

    async def _first(self, mode: Mode) -> Verdict | None:
        prior = await self._ask(IN_PROCESS) if needs_shortlist(mode, self.config) else None
        for name in FIRST_OF[mode]:
            verdict = await self._ask(name, prior)
            if verdict is not None:
                return verdict
        return None

    async def _ask(self, name: str, prior: Verdict | None = None) -> Verdict | None:
        """One classifier's verdict; ``None`` where it cannot tell, which is noted.

        Args:
            name: the classifier's.
            prior: what is thought so far; where there are too many categories for a
                question, its likeliest are put.
        """
        classifier = self.classifiers.get(name)
        if classifier is None:
            self.fallbacks.append(ClassifierFallback(source=name, cause="there is none here"))
            return None
        likeliest = [score.category for score in prior.scores] if prior else []
        choices = choices_of(self.config.categories, likeliest)
        question = Question(
            text=self.text,
            config=self.config,
            choices=choices,
            limits=self.limits,
            on_broken=self.calls.append,
        )
        try:
            opinion = await classifier.classify(question)
        except ClassifierUnavailable as error:
            self.fallbacks.append(ClassifierFallback(source=name, cause=error.cause))
            self._note(error.call)
            return None
        except Exception as error:
            # A request is worth more than an opinion. The error's text may quote the prompt.
            kind = type(error).__name__
            _log.error("the classifier %s failed unexpectedly: %s", name, kind)
            cause = f"it failed unexpectedly ({kind})"
            self.fallbacks.append(ClassifierFallback(source=name, cause=cause))
            return None
        self._note(opinion.call)
        self.sketch = opinion.sketch or self.sketch
        return opinion.verdict

    def _note(self, call: AttemptRecord | None) -> None:
        if call is not None:
            self.calls.append(call)


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
