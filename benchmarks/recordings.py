"""Recorded requests of agent clients, labelled with what the router should read in them.

A folder holds ``*.jsonl`` files, one JSON object a line: ``client``, ``name``, ``body``
(the chat completion request as sent), ``kind`` (what kind of turn it is) and
``user_text`` (what the person typed last, exactly; ``null`` where nobody typed).
Further keys are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router_core.decide.chat import Message
from router_core.decide.turn import TurnKind


class BadRecording(Exception):
    """A file that is no recording; says which line, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One request, and what is right for it.

    Attributes:
        kind: what kind of turn it is.
        typed: what the person typed; ``None`` where nobody did.
        size: characters of all its texts.
    """

    client: str
    name: str
    messages: tuple[Message, ...]
    kind: TurnKind
    typed: str | None

    @property
    def size(self) -> int:
        """Characters of all its texts."""
        return sum(len(text) for message in self.messages for text in message.texts)


def read_recordings(folder: Path) -> list[Recording]:
    """All recordings of a folder, by file name and line.

    Raises:
        BadRecording: there are none, or a line is not one.
    """
    recordings = [
        recording for path in sorted(folder.glob("*.jsonl")) for recording in _read_file(path)
    ]
    if not recordings:
        raise BadRecording(f"{folder}: no recordings (*.jsonl)")
    return recordings


def _read_file(path: Path) -> Iterator[Recording]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _recording(json.loads(line))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise BadRecording(f"{path.name}, line {number}: {error!r}") from error


def _recording(recorded: Mapping[str, Any]) -> Recording:
    return Recording(
        client=recorded["client"],
        name=recorded["name"],
        messages=messages_of(recorded["body"]),
        kind=TurnKind(recorded["kind"]),
        typed=recorded["user_text"],
    )


def messages_of(body: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages of a chat completion request, as far as the router reads them."""
    return tuple(map(_message, body["messages"]))


def _message(message: Mapping[str, Any]) -> Message:
    content = message.get("content")
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    return Message(
        role=message["role"],
        texts=tuple(part["text"] for part in parts if part["type"] == "text"),
        other_parts=tuple(part["type"] for part in parts if part["type"] != "text"),
        tool_calls=tuple(call["function"]["name"] for call in message.get("tool_calls") or ()),
    )
