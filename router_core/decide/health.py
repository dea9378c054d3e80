"""How the models fare: which may be called now, and which may not, and why.

A model may be kept from being called by four things, told apart:

    out        it is gone, or its provider refuses our key
    benched    it asked for time (429)
    open       it failed again and again; after a while one probe may call it
    half open  that probe is under way

A call asks for leave and tells how it ended:

    leave = health.admit(model, now, lease_s=60.0)
    if isinstance(leave, Refusal):
        ...                                            # not now; `leave.health` says why
    health.answered(leave)                             # or failed(leave, failure, now),
                                                       # or released(leave)

Time is passed in, in seconds of one monotonic clock. The numbers are those of DESIGN
section 6.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from router_core.decide.breaker import Breaker, BreakerState, Pass
from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.failures import EFFECTS, Failure, Mark

__all__ = ["WELL", "Change", "Health", "Leave", "ModelHealth", "Refusal", "Standing"]

BENCH_S: Final = 15.0
"""How long a model rests after a 429 that names no time, in seconds."""
LONGEST_BENCH_S: Final = 300.0
"""No upstream benches a model for longer, in seconds, whatever it asks for."""
PROVIDER_OUT_S: Final = 300.0
"""After how long a provider that refused our key is probed, in seconds."""
MOST_MODELS: Final = 4096
"""How many models are kept track of. Callers may name any, so there is no end to them."""


class Standing(StrEnum):
    """Whether a model is called."""

    CLOSED = "closed"
    """It is."""
    OPEN = "open"
    """It failed too often."""
    HALF_OPEN = "half_open"
    """One probe may call it."""
    BENCHED = "benched"
    """It asked for time."""
    OUT = "out"
    """It is gone, or its provider refuses our key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHealth:
    """How a model fares at one moment.

    Attributes:
        consecutive_failures: counted since the last success.
        back_at: when it may be called again, in monotonic seconds; ``None``: now, or
            nobody knows.
        why: why it is not called, for a person; empty: it is.
    """

    standing: Standing
    consecutive_failures: int = 0
    back_at: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """The leave to make one call."""

    model: ModelRef
    ticket: Pass
    provider_ticket: Pass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call must not be made now."""

    model: ModelRef
    health: ModelHealth


class Change(StrEnum):
    """What a failure has changed, for those who keep watch."""

    OPENED = "opened"
    BENCHED = "benched"
    GONE = "gone"
    PROVIDER_OUT = "provider_out"


@dataclass(slots=True)
class _Model:
    """What is known of one model.

    Attributes:
        benched_until: in monotonic seconds.
        gone: what its provider said; ``None``: it is there.
    """

    breaker: Breaker = field(default_factory=Breaker)
    benched_until: float = 0.0
    gone: str | None = None

    def reset(self) -> None:
        """Lets it be called."""
        self.breaker.reset()
        self.benched_until, self.gone = 0.0, None

    @property
    def costs_little_to_forget(self) -> bool:
        """Whether one call would tell again all that is known."""
        return self.gone is not None or self.breaker.is_pristine


@dataclass(slots=True)
class _Provider:
    """What is known of one provider: its breaker opens at the first refusal of our key."""

    breaker: Breaker = field(
        default_factory=lambda: Breaker(threshold=1, open_for_s=PROVIDER_OUT_S)
    )
    why: str = ""


WELL: Final = ModelHealth(standing=Standing.CLOSED)
"""How a model fares of which nothing is known: none that failed, that is."""
_FIRST_PASS: Final = Breaker().admit(0.0)
"""A pass of any breaker's first state; there is a breaker only once something has failed."""

_CLOSED: Final = Breaker().status(0.0)
_WHY_IT_RESTS: Final = {
    BreakerState.CLOSED: "",
    BreakerState.OPEN: "it failed {} times in a row",
    BreakerState.HALF_OPEN: "it failed {} times in a row; one call finds out how it is now",
}


