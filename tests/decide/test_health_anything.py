"""How the models fare, whatever happens: a state machine beside a simple account of it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from router_core.decide.config import ModelRef
from router_core.decide.failures import EFFECTS, Failure, FailureClass, Mark
from router_core.decide.health import Health, Leave, Standing

MODELS = [ModelRef(name=n, id=n, provider=p) for n, p in (("a", "p"), ("b", "p"), ("c", "q"))]
LEASE_S, OPEN_S = 60.0, 300.0


@dataclass
class Call:
    """A call under way: its leave, and whether it probes a model that was open."""

    leave: Leave
    began: float
    is_probe: bool


class HealthMachine(RuleBasedStateMachine):
    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.health = Health()
        self.now = 0.0
        self.probes: dict[str, list[Call]] = {m.id: [] for m in MODELS}

    @rule(target=calls, model=st.sampled_from(MODELS))
    def call(self, model: ModelRef) -> Call | None:
        before = self.health.of(model, self.now)
        expected = self.health.would_admit(model, self.now)
        leave = self.health.admit(model, self.now, lease_s=LEASE_S)
        assert isinstance(leave, Leave) is expected
        if not isinstance(leave, Leave):
            assert leave.health == before
            return None
        assert before.standing not in (Standing.OPEN, Standing.BENCHED)
        call = Call(leave, self.now, before.standing is Standing.HALF_OPEN)
        if call.is_probe:
            held = [each for each in self.probes[model.id] if self.now < each.began + LEASE_S]
            assert held == [], "there is one probe, whatever the concurrency"
            self.probes[model.id].append(call)
        return call

    @rule(call=consumes(calls))
    def answer(self, call: Call | None) -> None:
        if call is None:
            return
        before = self.health.of(call.leave.model, self.now)
        self.health.answered(call.leave)
        self._over(call)
        after = self.health.of(call.leave.model, self.now)
        if before.standing is Standing.OPEN:
            assert after == before, "an answer from before it opened closes nothing"

    @rule(call=consumes(calls), failure_class=st.sampled_from(FailureClass))
    def fail(self, call: Call | None, failure_class: FailureClass) -> None:
        if call is None:
            return
        model = call.leave.model
        before = self.health.of(model, self.now)
        failure = Failure(failure_class=failure_class, message="no")
        self.health.failed(call.leave, failure, self.now)
        self._over(call)
        after = self.health.of(model, self.now)
        counted = after.consecutive_failures - before.consecutive_failures
        assert counted in (0, 1)
        if EFFECTS[failure_class].mark is not Mark.COUNTS:
            assert counted == 0
            assert after.standing is not Standing.OPEN or before.standing is Standing.OPEN
        if before.standing is Standing.CLOSED and after.standing is Standing.OPEN:
            assert after.consecutive_failures == 3
            assert after.back_at == self.now + OPEN_S

    @rule(call=consumes(calls))
    def leave(self, call: Call | None) -> None:
        if call is None:
            return
        before = self.health.of(call.leave.model, self.now)
        self.health.released(call.leave)
        self._over(call)
        if before.standing is not Standing.OUT:  # else it may have been its provider's probe
            assert self.health.of(call.leave.model, self.now).standing is before.standing

    @rule(seconds=st.sampled_from([0.5, 14.0, 60.0, 200.0, 300.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(model=st.sampled_from(MODELS))
    def reset(self, model: ModelRef) -> None:
        self.health.reset(model)
        assert self.health.of(model, self.now).standing is Standing.CLOSED
        self.probes[model.id].clear()

    @rule()
    def list_all(self) -> None:
        for model in MODELS:
            self.health.listed(model.provider, {model.id})

    @invariant()
    def looking_agrees_with_itself(self) -> None:
        for model in MODELS:
            told = self.health.of(model, self.now)
            if told.standing is Standing.CLOSED:
                assert self.health.would_admit(model, self.now)
                assert told.why == ""
            else:
                assert told.why
            if told.standing in (Standing.OPEN, Standing.BENCHED):
                assert not self.health.would_admit(model, self.now)
                assert told.back_at is not None
                assert told.back_at > self.now

    def _over(self, call: Call) -> None:
        probes = self.probes[call.leave.model.id]
        if call in probes:
            probes.remove(call)


TestHealth = HealthMachine.TestCase
