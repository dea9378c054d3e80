"""opencode: quotes and piped input on its command line, and its going on by itself."""

from __future__ import annotations

import re

from router_core.decide.envelopes.envelope import Envelope, Reading
from router_core.decide.turn import TurnKind

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\n|\Z)', re.DOTALL)
_TOOL_NOTE = re.compile(r"Called the [A-Z]\w{0,30} tool with the following input: ")
_GO_ON = re.compile(r"(?:Continue if you have next steps\b|What did we do so far\?\s*\Z)")


def _without_shell_quotes(text: str) -> str:
    """Its ``run`` command quotes an argument with spaces; standard input comes after it."""
    if not text.startswith('"'):
        return text
    quoted = _QUOTED.match(text, 0, 20_000)
    if quoted is None or " " not in quoted[1]:
        return text
    return quoted[1].replace('\\"', '"')


def _without_tool_note(text: str) -> str:
    """An attached file comes as the note of a tool that was never called."""
    return "" if _TOOL_NOTE.match(text) else text


def _goes_on(text: str) -> Reading | None:
    """After a compaction it asks on its own behalf."""
    if _GO_ON.match(text):
        return Reading(kind=TurnKind.CONTINUATION, text=text)
    return None


OPENCODE = Envelope(
    client="opencode",
    says_so=lambda head: head.startswith("You are opencode"),
    strips=(_without_shell_quotes, _without_tool_note),
    synthetic=(_goes_on,),
)
