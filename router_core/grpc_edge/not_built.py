"""RPCs of the contract that this version does not have yet.

They answer UNIMPLEMENTED through the same wrapper as the others, so that a caller
gets the request's id and the reason. Building one replaces its line in its servicer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final, NoReturn

from router_core.errors import NotBuilt
from router_core.grpc_edge.call import Call, stream_rpc, unary_rpc

_MESSAGE = "this version of the router does not have this yet"


async def _refuse(servicer: Any, request: Any, call: Call) -> NoReturn:
    raise NotBuilt(_MESSAGE)


async def _refuse_stream(servicer: Any, request: Any, call: Call) -> AsyncGenerator[Any]:
    raise NotBuilt(_MESSAGE)
    yield  # makes it a generator


# They stand for methods of every type, so they have none.
not_built: Final[Any] = unary_rpc(_refuse)
"""Stands for a method that answers once."""
not_built_stream: Final[Any] = stream_rpc(_refuse_stream)
"""Stands for a method that answers piece by piece."""