class Health:
    """How all models fare; for one event loop. Nothing is known of them at the start."""

    def __init__(self) -> None:
        self._models: dict[ModelKey, _Model] = {}
        self._providers: dict[str, _Provider] = {}

    def of(self, model: ModelRef, now: float) -> ModelHealth:
        """How ``model`` fares at ``now``."""
        known, provider = self._models.get(model.key), self._providers.get(model.provider)
        if known is None and provider is None:
            return WELL
        status = known.breaker.status(now) if known else _CLOSED
        failures = status.consecutive_failures
        if provider is not None and not provider.breaker.would_admit(now):
            return ModelHealth(
                standing=Standing.OUT,
                consecutive_failures=failures,
                back_at=provider.breaker.status(now).reopens_at,
                why=f"{model.provider} refuses us: {provider.why}",
            )
        if known is None:
            return WELL
        if known.gone is not None:
            return ModelHealth(
                standing=Standing.OUT, consecutive_failures=failures, why=f"gone: {known.gone}"
            )
        if now < known.benched_until and known.benched_until >= (status.reopens_at or 0.0):
            return ModelHealth(
                standing=Standing.BENCHED,
                consecutive_failures=failures,
                back_at=known.benched_until,
                why="it asked for time",
            )
        return ModelHealth(
            standing=Standing(status.state),
            consecutive_failures=failures,
            back_at=status.reopens_at,
            why=_WHY_IT_RESTS[status.state].format(failures),
        )

    def would_admit(
        self,
        model: ModelRef,
        now: float,
        *,
        despite_absence: bool = False,
        despite_bench_until: float | None = None,
    ) -> bool:
        """Whether `admit` would give leave at ``now``; takes none."""
        known, provider = self._models.get(model.key), self._providers.get(model.provider)
        if provider is not None and not provider.breaker.would_admit(now):
            return False
        return known is None or (
            (known.gone is None or despite_absence)
            and (now >= known.benched_until or known.benched_until == despite_bench_until)
            and known.breaker.would_admit(now)
        )

    def admit(
        self,
        model: ModelRef,
        now: float,
        *,
        lease_s: float,
        despite_absence: bool = False,
        despite_bench_until: float | None = None,
    ) -> Leave | Refusal:
        """Leave for one call of ``model`` that begins at ``now``, or why not.

        Args:
            lease_s: how long the call may take at the most, in seconds; a probe that
                has not ended by then is given up.
            despite_absence: whether it may be called although it was said to be gone.
            despite_bench_until: the end of a rest during which it may be called.
        """
        if not self.would_admit(
            model,
            now,
            despite_absence=despite_absence,
            despite_bench_until=despite_bench_until,
        ):
            return Refusal(model, self.of(model, now))
        known, provider = self._models.get(model.key), self._providers.get(model.provider)
        ticket = known.breaker.admit(now, lease_s) if known else _FIRST_PASS
        provider_ticket = provider.breaker.admit(now, lease_s) if provider else _FIRST_PASS
        assert ticket is not None
        assert provider_ticket is not None
        return Leave(model, ticket, provider_ticket)

    def answered(self, leave: Leave) -> bool:
        """The call brought a whole answer; returns whether it has brought the model back."""
        model, is_back = leave.model, False
        if (known := self._models.get(model.key)) is not None:
            is_back = known.breaker.succeeded(leave.ticket)
            known.gone = None
        if (provider := self._providers.get(model.provider)) is not None:
            provider.breaker.succeeded(leave.provider_ticket)
        return is_back

    def failed(self, leave: Leave, failure: Failure, now: float) -> Change | None:
        """The call failed at ``now``; returns what that has changed."""
        mark = EFFECTS[failure.failure_class].mark
        provider = self._provider(leave.model)
        if mark is Mark.PROVIDER_OUT:
            self._model(leave.model).breaker.released(leave.ticket)
            return self._provider_failed(provider, leave, failure, now)
        if mark is Mark.COUNTS:  # whether it took our key is not known
            provider.breaker.released(leave.provider_ticket)
        else:
            provider.breaker.succeeded(leave.provider_ticket)
        return self._model_failed(self._model(leave.model), leave, failure, now)

    def released(self, leave: Leave) -> None:
        """The call ended in a way that says nothing: its caller left."""
        model = leave.model
        if (known := self._models.get(model.key)) is not None:
            known.breaker.released(leave.ticket)
        if (provider := self._providers.get(model.provider)) is not None:
            provider.breaker.released(leave.provider_ticket)

    def reset(self, model: ModelRef) -> None:
        """Lets ``model`` be called whatever was, and its provider with it."""
        self._model(model).reset()
        self._provider(model).breaker.reset()

    def reconfigured(self, models: Iterable[ModelRef], moved: Container[str] = ()) -> None:
        """Another config is in force: its new models, and all providers, get another chance.

        Args:
            models: the new ones.
            moved: providers that are somewhere else now, or have another key; what was
                known of their models was of others.
        """
        for model in models:
            self.reset(model)
        for (provider, _), known in self._models.items():
            if provider in moved:
                known.reset()
        for each in self._providers.values():
            each.breaker.reset()

    def listed(self, provider: str, ids: Container[str]) -> None:
        """The provider's catalogue says anew that it has the models of these ids."""
        for (name, model_id), known in self._models.items():
            if name == provider and model_id in ids:
                known.gone = None

    def providers_out(self, now: float) -> dict[str, str]:
        """The providers that refuse our key, each with what it said."""
        return {
            name: provider.why
            for name, provider in self._providers.items()
            if provider.breaker.status(now).state is not BreakerState.CLOSED
        }

    def _provider_failed(
        self, provider: _Provider, leave: Leave, failure: Failure, now: float
    ) -> Change | None:
        if not provider.breaker.is_current(leave.provider_ticket):
            return None
        provider.breaker.failed(leave.provider_ticket, now)
        provider.why = failure.message
        return Change.PROVIDER_OUT

    def _model_failed(
        self, known: _Model, leave: Leave, failure: Failure, now: float
    ) -> Change | None:
        breaker, ticket = known.breaker, leave.ticket
        if not breaker.is_current(ticket):
            return None
        match EFFECTS[failure.failure_class].mark:
            case Mark.COUNTS:
                breaker.failed(ticket, now)
                return None if breaker.is_current(ticket) else Change.OPENED
            case Mark.BENCH:
                breaker.released(ticket)
                asked = BENCH_S if failure.retry_after_s is None else failure.retry_after_s
                known.benched_until = max(known.benched_until, now + min(asked, LONGEST_BENCH_S))
                return Change.BENCHED
            case Mark.MODEL_OUT:
                breaker.released(ticket)
                known.gone = failure.message
                return Change.GONE
            case _:
                breaker.released(ticket)
                return None

    def _model(self, model: ModelRef) -> _Model:
        key = model.key
        known = self._models.get(key)
        if known is None:
            if len(self._models) >= MOST_MODELS:
                self._forget_one()
            known = self._models[key] = _Model()
        return known

    def _forget_one(self) -> None:
        """Forgets a model of which least is lost: one that is gone, or has not failed."""
        del self._models[
            next(
                (key for key, known in self._models.items() if known.costs_little_to_forget),
                next(iter(self._models)),
            )
        ]

    def _provider(self, model: ModelRef) -> _Provider:
        return self._providers.setdefault(model.provider, _Provider())
