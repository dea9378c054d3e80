"""Clients that talk: each sends its whole history with each request, as clients do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from llm_router.chat_json import from_json
from llm_router.v1 import chat_pb2
from llm_router.v1.complete_pb2 import CompleteRequest
from router_core.app.complete import Completed
from router_core.app.route import Routed
from router_core.decide.chat import ChatRequest
from router_core.decide.config import Category, Mode, ModelRef, RoutingConfig
from router_core.decide.routing import RouteDecision
from router_core.decide.session import Session
from router_core.grpc_edge.chat import read_chat
from tests.app.rig import Rig, Script, config, model
from tests.decide.openclaw_messages import CONTEXT, SYSTEM
from tests.fakes.provider import completion, failure

MODELS = ("one", "two", "three", "cheap")
CODE = "Write a python function that reverses a linked list, please"
TALK = "Hello and thank you so much, have a nice day, my dear friend of many years"
WHY = "Explain step by step why the square root of two is irrational, and prove it"
HEARTBEAT = "[OpenClaw heartbeat poll]"
TOOLS = [{"type": "function", "function": {"name": "see", "parameters": {}}}]


def a_config(**fields: Any) -> RoutingConfig:
    """Each category leads with another model."""
    lists = {
        "tools": ("three", "one"),
        "code": ("one", "two"),
        "reasoning": ("two", "one"),
        "conversation": ("three", "two"),
    }
    categories = {
        name: Category(name=name, models=tuple(map(model, names)), built_in=True)
        for name, names in lists.items()
    }
    made: dict[str, Any] = {
        "categories": categories,
        "housekeeping": (model("cheap"),),
        "mode": Mode.KEYWORDS,
    }
    return config(*map(model, MODELS), **made | fields)


def a_rig(script: Script | None = None, **fields: Any) -> Rig:
    """A router whose models all answer, but for what the script says."""
    answers: Script = {f"lab/{name}": completion(f"I am {name}") for name in MODELS}
    return Rig(answers | (script or {}), config=a_config(**fields) if fields else _CONFIG)


_CONFIG = a_config()


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def called(name: str = "see", call_id: str = "call_1", **more: Any) -> dict[str, Any]:
    """An answer that calls a tool."""
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": "{}"}}
    answer = {"role": "assistant", "content": None, "tool_calls": [call], **more}
    choice = {"index": 0, "message": answer, "finish_reason": "tool_calls"}
    return {"id": "gen-1", "object": "chat.completion", "model": "m", "choices": [choice]}


def as_request(body: dict[str, Any], caller: str = "", header: str = "") -> ChatRequest:
    """As it is read from the wire."""
    chat = from_json(body, chat_pb2.ChatRequest)
    return read_chat(CompleteRequest(chat=chat, session_id=header), caller)


@dataclass
class Client:
    """One conversation of one client.

    Attributes:
        header: the session id beside the body.
        body: what each request has beside the messages.
    """

    rig: Rig
    caller: str = "me"
    header: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def request(self, *new: dict[str, Any], **body: Any) -> ChatRequest:
        """With ``new`` messages after what it has said so far."""
        whole = {**self.body, "messages": [*self.messages, *new], **body}
        return as_request(whole, self.caller, self.header)

    async def route(self, *new: dict[str, Any], **body: Any) -> RouteDecision:
        """What would be done; nothing is said."""
        return (await self.routed(*new, **body)).decision

    async def routed(self, *new: dict[str, Any], **body: Any) -> Routed:
        return await self.rig.route(self.request(*new, **body), self.rig.config.config)

    async def say(self, *new: str | dict[str, Any], **body: Any) -> Completed:
        """Says it, and keeps it and the answer."""
        messages = [user(each) if isinstance(each, str) else each for each in new]
        done = await self.rig.complete(self.request(*messages, **body), self.rig.arrival())
        self.messages += [*messages, done.completion["choices"][0]["message"]]
        return done

    def copy(self, **changed: Any) -> Client:
        """Another one with the same history."""
        return replace(self, **{"messages": list(self.messages), **changed})


def openclaw(rig: Rig, **keys: Any) -> Client:
    return Client(rig, messages=[{"role": "system", "content": SYSTEM}], **keys)


HINT = user(CONTEXT)


def result(text: str = "seen", call_id: str = "call_1") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def remembered(rig: Rig) -> dict[bytes, Session]:
    """All that the router knows."""
    return {name: session for name, session, _ in rig.store.snapshot()}


def fails(*names: str) -> Script:
    return {f"lab/{name}": failure() for name in names}


def name_of(found: ModelRef | None) -> str:
    return found.name if found else ""


Begin = Callable[..., Client]
WAYS: dict[str, Begin] = {
    "what was said": Client,
    "session id": lambda rig, **keys: Client(rig, header="s", **keys),
    "body's session id": lambda rig, **keys: Client(rig, body={"session_id": "s"}, **keys),
    "cache key": lambda rig, **keys: Client(rig, body={"prompt_cache_key": "k"}, **keys),
    "agent's cache key": lambda rig, **keys: openclaw(rig, body={"prompt_cache_key": "k"}, **keys),
    "envelope": openclaw,
}
"""How a conversation is known."""
