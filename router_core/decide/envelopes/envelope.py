"""What the router knows of one client's envelopes: a value, built of small functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from router_core.decide.turn import TurnKind

_MARK_BEGINS = frozenset("<#")
_MARK_ENDS = frozenset(">-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A user message that nobody typed as it stands: what it is, and its task."""

    kind: TurnKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPrompt:
    """The system prompt, as far as it is looked at.

    Attributes:
        parts: its text parts, whole.
        head: its beginning over the parts, up to 2,000 characters.
        tail: its last 2,000 characters.
        length: characters in all.
    """

    parts: tuple[str, ...] = ()
    head: str = ""
    tail: str = ""
    length: int = 0


Strip = tuple[str, Callable[[str], str]]
"""Takes one wrapper off a text; the same text where there is none, "" where all is wrapper.

With the characters of which one begins every text that has the wrapper; "": any text.
"""

FindTyped = Callable[[str], "str | None"]
"""What a person typed, where a mark in the text says so; ``None``: no such mark."""

ReadSynthetic = Callable[[str], "Reading | None"]
"""Reads a stripped text as a turn that the client made itself; ``None``: it is no such turn."""


def _unsaid(_: SystemPrompt) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One agent client.

    Attributes:
        client: its name; what `Turn.client` says.
        says_so: whether a system prompt is this client's.
        wraps: whether a user message's text carries an envelope that is surely this
            client's own; ``None``: none is.
        typed: marks that say which words are the person's, tried before `strips`.
        strips: wrappers, tried in order until none comes off any more; each at most once,
            so that a person may paste what looks like one.
        synthetic: the turns that the client makes itself, the first that fits counts.
        session_id: finds the conversation's id in a raw text; ``None``: it carries none.
        conversation: the conversation's id in what the client sends as one; ``None``: all
            of it.
    """

    client: str
    says_so: Callable[[SystemPrompt], bool] = _unsaid
    wraps: Callable[[str], bool] | None = None
    typed: tuple[FindTyped, ...] = ()
    strips: tuple[Strip, ...] = ()
    synthetic: tuple[ReadSynthetic, ...] = ()
    session_id: Callable[[str], str | None] | None = None
    conversation: Callable[[str], str] | None = None

    def find_typed(self, text: str) -> str | None:
        """The words that a mark says are the person's; a mark stands at an end."""
        begins = text[:1] if text[:1] > " " else text[:20].lstrip()[:1]
        ends = text[-1:] if text[-1:] > " " else text[-20:].rstrip()[-1:]
        if begins not in _MARK_BEGINS and ends not in _MARK_ENDS:
            return None
        for find in self.typed:
            found = find(text)
            if found is not None:
                return found
        return None

    def strip(self, text: str) -> str:
        """The text without its wrappers, each taken off once; "" when it was nothing else."""
        left = self.strips
        while left:
            untouched = []
            for begins, strip in left:
                stripped = strip(text) if not begins or text[:1] in begins else text
                if stripped == text:
                    untouched.append((begins, strip))
                text = stripped
            if not text or len(untouched) == len(left):
                break
            left = tuple(untouched)
        return text

    def read(self, text: str) -> Reading:
        """A stripped, non-empty text: typed by somebody, or made by the client."""
        for synthetic in self.synthetic:
            reading = synthetic(text)
            if reading is not None:
                return reading
        return Reading(kind=TurnKind.USER_TURN, text=text)
