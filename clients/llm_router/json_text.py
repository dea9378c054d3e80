"""JSON text that means the same to everyone who reads it.

JSON's numbers have no limits and its strings may hold half a surrogate pair;
readers differ in what they make of those. Text within these limits has one
meaning, and text beyond them is refused with the path of the first offence:

* integers from -2**63 to 2**64 - 1 (what protobuf and the fast parsers hold);
* finite doubles;
* strings of whole Unicode characters;
* objects and arrays nested at most 100 deep, with at most 500,000 members in all.

The standard library's parser is the reference. Where ``orjson`` is installed it
does the work first, and the reference is asked only about text that orjson
refuses or might have read differently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

try:
    import orjson
except ImportError:  # the client distribution does without it
    orjson = None  # type: ignore[assignment]  # an optional module has no better type

__all__ = ["MAX_DEPTH", "JsonTextError", "check_depth", "dumps", "dumps_bytes", "loads"]

MAX_DEPTH: Final = 100
"""Most levels of objects and arrays in one text."""

MAX_VALUES: Final = 500_000
"""Most members of all objects and arrays of one text together; more would only stall us."""

_MIN_INT: Final = -(2**63)
_MAX_INT: Final = 2**64 - 1
_MAX_INT_DIGITS: Final = 20
_LARGE_TEXT: Final = 4 * 1024 * 1024
"""In a longer text, in bytes or characters, the place of an error is not looked for."""


class JsonTextError(ValueError):
    """The text is not JSON, or has no single meaning.

    Attributes:
        path: where, such as ``messages[0].content``; empty: the text as a whole.
        problem: what is wrong there, for a person.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem

    def under(self, parent: str) -> JsonTextError:
        """The same error, seen from ``parent``."""
        dot = "" if not self.path or self.path.startswith("[") else "."
        return JsonTextError(self.problem, f"{parent}{dot}{self.path}")


def loads(text: bytes | str) -> Any:
    """Parses ``text``.

    Raises:
        JsonTextError: it is not JSON, or is beyond the limits above.
    """
    if orjson is None:
        return _loads_reference(text)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if len(text) > _LARGE_TEXT:
            raise JsonTextError(f"not JSON within the limits: {error.msg}") from None
        return _loads_reference(text)
    return value if _is_settled(value) else _loads_reference(text)


def dumps_bytes(value: Any) -> bytes:
    """Renders ``value`` (as from `loads`) as compact UTF-8 JSON."""
    if orjson is None:
        return _dumps_reference(value).encode()
    return orjson.dumps(value)


def dumps(value: Any) -> str:
    """Renders ``value`` (as from `loads`) as compact JSON."""
    if orjson is None:
        return _dumps_reference(value)
    return orjson.dumps(value).decode()


def check_depth(value: Any, limit: int = MAX_DEPTH) -> None:
    """Raises `JsonTextError` where ``value`` is nested more than ``limit`` deep."""
    level = [value] if isinstance(value, dict | list) else []
    depth = members = 0
    while level:
        depth += 1
        members += sum(map(len, level))
        if members > MAX_VALUES:
            raise _too_many()
        if depth > limit:
            raise JsonTextError(
                f"nested more than {limit} levels deep", _written(_deep_path(value, limit))
            )
        level = [
            child
            for container in level
            for child in (container.values() if type(container) is dict else container)
            if type(child) is dict or type(child) is list
        ]


def _dumps_reference(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


# orjson reads an integer beyond -2**63 to 2**64 - 1 as the nearest double, whose
# magnitude is at least this.
_LEAST_STRANGE_DOUBLE: Final = 2.0**63


def _is_settled(value: Any) -> bool:
    """Whether what orjson made of a text needs no second reading.

    One walk, level by level: no deeper than the limit, and no double that may
    have been an integer. Strings come first, for most values are strings.
    """
    level: list[Any] = [[value]]
    members = -1  # the list around it is ours
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for container in level:
            members += len(container)
            if members > MAX_VALUES:
                raise _too_many()
            for child in container.values() if type(container) is dict else container:
                kind = type(child)
                if kind is str:
                    continue
                if kind is dict or kind is list:
                    deeper.append(child)
                elif kind is float and abs(child) >= _LEAST_STRANGE_DOUBLE:
                    return False
        if not deeper:
            return True
        level = deeper
    return False


def _too_many() -> JsonTextError:
    return JsonTextError(f"more than {MAX_VALUES} members of objects and arrays")


class _Bad:
    """Stands in a parsed value for a number that has no single meaning."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def _reference_int(digits: str) -> int | _Bad:
    if len(digits.lstrip("-")) > _MAX_INT_DIGITS:
        return _Bad("integer out of range (-2^63 to 2^64-1)")
    value = int(digits)
    if not _MIN_INT <= value <= _MAX_INT:
        return _Bad("integer out of range (-2^63 to 2^64-1)")
    return value


def _reference_float(digits: str) -> float | _Bad:
    value = float(digits)
    return value if abs(value) != float("inf") else _Bad("number too large for a double")


def _loads_reference(text: bytes | str) -> Any:
    try:
        value = json.loads(
            text.decode() if isinstance(text, bytes) else text,
            parse_int=_reference_int,
            parse_float=_reference_float,
            parse_constant=lambda name: _Bad(f"{name} is not JSON"),
        )
    except UnicodeDecodeError as error:
        raise JsonTextError(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise JsonTextError(f"nested more than {MAX_DEPTH} levels deep") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise JsonTextError(f"not JSON: {error.msg} ({place})") from None
    check_depth(value)
    for problem, path in _offences(value, None):
        raise JsonTextError(problem, _written(path))
    return value


_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_Path = tuple["_Path", str | int] | None
"""A place in a value: its parent's and the key or index there; ``None``: the value itself.

Text is made of it only for an error: keys can be long, and places many.
"""
_MAX_PATH_CHARS: Final = 120


def _offences(value: Any, path: _Path) -> Iterator[tuple[str, _Path]]:
    """Yields what has no single meaning in a value of bounded depth, with its path."""
    if isinstance(value, _Bad):
        yield value.problem, path
    elif isinstance(value, str):
        if _LONE_SURROGATE.search(value):
            yield "half a surrogate pair", path
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _offences(child, (path, index))
    elif isinstance(value, dict):
        for key, child in value.items():
            if _LONE_SURROGATE.search(key):
                yield "half a surrogate pair in a key", path
            yield from _offences(child, (path, key))


def _deep_path(value: Any, limit: int) -> _Path:
    """The path of a container that is nested more than ``limit`` deep."""
    stack: list[tuple[Any, _Path, int]] = [(value, None, 1)]
    while stack:
        node, path, depth = stack.pop()
        if depth > limit:
            return path
        children = node.items() if isinstance(node, dict) else enumerate(node)
        stack.extend(
            (child, (path, key), depth + 1)
            for key, child in children
            if isinstance(child, dict | list)
        )
    return None


def _written(path: _Path) -> str:
    """The path as in `JsonTextError`, cut to what a person can read."""
    steps: list[str] = []
    while path is not None:
        path, key = path
        steps.append(f"[{key}]" if isinstance(key, int) else f".{key[:_MAX_PATH_CHARS]}")
    text = "".join(reversed(steps)).removeprefix(".")
    text = text.encode(errors="replace").decode()  # a key may hold half a surrogate pair
    return text if len(text) <= _MAX_PATH_CHARS else f"{text[:_MAX_PATH_CHARS]}..."
