"""The rules as a classifier: needs nothing outside the process and never fails."""

from __future__ import annotations

from router_core.app.ports import Opinion, Question
from router_core.decide.config import RoutingConfig
from router_core.decide.keywords import KeywordRules


class KeywordClassifier:
    """Classifies by keywords.

    The rules are compiled once for a config: configs are immutable snapshots, so the
    last one seen is told by its identity, and only its rules are kept.
    """

    def __init__(self) -> None:
        self._compiled: tuple[RoutingConfig, KeywordRules] | None = None

    async def classify(self, question: Question) -> Opinion:
        """The verdict of the config's keywords and the built-in vocabulary."""
        return Opinion(verdict=self.rules_of(question.config).score(question.text))

    def rules_of(self, config: RoutingConfig) -> KeywordRules:
        """The rules of a config, compiled when it is not the one seen last."""
        compiled = self._compiled
        if compiled is None or compiled[0] is not config:
            compiled = (config, KeywordRules.compile(config.categories.values()))
            self._compiled = compiled
        return compiled[1]
