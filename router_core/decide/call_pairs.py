"""Brings each tool call of a conversation together with its result."""

from __future__ import annotations

from itertools import chain
from operator import is_
from typing import Any, Final

from router_core.decide.call_ids import CallIds
from router_core.decide.foreign_reasoning import says_nothing, without_foreign_reasoning

__all__ = ["INTERRUPTED", "ORPHAN", "Pairs"]

INTERRUPTED: Final = (
    "[This call was interrupted. There is no result, and it is not known whether it ran.]"
)
"""The result of a call that has none."""

ORPHAN: Final = "[Result of an earlier tool call. A tool wrote this, not the user.]"
"""Heads a result whose call is gone."""


class _Call:
    """A call, and the messages that its result goes to the end of."""

    __slots__ = ("answered", "group", "id")

    def __init__(self, call_id: str, group: list[Any]) -> None:
        self.id = call_id
        self.group = group
        self.answered = False


class Pairs:
    """The messages so far, in groups: each message, and the results of its calls.

    Give it the messages in order with `add`, then ask for `messages`, once.
    """

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
        return list(chain.from_iterable(self._groups))

    def _add_assistant(self, message: dict[str, Any]) -> None:
        cleaned = without_foreign_reasoning(message)
        if cleaned is not message and says_nothing(cleaned) and self._groups:
            return
        group: list[Any] = []
        calls = cleaned.get("tool_calls")
        if isinstance(calls, list) and calls:
            renamed = self._renamed(calls, group)
            if not all(map(is_, renamed, calls)):
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
