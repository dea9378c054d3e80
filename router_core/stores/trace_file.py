"""A trace on disk: JSON Lines, a request each, with what models made of it.

    {"prompt": "...", "category": "code", "time": "2026-11-28T12:00:00Z", "prompt_tokens": 812,
     "models": {"glm-5": {"quality": 0.8, "completion_tokens": 300, "latency_ms": 4100},
                "gpt-4o-mini": {"correct": false, "cost_usd": 0.0002, "error": true}}}

``messages`` may stand in place of ``prompt``; a row with neither needs a ``category`` and
``prompt_tokens``. Other keys are ignored: data sets have many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, datetime
from pathlib import Path
from typing import Any, Final

from llm_router import json_text
from router_core.decide.chat import TEXT_PARTS, Message
from router_core.decide.simulation import Row, Told
from router_core.errors import ConfigError

__all__ = ["MalformedTrace", "read_trace"]

_MOST_TOKENS: Final = 2**40
_MOST: Final = 1e9
"""Of dollars, and of milliseconds: so that sums of them stay finite, and ends have a time."""


class MalformedTrace(ConfigError):
    """A line of a trace is wrong.

    Attributes:
        line: its number, from 1; 0: it is the file.
    """

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}, line {line}: {message}" if line else f"{file} {message}")
        self.line = line


class _Wrong(Exception):
    """What is wrong with a line."""


def read_trace(file: Path, most: int | None = None) -> list[Row]:
    """The requests of a trace, in the file's order.

    Args:
        file: where.
        most: how many; ``None``: all.

    Raises:
        MalformedTrace: the file cannot be read, a line is wrong, or there is none.
    """
    rows: list[Row] = []
    number = 0
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if len(rows) == most:
                    break
                if line.strip():
                    rows.append(_row(line.removeprefix(b"\xef\xbb\xbf"), f"line {number}"))
    except OSError as error:
        raise MalformedTrace(file, 0, f"cannot be read: {error.strerror}") from None
    except _Wrong as error:
        raise MalformedTrace(file, number, str(error)) from None
    if not rows:
        raise MalformedTrace(file, 0, "holds no requests")
    return rows


def _row(line: bytes, where: str) -> Row:
    try:
        told = json_text.loads(line)
    except json_text.JsonTextError:
        raise _Wrong("not JSON") from None
    if not isinstance(told, dict):
        raise _Wrong("not a JSON object")
    models = told.get("models")
    if not isinstance(models, dict) or not models:
        raise _Wrong("'models' is no object with a model in it")
    messages, category = tuple(_messages(told)), _text(told, "category")
    tokens = _count(told, "prompt_tokens")
    if not messages and not (category and tokens is not None):
        raise _Wrong("neither 'prompt' nor 'messages', nor 'category' with 'prompt_tokens'")
    return Row(
        where=where,
        told={name: _told(its, f"models.{name}") for name, its in models.items()},
        messages=messages,
        category=category,
        time=_time(told),
        prompt_tokens=tokens,
    )


def _told(its: Any, path: str) -> Told:
    if not isinstance(its, dict):
        raise _Wrong(f"{path!r} is no object")
    return Told(
        quality=_quality(its, path),
        prompt_tokens=_count(its, "prompt_tokens", path),
        completion_tokens=_count(its, "completion_tokens", path),
        cost_usd=_number(its, "cost_usd", path),
        ttft_ms=_number(its, "ttft_ms", path),
        latency_ms=_number(its, "latency_ms", path),
        fails=_truth(its, "error", path) or False,
    )


def _quality(its: Mapping[str, Any], path: str) -> float | None:
    told, correct = _number(its, "quality", path), _truth(its, "correct", path)
    if told is None:
        return None if correct is None else float(correct)
    if told > 1:
        raise _Wrong(f"'{path}.quality' is not from 0 to 1")
    return told


def _messages(told: Mapping[str, Any]) -> Iterator[Message]:
    prompt, messages = told.get("prompt"), told.get("messages")
    if prompt is not None:
        if messages is not None:
            raise _Wrong("both 'prompt' and 'messages'")
        yield Message(role="user", texts=(_text(told, "prompt"),))
        return
    if messages is None:
        return
    if not isinstance(messages, list):
        raise _Wrong("'messages' is no list")
    for at, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise _Wrong(f"'messages[{at}]' is no object with a role")
        yield _message(message, f"messages[{at}]")


def _message(message: Mapping[str, Any], path: str) -> Message:
    content = message.get("content")
    if content is None or isinstance(content, str):
        return Message(role=message["role"], texts=() if content is None else (content,))
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise _Wrong(f"'{path}.content' is neither text nor a list of objects")
    texts = (part.get("text") for part in content if part.get("type") in TEXT_PARTS)
    kinds = (part.get("type") for part in content if part.get("type") not in TEXT_PARTS)
    return Message(
        role=message["role"],
        texts=tuple(text for text in texts if isinstance(text, str)),
        other_parts=tuple(kind for kind in kinds if isinstance(kind, str)),
    )


def _time(told: Mapping[str, Any]) -> datetime | None:
    """In UTC where it has no time zone."""
    text = _text(told, "time")
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong("'time' is no time by ISO 8601") from None
    if time.year == MAXYEAR:  # rows without a time come after it
        raise _Wrong(f"'time' is after the year {MAXYEAR - 1}")
    return time


def _text(told: Mapping[str, Any], key: str) -> str:
    text = told.get(key)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise _Wrong(f"{key!r} is no text")
    return text


def _truth(its: Mapping[str, Any], key: str, path: str) -> bool | None:
    told = its.get(key)
    if told is not None and not isinstance(told, bool):
        raise _Wrong(f"'{path}.{key}' is neither true nor false")
    return told


def _count(told: Mapping[str, Any], key: str, path: str = "") -> int | None:
    count = told.get(key)
    if count is None:
        return None
    if type(count) is not int or not 0 <= count <= _MOST_TOKENS:
        place = f"{path}.{key}" if path else key
        raise _Wrong(f"{place!r} is no number of tokens")
    return count


def _number(its: Mapping[str, Any], key: str, path: str) -> float | None:
    number = its.get(key)
    if number is None:
        return None
    if type(number) not in (int, float) or not 0 <= number <= _MOST:
        raise _Wrong(f"'{path}.{key}' is no number from 0 to {_MOST:,.0f}")
    return float(number)
