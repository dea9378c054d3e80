"""The agent clients whose envelopes are known: one file each, one line here.

The order counts: a client with envelopes of its own stands before the general rules.
"""

from __future__ import annotations

from router_core.decide.envelopes.coding_agents import CODING_AGENT
from router_core.decide.envelopes.envelope import Envelope
from router_core.decide.envelopes.openclaw import OPENCLAW
from router_core.decide.envelopes.opencode import OPENCODE

__all__ = ["ENVELOPES", "Envelope"]

ENVELOPES: tuple[Envelope, ...] = (OPENCLAW, OPENCODE, CODING_AGENT)
"""Every known client, most specific first."""
