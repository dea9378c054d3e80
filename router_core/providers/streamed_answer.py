"""A streamed answer while it comes: how far it has got, and how long it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from router_core.decide.chat import JsonObject
from router_core.decide.config import Deadlines
from router_core.errors import UpstreamFailure
from router_core.providers.upstream_errors import in_band_failure, invalid_answer, json_or_none

__all__ = ["StreamedAnswer", "Waits"]


class Waits:
    """How long the next bytes of a stream may take, from when it is made.

    Attributes:
        has_token: the first content came. Until then its own deadline counts, which
            nothing that only shows life puts off; from then on silence has one.
    """

    __slots__ = ("_deadlines", "_loop", "_start", "has_token")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self.has_token = False

    def for_next(self) -> tuple[float, str]:
        """The loop time of the nearest deadline, and what its passing means."""
        deadlines = self._deadlines
        until, why = self._start + deadlines.total_s, "not complete within the total deadline"
        if not self.has_token:
            sooner = self._start + deadlines.first_token_s
            sooner_why = f"no first token within {deadlines.first_token_s:.3g} s"
        else:
            sooner = self._loop.time() + deadlines.idle_s
            sooner_why = "silent for too long in the middle of the answer"
        return min((until, why), (sooner, sooner_why))


class StreamedAnswer:
    """What has come of a streamed answer.

    Args:
        key: our key, which no message must repeat.
        on_spoilt: called with a chunk that tells of a failure.

    Attributes:
        finished: a choice has its finish_reason.
        done: ``[DONE]`` came.
        ended: the body has ended, or broke when all that mattered was here.
    """

    __slots__ = ("_begun", "_key", "_on_spoilt", "done", "ended", "finished")

    def __init__(self, key: str, on_spoilt: Callable[[JsonObject], None]) -> None:
        self._key = key
        self._on_spoilt = on_spoilt
        self._begun = False
        self.finished = False
        self.done = False
        self.ended = False

    def chunk(self, event: bytes) -> dict[str, Any] | None:
        """The chunk in an event's data; ``None``: there is none in it.

        Raises:
            UpstreamFailure: the event tells an error, or is no chunk.
        """
        if event == b"[DONE]":
            self.done = True
            return None
        chunk = json_or_none(event)
        if type(chunk) is not dict:
            if not event or (self.finished and self.ended):
                return None  # a keep-alive; or a last event that broke off
            raise UpstreamFailure(invalid_answer("an event of the stream is not a JSON object"))
        choices = chunk.get("choices")
        if type(choices) is list:
            for choice in choices:
                if type(choice) is dict and choice.get("finish_reason") is not None:
                    self.finished = True
        if chunk.get("error") or self.finished:
            failure = in_band_failure(chunk, key=self._key)
            if failure is not None:
                self._on_spoilt(chunk)
                raise UpstreamFailure(failure)
        self._begun = True
        return chunk

    def check_complete(self) -> None:
        """Raises `UpstreamFailure` where the stream has ended and the answer has not."""
        if not self._begun:
            raise UpstreamFailure(invalid_answer("the stream is empty"))
        if not self.done and not self.finished:
            raise UpstreamFailure(invalid_answer("the stream broke off"))
