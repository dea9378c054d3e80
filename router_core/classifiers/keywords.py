"""The rules as a classifier: needs nothing outside the process and never fails."""

from __future__ import annotations

from router_core.app.ports import Opinion, Question
from router_core.classifiers.embedded import Compiled
from router_core.decide.config import RoutingConfig
from router_core.decide.keywords import KeywordRules


class KeywordClassifier:
    """Classifies by keywords."""

    def __init__(self, compiled: Compiled | None = None) -> None:
        """Takes what is worked out of configs; by default its own."""
        self._compiled = compiled or Compiled()

    async def classify(self, question: Question) -> Opinion:
        """The verdict of the config's keywords and the built-in vocabulary."""
        return Opinion(verdict=self.rules_of(question.config).score(question.text))

    def rules_of(self, config: RoutingConfig) -> KeywordRules:
        """The rules of a config."""
        return self._compiled.rules_of(config)
