"""A router that keeps its decisions, with the in-process classifiers as they are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from router_core.app.classify import Classify
from router_core.app.ports import Classifier, Opinion, Question
from router_core.app.prospects import Prospects
from router_core.app.replay import Replay
from router_core.classifiers.embedded import Compiled, EmbeddedClassifier
from router_core.classifiers.keywords import KeywordClassifier
from router_core.decide.chat import ChatRequest
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Category, ModelRef, ModelSettings, RoutingConfig
from router_core.decide.defaults import default_config
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.replay import Move, ReplayReport
from tests.app.rig import Rig, ask, model
from tests.fakes.provider import completion

COMPILED = Compiled()
"""What it makes of a config stays the same, so all tests share it."""

GARDENER = model("gardener")
USED = {"prompt_tokens": 1_000, "completion_tokens": 100}


def with_category(config: RoutingConfig, name: str, **fields: Any) -> RoutingConfig:
    category = Category(**{"name": name, "models": (GARDENER,)} | fields)
    return replace(config, categories={**config.categories, name: category})


def without_category(config: RoutingConfig, name: str) -> RoutingConfig:
    kept = {key: each for key, each in config.categories.items() if key != name}
    return replace(config, categories=kept)


def with_models(config: RoutingConfig, name: str, *models: ModelRef) -> RoutingConfig:
    category = replace(config.categories[name], models=models)
    return replace(config, categories={**config.categories, name: category})


def priced(which: ModelRef, usd: str) -> dict[str, ModelSettings]:
    """What a token costs that is read; one that is written costs ten times as much."""
    prices = Prices(prompt=Decimal(usd), completion=10 * Decimal(usd))
    return {which.name: ModelSettings(info=ModelInfo(prices=prices))}


@dataclass(frozen=True)
class Says:
    """A model that says the same of every text."""

    source: str
    category: str

    async def classify(self, question: Question) -> Opinion:
        score = Score(category=self.category, confidence=0.95)
        return Opinion(verdict=Verdict(scores=(score,), source=self.source))


class Replaying(Rig):
    """A router over models that all answer.

    Args:
        config: by default the one that a new config file has.
        classifiers: beside the two of this process.
        usage: of every answer; ``None``: it tells none.
        fields: of the `Replay`.
    """

    def __init__(
        self,
        config: RoutingConfig | None = None,
        *,
        classifiers: Mapping[str, Classifier] | None = None,
        usage: Mapping[str, int] | None = None,
        **fields: Any,
    ) -> None:
        config = config or default_config()
        answer = completion("hi", usage=dict(USED if usage is None else usage))
        script: dict[str, Any] = {each.id: answer for each in config.models().values()}
        super().__init__(script, config=config)
        prospects = Prospects(self.catalogue, self.health, self.clock)
        judged: dict[str, Classifier] = {
            "embedded": EmbeddedClassifier(COMPILED),
            "keywords": KeywordClassifier(COMPILED),
            **(classifiers or {}),
        }
        self.route = replace(self.route, classify=Classify(judged, self.clock))
        made: dict[str, Any] = {
            "judge": COMPILED,
            "prospects": prospects,
            "clock": self.clock,
            "salt": bytes(range(32)),
        }
        self.replay = Replay(**made | fields)
        self.complete = replace(self.complete, route=self.route, replay=self.replay)

    async def says(self, *texts: str) -> None:
        """Each text is a request of its own."""
        for text in texts:
            await self.asks(ask(text=text))

    async def asks(self, request: ChatRequest) -> str:
        """Returns the category that was decided."""
        return (await self.complete(request, self.arrival())).decided.category

    async def under(self, after: RoutingConfig) -> ReplayReport:
        """What would be under another config."""
        return await self.replay(self.config.current(), after)


def of_decisions(report: ReplayReport) -> list[Move]:
    """The moves of requests, without those of the fixed prompts alone."""
    return [move for move in report.moves if move.decisions]


def places(report: ReplayReport) -> list[tuple[str, str, str, str]]:
    """From which category and model to which, for requests."""
    return [
        (move.from_category, move.from_model, move.to_category, move.to_model)
        for move in of_decisions(report)
    ]
