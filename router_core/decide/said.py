"""Collects what an answer says, whole or piece by piece, as a client would send it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from router_core.decide.answers import choices_in
from router_core.decide.chat import JsonObject, Message, ToolCall

__all__ = ["Said"]


@dataclass(slots=True)
class _Call:
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Choice:
    texts: list[str] = field(default_factory=list)
    calls: dict[int, _Call] = field(default_factory=dict)


_PLACE: Final = itemgetter(0)


class Said:
    """What the choices of one answer say so far.

    Takes nothing for granted: any key may be absent, null or of another type.
    """

    __slots__ = ("_choices",)

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}

    def reads(self, piece: JsonObject) -> None:
        """Takes a whole completion or the next chunk of one."""
        for choice in choices_in(piece):
            part = choice.get("delta")
            if not isinstance(part, dict):  # else a chunk may have the whole message beside it
                part = choice.get("message")
            if not isinstance(part, dict):
                continue
            index = choice.get("index")
            index = index if isinstance(index, int) else 0
            said = self._choices.get(index)
            if said is None:
                said = self._choices[index] = _Choice()
            said.texts += _texts(part.get("content"))
            if calls := part.get("tool_calls"):
                _add_calls(said, calls)
            if legacy := part.get("function_call"):
                _add_calls(said, [{"index": -1, "function": legacy}])

    def messages(self) -> Iterator[Message]:
        """Yields what each choice says."""
        for choice in self._choices.values():
            yield Message(
                role="assistant",
                texts=("".join(choice.texts),) if choice.texts else (),
                tool_calls=tuple(
                    ToolCall(call.name, "".join(call.arguments))
                    for _, call in sorted(choice.calls.items(), key=_PLACE)
                ),
            )


def _texts(content: Any) -> Iterator[str]:
    """Yields the texts of a content, which some models write in parts."""
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "text":
            text = part.get("text")
            if isinstance(text, str):
                yield text


def _add_calls(said: _Choice, calls: Any) -> None:
    for place, piece in enumerate(calls if isinstance(calls, list) else ()):
        called = piece.get("function", piece.get("custom")) if isinstance(piece, dict) else None
        if not isinstance(called, dict):
            continue
        index = piece.get("index")
        call = said.calls.setdefault(index if isinstance(index, int) else place, _Call())
        if isinstance(name := called.get("name"), str):
            call.name += name
        given = called.get("arguments", called.get("input"))
        if isinstance(given, str):
            call.arguments.append(given)
