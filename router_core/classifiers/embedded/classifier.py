"""The model as a classifier over the categories of a config."""

from __future__ import annotations

from router_core.app.ports import Opinion, Question
from router_core.classifiers.embedded.categories import CategoryMap
from router_core.classifiers.embedded.compiled import Compiled
from router_core.decide.config import RoutingConfig

SOURCE = "embedded"


class EmbeddedClassifier:
    """Classifies in this process; needs nothing outside and never fails."""

    def __init__(self, compiled: Compiled | None = None) -> None:
        """Takes what is worked out of configs; by default its own, with the shipped model."""
        self._compiled = compiled or Compiled()

    async def classify(self, question: Question) -> Opinion:
        """Its verdict over the config's categories, and what it has read."""
        categories = self.categories_of(question.config)
        sketch = self._compiled.sketch(question.text)
        return Opinion(verdict=categories.judge(sketch, SOURCE), sketch=sketch)

    def categories_of(self, config: RoutingConfig) -> CategoryMap:
        """How a config's categories follow from the model."""
        return self._compiled.categories_of(config)
