"""Replays a world under one config: the decisions are the router's own, the answers the trace's.

For each request `route_named` or `route_classified` decides, with a `Forecast` that learns
from what was simulated before, and with the models' `Health`. What a call brings is known no
earlier than it ends, as in the real one. Simpler than there:

- each request stands alone, as with continuity off: no cache is warm, nothing is locked;
- a call that fails is not tried again; the next candidate is called at once, and counts as
  called when the request came in;
- every failure is a server's error;
- deadlines, slots and spending limits do nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from router_core.decide.candidates import Prospect
from router_core.decide.choosing import RouteQuery
from router_core.decide.classification import Classification
from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.forecast import Forecast
from router_core.decide.health import WELL, Health, Leave, Refusal
from router_core.decide.pace import Paces
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.routing import RouteDecision, route_classified, route_named
from router_core.decide.simulation.world import Answer, Case, Contender, World
from router_core.decide.usual import Usual

__all__ = ["Played", "play"]

_LEASE_S = 600.0
_FAILED = Failure(failure_class=FailureClass.SERVER_ERROR, message="the trace says so")
_ABSENT = Prospect(absence="the trace tells nothing of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What somebody made of a world; an entry for each request.

    Attributes:
        choices: who answered; ``None``: nobody.
        quality: of the answer, 0 to 1; 0: there was none.
        cost_usd: of all calls, failed ones too, in dollars.
        latency_ms: from the request to the last token, in milliseconds; ``None``: not known,
            or there was no answer.
        fell_back: how many requests another one answered than who was called first.
    """

    choices: tuple[str | None, ...]
    quality: tuple[float, ...]
    cost_usd: tuple[float, ...]
    latency_ms: tuple[float | None, ...]
    fell_back: int = 0


def play(
    world: World,
    contender: Contender,
    names: Mapping[ModelKey, str],
    classified: Sequence[Classification | None],
) -> Played:
    """What a config makes of a world.

    Args:
        world: the requests and their answers.
        contender: the config.
        names: what the world calls its models.
        classified: what each request was found to be; ``None``: its category is told.
    """
    player = _Player(contender, names)
    served = [player.serve(*each) for each in zip(world.cases, classified, strict=True)]
    return Played(
        choices=tuple(each.model for each in served),
        quality=tuple(each.quality for each in served),
        cost_usd=tuple(each.cost_usd for each in served),
        latency_ms=tuple(each.latency_ms for each in served),
        fell_back=sum(each.fell_back for each in served),
    )


@dataclass(slots=True)
class _Served:
    """How one request went."""

    model: str | None = None
    quality: float = 0.0
    cost_usd: float = 0.0
    latency_ms: float | None = None
    fell_back: bool = False


@dataclass(slots=True)
class _Player:
    """A router under one config, with what it has learnt so far.

    Attributes:
        names: what the trace calls its models.
    """

    contender: Contender
    names: Mapping[ModelKey, str]
    _usual: Usual = field(default_factory=Usual)
    _paces: Paces = field(default_factory=Paces)
    _health: Health = field(default_factory=Health)
    _prospects: dict[ModelRef, Prospect] = field(default_factory=dict)
    _ends: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    _begun: int = 0

    def serve(self, case: Case, classified: Classification | None) -> _Served:
        """One request, from its decision to its answer."""
        now = case.when.timestamp()
        while self._ends and self._ends[0][0] <= now:
            heapq.heappop(self._ends)[2]()
        decision = self._decide(case, classified, now)
        if called := decision.to_call:
            self._paces.begins(decision.category, called[0], free=decision.is_by_policy)
        served, attempts, spent_ms = _Served(), list[AttemptRecord](), 0.0
        for model in called:
            leave = self._health.admit(model, now, lease_s=_LEASE_S)
            if isinstance(leave, Refusal):
                continue
            name = self.names[model.key]
            answer = case.answers[name]
            attempts.append(_attempt(model, answer, began_ms=spent_ms))
            served.cost_usd += answer.cost_usd
            began_ms, spent_ms = spent_ms, spent_ms + (answer.latency_ms or 0.0)
            self._ends_call(leave, answer, now + spent_ms / 1000)
            if answer.fails:
                continue
            served.model, served.quality = name, answer.quality
            served.fell_back = len(attempts) > 1
            if answer.latency_ms is not None:
                served.latency_ms = spent_ms
            self._learns(case, decision, model, answer, attempts, began_ms)
            break
        else:
            self._learns(case, decision, None, None, attempts, spent_ms)
        return served

    def _decide(self, case: Case, classified: Classification | None, now: float) -> RouteDecision:
        config = self.contender.config
        query = RouteQuery(
            config=config,
            demands=case.demands,
            outlook=lambda model: self._prospect(model, case, now),
            limits=config.limits.per_request,
            forecast=Forecast(
                request=case.request,
                demands=case.demands,
                ongoing=None,
                usual=self._usual,
                paces=self._paces,
                when=case.when,
            ),
        )
        if classified is None:
            return route_named(case.category, query)
        return route_classified(classified, query)

    def _prospect(self, model: ModelRef, case: Case, now: float) -> Prospect:
        if self.names.get(model.key) not in case.answers:
            return _ABSENT
        known = self._prospects.get(model)
        if known is None:
            known = self._prospects[model] = Prospect(info=self.contender.info_of(model))
        health = self._health.of(model, now)
        return known if health is WELL else replace(known, health=health)

    def _at(self, moment: float, end: Callable[[], object]) -> None:
        heapq.heappush(self._ends, (moment, self._begun, end))
        self._begun += 1

    def _ends_call(self, leave: Leave, answer: Answer, moment: float) -> None:
        if answer.fails:
            self._at(moment, lambda: self._health.failed(leave, _FAILED, moment))
        else:
            self._at(moment, lambda: self._health.answered(leave))

    def _learns(
        self,
        case: Case,
        decision: RouteDecision,
        model: ModelRef | None,
        answer: Answer | None,
        attempts: Sequence[AttemptRecord],
        waited_ms: float,
    ) -> None:
        """Has the record of a request known once it has ended."""
        took = (answer.latency_ms if answer else None) or 0.0
        first = answer.ttft_ms if answer else None
        record = RequestRecord(
            id=case.where,
            time=case.when,
            mode=self.contender.config.mode,
            status="ok" if model else "error",
            latency_ms=waited_ms + took,
            category=decision.category,
            model=model.name if model else "",
            provider=model.provider if model else "",
            reason=decision.reason,
            streamed=first is not None,
            attempts=tuple(attempts),
            ttft_ms=None if first is None else waited_ms + first,
        )
        # Where nothing is known of the time, an answer that took none would teach it.
        is_timed = answer is None or answer.latency_ms is not None
        takers = (self._usual.record, self._paces.record) if is_timed else (self._usual.record,)
        for take in takers:
            self._at(case.when.timestamp() + record.latency_ms / 1000, _taking(take, record))


def _taking(take: Callable[[RequestRecord], None], record: RequestRecord) -> Callable[[], None]:
    return lambda: take(record)


def _attempt(model: ModelRef, answer: Answer, *, began_ms: float) -> AttemptRecord:
    return AttemptRecord(
        model=model.name,
        provider=model.provider,
        outcome=FailureClass.SERVER_ERROR if answer.fails else "ok",
        began_ms=began_ms,
        latency_ms=answer.latency_ms or 0.0,
        usage=answer.usage,
    )
