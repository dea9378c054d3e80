"""Names of conversations, made of what was said: the prefix chain.

    prefixes = hasher.read(caller, request.messages, turn)
    prefixes.answered   # a name for each answer in the history, oldest first
    prefixes.after(answer)  # the names under which the conversation goes on from here

A name is a keyed hash of all that was said up to an answer. Two conversations have a
name in common as long as they are equal and not longer; where one is edited, they part.

What is hashed survives the way to a client and back: the role, the text without what
surrounds it, the tools called by name and with what, however that JSON is written.
Left out is what clients change or drop: ids, reasoning, the system prompt, images.

A client may not send a prompt again as it came: its context goes, or everything but
what was typed. So the last turn is hashed in each of these forms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from router_core.decide.chat import SYSTEM_ROLES, Message, ToolCall
from router_core.decide.turn import Turn, TurnKind

__all__ = ["NAME_BYTES", "PrefixHasher", "Prefixes", "canonical_arguments"]

NAME_BYTES: Final = 16
"""Of a name: two of a hundred thousand conversations share one in 10^28 cases."""

_MARKS: Final = {"user": "\x1eu", "tool": "\x1et", "function": "\x1et"}
_ASSISTANT: Final = "\x1ea"
_CALL: Final = "\x1f"
_MOST_KNOWN: Final = 20_000


class PrefixHasher:
    """Names conversations.

    What the arguments of a tool call amount to is kept by Python's own hash of them,
    since each comes again with every request of its conversation. No text is kept.

    Args:
        key: secret, up to 64 bytes; another key gives other names.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[int, str] = {}

    def name_of(self, kind: str, caller: str, text: str) -> bytes:
        """The name of something that is told apart by a text alone."""
        parts = f"{kind}\0{caller}\0{text}".encode("utf-8", "surrogatepass")
        return blake2b(parts, key=self._key, digest_size=NAME_BYTES).digest()

    def read(self, caller: str, messages: Sequence[Message], turn: Turn) -> Prefixes:
        """Hashes a history; 0.6 us a message and 120 us for 100 kB.

        Args:
            caller: whose conversation it is; another caller's has other names.
            messages: oldest first.
            turn: what the last turn is.
        """
        hasher = blake2b(caller.encode(), key=self._key, digest_size=NAME_BYTES)
        answered: list[bytes] = []
        said: list[str] = []
        begins = 0
        for index, message in enumerate(messages, start=1):
            role = message.role
            if role == "assistant":
                answer = self._answer(message)
                if answer:
                    said.append(answer)
                    hasher.update("".join(said).encode("utf-8", "surrogatepass"))
                    said.clear()
                    answered.append(hasher.digest())
                    begins = index
            elif role not in SYSTEM_ROLES:
                said.append(_MARKS[role])
                said.append(_text(message))
        tails = dict.fromkeys((("".join(said)), *_shortened(messages[begins:], turn)))
        return Prefixes(
            answered=tuple(answered), _hasher=hasher, _tails=tuple(tails), _said=self._answer
        )

    def _answer(self, message: Message) -> str:
        """What an assistant's message says; empty: nothing that a client would keep."""
        text = _without_thoughts(_text(message))
        if not message.tool_calls:
            return _ASSISTANT + text if text else ""
        said = _ASSISTANT + text
        for call in message.tool_calls:
            said += f"{_CALL}{call.name}{_CALL}{self._arguments(call)}"
        return said

    def _arguments(self, call: ToolCall) -> str:
        written = hash(call.arguments)
        known = self._known.get(written)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            meant = canonical_arguments(call.arguments).encode("utf-8", "surrogatepass")
            known = blake2b(meant, digest_size=NAME_BYTES).hexdigest()
            self._known[written] = known
        return known


@dataclass(frozen=True, slots=True)
class Prefixes:
    """The names of one request's history.

    Attributes:
        answered: a name for each answer in it, oldest first.
    """

    answered: tuple[bytes, ...]
    _hasher: Any
    _tails: tuple[str, ...]
    _said: Callable[[Message], str]

    def after(self, answer: Message) -> Iterator[bytes]:
        """Yields the names under which the conversation goes on after ``answer``.

        None where the answer says nothing that a client would send again.
        """
        said = self._said(answer)
        for tail in self._tails if said else ():
            hasher = self._hasher.copy()
            hasher.update((tail + said).encode("utf-8", "surrogatepass"))
            yield hasher.digest()


def canonical_arguments(arguments: str) -> str:
    """The arguments of a call in one form: keys in order, no spaces, 1.0 as 1.

    What is no JSON stays as it is, and nothing at all is an empty object.
    """
    if not arguments.strip():
        return "{}"
    try:
        return _ENCODE(_DECODE(arguments))
    except (ValueError, RecursionError):
        return arguments.strip()


def _number(digits: str) -> float | int:
    value = float(digits)
    return int(value) if value.is_integer() else value


_DECODE: Final = json.JSONDecoder(parse_float=_number).decode
_ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _text(message: Message) -> str:
    texts = message.texts
    return (texts[0] if len(texts) == 1 else "".join(texts)).strip()


def _without_thoughts(text: str) -> str:
    """Without the thoughts that some models write before their answer, and clients hide."""
    if not text.startswith("<think>"):
        return text
    end = text.find("</think>")
    return text[end + 8 :].lstrip() if end >= 0 else ""


def _shortened(tail: Sequence[Message], turn: Turn) -> Iterator[str]:
    """The last turn without the client's context, and with nothing but what was typed.

    Context that shows something stays: an image that a tool returned.
    """
    kept = list(tail)
    for message in reversed(tail[len(tail) - turn.context :] if turn.context else ()):
        if message.other_parts:
            break
        kept.pop()
    if len(kept) < len(tail):
        yield "".join(_MARKS[each.role] + _text(each) for each in kept if each.role in _MARKS)
    if turn.kind is TurnKind.USER_TURN or turn.kind is TurnKind.BACKGROUND_WORK:
        results = (each for each in kept if each.role in _MARKS and each.role != "user")
        before = "".join(_MARKS[each.role] + _text(each) for each in results)
        yield before + _MARKS["user"] + turn.text.strip()
