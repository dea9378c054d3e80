"""Conversations at the use case that answers, many at once, and a model that talks with them.

Every conversation begins with the same words and says the same in every turn, carries
no id, and gets the same results from its tools: only the answers tell one from another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from llm_router.chat_json import fill_from_json
from llm_router.v1.complete_pb2 import CompleteRequest
from router_core.app.ports import ModelCall
from router_core.app.trace import Decided
from router_core.decide.chat import ChatRequest
from router_core.decide.config import Category
from router_core.decide.routing import RouteReason
from router_core.grpc_edge.chat import read_chat
from tests.app.rig import CHAIN, Rig, config, model
from tests.fakes.provider import ROLE, STOP, FakeProvider, Held, chunk, completion

OPENER = {"role": "user", "content": "hello"}
FURTHER = {"role": "user", "content": "and then?"}
CATEGORIES = ("code", "reasoning", "conversation")
"""Each has another model first."""


@dataclass(frozen=True)
class Answered:
    """What came back, and where the router took it from.

    Attributes:
        thread: the conversation's id, as the model was told.
        message: the answer.
    """

    thread: str
    model: str
    reason: RouteReason
    message: dict[str, Any]


@dataclass
class Talking(FakeProvider):
    """Says something else each time: a tool call and text in turn.

    Attributes:
        begins_with_text: whether the first answer is no tool call.
        says: the answer's number, by the call; by default each has its own.
        instead: what it does instead of answering.
        waiting: of a model that is slow, who lets each call be answered, oldest first.
    """

    script: dict[str, Any] = field(default_factory=dict)
    begins_with_text: bool = False
    says: Callable[[ModelCall], int] | None = None
    instead: Any = None
    is_slow: bool = False
    waiting: list[asyncio.Event] = field(default_factory=list)

    def _told(self, call: ModelCall) -> Any:
        if self.instead is not None:
            return self.instead
        number = len(self.calls) if self.says is None else self.says(call)
        answers = [each for each in call.body["messages"] if each["role"] == "assistant"]
        calls_tool = len(answers) % 2 == self.begins_with_text
        text = f"Answer {number:06d}."
        if call.body.get("stream"):
            steps = _streamed(text, calls_tool=calls_tool, told=call.thread)
            return [self._held(steps[0]), *steps[1:]]
        return self._held(_whole(text, calls_tool=calls_tool, told=call.thread))

    def _held(self, step: dict[str, Any]) -> Any:
        if not self.is_slow:
            return step
        self.waiting.append(asyncio.Event())
        return Held(self.waiting[-1], step)


def _whole(text: str, *, calls_tool: bool, told: str) -> dict[str, Any]:
    answer = completion(text, id=told, usage={"prompt_tokens": 100, "completion_tokens": 9})
    if calls_tool:
        answer["choices"][0]["message"] = {"role": "assistant", "content": None, **_call(text)}
    return answer


def _streamed(text: str, *, calls_tool: bool, told: str) -> list[dict[str, Any]]:
    pieces: list[dict[str, Any]] = [{"content": piece} for piece in (text[:3], text[3:10])]
    pieces.append({"content": text[10:]})
    if calls_tool:
        whole = _call(text)["tool_calls"][0]
        arguments = whole["function"]["arguments"]
        begun = {**whole, "index": 0, "function": {**whole["function"], "arguments": ""}}
        more = ({"arguments": arguments[:5]}, {"arguments": arguments[5:]})
        pieces = [{"tool_calls": [begun]}]
        pieces += [{"tool_calls": [{"index": 0, "function": piece}]} for piece in more]
    usage = {"prompt_tokens": 100, "completion_tokens": 9}
    return [{**ROLE, "id": told}, *map(chunk, pieces), STOP, {"choices": [], "usage": usage}]


def _call(text: str) -> dict[str, Any]:
    function = {"name": "look", "arguments": f'{{"at": "{text}", "far": 1.0}}'}
    return {"tool_calls": [{"id": "call_1", "type": "function", "function": function}]}


class Rigged(Rig):
    """A router with one model first in each category, before a model that talks."""

    def __init__(self, talking: Talking | None = None) -> None:
        models = [model(name) for name in CHAIN]
        orders = {name: (*models[i:], *models[:i]) for i, name in enumerate(CATEGORIES)}
        categories = {name: Category(name=name, models=order) for name, order in orders.items()}
        categories["tools"] = Category(name="tools", models=tuple(models))
        self.talking = talking or Talking()
        super().__init__({}, config=config(categories=categories), provider=self.talking)

    async def ask(self, messages: Iterable[Any], name: str = "router", **keys: Any) -> Answered:
        """Asks once."""
        request = a_request({"model": name, "messages": list(messages), **keys})
        if not keys.get("stream"):
            done = await self.complete(request, self.arrival())
            message = done.completion["choices"][0]["message"]
            return _answered(done.decided, done.completion["id"], message)
        events = await self.stream(request)
        decided = next(event for event in events if isinstance(event, Decided))
        chunks = [event for event in events if isinstance(event, dict)]
        return _answered(decided, chunks[0]["id"], _joined(chunks))


def a_request(body: dict[str, Any], caller: str = "") -> ChatRequest:
    """What the edge makes of a body."""
    request = CompleteRequest()
    fill_from_json(body, request.chat)
    return read_chat(request, caller)


def _answered(decided: Decided, thread: str, message: dict[str, Any]) -> Answered:
    return Answered(thread, decided.model.name, decided.reason, message)


def _joined(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that a client puts together of a stream."""
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    text = "".join(delta.get("content") or "" for delta in deltas)
    pieces = [piece for delta in deltas for piece in delta.get("tool_calls", ())]
    if not pieces:
        return {"role": "assistant", "content": text}
    arguments = "".join(piece["function"]["arguments"] for piece in pieces)
    function = {"name": pieces[0]["function"]["name"], "arguments": arguments}
    call = {"id": pieces[0]["id"], "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


@dataclass
class Talk:
    """One conversation, as its client keeps it."""

    number: int = 0
    stream: bool = False
    messages: list[dict[str, Any]] = field(default_factory=lambda: [OPENER])
    thread: str = ""
    model: str = ""

    async def goes_on(self, rig: Rigged) -> str:
        """Asks for one more answer; returns what is wrong about it."""
        begins = not self.thread
        name = f"router/{CATEGORIES[self.number % 3]}" if begins else "router"
        got = await rig.ask(self.messages, name, stream=self.stream)
        wrong = self._wrong(got)
        self.thread, self.model = got.thread, got.model
        self.messages.append(got.message)
        calls = got.message.get("tool_calls", ())
        for call in calls:
            # As clients do: an id of their own, and the arguments as they write them.
            call["id"] = f"call{len(self.messages)}"
            arguments = call["function"]["arguments"]
            call["function"]["arguments"] = arguments.replace(": ", ":").replace("1.0", "1")
            self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": "ok"})
        if not calls:
            self.messages.append(FURTHER)
        return wrong

    def _wrong(self, got: Answered) -> str:
        if not self.thread:
            return ""
        if got.thread != self.thread:
            return f"{self.number} was taken for another: {got}"
        if self.messages[-1]["role"] == "tool" and got.reason is not RouteReason.TOOL_LOOP:
            return f"the tool loop of {self.number} was not seen: {got}"
        if self.messages[-1]["role"] == "tool" and got.model != self.model:
            return f"the tool loop of {self.number} went from {self.model}: {got}"
        return ""


async def goes_on_and_on(talk: Talk, rig: Rigged, turns: int) -> str:
    """Asks so often, and lets others go before each time; returns all that is wrong."""
    wrong = []
    for _ in range(turns):
        wrong.append(await talk.goes_on(rig))
        rig.talking.waiting.append(asyncio.Event())
        await rig.talking.waiting[-1].wait()
    return "; ".join(filter(None, wrong))


async def in_any_order(
    talking: Talking, tasks: Iterable[Coroutine[Any, Any, str]], random: Random
) -> list[str]:
    """Runs all at once; whichever of them chance names goes on next."""
    running = [asyncio.ensure_future(task) for task in tasks]
    everything = asyncio.gather(*running)
    while not everything.done():
        await asyncio.sleep(0)
        if talking.waiting:
            talking.waiting.pop(random.randrange(len(talking.waiting))).set()
    return [wrong for wrong in everything.result() if wrong]
