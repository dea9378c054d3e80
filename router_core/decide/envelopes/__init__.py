"""The clients whose envelopes are known: one file each, one line here.

The order counts: a client with envelopes of its own stands before the general rules
for agents; `PLAIN` is for everybody who is not recognised.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from router_core.decide.envelopes.agents import AGENT
from router_core.decide.envelopes.envelope import Envelope, SystemPrompt
from router_core.decide.envelopes.openclaw import OPENCLAW
from router_core.decide.envelopes.opencode import OPENCODE
from router_core.decide.envelopes.plain import PLAIN

__all__ = [
    "CLIENTS",
    "ENVELOPES",
    "PLAIN",
    "Envelope",
    "SystemPrompt",
    "conversation_of",
    "enabled",
]

ENVELOPES: tuple[Envelope, ...] = (OPENCLAW, OPENCODE, AGENT)
"""Every known client, most specific first."""

CLIENTS: Final = tuple(envelope.client for envelope in ENVELOPES)
"""Their names."""

_BY_CLIENT: Final = {envelope.client: envelope for envelope in ENVELOPES}


def enabled(disabled: Collection[str]) -> tuple[Envelope, ...]:
    """Every known client but those of these names, in the same order."""
    if not disabled:
        return ENVELOPES
    return tuple(envelope for envelope in ENVELOPES if envelope.client not in disabled)


def conversation_of(told: str, client: str | None) -> str:
    """The id of the conversation in an id that a client gives, which may say more."""
    envelope = _BY_CLIENT.get(client or "")
    if envelope is None or envelope.conversation is None:
        return told
    return envelope.conversation(told)
