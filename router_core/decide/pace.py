"""How fast models answer, by what they did of late: the time to the first token, and to each.

paces.record(record)                     # a request has ended
paces.begins(category, model, free=True) # a decision is carried out
paces.of(model, info, category, now)     # how fast it is likely to be, or `None`

A slowdown does not last for ever: who is left alone for it is taken to be well again after a
while, is tried by one request, and by its answer is back, or is left alone again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Final

from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.failures import FailureClass
from router_core.decide.model_info import ModelInfo
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.speed import GENERIC, Pace, Speed

__all__ = ["Pace", "Paces"]

_MOST_NAMES: Final = 4096
"""Callers may name any model, so names are unbounded; those beyond are not followed."""
_LEAST_TOKENS: Final = 8
"""Of fewer tokens the time for each is not told: they may have come at once."""
_CUT_SHORT: Final = frozenset({FailureClass.TIMEOUT.value, "cancelled"})
"""How calls end that would have taken longer."""
_TOLD_COUNTS: Final = 3.0
"""For how many answers counts what a catalogue tells."""
_TOLD_UNTIL: Final = 50
"""It counts the less, the more were seen, and from so many on no more."""

_Name = tuple[str, str]
"""A model by its provider and its name in the config: records tell no more of it."""


@dataclass(slots=True)
class _Turns:
    """The decisions for one category.

    Attributes:
        count: how many a policy took; those that keep a conversation's model do not count.
        leader: whom it chose last.
        last: how many there had been when a model was last called first.
    """

    count: int = 0
    leader: ModelKey | None = None
    last: dict[_Name, int] = field(default_factory=dict)


@dataclass(slots=True)
class Paces:
    """The `Recorder` that follows it; for one event loop."""

    _speeds: dict[_Name, Speed] = field(default_factory=dict)
    _turns: dict[str, _Turns] = field(default_factory=dict)
    _decisions: int = 0

    def record(self, record: RequestRecord) -> None:
        """Takes one request that has ended, as late as ``record.time`` and its latency say."""
        if record.operation != "chat" or not record.attempts or not isfinite(record.latency_ms):
            return
        at = record.time.timestamp() + record.latency_ms / 1000
        *before, last = record.attempts
        for attempt in before:
            self._measure(attempt, at, streamed=record.streamed)
        shown_ms = record.ttft_ms if record.streamed else None
        self._measure(last, at, streamed=record.streamed, shown_ms=shown_ms)

    def _measure(
        self,
        attempt: AttemptRecord,
        at: float,
        *,
        streamed: bool,
        shown_ms: float | None = None,
    ) -> None:
        """Takes one call.

        Args:
            at: when it ended, in Unix seconds.
            streamed: whether its answer was to come piece by piece.
            shown_ms: when the first came, in milliseconds after the request's receipt.
        """
        answered, took_ms = attempt.outcome == "ok", attempt.latency_ms
        if not (answered or attempt.outcome in _CUT_SHORT) or not 0.0 <= took_ms < inf:
            return
        speed = self._followed((attempt.provider, attempt.model))
        if speed is None:
            return
        tokens = attempt.usage.completion_tokens
        if shown_ms is not None:
            first_ms = shown_ms - attempt.began_ms
            if not 0 <= first_ms <= took_ms:
                return
            told = answered and tokens >= _LEAST_TOKENS
            token_ms = (took_ms - first_ms) / tokens if told else None
            speed.streams(first_ms, token_ms, at, self._decisions)
        elif not answered:
            speed.outlasts(took_ms, at, self._decisions, streamed=streamed)
        elif not streamed:
            speed.answers(took_ms, tokens, at, self._decisions)

    def _followed(self, name: _Name) -> Speed | None:
        speed = self._speeds.get(name)
        if speed is None and len(self._speeds) < _MOST_NAMES:
            speed = self._speeds[name] = Speed()
        return speed

    def begins(self, category: str, model: ModelRef, *, free: bool) -> None:
        """A decision for ``category`` is carried out: ``model`` is called first.

        Args:
            category: ``""``: the caller named the model, which is no decision.
            free: whether the policy chose it; otherwise the conversation did.
        """
        turns = self._turns.get(category)
        if turns is None:
            if not category or len(self._turns) >= _MOST_NAMES:
                return
            turns = self._turns[category] = _Turns()
        if free:
            self._decisions += 1
            turns.count += 1
            turns.leader = model.key
        name = model.provider, model.name
        if name in turns.last or len(turns.last) < _MOST_NAMES:
            turns.last[name] = turns.count
        if (speed := self._speeds.get(name)) is not None:
            speed.begins(self._decisions)

    def leader(self, category: str) -> ModelKey | None:
        """Whom a policy chose last for a category; ``None``: none yet."""
        turns = self._turns.get(category)
        return None if turns is None else turns.leader

    def waited(self, category: str, model: ModelRef) -> int:
        """For how many decisions of a policy for a category ``model`` was not called first.

        Since it was last, or since the first of all.
        """
        turns = self._turns.get(category)
        if turns is None:
            return 0
        return turns.count - turns.last.get((model.provider, model.name), 0)

    def of(self, model: ModelRef, info: ModelInfo, category: str, now: float) -> Pace | None:
        """How fast ``model`` is likely to be; ``None``: nothing is known.

        Args:
            info: what the catalogue says of it.
            category: for which; what is known is of all, how old it is counts by this one.
            now: the time, in Unix seconds.
        """
        speed = self._speeds.get((model.provider, model.name))
        if speed is None or not speed.count:
            return _told(info)
        pace = speed.now
        if speed.may_be_faster or speed.is_old(self._decisions):
            pace = speed.after(self.waited(category, model), self._decisions, now)
        if speed.count < _TOLD_UNTIL and (info.ttft_ms or info.tokens_per_s):
            return _with_told(speed, pace, info)
        return pace


def _told(info: ModelInfo) -> Pace | None:
    """What the catalogue says; where it tells one figure alone, the other is not taken for better.

    That is, for no better than the generic one.
    """
    first_ms, tokens_per_s = info.ttft_ms, info.tokens_per_s
    if first_ms and tokens_per_s:
        return Pace(first_ms, 1000 / tokens_per_s)
    if first_ms:
        return Pace(first_ms, max(1.0, first_ms / GENERIC.first_ms) * GENERIC.token_ms)
    if tokens_per_s:
        token_ms = 1000 / tokens_per_s
        return Pace(max(1.0, token_ms / GENERIC.token_ms) * GENERIC.first_ms, token_ms)
    return None


def _with_told(speed: Speed, pace: Pace, info: ModelInfo) -> Pace:
    """What was measured, and the catalogue's figures as a few measurements more."""
    count = speed.count
    share = _TOLD_COUNTS * (1 - count / _TOLD_UNTIL) / (count + _TOLD_COUNTS)
    first_ms, token_ms = pace
    if info.ttft_ms:
        first_ms *= (info.ttft_ms / first_ms) ** share
    if info.tokens_per_s:
        told_ms = 1000 / info.tokens_per_s
        token_ms = token_ms * (told_ms / token_ms) ** share if speed.knows_tokens else told_ms
    return Pace(first_ms, token_ms)
