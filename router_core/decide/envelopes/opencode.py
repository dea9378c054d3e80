"""opencode: quotes and piped input on its command line."""

from __future__ import annotations

import re

from router_core.decide.envelopes.agents import STRIPS, TYPED
from router_core.decide.envelopes.envelope import Envelope, Reading
from router_core.decide.envelopes.goings_on import GOINGS_ON
from router_core.decide.turn import TurnKind

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\n|\Z)', re.DOTALL)


def _without_shell_quotes(text: str) -> str:
    """Its ``run`` command quotes an argument with spaces; standard input comes after it."""
    quoted = _QUOTED.match(text, 0, 20_000)
    if quoted is None or " " not in quoted[1]:
        return text
    return quoted[1].replace('\\"', '"')


def _recalls(text: str) -> Reading | None:
    """What it asks in place of the history that a compaction took away."""
    if text == "What did we do so far?":
        return Reading(kind=TurnKind.CONTINUATION, text=text)
    return None


OPENCODE = Envelope(
    client="opencode",
    says_so=lambda system: system.head.startswith("You are opencode"),
    typed=TYPED,
    strips=(('"', _without_shell_quotes), *STRIPS),
    synthetic=(_recalls, *GOINGS_ON),
)
