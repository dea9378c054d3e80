"""What is kept of a request that has ended: the row that all figures come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from router_core.decide.cost import MONEY, UNKNOWN, Cost, total
from router_core.decide.failures import is_refusal
from router_core.decide.usage import NO_USAGE, Usage

__all__ = [
    "AttemptRecord",
    "Baseline",
    "RequestRecord",
    "Stage",
    "cost_of_calls",
    "cost_of_classifying",
    "readable_id",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One call of a model that ended.

    Attributes:
        outcome: "ok", "cancelled", "error" (nothing is known of its end) or a `FailureClass`.
        began_ms: when it began, in milliseconds after the request's receipt.
        latency_ms: how long it took.
        http_status: the upstream's; ``None``: none came.
        generation_id: the upstream's id of the answer; empty: none came.
        sent: whether the request left at all.
        estimated_usd: what it was expected to cost before the call; ``None``: not known.
    """

    model: str
    provider: str
    outcome: str
    latency_ms: float
    began_ms: float = 0.0
    cost: Cost = UNKNOWN
    usage: Usage = NO_USAGE
    http_status: int | None = None
    generation_id: str = ""
    sent: bool = True
    estimated_usd: Decimal | None = None

    @property
    def may_be_billed(self) -> bool:
        """Whether the upstream may charge for it, whatever came of it.

        A refusal costs nothing; one that tells of its own lateness came from a model that
        had begun, or may have. So may have whatever has an id, also where it told of an
        error inside its answer.
        """
        if not self.sent:
            return False
        refused = self.http_status is not None and is_refusal(self.http_status)
        return bool(self.generation_id) or not refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a request's way, such as "classify"; times as in `AttemptRecord`."""

    name: str
    began_ms: float
    latency_ms: float


