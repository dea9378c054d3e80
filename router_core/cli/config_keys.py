"""The single values of the config by the keys of `router_config.json`, read from text and shown.

They follow from the message: whatever `RouterConfig` gains can be set. Durations are
seconds, under the field's name with "_s": ``deadlines.first_token_s``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from llm_router.v1.config_categories_pb2 import RouterConfig
from router_core.errors import ConfigError

_BOOLEANS: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "false": False,
    "no": False,
    "off": False,
}
_NO_VALUES: Final = frozenset({"version"})
"""What is there to be read alone."""
_OTHERWISE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "categories": "`llm-router category` changes the categories",
        "models": "`llm-router model` changes the models",
        "providers": "the providers are changed in the file, or by PATCH /config",
        "version": "the version of the format cannot be changed",
    }
)


_ZERO_COUNTS: Final = frozenset({FieldDescriptor.CPPTYPE_BOOL, FieldDescriptor.CPPTYPE_DOUBLE})
"""Types of which the zero value is a value like any other, even where it cannot be unset."""


@dataclass(frozen=True, slots=True)
class Key:
    """A single value of the config.

    Attributes:
        name: as in the file, such as ``deadlines.first_token_s``.
        path: the fields that lead to it, such as ``("deadlines", "first_token")``.
        field: the last of them.
    """

    name: str
    path: tuple[str, ...]
    field: FieldDescriptor

    @property
    def mask(self) -> str:
        """Its path in a field mask."""
        return ".".join(self.path)

    @property
    def _is_zero_a_value(self) -> bool:
        field = self.field
        return not field.has_presence and field.cpp_type in _ZERO_COUNTS

    def read(self, text: str) -> RouterConfig:
        """A config that holds what ``text`` says.

        Empty: nothing, which stands for the default; but of what must be a number or
        true or false, since unset would be 0 or false. So is "null", of what has none.

        Raises:
            ConfigError: that is no value of this key.
        """
        config = RouterConfig()
        if not text and not self._is_zero_a_value:
            return config
        if text == "null" and self.field.has_presence:
            return config
        holder: Message = config
        for step in self.path[:-1]:
            holder = getattr(holder, step)
        try:
            _put(holder, self.field, _reader(self.field)(text))
        except (ValueError, OverflowError):
            raise ConfigError(f"must be {_wanted(self.field)}, not {text!r}", self.name) from None
        return config

    def show(self, config: RouterConfig) -> str:
        """Its value in ``config``; empty: it is not set."""
        holder: Message = config
        for step in self.path[:-1]:
            holder = getattr(holder, step)
        field = self.field
        if field.has_presence and not holder.HasField(field.name):
            return ""
        return _shown(getattr(holder, field.name))


def known_keys() -> Mapping[str, Key]:
    """Every key with a single value, in the order of the message."""
    return _keys()


def key_of(name: str) -> Key:
    """The key of that name.

    Raises:
        ConfigError: there is none; it says what is like it.
    """
    keys = known_keys()
    if (key := keys.get(name)) is not None:
        return key
    if (otherwise := _OTHERWISE.get(name.partition(".")[0])) is not None:
        raise ConfigError(otherwise, name)
    close = difflib.get_close_matches(name, keys, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "; `config show` lists them"
    raise ConfigError(f"unknown key{hint}", name)


@cache
def _keys() -> Mapping[str, Key]:
    keys = _walk(RouterConfig.DESCRIPTOR, "", ())
    return MappingProxyType({key.name: key for key in keys})


def _walk(descriptor: Descriptor, prefix: str, path: tuple[str, ...]) -> Iterator[Key]:
    for field in descriptor.fields:
        name, here = f"{prefix}{field.name}", (*path, field.name)
        if name in _NO_VALUES:
            continue
        if _is_duration(field):
            yield Key(f"{name}_s", here, field)
        elif field.message_type is None:
            yield Key(name, here, field)
        elif not field.is_repeated:
            yield from _walk(field.message_type, f"{name}.", here)


def _is_duration(field: FieldDescriptor) -> bool:
    return field.message_type is Duration.DESCRIPTOR


def _reader(field: FieldDescriptor) -> Callable[[str], Any]:
    if field.is_repeated:
        return _read_list
    if _is_duration(field):
        return _read_seconds
    return _READERS[field.cpp_type]


def _read_list(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _read_seconds(text: str) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(float(text.removesuffix("s")) * 1e9))
    return duration


def _read_boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise ValueError(text)
    return value


_READERS: Final[Mapping[int, Callable[[str], Any]]] = MappingProxyType(
    {
        FieldDescriptor.CPPTYPE_BOOL: _read_boolean,
        FieldDescriptor.CPPTYPE_DOUBLE: float,
        FieldDescriptor.CPPTYPE_INT32: int,
        FieldDescriptor.CPPTYPE_INT64: int,
        FieldDescriptor.CPPTYPE_STRING: str,
    }
)
_WANTED: Final[Mapping[int, str]] = MappingProxyType(
    {
        FieldDescriptor.CPPTYPE_BOOL: "true or false",
        FieldDescriptor.CPPTYPE_DOUBLE: "a number",
        FieldDescriptor.CPPTYPE_INT32: "an integer",
        FieldDescriptor.CPPTYPE_INT64: "an integer",
        FieldDescriptor.CPPTYPE_STRING: "text",
    }
)


def _wanted(field: FieldDescriptor) -> str:
    return "seconds, such as 2.5" if _is_duration(field) else _WANTED[field.cpp_type]


def _put(holder: Message, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(holder, field.name).extend(value)
    elif field.message_type is not None:
        getattr(holder, field.name).CopyFrom(value)
    else:
        setattr(holder, field.name, value)


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Duration():
            return f"{value.ToNanoseconds() / 1e9:g}"
        case int() | float() | str():
            return str(value)
        case _:
            return ", ".join(value)
