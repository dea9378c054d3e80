"""What may be said against the router, by the upstream's log alone.

A request may fail only where no candidate worked and was admitted. A candidate that
was not called must have been out for a reason that the log shows: it asked for time,
it failed three times and the breaker's five minutes are not over, or a probe of it
was under way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from tests.soak.calls import Call, Calls
from tests.soak.failures import KINDS
from tests.soak.traffic import ASK_LATER, TIMED_OUT, Answer

THRESHOLD: Final = 3
OPEN_S: Final = 300.0
LONGEST_BENCH_S: Final = 150.0


@dataclass(slots=True)
class Request:
    """One request and what came of it.

    Attributes:
        chain: the candidates, in order.
        began, ended: in the router's time.
        left: whether its client has left.
    """

    number: int
    chain: tuple[str, ...]
    streaming: bool
    way: str
    began: float
    answer: Answer
    ended: float = 0.0
    left: bool = False

    @property
    def outcome(self) -> str:
        """In a word."""
        if self.left:
            return "left"
        if self.answer.broken:
            return "broken"
        return "served" if self.answer.whole and not self.answer.failed else "failed"


class Judge:
    """Judges one request after the other.

    Args:
        requests: by number.
        stall_s: the router's patience with a silent upstream, in real seconds: a call
            that took longer may be given up, whoever was to blame for it.
    """

    def __init__(self, calls: Calls, requests: Sequence[Request], stall_s: float) -> None:
        self._calls = calls
        self._requests = requests
        self._stall_s = stall_s

    def faults(self, request: Request) -> Iterator[str]:
        """What is wrong with what came of a request, a line each."""
        calls = self._calls.by_request.get(request.number, [])
        where = f"{request.number} ({request.way}, {request.chain}): "
        story = ", ".join(f"{call.tag} {call.kind or 'works'}" for call in calls)
        told = f"failed {request.answer.failed}" if request.answer.failed else request.answer.text
        for fault in self._faults(request, request.answer, calls):
            yield f"{where}{fault}; calls: {story or 'none'}; {told}"

    def _faults(self, request: Request, answer: Answer, calls: Sequence[Call]) -> Iterator[str]:
        one = any(call.text.startswith(answer.text) for call in calls)
        if answer.text and (len(answer.models) > 1 or not one):
            yield "mixed or made up"
        if any(self._times(model, calls) > 2 for model in request.chain):
            yield "a model was called more than twice"
        if request.outcome == "served":
            yield from self._faults_of_a_success(request, answer, calls)
        elif request.outcome == "broken":
            if not (request.streaming and calls[-1].kind and KINDS[calls[-1].kind].commits):
                yield "broken for no reason"
        elif request.outcome == "failed":
            if answer.failed not in (*ASK_LATER, *TIMED_OUT):
                yield f"failed with {answer.failed}"
            in_band = isinstance(answer.failed, str)
            if answer.failed in ASK_LATER and not (answer.retry_after or in_band):
                yield "not told when to come back"
            yield from self._faults_of_a_failure(request, calls)

    def _faults_of_a_success(
        self, request: Request, answer: Answer, calls: Sequence[Call]
    ) -> Iterator[str]:
        if answer.text != calls[-1].text or calls[-1].kind is not None:
            yield "not the whole answer of the last call"
        served_by = calls[-1].model
        for model in takewhile(lambda model: model != served_by, request.chain):
            if not self._times(model, calls) and not self._may_be_out(model, request):
                yield f"{model} was passed over, {self._story(model, request)}"

    def _faults_of_a_failure(self, request: Request, calls: Sequence[Call]) -> Iterator[str]:
        for model in request.chain:
            last = next((call for call in reversed(calls) if call.model == model), None)
            if last is None:
                if not self._may_be_out(model, request):
                    yield f"{model} was not called, {self._story(model, request)}"
            elif last.kind is None and last.took_s < self._stall_s:
                yield f"{model} works, and was called"

    def _story(self, model: str, request: Request) -> str:
        """The last calls of ``model`` until ``request`` ended, for whoever reads the fault."""
        calls = [call for call in self._calls.by_model[model] if call.began <= request.ended]
        told = (
            f"{call.number} for {call.request} {call.kind or 'works'}"
            f" {call.began:.0f}-{call.ended or 0:.0f}"
            for call in calls[-8:]
        )
        return f"at {request.began:.0f}-{request.ended:.0f} after {'; '.join(told) or 'nothing'}"

    @staticmethod
    def _times(model: str, calls: Sequence[Call]) -> int:
        return sum(call.model == model for call in calls)

    def _may_be_out(self, model: str, request: Request) -> bool:
        """Whether the log shows why ``model`` was not called while ``request`` ran."""
        failures = 0
        for call in self._calls.by_model[model]:
            if call.began > request.ended:
                break
            if call.kind is None and call.took_s < self._stall_s:
                continue
            counts = call.kind is None or KINDS[call.kind].counts
            failures += counts
            opened = counts and failures >= THRESHOLD
            out_s = OPEN_S if opened else 0.0 if counts else LONGEST_BENCH_S
            if out_s and self._noticed(call) + out_s >= request.began:
                return True
        return failures >= THRESHOLD and self._may_be_probed(model, request)

    def _may_be_probed(self, model: str, request: Request) -> bool:
        """Whether another request may have been the probe of ``model`` meanwhile."""
        for other in self._requests:
            if other is request or other.began > request.ended or other.ended < request.began:
                continue
            if self._times(model, self._calls.by_request.get(other.number, ())):
                return True
        return False

    def _noticed(self, call: Call) -> float:
        """When the router was done with ``call``, at the latest."""
        calls = self._calls.by_request[call.request]
        later = calls[calls.index(call) + 1 :]
        return later[0].began if later else self._requests[call.request].ended
