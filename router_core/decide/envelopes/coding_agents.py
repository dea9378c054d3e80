"""Coding agents on a command line, by the way their system prompts begin.

"You are NAME, an interactive CLI tool ...", "You are NAME, an AI coding agent ...":
nearly every one introduces itself like that, so one rule knows those that nobody has
seen yet. What it takes off is what such clients add as text parts of their own.
"""

from __future__ import annotations

import re

from router_core.decide.envelopes.envelope import Envelope, Reading
from router_core.decide.turn import TurnKind

_INTRODUCTION = re.compile(r"\s*You are ([^\n.]{1,160})")
_TRADE = re.compile(r"\b(?:CLI|command[- ]line|coding|terminal)\b", re.IGNORECASE)
_AGENT = re.compile(r"\b(?:agent|assistant|tool|CLI)\b", re.IGNORECASE)
_MODE = re.compile(r"\[[A-Z][A-Z ]{2,40} MODE: ")


def _says_so(system_head: str) -> bool:
    introduction = _INTRODUCTION.match(system_head)
    return (
        introduction is not None
        and _TRADE.search(introduction[1]) is not None
        and _AGENT.search(introduction[1]) is not None
    )


def _mode(text: str) -> Reading | None:
    """``[SUGGESTION MODE: ...``: the client asks for something to show, not for work."""
    if text.startswith("[") and _MODE.match(text):
        return Reading(kind=TurnKind.HOUSEKEEPING, text=text)
    return None


CODING_AGENT = Envelope(client="coding-agent", says_so=_says_so, synthetic=(_mode,))
