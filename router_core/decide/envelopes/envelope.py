"""What the router knows of one client's envelopes: a value, built of small functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from router_core.decide.turn import TurnKind

_MOST_LAYERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A user message that nobody typed as it stands: what it is, and its task."""

    kind: TurnKind
    text: str


Strip = Callable[[str], str]
"""Takes one wrapper off a text; the same text where there is none, "" where all is wrapper."""

ReadSynthetic = Callable[[str], "Reading | None"]
"""Reads a stripped text as a turn that the client made itself; ``None``: it is no such turn."""


def _never(_: str) -> bool:
    return False


def _no_id(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One agent client.

    Attributes:
        client: its name; what `Turn.client` says.
        says_so: whether the beginning of the system prompt is this client's.
        wraps: whether a user message's text carries an envelope that is surely this
            client's own.
        strips: wrappers, tried in order until none comes off any more, or eight times.
        synthetic: the turns that the client makes itself, the first that fits counts.
        session_id: the conversation's id that a raw text carries, or ``None``.
    """

    client: str
    says_so: Callable[[str], bool] = _never
    wraps: Callable[[str], bool] = _never
    strips: tuple[Strip, ...] = ()
    synthetic: tuple[ReadSynthetic, ...] = ()
    session_id: Callable[[str], str | None] = _no_id

    def strip(self, text: str) -> str:
        """The text without its wrappers; "" when it was nothing else."""
        for _ in range(_MOST_LAYERS):
            before = text
            for strip in self.strips:
                text = strip(text)
            if not text or text == before:
                break
        return text

    def read(self, text: str) -> Reading:
        """A stripped, non-empty text: typed by somebody, or made by the client."""
        for synthetic in self.synthetic:
            reading = synthetic(text)
            if reading is not None:
                return reading
        return Reading(kind=TurnKind.USER_TURN, text=text)
