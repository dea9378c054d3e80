"""The model as a classifier over the categories of a config."""

from __future__ import annotations

from router_core.app.ports import Opinion, Question
from router_core.classifiers.embedded.categories import CategoryMap
from router_core.classifiers.embedded.model import Model, shipped
from router_core.decide.config import RoutingConfig

SOURCE = "embedded"


class EmbeddedClassifier:
    """Classifies in this process; needs nothing outside and never fails.

    What a config adds to the model is worked out once: configs are immutable
    snapshots, so the last one seen is told by its identity.
    """

    def __init__(self, model: Model | None = None) -> None:
        """Takes the model; by default the one in this package."""
        self._model = model or shipped()
        self._mapped: tuple[RoutingConfig, CategoryMap] | None = None

    async def classify(self, question: Question) -> Opinion:
        """Its verdict over the config's categories."""
        categories = self.categories_of(question.config)
        return Opinion(verdict=categories.verdict(question.text, SOURCE))

    def categories_of(self, config: RoutingConfig) -> CategoryMap:
        """How a config's categories follow from the model."""
        mapped = self._mapped
        if mapped is None or mapped[0] is not config:
            mapped = (config, CategoryMap.of(self._model, config.categories.values()))
            self._mapped = mapped
        return mapped[1]
