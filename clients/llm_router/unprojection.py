"""Fills a message from plain JSON: the inverse of `llm_router.projection`.

What `project` shows of a message can be changed and given back: keys are the same, a
duration ``x`` is ``x_s`` in seconds, null is the default; money (``x_usd``), which is
shown as a decimal string, may be a number. What only the router
writes (`OUTPUT_ONLY`) is let through and left alone.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from llm_router.projection import is_duration, is_money, key_of, map_value

__all__ = ["OUTPUT_ONLY", "ProjectionError", "unproject"]

OUTPUT_ONLY: Final = frozenset({"built_in", "etag", "has_key", "is_default"})
"""Keys that are shown and cannot be set, wherever a message has them."""

_MAX_KEY_CHARS: Final = 80
_MAX_DURATION_S: Final = 315_576_000_000
"""About 10,000 years; google.protobuf.Duration ends there."""

_Read = Callable[[Any, str], Any]
"""Turns the JSON of one value into that of a field; takes its path for errors."""


class ProjectionError(ValueError):
    """The JSON does not show such a message.

    Attributes:
        path: where, such as ``categories[0].models``; empty: the value as a whole.
        problem: what is wrong there, for a person.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


def unproject(
    shown: Any,
    message: Message,
    *,
    only: Collection[str] | None = None,
    ignored: Collection[str] = (),
) -> tuple[str, ...]:
    """Fills ``message``, which is empty, from the JSON object ``shown``.

    Args:
        only: the keys that may stand at the top; by default all of the message's.
        ignored: further keys that are let through at the top and left alone.

    Returns:
        The paths that ``shown`` names, as a field mask has them: fields' names, not
        keys (``deadlines.first_token``). Objects are gone into, so that an empty one
        names nothing; a list is one path, and so are a map and null.

    Raises:
        ProjectionError: an unknown key, a wrong type, or a number out of range. The
            message may be filled in part.
    """
    return tuple(_fill(_object(shown, ""), message, "", _Top(only, ignored)))


class _Top:
    """What holds for the keys at the top alone."""

    def __init__(self, only: Collection[str] | None = None, ignored: Collection[str] = ()) -> None:
        self._only = only
        self._ignored = ignored

    def takes(self, key: str) -> bool:
        return self._only is None or key in self._only

    def ignores(self, key: str) -> bool:
        return key in self._ignored


_BELOW: Final = _Top()


def _fill(shown: Mapping[str, Any], message: Message, path: str, top: _Top = _BELOW) -> list[str]:
    """Fills ``message``; the names of the fields that ``shown`` names."""
    fields = _fields(message.DESCRIPTOR)
    named: list[str] = []
    for key, value in shown.items():
        field = fields.get(key) if top.takes(key) else None
        if top.ignores(key) or (field is not None and key in OUTPUT_ONLY):
            continue
        if field is None:
            raise _unknown(key, path, [name for name in fields if top.takes(name)])
        where = f"{path}.{key}" if path else key
        if value is not None and _is_object(field):
            part = getattr(message, field.name)
            part.SetInParent()  # an empty object is told too
            below = _fill(_object(value, where), part, where)
            named += [f"{field.name}.{name}" for name in below]
            continue
        named.append(field.name)
        if value is not None:
            _set(message, field, value, where)
    return named


def _set(message: Message, field: FieldDescriptor, value: Any, path: str) -> None:
    if (held := map_value(field)) is not None:
        entries, read = getattr(message, field.name), _read_for(held)
        for key, item in _object(value, path).items():
            entries[_string(key, path)] = read(item, f"{path}.{key[:_MAX_KEY_CHARS]}")
    elif field.is_repeated:
        if type(value) is not list:
            raise ProjectionError("must be a list", path)
        items = getattr(message, field.name)
        for index, item in enumerate(value):
            where = f"{path}[{index}]"
            if field.message_type is not None:
                _fill(_object(item, where), items.add(), where)
            else:
                items.append(_read_for(field)(item, where))
    elif is_duration(field):
        getattr(message, field.name).CopyFrom(_duration(value, path))
    else:
        setattr(message, field.name, _read_for(field)(value, path))


@cache
def _fields(descriptor: Descriptor) -> Mapping[str, FieldDescriptor]:
    return MappingProxyType({key_of(field): field for field in descriptor.fields})


def _is_object(field: FieldDescriptor) -> bool:
    return field.message_type is not None and not field.is_repeated and not is_duration(field)


def _object(value: Any, path: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise ProjectionError("must be an object", path)
    return value


def _unknown(key: str, path: str, known: list[str]) -> ProjectionError:
    # Cut and mended first: it may be long, and hold half a surrogate pair.
    key = key[:_MAX_KEY_CHARS].encode(errors="replace").decode()
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return ProjectionError(f"unknown key{hint}", f"{path}.{key}" if path else key)


# -- one value ---------------------------------------------------------------------


def _read_for(field: FieldDescriptor) -> _Read:
    return _money if is_money(field) else _READS[field.type]


def _string(value: Any, path: str) -> str:
    if type(value) is not str:
        raise ProjectionError("must be a string", path)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ProjectionError("half a surrogate pair", path) from None
    return value


def _money(value: Any, path: str) -> str:
    if type(value) is int or type(value) is float:
        return repr(value)
    if type(value) is not str:
        raise ProjectionError("must be a number or a decimal string", path)
    return _string(value, path)


def _bool(value: Any, path: str) -> bool:
    if type(value) is not bool:
        raise ProjectionError("must be true or false", path)
    return value


def _integer(least: int, most: int) -> _Read:
    def read(value: Any, path: str) -> int:
        if type(value) is not int and not (type(value) is float and value.is_integer()):
            raise ProjectionError("must be an integer", path)
        if not least <= value <= most:
            raise ProjectionError(f"must be from {least} to {most}", path)
        return int(value)

    return read


def _double(value: Any, path: str) -> float:
    if type(value) is not int and type(value) is not float:
        raise ProjectionError("must be a number", path)
    if not abs(value) <= sys.float_info.max:  # NaN neither
        raise ProjectionError("must be a finite number", path)
    return float(value)


def _duration(value: Any, path: str) -> Duration:
    seconds = _double(value, path)
    if abs(seconds) > _MAX_DURATION_S:
        raise ProjectionError(f"must be at most {_MAX_DURATION_S} seconds", path)
    duration = Duration()
    duration.FromNanoseconds(round(Fraction(seconds) * 10**9))
    return duration


_READS: Final[Mapping[int, _Read]] = MappingProxyType(
    {
        FieldDescriptor.TYPE_STRING: _string,
        FieldDescriptor.TYPE_BOOL: _bool,
        FieldDescriptor.TYPE_INT32: _integer(-(2**31), 2**31 - 1),
        FieldDescriptor.TYPE_INT64: _integer(-(2**63), 2**63 - 1),
        FieldDescriptor.TYPE_DOUBLE: _double,
    }
)
"""The types of the fields that can be written."""
