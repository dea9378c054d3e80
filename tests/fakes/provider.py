"""A provider that answers as it is told, model by model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

from router_core.app.ports import ModelCall
from router_core.decide.failures import Failure, FailureClass
from router_core.errors import UpstreamFailure

Step = dict[str, Any] | Failure | BaseException


class InTurn(list[Any]):
    """What a model does from call to call; the last stays."""

    def next(self) -> Any:
        """What it does now."""
        return self.pop(0) if len(self) > 1 else self[0]


@dataclass(frozen=True)
class Held:
    """A step that comes once a test lets it."""

    until: asyncio.Event
    step: Step


def failure(failure_class: FailureClass = FailureClass.SERVER_ERROR, **told: Any) -> Failure:
    """A failure with defaults."""
    return Failure(**({"failure_class": failure_class, "message": "it failed"} | told))


def completion(text: str = "hi", **keys: Any) -> dict[str, Any]:
    """A whole answer."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "gen-1", "object": "chat.completion", "model": "m", "choices": [choice], **keys}


def chunk(delta: dict[str, Any], finish_reason: str | None = None, **keys: Any) -> dict[str, Any]:
    """A piece of a streamed answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "gen-1", "object": "chat.completion.chunk", "choices": [choice], **keys}


ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk({}, "stop")
USAGE = {"id": "gen-1", "choices": [], "usage": {"prompt_tokens": 3, "cost": 0.25}}


def text_stream(*words: str) -> list[dict[str, Any]]:
    """The chunks of an answer: role, a chunk a word, the end, the usage."""
    return [ROLE, *(chunk({"content": word}) for word in words), STOP, USAGE]


@dataclass
class FakeProvider:
    """The `Provider` port.

    Attributes:
        script: what each model does, by its id: an answer or a failure, or for a
            stream, the chunks with perhaps a failure among them. `InTurn` holds what
            it does from call to call.
        calls: the calls that were made, in order.
        closed: the ids of the models whose streams were closed, in order.
        pages: what it lists, or why it does not.
        listed: how often it was asked for that.
    """

    script: dict[str, Step | Held | InTurn | Sequence[Step | Held]]
    always_reports_usage: bool = False
    waives_nothing: bool = False
    calls: list[ModelCall] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    pages: list[Any] | Held | BaseException | Failure = field(default_factory=list)
    listed: int = 0

    async def complete(self, call: ModelCall) -> dict[str, Any]:
        """Answers with the model's one step."""
        self._begin(call)
        return await _play(self._told(call))

    async def stream(self, call: ModelCall) -> AsyncGenerator[dict[str, Any]]:
        """Yields the model's steps."""
        self._begin(call)
        steps = self._told(call)
        try:
            for step in steps if isinstance(steps, Sequence) else [steps]:
                yield await _play(step)
        finally:
            self.closed.append(call.model_id)

    async def list_models(self) -> list[Any]:
        """Tells its pages."""
        self.listed += 1
        return self.pages if isinstance(self.pages, list) else [await _play(self.pages)]

    async def close(self) -> None:
        """Has nothing to close."""

    @property
    def called(self) -> list[str]:
        """The ids of the models that were called, in order."""
        return [call.model_id for call in self.calls]

    def _told(self, call: ModelCall) -> Any:
        told = self.script[call.model_id]
        return told.next() if isinstance(told, InTurn) else told

    def _begin(self, call: ModelCall) -> None:
        self.calls.append(call)
        call.on_send()


async def _play(step: Step | Held) -> dict[str, Any]:
    if isinstance(step, Held):
        await step.until.wait()
        step = step.step
    if isinstance(step, Failure):
        raise UpstreamFailure(step)
    if isinstance(step, BaseException):
        raise step
    return step
