"""What a caller holds of a call in one process: `grpc.aio` call objects over an `Rpc`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, TypeVar

import grpc

from router_core.grpc_edge.in_process_rpc import Rpc

__all__ = ["StreamCall", "UnaryCall"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class _Call(grpc.aio.Call):
    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def cancel(self) -> bool:
        return self._rpc.cancel()

    def cancelled(self) -> bool:
        return self._rpc.cancelled()

    def done(self) -> bool:
        return self._rpc.over

    def time_remaining(self) -> float | None:
        return self._rpc.time_remaining()

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._rpc.when_ended(callback, self)

    async def initial_metadata(self) -> grpc.aio.Metadata:
        while (initial := self._rpc.initial) is None:
            await self._rpc.changed()
        return grpc.aio.Metadata(*initial)

    async def trailing_metadata(self) -> grpc.aio.Metadata:
        await self._end()
        return grpc.aio.Metadata(*self._rpc.trailing_metadata())

    async def code(self) -> grpc.StatusCode:
        await self._end()
        return self._rpc.code()

    async def details(self) -> str:
        await self._end()
        return self._rpc.details()

    async def _end(self) -> None:
        while not self._rpc.ended:
            await self._rpc.changed()


class UnaryCall(_Call, grpc.aio.UnaryUnaryCall[Req, Res]):
    """A call that is answered once. Dropped unawaited, it runs on, as over a socket."""

    def __await__(self) -> Generator[Any, None, Res]:
        """Waits for the response; may be awaited again.

        Raises:
            grpc.aio.AioRpcError: the call failed.
            asyncio.CancelledError: the call, or the waiting task, was cancelled; the
                latter cancels the call too.
        """
        rpc = self._rpc
        try:
            while not rpc.ended:
                yield from rpc.changed().__await__()
        except asyncio.CancelledError:
            rpc.cancel()
            raise
        rpc.raise_for_status()
        response: Res = rpc.response
        return response

    async def wait_for_connection(self) -> None:
        """Waits for the end of the call, as over a socket; raises as awaiting it does."""
        await self


class StreamCall(_Call, grpc.aio.UnaryStreamCall[Req, Res]):
    """A call that is answered piece by piece: iterate, or `read`. Dropped, it is cancelled."""

    _style: str | None = None

    def __del__(self) -> None:
        self._rpc.abandon(grpc.StatusCode.CANCELLED, "Cancelled upon garbage collection!")

    def __aiter__(self) -> AsyncIterator[Res]:
        self._use("iterator")
        return self

    async def __anext__(self) -> Res:
        message = await self._take()
        if message is grpc.aio.EOF:
            raise StopAsyncIteration
        response: Res = message
        return response

    async def read(self) -> Any:
        """The next message, or `grpc.aio.EOF`; raises as `UnaryCall`."""
        self._use("read")
        return await self._take()

    async def wait_for_connection(self) -> None:
        """Returns at once; raises when the call has failed already."""
        if self.done():
            self._rpc.raise_for_status()

    async def _take(self) -> Any:
        try:
            return await self._rpc.take()
        except asyncio.CancelledError:
            self._rpc.cancel()
            raise

    def _use(self, style: str) -> None:
        if self._style is None:
            self._style = style
        elif self._style != style:
            raise grpc.aio.UsageError("one call is either iterated or read, not both")
