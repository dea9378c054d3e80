"""Signs of life for a client that waits for the first piece of a stream."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, Final, TypeVar

from router_core.app.ports import Clock

__all__ = ["BEAT_S", "FIRST_BEAT_S", "with_heartbeats"]

FIRST_BEAT_S: Final = 5.0
"""How long a client waits for the first sign of life, in seconds: OpenClaw may be set to
give up after six. Comments do not keep it waiting, chunks with an empty delta do."""
BEAT_S: Final = 3.0
"""How long it waits for each further one, in seconds."""

Event = TypeVar("Event")


async def with_heartbeats(
    events: AsyncGenerator[Event | dict[str, Any]], *, chunk_id: str, model: str, clock: Clock
) -> AsyncGenerator[Event | dict[str, Any]]:
    """Yields ``events``, and closes them; until the first is there, a chunk now and then.

    Afterwards none: what a client gets then is what the model said, and nothing
    between. A stream has one id, so the chunks of one that began so keep the first.

    Args:
        events: a stream's; chunks are dictionaries.
        chunk_id, model: what the chunks call themselves while nobody answers.
    """
    first = asyncio.ensure_future(_next_of(events))
    beats = 0
    try:
        while not await clock.done_within(first, BEAT_S if beats else FIRST_BEAT_S):
            beats += 1
            yield _empty_chunk(chunk_id, model, clock)
        if (event := first.result()) is None:
            return
        yield event
        async for event in events:
            yield {**event, "id": chunk_id} if beats and isinstance(event, dict) else event
    finally:
        await _end(first)
        await events.aclose()


async def _next_of(events: AsyncGenerator[Event]) -> Event | None:
    return await anext(events, None)


async def _end(first: asyncio.Future[Any]) -> None:
    """Cancels what is still under way, and waits until it has cleaned up."""
    if not first.done():
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await first
    elif not first.cancelled():
        first.exception()  # else asyncio logs one that nobody fetched, with its message


def _empty_chunk(chunk_id: str, model: str, clock: Clock) -> dict[str, Any]:
    return {
        "id": chunk_id,
        "object": "chat.completion.chunk",
        "created": int(clock.now().timestamp()),
        "model": model,
        "choices": [{"index": 0, "delta": {}, "finish_reason": None}],
    }
