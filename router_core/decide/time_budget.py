"""How long a request may take, and how its attempts share that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from router_core.decide.config import Deadlines

__all__ = ["Allowance", "TimeBudget"]

_SAME_S: Final = 1.0
"""A caller's deadline this near to ours, in seconds, is ours, sent around."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How long one attempt may take.

    Attributes:
        answer_s: until it answers, in seconds.
        cut_short: whether that is less than the model is allowed otherwise; that it took
            too long then says nothing of it.
    """

    deadlines: Deadlines
    answer_s: float
    cut_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBudget:
    """The time of one request.

    Attributes:
        received: when it came, in monotonic seconds.
        total_s: how long it may take by the config, in seconds.
        deadline: the caller's own, in monotonic seconds; ``None``: it has none.
    """

    received: float
    total_s: float
    deadline: float | None = None

    @property
    def give_up_at(self) -> float:
        """When it is over, in monotonic seconds."""
        ours = self.received + self.total_s
        return ours if self.deadline is None else min(ours, self.deadline)

    @property
    def is_callers(self) -> bool:
        """Whether the caller gives up well before the router would."""
        return self.deadline is not None and self.deadline < self.received + self.total_s - _SAME_S

    def left_s(self, now: float) -> float:
        """How many seconds are left; below 0: it is over."""
        return self.give_up_at - now

    def allow(self, own: Deadlines, now: float, *, to_call: int, streams: bool) -> Allowance:
        """How long an attempt that begins at ``now`` may take.

        Until it answers it takes no more than its share of what is left, so that one
        model that hangs does not use up the time of the others. A stream answers with
        its first token, anything else when it is whole.

        Args:
            own: the model's deadlines.
            to_call: how many models are still to be called, this one included.
        """
        left_s = self.left_s(now)
        share_s = left_s / to_call
        total_s = min(own.total_s, left_s if streams else share_s)
        first_token_s = min(own.first_token_s, share_s)
        answer_s = first_token_s if streams else total_s
        return Allowance(
            deadlines=replace(own, first_token_s=first_token_s, total_s=total_s),
            answer_s=answer_s,
            cut_short=answer_s < self._usual_s(own, now, to_call=to_call, streams=streams),
        )

    def _usual_s(self, own: Deadlines, now: float, *, to_call: int, streams: bool) -> float:
        """How long a model may take until it answers, were there no hurry.

        For an answer in one piece there is no other measure than the share of a request
        whose caller is patient.
        """
        if streams:
            return own.first_token_s
        patient_s = (self.received + self.total_s - now) / to_call
        return min(own.total_s, patient_s) if self.is_callers else 0.0
