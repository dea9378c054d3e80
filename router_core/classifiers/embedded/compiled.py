"""What the in-process classifiers make of a config, worked out once for each.

Configs are immutable snapshots, told by their identity. The last few are kept, so that a
proposed one can be worked out in a thread before it comes into force, and two of them asked
in turn. Both classifiers share it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from router_core.classifiers.embedded.categories import CategoryMap
from router_core.classifiers.embedded.model import Model, shipped
from router_core.decide.classification import Score
from router_core.decide.config import RoutingConfig
from router_core.decide.keyword_terms import words_in
from router_core.decide.keywords import KeywordRules
from router_core.decide.modes import IN_PROCESS
from router_core.decide.sketch import Sketch

__all__ = ["Compiled"]

_KEPT: Final = 4


@dataclass(slots=True)
class _Entry:
    """A config with its rules, and its categories once somebody asked for them."""

    config: RoutingConfig
    rules: KeywordRules
    categories: CategoryMap | None = None


class Compiled:
    """The rules and the categories of the configs that were asked for last; thread-safe.

    It is the `app.ports.Rejudge` port too.
    """

    def __init__(self, model: Model | None = None) -> None:
        """Takes the model; by default the one in this package, once it is needed."""
        self._model = model
        self._entries: tuple[_Entry, ...] = ()
        self._lock = threading.Lock()

    @property
    def model(self) -> Model:
        """The model that texts are read with."""
        if self._model is None:
            self._model = shipped()
        return self._model

    def rules_of(self, config: RoutingConfig) -> KeywordRules:
        """The rules of a config; takes some 3 ms where they are not there yet."""
        return self._entry(config).rules

    def categories_of(self, config: RoutingConfig) -> CategoryMap:
        """How a config's categories follow from the model; 50 us an example, likewise."""
        entry = self._entry(config)
        if entry.categories is None:
            entry.categories = CategoryMap.of(self.model, config.categories.values(), entry.rules)
        return entry.categories

    def prepare(self, config: RoutingConfig) -> None:
        """Works both out ahead, for instance in a thread; nobody waits for it meanwhile."""
        self.categories_of(config)

    def sketch(self, text: str) -> Sketch:
        """Reads a text, whatever the config."""
        return self.model.sketch(text)

    def likeliest(self, sketch: Sketch, config: RoutingConfig, classifier: str) -> Score:
        """What one of the two says of a text: "embedded" or "keywords"."""
        if classifier == IN_PROCESS:
            return self.categories_of(config).likeliest(sketch)
        return self.rules_of(config).judge(sketch.skim).scores[0]

    def words_of(self, config: RoutingConfig) -> Iterator[str]:
        """Yields every word that says something under a config, some several times."""
        yield from words_in(self.rules_of(config).entries)
        for learned in self.categories_of(config).learned:
            yield from learned.split()

    def _entry(self, config: RoutingConfig) -> _Entry:
        """The config's entry, which becomes the newest."""
        entries = self._entries
        if entries and entries[0].config is config:
            return entries[0]
        # Not under the lock: a request does not wait while a proposal is worked out.
        found = self._find(config) or _Entry(
            config, KeywordRules.compile(config.categories.values())
        )
        with self._lock:
            entry = self._find(config) or found
            others = (each for each in self._entries if each is not entry)
            self._entries = (entry, *others)[:_KEPT]
        return entry

    def _find(self, config: RoutingConfig) -> _Entry | None:
        return next((entry for entry in self._entries if entry.config is config), None)
