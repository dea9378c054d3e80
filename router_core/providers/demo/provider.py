"""The demo behind the `Provider` port: its pace, its clock and its ids."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

from router_core.app.ports import ModelCall
from router_core.providers.demo.answer import Answer, answer
from router_core.providers.demo.wire import Wire

__all__ = ["DemoProvider"]

_PACE_S: Final = 0.015
"""Seconds a word: about what a fast model does."""


def _new_id() -> str:
    return uuid.uuid4().hex[:24]


class DemoProvider:
    """The `Provider` port, without a model behind it. It never fails."""

    always_reports_usage = False
    waives_nothing = False

    def __init__(
        self,
        *,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
        pace_s: float = _PACE_S,
        now: Callable[[], float] = time.time,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        """Opens nothing.

        Args:
            pause: waits for a number of seconds.
            pace_s: how long to wait before each word of a stream, in seconds.
            now: the time in Unix seconds.
            new_id: makes ids, 24 letters and digits.
        """
        self._pause = pause
        self._pace_s = pace_s
        self._now = now
        self._new_id = new_id

    async def complete(self, call: ModelCall) -> dict[str, Any]:
        """Answers at once."""
        wire, said = self._answer(call)
        return wire.completion(said)

    async def stream(self, call: ModelCall) -> AsyncGenerator[dict[str, Any]]:
        """Answers word by word; the usage chunk comes last, asked for or not.

        Whether the client gets it is the caller's to decide, as with OpenAI's API.
        """
        wire, said = self._answer(call)
        for number, step in enumerate(wire.steps(said)):
            if number:
                await self._pause(self._pace_s)
            for chunk in step:
                yield chunk

    async def list_models(self) -> list[Any]:
        """Lists none: it answers for any."""
        return []

    async def close(self) -> None:
        """Has nothing to close."""

    def _answer(self, call: ModelCall) -> tuple[Wire, Answer]:
        call.on_send()
        alternatives = call.body.get("top_logprobs")
        wire = Wire(
            id=f"chatcmpl-demo-{self._new_id()}",
            created=int(self._now()),
            model=call.model_id,
            new_id=self._new_id,
            logprobs=call.body.get("logprobs") is True,
            top_logprobs=alternatives if type(alternatives) is int and alternatives > 0 else 0,
            include_usage=call.include_usage,
        )
        return wire, answer(call.body, call.model_id)
