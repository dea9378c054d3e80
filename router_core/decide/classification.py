"""The category of a request, and why."""

from __future__ import annotations

from dataclasses import dataclass

from router_core.decide.stats import AttemptRecord
from router_core.decide.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A category and the probability (0 to 1) that it is the right one."""

    category: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierFallback:
    """A classifier that was asked and did not decide, and why, for a person."""

    source: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one classifier says of a text.

    Attributes:
        scores: every category in question, likeliest first; at least one.
        source: which classifier: "keywords", "tools", "caller", "default", ...
        evidence: why, in words for a person.
    """

    scores: tuple[Score, ...]
    source: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The category of a request: what decided, on what text, and how sure it is.

    Attributes:
        calls: the calls of models that it took, failed ones too.
    """

    verdict: Verdict
    turn: Turn
    mode: str
    fallbacks: tuple[ClassifierFallback, ...] = ()
    calls: tuple[AttemptRecord, ...] = ()
    elapsed_us: int = 0

    @property
    def category(self) -> str:
        """The chosen category."""
        return self.verdict.scores[0].category

    @property
    def confidence(self) -> float:
        """The probability that it is right."""
        return self.verdict.scores[0].confidence
