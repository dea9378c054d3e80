"""The category of a request, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from router_core.decide.records import AttemptRecord
from router_core.decide.sketch import Sketch
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
        goes_on: the probability (0 to 1) that the text is a bare follow-up, which tells
            nothing of a category; 0 too where the classifier cannot tell.
    """

    scores: tuple[Score, ...]
    source: str
    evidence: tuple[str, ...] = ()
    goes_on: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The category of a request: what decided, on what text, and how sure it is.

    Attributes:
        calls: the calls of models that it took, failed ones too.
        sketch: what was read of the text in this process; ``None``: it was not.
        began: when it began, in monotonic seconds; ``None``: nobody was asked.
        agreed: whether the second opinions said what the first did; ``None``: fewer than
            two classifiers said something.
    """

    verdict: Verdict
    turn: Turn
    mode: str
    fallbacks: tuple[ClassifierFallback, ...] = ()
    calls: tuple[AttemptRecord, ...] = ()
    elapsed_us: int = 0
    sketch: Sketch | None = None
    began: float | None = None
    agreed: bool | None = None

    @property
    def category(self) -> str:
        """The chosen category."""
        return self.verdict.scores[0].category

    @property
    def confidence(self) -> float:
        """The probability that it is right."""
        return self.verdict.scores[0].confidence


def remembered(
    category: str, shares: Iterable[tuple[str, float]], turn: Turn, mode: str
) -> Classification:
    """What a conversation was found to be before, for a turn that is not classified.

    Args:
        category: what it was routed as.
        shares: what it may be about, likeliest first.
        turn: the turn.
        mode: of the config.
    """
    known = dict(shares)
    own = Score(category=category, confidence=known.pop(category, 1.0))
    others = (Score(category=name, confidence=share) for name, share in known.items())
    verdict = Verdict(
        scores=(own, *others), source="session", evidence=("the conversation goes on",)
    )
    return Classification(verdict=verdict, turn=turn, mode=mode)
