"""A client that leaves takes its call of the core with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import grpc
from starlette.types import Receive

__all__ = ["Cancellable", "ClientGone", "cancelled_when_client_leaves"]


class ClientGone(Exception):
    """The client has closed the connection; nobody waits for the answer."""


class Cancellable(Protocol):
    """A call in flight."""

    def cancel(self) -> bool:
        """Ends the call; does nothing when it has ended."""


@asynccontextmanager
async def cancelled_when_client_leaves(receive: Receive, call: Cancellable) -> AsyncIterator[None]:
    """Watches the connection while the body of the ``async with`` waits for ``call``.

    The request's body must have been read to its end. Whatever ends the block, the
    call is over after it.

    Raises:
        ClientGone: the client left, and the call was cancelled for that reason.
    """
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        call.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except (asyncio.CancelledError, grpc.aio.AioRpcError):
        # Cancelling the call ends the wait for it with CancelledError, just as
        # cancelling this very task does; that one must go on.
        if not gone or _is_being_cancelled():
            raise
        raise ClientGone from None
    finally:
        call.cancel()
        watcher.cancel()  # it only waits: it is gone before this task's next step


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
