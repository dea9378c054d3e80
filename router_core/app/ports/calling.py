"""Calling models, and the time that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from router_core.decide.chat import JsonObject
from router_core.decide.config import Deadlines
from router_core.decide.config import Provider as ProviderConfig
from router_core.decide.request_limits import DataPolicy

__all__ = [
    "Clock",
    "ModelCall",
    "Provider",
    "Providers",
]


class Clock(Protocol):
    """Time, so that tests can set it."""

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""

    async def done_within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Waits for ``future``, so long at the most; returns whether it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of a model.

    Attributes:
        model_id: the provider's id of the model; replaces the body's ``model``.
        body: the client's body; not to be changed.
        include_usage: whether the client asked for a usage chunk.
        thread: the opaque id of the conversation, for a provider that keeps those of one
            together; empty: there is none.
        deadlines: how long to wait for what.
        data_policy: what may be done with the body; a provider that can be asked to leave it
            alone is asked.
        on_send: called once, when the request is about to leave.
        on_id: called with the upstream's id of the answer, where its head tells one.
        on_spoilt: called with an answer or a chunk that is not given out since it tells of
            a failure; it may tell what that cost.
    """

    model_id: str
    body: JsonObject
    deadlines: Deadlines = field(default_factory=Deadlines)
    include_usage: bool = False
    thread: str = ""
    data_policy: DataPolicy = DataPolicy.ALLOW
    on_send: Callable[[], None] = lambda: None
    on_id: Callable[[str], None] = lambda _: None
    on_spoilt: Callable[[JsonObject], None] = lambda _: None


class Provider(Protocol):
    """An API that answers chat completion requests.

    All calls raise `errors.UpstreamFailure` for whatever goes wrong upstream, and
    close the connection when they are cancelled.

    Attributes:
        always_reports_usage: whether its streams carry usage unasked, as OpenRouter's
            do. Where they do not, the provider asks, and the usage chunk is kept
            from a client that did not.
        waives_nothing: whether an answer with nothing in it costs nothing, as OpenRouter's
            "zero completion insurance" has it.
    """

    always_reports_usage: bool
    waives_nothing: bool

    async def complete(self, call: ModelCall) -> dict[str, Any]:
        """Returns the whole answer: a chat completion object with at least one choice."""

    def stream(self, call: ModelCall) -> AsyncGenerator[dict[str, Any]]:
        """Yields the chunks as they come; ends when the answer is whole.

        A chunk that holds an error raises; so does an end without a finish_reason.
        Leaving the iterator early (``aclose``) closes the connection.
        """

    async def list_models(self) -> list[Any]:
        """Returns the pages of ``GET /models``, as JSON; none: it lists no models."""

    async def close(self) -> None:
        """Closes the connections."""


Providers = Callable[[ProviderConfig], Provider]
"""The provider that a config means by one of its own, whatever the next config has."""
