"""What tells the category of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from router_core.decide.classification import Score, Verdict
from router_core.decide.config import RoutingConfig
from router_core.decide.records import AttemptRecord
from router_core.decide.request_limits import NO_LIMITS, RequestLimits
from router_core.decide.sketch import Sketch

__all__ = [
    "Classifier",
    "ClassifierUnavailable",
    "Opinion",
    "Question",
    "Rejudge",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a classifier is asked.

    Attributes:
        text: what the person typed; data, never instructions.
        choices: the names of the categories in question, in the config's order, few
            enough to be put to a model.
        limits: of the request; who is asked may be shown the text within them.
        on_broken: called with a call that ends with neither an opinion nor a cause, since
            the request has been given up; for the ledger.
    """

    text: str
    config: RoutingConfig
    choices: tuple[str, ...]
    limits: RequestLimits = NO_LIMITS
    on_broken: Callable[[AttemptRecord], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a classifier says.

    Attributes:
        verdict: over configured categories.
        call: the call that it took, where it took one; for the ledger.
        sketch: what was read of the text, where that does for judging it anew.
    """

    verdict: Verdict
    call: AttemptRecord | None = None
    sketch: Sketch | None = None


class Classifier(Protocol):
    """Tells the category of a text."""

    async def classify(self, question: Question) -> Opinion:
        """Returns its opinion, within its own deadline.

        Raises:
            ClassifierUnavailable: it cannot tell now; the next one is asked.
        """


class ClassifierUnavailable(Exception):
    """A classifier cannot tell now.

    Attributes:
        cause: why, for a person.
        call: the call that failed, where there was one; for the ledger.
    """

    def __init__(self, cause: str, call: AttemptRecord | None = None) -> None:
        """Keeps both."""
        super().__init__(cause)
        self.cause = cause
        self.call = call


class Rejudge(Protocol):
    """Judges texts in this process: what it has read of one does for any config."""

    def sketch(self, text: str) -> Sketch:
        """Reads a text, which takes some 100 us."""

    def prepare(self, config: RoutingConfig) -> None:
        """Gets ready for a config, which may take a while; may be called in a thread."""

    def likeliest(self, sketch: Sketch, config: RoutingConfig, classifier: str) -> Score:
        """The category that a classifier ("embedded" or "keywords") tells."""

    def words_of(self, config: RoutingConfig) -> Iterable[str]:
        """Every word that says something under a config; may be called in a thread."""
