"""How a call came in, as the use cases want to know it."""

from __future__ import annotations

import re
from typing import Final

from router_core.app.trace import Arrival
from router_core.grpc_edge.call import Call

__all__ = ["arrival_of"]

_TRACEPARENT: Final = re.compile(
    r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[ -~]{0,200})?"
)
"""W3C's Trace Context, later versions too, which may say more."""


def arrival_of(call: Call) -> Arrival:
    """What of ``call`` goes into its record; a ``traceparent`` that is none is left out."""
    told = call.metadata.get("traceparent", "")
    is_one = isinstance(told, str) and _TRACEPARENT.fullmatch(told)
    return Arrival(
        request_id=call.request_id,
        received=call.received,
        deadline=call.deadline,
        traceparent=str(told) if is_one else "",
    )
