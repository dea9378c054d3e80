"""How fast one model answers: what its answers took, and what the next one is likely to.

Of each of its two times there is a steady mean and a recent one, of logarithms, for times
are off by factors. The steady one is believed until the recent one is clearly elsewhere: so
noise moves nobody, and a slowdown shows within a few answers. While that lasts the steady
one stands, and tells how fast the model is when it is well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf, log
from typing import Final, NamedTuple

__all__ = ["GENERIC", "Pace", "Speed"]

_STEADY: Final = 50
"""Over how many answers the steady mean looks back, about."""
_RECENT: Final = 5
"""Over how many the recent one does: it wobbles by a third of what single answers do."""
_LEARNING: Final = 8
"""Fewer answers than these say little: the steady mean takes them as they come, and the
model may be faster than they say."""

_BAND: Final = log(1.6)
"""How far the recent mean may be from the steady one without being believed, as a ratio's
logarithm."""
_MOST_TIMES: Final = 8.0
_MOST: Final = log(_MOST_TIMES)
"""An answer that took more than 8 times as long as usual, or less than an 8th, counts as that:
no single one decides. So far off may be all that is known of a model, if it is a single one."""
_MOST_STEADY: Final = log(2)
"""The same for the steady mean."""

_PATIENCE: Final = 40
"""For how many decisions a slow model is left alone before it is tried again."""
_PATIENCE_LEARNING: Final = 10
"""For how many one is of which little is known."""
_SOON: Final = 5
"""For how many one is at least: after a try that may have been bad luck, and once its
slowdown was `_FORGOTTEN_S` ago."""
_LONG: Final = 1000
"""After how many what is known of one is too old to leave it alone any longer for that."""
_FORGOTTEN_S: Final = 300.0
"""After how many seconds a slowdown is not believed any more: as long as a breaker is off."""
_DOUBT: Final = 0.85
"""A try that showed less than this share of the slowdown (of its logarithm) may be bad luck."""

_MOST_MS: Final = 1e8
_LEAST_FIRST_MS: Final = 1.0
_LEAST_TOKEN_MS: Final = 0.01
"""Times are taken to be within these: clocks stand still, or go wrong."""


class Pace(NamedTuple):
    """How fast a model is likely to answer.

    Attributes:
        first_ms: from the call to the first token, in milliseconds.
        token_ms: for each token of the answer, in milliseconds.
    """

    first_ms: float
    token_ms: float

    def last_ms(self, tokens: float) -> float:
        """From the call to the last of so many tokens, in milliseconds."""
        return self.first_ms + self.token_ms * tokens


GENERIC: Final = Pace(first_ms=800.0, token_ms=15.0)
"""Of no model in particular, made up. Until a stream has shown it, the proportion of the two
tells what of an answer that came as a whole was the wait for its first token."""


@dataclass(slots=True)
class _Time:
    """One of a model's times, in logarithms of milliseconds.

    Attributes:
        count: how many were taken; 0: the means are nothing.
        run: of how many of them the recent mean is, at most `_RECENT`.
        believed: what the next is likely to be.
        rested: what it may be when the model has been left alone for a while.
    """

    count: int = 0
    run: int = 0
    steady: float = 0.0
    recent: float = 0.0
    believed: float = 0.0
    rested: float = 0.0

    @property
    def is_slow(self) -> bool:
        """Whether it is clearly more than usual now."""
        return self.recent - self.steady > _BAND

    def takes(self, time: float, *, afresh: bool) -> bool:
        """Takes one more.

        Args:
            afresh: whether the model had been left alone, and this shows whether it still is
                what it was: where it is much less than the recent mean, it takes its place.

        Returns:
            Whether it may have been bad luck that the model still is slow.
        """
        if not self.count:
            self.count = self.run = 1
            self.steady = self.recent = self.believed = self.rested = time
            return False
        steady, recent = self.steady, self.recent
        off = recent - steady
        time = _clipped(time, steady, _MOST)
        self._settle(time, off)
        if afresh and time < recent - max(off / 2.0, _BAND):
            self.run, self.recent = 1, time
            if time < steady - _BAND:
                self.count, self.steady = 1, time
            doubtful = False
        else:
            self.run = min(self.run + 1, _RECENT)
            self.recent = recent + (time - recent) / self.run
            doubtful = afresh and off > _BAND and time < steady + _DOUBT * off
        self._judge()
        return doubtful

    def _settle(self, time: float, off: float) -> None:
        """Moves the steady mean; ``off``: how far the recent one was above it."""
        self.count += 1
        if self.count <= _LEARNING:
            self.steady += (time - self.steady) / self.count
        elif off <= _BAND:
            step = _clipped(time, self.steady, _MOST_STEADY) - self.steady
            self.steady += step / min(self.count, _STEADY)

    def _judge(self) -> None:
        """Works out what is likely."""
        steady, recent = self.steady, self.recent
        self.believed = recent if abs(recent - steady) > _BAND else steady
        self.rested = min(self.believed, steady)


@dataclass(slots=True)
class Speed:
    """What is known of one model.

    Attributes:
        now: how fast it is likely to be.
        may_be_faster: whether that is another once it has been left alone for a while.
        count: how many of its answers were measured.
        knows_tokens: whether the time for each token ever was.
    """

    now: Pace = GENERIC
    may_be_faster: bool = False
    count: int = 0
    knows_tokens: bool = False
    _usual: Pace = GENERIC
    """When it is well."""
    _rested: Pace = GENERIC
    """How fast it may be then."""
    _first: _Time = field(default_factory=_Time)
    _token: _Time = field(default_factory=_Time)
    _tokens: float = 400.0
    """Of its answers, on average; before any was seen, assumed."""
    _at: float = -inf
    """When it was measured last, in Unix seconds."""
    _since: int = 0
    """How many decisions there had been when it was called or measured last."""
    _patience: int = _PATIENCE
    """For how many it is left alone."""
    _is_slow: bool = False
    _afresh: bool = False
    """Whether it is called again, having been left alone."""

    def is_old(self, decisions: int) -> bool:
        """Whether, after so many decisions, it may be too long ago that it was called."""
        return decisions - self._since >= _LONG

    def after(self, waited: int, decisions: int, now: float) -> Pace:
        """How fast it may be, as long as it has been left alone.

        Args:
            waited: for how many decisions of the category in question.
            decisions: how many there have been, of all categories.
            now: in Unix seconds.
        """
        alone = min(waited, decisions - self._since)
        if alone >= _LONG:
            first_ms, token_ms = self.now
            return Pace(first_ms / _MOST_TIMES, token_ms / _MOST_TIMES)
        forgotten = alone >= _SOON and now - self._at >= _FORGOTTEN_S
        return self._rested if forgotten or alone >= self._patience else self.now

    def begins(self, decisions: int) -> None:
        """The last of so many decisions has it called first."""
        if decisions - self._since >= (_SOON if self._is_slow else _LONG):
            self._afresh = True
        self._since = decisions

    def streams(self, first_ms: float, token_ms: float | None, at: float, decisions: int) -> None:
        """An answer came piece by piece.

        Args:
            first_ms: its first token, in milliseconds.
            token_ms: each of the others; ``None``: not known.
            at: when it ended, in Unix seconds.
            decisions: how many there have been, of all categories.
        """
        token = None if token_ms is None else _log(token_ms, _LEAST_TOKEN_MS)
        self._take(_log(first_ms, _LEAST_FIRST_MS), token, at, decisions)

    def answers(self, took_ms: float, tokens: int, at: float, decisions: int) -> None:
        """An answer came as a whole; ``tokens``: how long it was, 0: not known."""
        if tokens:
            self._tokens += (tokens - self._tokens) / min(self.count + 1, _STEADY)
        usual = self._usual
        slower = _log(took_ms, _LEAST_FIRST_MS) - log(usual.last_ms(tokens or self._tokens))
        self._take(log(usual.first_ms) + slower, log(usual.token_ms) + slower, at, decisions)

    def outlasts(self, took_ms: float, at: float, decisions: int, *, streamed: bool) -> None:
        """A call ended before its answer: that it took so long is known, not how long it would.

        So it counts where that is longer than the model is taken to be already.

        Args:
            streamed: whether the first token would have ended the wait.
        """
        if not self.count:
            return
        usual, first, token = self._usual, self._first, self._token
        expected_ms = usual.first_ms if streamed else usual.last_ms(self._tokens)
        slower = min(_log(took_ms, _LEAST_FIRST_MS) - log(expected_ms), _MOST)
        if slower < first.recent - first.steady:
            return
        if streamed or slower < token.recent - token.steady:
            self._take(first.steady + slower, None, at, decisions)
        else:
            each = log(usual.token_ms) + slower
            self._take(first.steady + slower, each, at, decisions)

    def _take(self, first: float, token: float | None, at: float, decisions: int) -> None:
        afresh = self._afresh or (self._is_slow and at - self._at >= _FORGOTTEN_S)
        doubtful = self._first.takes(first, afresh=afresh)
        if token is not None:
            doubtful |= self._token.takes(token, afresh=afresh)
        self._at, self._since, self._afresh = max(at, self._at), decisions, False
        self._reckon(doubtful=doubtful)

    def _reckon(self, *, doubtful: bool) -> None:
        """Works out the paces, so that asking for them takes no time."""
        first, token = self._first, self._token
        self.count, self.knows_tokens = first.count, token.count > 0
        self._is_slow = first.is_slow or token.is_slow
        self.now = _pace(first.believed, token.believed if token.count else None)
        self._usual = self._rested = self.now
        learning = self.count < _LEARNING
        self._patience = _SOON if doubtful else _PATIENCE_LEARNING if learning else _PATIENCE
        if first.steady != first.believed or token.steady != token.believed:
            self._usual = _pace(first.steady, token.steady if token.count else None)
        unsure = _MOST / self.count if learning else 0.0
        if unsure or self._is_slow:
            each = token.rested - unsure if token.count else None
            self._rested = _pace(first.rested - unsure, each)
        self.may_be_faster = self._rested != self.now


def _pace(first: float, token: float | None) -> Pace:
    """Of logarithms; a token of which nothing is known takes no less than the generic one."""
    first_ms = exp(first)
    if token is None:
        return Pace(first_ms, max(1.0, first_ms / GENERIC.first_ms) * GENERIC.token_ms)
    return Pace(first_ms, exp(token))


def _log(ms: float, least: float) -> float:
    return log(min(max(ms, least), _MOST_MS))


def _clipped(value: float, about: float, most: float) -> float:
    return min(max(value, about - most), about + most)