class Baseline:
    """What an answered request would have cost with one model for all requests of its chain."""

    __slots__ = ("_usd", "_work")

    def __init__(
        self, *, best_single_usd: Decimal | None = None, dearest_usd: Decimal | None = None
    ) -> None:
        """Takes what is known.

        Args:
            best_single_usd: with the first model of the chain that can take it; ``None``:
                unknown.
            dearest_usd: with the dearest one; ``None``: some price is unknown.
        """
        self._usd: tuple[Decimal | None, Decimal | None] | None = (best_single_usd, dearest_usd)
        self._work: Callable[[], Baseline] | None = None

    @classmethod
    def later(cls, work: Callable[[], Baseline]) -> Baseline:
        """One that ``work`` tells once somebody asks, in whatever thread: it takes some 20 us."""
        made = cls()
        made._usd, made._work = None, work
        return made

    @property
    def best_single_usd(self) -> Decimal | None:
        """With the first model of the chain."""
        return self._told()[0]

    @property
    def dearest_usd(self) -> Decimal | None:
        """With the dearest one."""
        return self._told()[1]

    def _told(self) -> tuple[Decimal | None, Decimal | None]:
        told = self._usd
        if told is None:
            assert self._work is not None
            worked_out = self._work()
            told = self._usd = (worked_out.best_single_usd, worked_out.dearest_usd)
        return told

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Baseline) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash(self._told())

    def __repr__(self) -> str:
        best, dearest = self._told()
        return f"Baseline(best_single_usd={best!r}, dearest_usd={dearest!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request that ended; times in milliseconds, after receipt where they are moments.

    Attributes:
        id: the router's id of it; a caller may give the same one twice.
        time: when it came in, in UTC.
        operation: "chat"; or "classify" or "route", where one called a model to classify.
        category: ``""``: the caller named a model, or nothing was decided.
        model, provider: the model that answered; ``""``: none did.
        mode: the mode in force.
        reason: the slug of `RouteReason`; ``""``: nothing was decided.
        status: "ok", "error" or "cancelled".
        error_class: what went wrong, in lower case, such as "timeout" or "invalid_request";
            ``""``: nothing. A `FailureClass` where one model's failure was the end of it,
            else the error's own ``reason``.
        caller: the opaque id of the caller's key; ``""``: it needed none.
        session: the opaque id of the conversation; ``""``: there is none.
        streamed: whether the answer was wanted piece by piece.
        attempts: the calls of models that were to answer, in order.
        classifier_calls: the calls of models that classified it, failed ones too.
        ttft_ms: to the first content; ``None``: nothing came.
        overhead_ms: the router's own time; ``None``: nothing was sent upstream.
        agreed: whether the classifiers that were asked said the same; ``None``: fewer than
            two said something.
        baseline: for savings; ``None``: it was not answered, or there was no choice.
        stages: what was done before the first call.
        traceparent: W3C's, of the caller's trace; ``""``: it sent none.
    """

    id: str
    time: datetime
    mode: str
    status: str
    latency_ms: float
    operation: str = "chat"
    category: str = ""
    model: str = ""
    provider: str = ""
    reason: str = ""
    error_class: str = ""
    caller: str = ""
    session: str = ""
    streamed: bool = False
    attempts: tuple[AttemptRecord, ...] = ()
    classifier_calls: tuple[AttemptRecord, ...] = ()
    ttft_ms: float | None = None
    overhead_ms: float | None = None
    agreed: bool | None = None
    baseline: Baseline | None = None
    stages: tuple[Stage, ...] = ()
    traceparent: str = ""

    @property
    def usage(self) -> Usage:
        """Of the call that answered, or of the last one."""
        return self.attempts[-1].usage if self.attempts else NO_USAGE

    @property
    def fell_back(self) -> bool:
        """Whether another model answered than the one that was called first."""
        return bool(self.attempts) and self.model not in ("", self.attempts[0].model)

    @property
    def cost(self) -> Cost:
        """Of everything that was called for it."""
        return cost_of_calls(self.classifier_calls, self.attempts)

    @property
    def classifier_cost(self) -> Cost:
        """Of classifying it alone."""
        return cost_of_classifying(self.classifier_calls)

    @property
    def is_cost_unknown(self) -> bool:
        """Whether some of it may have cost something, and nothing is known of what it did."""
        return self.cost.usd is None and self._has_open_bills

    def saved_usd(self, baseline_usd: Decimal | None) -> Decimal | None:
        """What it cost less than a baseline, classifying included; ``None``: not known.

        Nor is it where a part of the cost is not.
        """
        usd = self.cost.usd
        if baseline_usd is None or usd is None or self._has_open_bills:
            return None
        return MONEY.subtract(baseline_usd, usd) or _NOTHING  # 0, however it was written

    @property
    def _has_open_bills(self) -> bool:
        calls = (*self.classifier_calls, *self.attempts)
        return any(call.cost.usd is None and call.may_be_billed for call in calls)

    @property
    def estimated_usd(self) -> Decimal | None:
        """What answering it was expected to cost, before the first call; ``None``: not known."""
        return self.attempts[0].estimated_usd if self.attempts else None


_NOTHING: Final = Decimal(0)


def cost_of_calls(
    classifier_calls: Sequence[AttemptRecord], attempts: Sequence[AttemptRecord]
) -> Cost:
    """What a request cost with its classification.

    A classifier that costs nothing makes no cost known. Where what one call cost is not
    known, and it may have cost something, the sum of the others is an estimate.
    """
    if not classifier_calls and len(attempts) == 1:  # nearly always, and asked for often
        return attempts[0].cost
    paid = (cost for cost in _parts(classifier_calls) if cost.usd is None or cost.usd)
    return total((*paid, *_parts(attempts)))


def cost_of_classifying(classifier_calls: Sequence[AttemptRecord]) -> Cost:
    """What those calls alone cost."""
    return total(_parts(classifier_calls)) if classifier_calls else UNKNOWN


def _parts(calls: Iterable[AttemptRecord]) -> Iterable[Cost]:
    return (call.cost for call in calls if call.cost.usd is not None or call.may_be_billed)


_LONGEST_ID: Final = 200
"""Characters of an upstream's id; what is longer is none."""


def readable_id(told: Any) -> str:
    """An upstream's id of an answer; empty: it is none that could be asked for later."""
    fits = isinstance(told, str) and len(told) <= _LONGEST_ID and told.isprintable()
    return told if fits else ""
