"""One call in one process: its state, and what its handler sees of it.

`Rpc` is the servicer's context and the state that caller and handler share. The
call ends once: by the handler's return, error or abort, by the caller's cancel,
or by its deadline; whatever comes later is ignored.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final, NoReturn

import grpc

__all__ = ["BUFFERED_MESSAGES", "Behaviour", "MetadataPairs", "Rpc"]

BUFFERED_MESSAGES: Final = 16
"""How many messages of a stream wait for their reader before the producer does."""

MetadataPairs = tuple[tuple[str, str | bytes], ...]
Behaviour = Callable[[Any, Any], Any]
"""A servicer's method: takes the request and the context."""

_log = logging.getLogger("router_core.grpc_edge")


class Rpc(grpc.aio.ServicerContext[Any, Any]):
    """The state of one call, and its servicer context.

    Attributes:
        ended: whether the status is known.
        locally_cancelled: whether the caller cancelled it.
        response: the response of a unary call, once it ended well.
    """

    def __init__(self, method: str, metadata: MetadataPairs, timeout_s: float | None) -> None:
        self.ended = False
        self.locally_cancelled = False
        self.response: Any = None
        self._method = method
        self._metadata = metadata
        self._loop = asyncio.get_running_loop()
        self._deadline = None if timeout_s is None else self._loop.time() + timeout_s
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._code = grpc.StatusCode.OK
        self._details = ""
        self._initial: MetadataPairs | None = None
        self._trailing: MetadataPairs = ()
        self._messages: deque[Any] = deque()
        self._waiting: list[asyncio.Future[None]] = []
        self._callbacks: list[Callable[[], None]] = []

    # -- its course --------------------------------------------------------------

    def start_unary(self, behaviour: Behaviour, request: object) -> asyncio.Task[None] | None:
        """Starts a handler that answers once; ``None``: the deadline has passed already."""
        return self._start(self._answer, behaviour, request)

    def start_stream(self, behaviour: Behaviour, request: object) -> asyncio.Task[None] | None:
        """Starts a handler that answers piece by piece; ``None`` as above."""
        return self._start(self._produce, behaviour, request)

    def end(
        self, code: grpc.StatusCode, details: str, trailing: MetadataPairs | None = None
    ) -> None:
        """Ends the call from the handler's side; messages that were sent can still be read."""
        if self.ended:
            return
        self.ended = True
        self._code = code
        self._details = details
        if trailing is not None:
            self._trailing = trailing
        if self._timer is not None:
            self._timer.cancel()
        self._wake()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self._loop.call_soon(callback)

    def abandon(self, code: grpc.StatusCode, details: str) -> bool:
        """Ends the call from the caller's side and cancels the handler.

        Returns: whether it did; not when the call was over for the caller already.
        """
        if self.over or self._loop.is_closed():
            return False
        self._messages.clear()
        self.ended = False
        self.end(code, details, ())
        if self._task is not None:
            self._task.cancel()
        return True

    def cancel(self) -> bool:
        """Ends the call as the caller's cancel does; says whether it did."""
        cancelled = self.abandon(grpc.StatusCode.CANCELLED, "Locally cancelled by application!")
        self.locally_cancelled |= cancelled
        return cancelled

    def _start(
        self,
        serve: Callable[[Behaviour, object], Awaitable[None]],
        behaviour: Behaviour,
        request: object,
    ) -> asyncio.Task[None] | None:
        if self._deadline is not None:
            if self._deadline <= self._loop.time():
                self._expire()
                return None
            self._timer = self._loop.call_at(self._deadline, self._expire)
        self._task = self._loop.create_task(self._run(serve, behaviour, request))
        return self._task

    def _expire(self) -> None:
        self.abandon(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")

    async def _run(
        self,
        serve: Callable[[Behaviour, object], Awaitable[None]],
        behaviour: Behaviour,
        request: object,
    ) -> None:
        try:
            await serve(behaviour, request)
        except asyncio.CancelledError:
            self.end(grpc.StatusCode.CANCELLED, "the handler was cancelled")
            raise
        except Exception as error:
            if not (self.ended and isinstance(error, grpc.aio.AbortError)):
                self._fail(error)
        else:
            self.end(self._code, self._details)

    async def _answer(self, behaviour: Behaviour, request: object) -> None:
        response = behaviour(request, self)
        if hasattr(response, "__await__"):
            response = await response
        self.response = response

    async def _produce(self, behaviour: Behaviour, request: object) -> None:
        produced = behaviour(request, self)
        if hasattr(produced, "__aiter__"):
            async with aclosing(produced):
                async for message in produced:
                    await self.write(message)
        else:
            await produced

    def _fail(self, error: Exception) -> None:
        _log.error("%s raised by %s", type(error).__qualname__, self._method)
        code = self._code
        if code is grpc.StatusCode.OK:
            code = grpc.StatusCode.UNKNOWN
        self.end(code, f"Unexpected {type(error)}: {error}")

    # -- for the caller ----------------------------------------------------------

    @property
    def over(self) -> bool:
        """Whether the call is over for the caller: ended, and every message read."""
        return self.ended and not self._messages

    @property
    def initial(self) -> MetadataPairs | None:
        """The initial metadata; ``None``: not sent yet."""
        return () if self._initial is None and self.ended else self._initial

    async def changed(self) -> None:
        """Returns when a message or metadata were sent or read, or the call ended."""
        waiter = self._loop.create_future()
        self._waiting.append(waiter)
        await waiter

    async def take(self) -> Any:
        """The next message, or `grpc.aio.EOF`.

        Raises:
            grpc.aio.AioRpcError: the call failed.
            asyncio.CancelledError: the caller cancelled it.
        """
        while not self._messages:
            if self.ended:
                self.raise_for_status()
                return grpc.aio.EOF
            await self.changed()
        message = self._messages.popleft()
        if len(self._messages) == BUFFERED_MESSAGES - 1:
            self._wake()
        return message

    def raise_for_status(self) -> None:
        """Raises what a call that ended badly raises to its caller."""
        if self.locally_cancelled:
            raise asyncio.CancelledError
        if self._code is not grpc.StatusCode.OK:
            raise grpc.aio.AioRpcError(
                self._code,
                grpc.aio.Metadata(*(self.initial or ())),
                grpc.aio.Metadata(*self._trailing),
                self._details,
                f"{self._code.name}:{self._details}",
            )

    def when_ended(self, callback: Callable[[Any], None], subject: object) -> None:
        """Calls ``callback(subject)`` when the call has ended."""
        call = partial(callback, subject)
        if self.ended:
            self._loop.call_soon(call)
        else:
            self._callbacks.append(call)

    def _wake(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)

    # -- for the handler: grpc.aio.ServicerContext -------------------------------

    async def read(self) -> NoReturn:
        """Not supported: the request is the handler's argument."""
        raise grpc.aio.UsageError("an in-process call has one request, the handler's argument")

    async def write(self, message: Any) -> None:
        """Sends a message; waits while `BUFFERED_MESSAGES` are unread."""
        if self.ended:
            raise asyncio.CancelledError
        if self._initial is None:
            self._initial = ()
        self._messages.append(message)
        self._wake()
        while len(self._messages) >= BUFFERED_MESSAGES and not self.ended:
            await self.changed()

    async def send_initial_metadata(self, initial_metadata: Any) -> None:
        """Sends the initial metadata, which goes before the first message."""
        if self._initial is not None:
            raise grpc.aio.UsageError("Send initial metadata failed: already sent")
        self._initial = tuple(initial_metadata)
        self._wake()

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Any = ()
    ) -> NoReturn:
        """Ends the call with an error; raises, so that the handler stops."""
        self.end(code, details, tuple(trailing_metadata) or None)
        raise grpc.aio.AbortError("Locally aborted.")

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """As `abort`, with the code, details and metadata in one."""
        await self.abort(status.code, status.details, status.trailing_metadata)

    def invocation_metadata(self) -> Any:
        """What the caller sent: pairs of key and value."""
        return self._metadata

    def set_trailing_metadata(self, trailing_metadata: Any) -> None:
        """Sets what is sent at the end."""
        if not self.ended:
            self._trailing = tuple(trailing_metadata)

    def trailing_metadata(self) -> Any:
        """What will be, or was, sent at the end."""
        return self._trailing

    def set_code(self, code: grpc.StatusCode) -> None:
        """Sets the code for a handler that returns or raises."""
        if not self.ended:
            self._code = code

    def set_details(self, details: str) -> None:
        """Sets the details for a handler that returns."""
        if not self.ended:
            self._details = details

    def code(self) -> grpc.StatusCode:
        """The status code; OK while none is set."""
        return self._code

    def details(self) -> str:
        """The details; empty while none are set."""
        return self._details

    def time_remaining(self) -> float | None:  # type: ignore[override]  # None: no deadline
        """Seconds until the deadline, 0 or more; ``None`` when there is none."""
        return None if self._deadline is None else max(0.0, self._deadline - self._loop.time())

    def cancelled(self) -> bool:
        """Whether the call was cancelled."""
        return self.ended and self._code is grpc.StatusCode.CANCELLED

    def done(self) -> bool:
        """Whether the call has ended."""
        return self.ended

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Calls ``callback`` with this context when the call has ended."""
        self.when_ended(callback, self)

    def peer(self) -> str:
        """Says that the caller is in this process."""
        return "in-process"

    def peer_identities(self) -> Iterable[bytes] | None:
        """None: there is no transport security."""
        return None

    def peer_identity_key(self) -> str | None:
        """None: there is no transport security."""
        return None

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """Empty: there is no transport security."""
        return {}

    def set_compression(self, compression: grpc.Compression) -> None:
        """Does nothing: nothing is serialised."""

    def disable_next_message_compression(self) -> None:
        """Does nothing: nothing is serialised."""
