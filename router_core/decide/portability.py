"""Moves a conversation to another model (DESIGN section 6).

What a model's provider takes differs in three ways: the alphabet of tool-call ids
(`call_ids`), reasoning that only its maker reads (`foreign_reasoning`), and how
strictly each call must be followed by its result (here). OpenAI, Anthropic, Gemini
and DeepSeek refuse a call without a result and a result without a call; others let
them pass, so that a transcript may hold some when it comes to a strict one.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

from router_core.decide.call_ids import CallIds, is_mistral
from router_core.decide.chat import JsonObject
from router_core.decide.config import ModelRef
from router_core.decide.foreign_reasoning import says_nothing, without_foreign_reasoning

__all__ = ["BRIDGE", "INTERRUPTED", "ORPHAN", "portable"]

INTERRUPTED: Final = (
    "[This call was interrupted. There is no result, and it is not known whether it ran.]"
)
"""The result of a call that has none."""

ORPHAN: Final = "[Result of an earlier tool call. A tool wrote this, not the user.]"
"""Heads a result whose call is gone."""

BRIDGE: Final = "[Results received.]"
"""What the assistant says between a result and a user's message, for Mistral's models."""


def portable(body: JsonObject, *, source: ModelRef | None, target: ModelRef) -> JsonObject:
    """``body`` with messages that ``target`` takes, or the same object where they are such.

    Never changes ``body``; messages that stay as they are, are shared. A shape that
    OpenAI does not document is left as it is, for the upstream to judge.

    - Each call is followed by exactly one result, directly. What stood between comes
      after the results. A result answers the nearest call of its id before it.
    - A call without a result gets `INTERRUPTED`. Taking the call away instead would
      hide that something may have been done.
    - A result without a call becomes a user's message of the same content, headed by
      `ORPHAN`. Most projects drop it; but it may be all that is left of what was
      read, and a call made up for it would name a tool that may not exist. The heading
      keeps the text of a tool from passing for the user's own.
    - Ids: see `CallIds`. Reasoning: see `without_foreign_reasoning`. An assistant's
      message in which nothing was but reasoning goes, since Anthropic refuses an empty
      one; the first message stays, so that there is one.
    - Mistral's models refuse a user's message after a result (error 3230), which
      OpenClaw sends on each turn of a loop: `BRIDGE` stands between.

    Args:
        source: the model that the whole conversation was held with; ``None``: several,
            or not known. Where it is the target, nothing is foreign.
        target: the model that is called now.
    """
    if source is not None and (source.provider, source.id) == (target.provider, target.id):
        return body
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    moved = _Moved(CallIds(target.id))
    for message in messages:
        moved.add(message)
    result = moved.messages()
    if is_mistral(target.id):
        result = _bridged(result)
    if len(result) == len(messages) and all(map(_same, result, messages)):
        return body
    return {**body, "messages": result}


class _Call:
    """A call, and the messages that its result goes to the end of."""

    __slots__ = ("answered", "group", "id")

    def __init__(self, call_id: str, group: list[Any]) -> None:
        self.id = call_id
        self.group = group
        self.answered = False


class _Moved:
    """The messages so far, in groups: each message, and the results of its calls."""

    def __init__(self, ids: CallIds) -> None:
        self._ids = ids
        self._groups: list[list[Any]] = []
        self._calls: list[_Call] = []
        self._waiting: dict[str, list[_Call]] = {}
        """Calls without a result by their old id; the one to answer next is last."""

    def add(self, message: Any) -> None:
        role = message.get("role") if isinstance(message, dict) else None
        if role == "assistant":
            self._add_assistant(message)
        elif role == "tool":
            self._add_result(message)
        else:
            self._groups.append([message])

    def messages(self) -> list[Any]:
        """All of them, each call with its result."""
        for call in self._calls:
            if not call.answered:
                call.group.append({"role": "tool", "tool_call_id": call.id, "content": INTERRUPTED})
        self._calls.clear()
        return list(chain.from_iterable(self._groups))

    def _add_assistant(self, message: dict[str, Any]) -> None:
        cleaned = without_foreign_reasoning(message)
        if cleaned is not message and says_nothing(cleaned) and self._groups:
            return
        group: list[Any] = []
        calls = cleaned.get("tool_calls")
        if isinstance(calls, list) and calls:
            renamed = self._renamed(calls, group)
            if not all(map(_same, renamed, calls)):
                cleaned = {**cleaned, "tool_calls": renamed}
        group.append(cleaned)
        self._groups.append(group)

    def _renamed(self, calls: list[Any], group: list[Any]) -> list[Any]:
        """``calls`` with the target's ids; each waits for its result from now on."""
        renamed: list[Any] = []
        waiting: list[tuple[str, _Call]] = []
        for call in calls:
            old = _call_id(call, "id")
            if old is None:
                renamed.append(call)
                continue
            new = self._ids.next(old)
            renamed.append(call if new == old else {**call, "id": new})
            waiting.append((old, _Call(new, group)))
        self._calls.extend(call for _, call in waiting)
        for old, call in reversed(waiting):
            self._waiting.setdefault(old, []).append(call)
        return renamed

    def _add_result(self, message: dict[str, Any]) -> None:
        old = _call_id(message, "tool_call_id")
        waiting = self._waiting.get(old) if old is not None else None
        if waiting:
            call = waiting.pop()
            call.answered = True
            call.group.append(message if call.id == old else {**message, "tool_call_id": call.id})
        else:
            self._groups.append([message if old is None else _as_user(message)])


def _same(new: Any, old: Any) -> bool:
    return new is old


def _call_id(holder: Any, key: str) -> str | None:
    """The id under ``key``, ``""`` where it is absent or null; ``None``: not one."""
    if not isinstance(holder, dict):
        return None
    value = holder.get(key)
    if value is None:
        return ""
    return value if isinstance(value, str) else None


def _as_user(result: dict[str, Any]) -> dict[str, Any]:
    """A result without a call, as a user's message; as it is where its content is no content."""
    content = result.get("content")
    told: str | list[Any]
    if content is None:
        told = ORPHAN
    elif isinstance(content, str):
        told = f"{ORPHAN}\n{content}"
    elif isinstance(content, list):
        told = [{"type": "text", "text": ORPHAN}, *content]
    else:
        return result
    kept = {key: value for key, value in result.items() if key != "tool_call_id"}
    return {**kept, "role": "user", "content": told}


def _bridged(messages: list[Any]) -> list[Any]:
    """``messages`` with the assistant's word after results that something else follows."""
    bridged: list[Any] = []
    after_result = False
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if after_result and role not in ("assistant", "tool"):
            bridged.append({"role": "assistant", "content": BRIDGE})
        bridged.append(message)
        after_result = role == "tool"
    return bridged
