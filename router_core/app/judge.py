"""Requests that are judged and not answered, and what that cost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from router_core.app.classify import Classify
from router_core.app.ports import Clock, Recorder
from router_core.app.route import Routed
from router_core.app.trace import Arrival
from router_core.decide.chat import ChatRequest
from router_core.decide.classification import Classification
from router_core.decide.config import Mode, RoutingConfig
from router_core.decide.records import AttemptRecord, RequestRecord, Stage

__all__ = ["Consulted", "Judge", "Judgement"]


@dataclass(slots=True)
class Judgement:
    """What comes of judging one request.

    Attributes:
        calls: the calls of models that it took, as they end.
        found: what it was found to be; ``None``: nothing so far.
        routed: where it would go; ``None``: likewise, or nobody asked.
        status: as of `RequestRecord`.
    """

    calls: list[AttemptRecord] = field(default_factory=list)
    found: Classification | None = None
    routed: Routed | None = None
    status: str = "error"


@dataclass(frozen=True, slots=True)
class Consulted:
    """Records requests that were only to be judged, where a model was called for it."""

    recorder: Recorder
    clock: Clock

    @contextmanager
    def judging(
        self, operation: str, mode: Mode, caller: str, arrival: Arrival
    ) -> Iterator[Judgement]:
        """A judgement that ends in the ledger, whatever happens, if it called a model.

        Args:
            operation: "classify" or "route".
            mode: how it is classified.
            caller: the opaque id of the caller's key.
            arrival: how the request came in.
        """
        judgement = Judgement()
        try:
            yield judgement
            judgement.status = "ok"
        except asyncio.CancelledError:
            judgement.status = "cancelled"
            raise
        finally:
            if judgement.calls:
                self.recorder.record(self._record(operation, mode, caller, arrival, judgement))

    def _record(
        self, operation: str, mode: Mode, caller: str, arrival: Arrival, judgement: Judgement
    ) -> RequestRecord:
        found, routed, status = judgement.found, judgement.routed, judgement.status
        latency_ms = (self.clock.monotonic() - arrival.received) * 1e3
        return RequestRecord(
            id=arrival.request_id,
            time=self.clock.now() - timedelta(milliseconds=latency_ms),
            operation=operation,
            category=routed.decision.category if routed else found.category if found else "",
            mode=mode,
            reason=routed.decision.reason if routed else "",
            status=status,
            error_class={"ok": "", "error": "internal"}.get(status, status),
            caller=caller,
            session=routed.place.thread if routed else "",
            latency_ms=latency_ms,
            classifier_calls=tuple(judgement.calls),
            agreed=found.agreed if found else None,
            stages=tuple(_stages(found, arrival)),
            traceparent=arrival.traceparent,
        )


def _stages(found: Classification | None, arrival: Arrival) -> Iterator[Stage]:
    if found is not None and found.began is not None:
        began_ms = (found.began - arrival.received) * 1e3
        yield Stage(name="classify", began_ms=began_ms, latency_ms=found.elapsed_us / 1e3)


@dataclass(frozen=True, slots=True)
class Judge:
    """The use case."""

    classify: Classify
    consulted: Consulted

    async def __call__(
        self, request: ChatRequest, config: RoutingConfig, arrival: Arrival, mode: Mode | None
    ) -> Classification:
        """Classifies as `Classify` does, in the config's mode or another."""
        mode = mode or config.mode
        with self.consulted.judging("classify", mode, request.caller, arrival) as judgement:
            found = await self.classify(request, config, mode, calls=judgement.calls)
            judgement.found = found
        return found
