"""The server: it listens, keeps the scripts, and tells the test what came."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from tests.fakes.upstream.answers import Unscripted
from tests.fakes.upstream.completions import Dialect
from tests.fakes.upstream.protocol import Connection, Recorded
from tests.fakes.upstream.replies import Reply
from tests.fakes.upstream.steps import Step


class _Script:
    """Replies in order; the last one stays."""

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        if not replies:
            raise ValueError("a script needs a reply")
        self._replies = deque(replies)

    def next(self) -> Reply:
        return self._replies.popleft() if len(self._replies) > 1 else self._replies[0]


class FakeUpstream:
    """The server; see the package's text.

    Args:
        dialect: whose manners the unscripted answers have.
        api_key: the only key it takes; ``None``: it does not look.
        models: ids of the models that ``GET /models`` tells.
        listening: ``False``: connections are refused until `listen`.
        base_path: where the API is.

    Attributes:
        requests: every request that came, in order.
        on_accept: steps for each new connection, before anything is read.
        reads_bodies: ``False``: replies are chosen by the head, and no request
            body is ever read.
        released: set by `release`.
    """

    def __init__(
        self,
        *,
        dialect: Dialect = Dialect.OPENROUTER,
        api_key: str | None = None,
        models: Sequence[str] = ("z-ai/glm-5", "moonshotai/kimi-k2.5", "openai/gpt-4o-mini"),
        listening: bool = True,
        base_path: str = "/api/v1",
    ) -> None:
        self.requests: list[Recorded] = []
        self.on_accept: Sequence[Step] = ()
        self.reads_bodies = True
        self.total_connections = 0
        self.released = asyncio.Event()
        self._unscripted = Unscripted(dialect, api_key, models)
        self._listening = listening
        self._base_path = base_path
        self._queue: deque[Reply] = deque()
        self._functions: list[Callable[[Recorded], Reply | None]] = []
        self._by_model: dict[str, _Script] = {}
        self._by_path: dict[str, _Script] = {}
        self._open: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._socket: socket.socket | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._bind()
        if self._listening:
            await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        faults = [end for end in ends if isinstance(end, Exception)]
        if faults and error is None:
            raise faults[0]

    # -- scripts: the first that has a reply answers

    def enqueue(self, *replies: Reply) -> None:
        """Answers the next requests, whatever they ask, in order."""
        self._queue.extend(replies)

    def on_request(self, function: Callable[[Recorded], Reply | None]) -> None:
        """Lets ``function`` answer, or pass by returning ``None``."""
        self._functions.append(function)

    def on_model(self, model: str, *replies: Reply) -> None:
        """Answers requests for ``model``, in order; the last reply stays."""
        self._by_model[model] = _Script(replies)

    def on_path(self, path: str, *replies: Reply) -> None:
        """Answers requests below the base path, such as "/models"; the last reply stays."""
        self._by_path[path] = _Script(replies)

    def release(self) -> None:
        """Lets every `Stall` go on, now and later."""
        self.released.set()

    # -- what a test sees

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        return f"http://127.0.0.1:{self.port}{self._base_path}"

    @property
    def open_connections(self) -> int:
        """Connections that have not ended."""
        return len(self._open)

    async def request(self, index: int = 0) -> Recorded:
        """The request of that number, from 0, once it has come."""
        await self._until(lambda: len(self.requests) > index)
        return self.requests[index]

    async def all_closed(self) -> None:
        """Returns once no connection is open."""
        await self._until(lambda: not self._open)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    # -- listening

    async def listen(self) -> None:
        """Takes connections, on the port that it has had from the start."""
        loop = asyncio.get_running_loop()
        if self._socket is None:
            raise RuntimeError("it listens already, or has stopped")
        bound, self._socket = self._socket, None
        self._server = await loop.create_server(self._new_connection, sock=bound, backlog=1024)

    async def refuse(self) -> None:
        """Refuses new connections until `listen`; those that are open stay."""
        await self._stop()
        self._bind()

    def _bind(self) -> None:
        # A port that is bound and not listened on refuses, and stays ours.
        # Only a socket that is TCP by name gets TCP_NODELAY from asyncio.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        await asyncio.sleep(0)

    def _new_connection(self) -> Connection:
        self.total_connections += 1
        return Connection(self, self.total_connections - 1)

    def connected(self, connection: Connection, task: asyncio.Task[None]) -> None:
        """Takes note of a new connection, and of the task that serves it."""
        self._open.add(connection)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        # A fault of a script stays, for the end of the test.
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)

    def disconnected(self, connection: Connection) -> None:
        """Takes note of a connection's end."""
        self._open.discard(connection)
        self._changed.set()

    # -- answers

    def take(self, request: Recorded) -> Reply:
        """Records a request and chooses the reply to it."""
        self.requests.append(request)
        self._changed.set()
        return self._choose(request)

    def _choose(self, request: Recorded) -> Reply:
        if self._queue:
            return self._queue.popleft()
        for function in self._functions:
            if (reply := function(request)) is not None:
                return reply
        path = request.path.removeprefix(self._base_path)
        script = self._by_model.get(request.model or "") or self._by_path.get(path)
        return script.next() if script is not None else self._unscripted.answer(request, path)
