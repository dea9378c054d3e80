"""Shows a message as plain JSON: what the REST operator endpoints and the commands print.

Unlike protobuf's own JSON mapping it keeps the names of the proto fields, writes
64-bit integers as numbers, and has every key always there: what is unset is null.
Enums are slugs (``ROUTE_REASON_TOOL_LOOP`` is ``tool_loop``; unspecified is null),
timestamps RFC 3339 in UTC. A duration ``x`` is ``x_s``, in seconds, as in
router_config.json. `llm_router.unprojection` goes the other way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

__all__ = ["JsonObject", "enum_slug", "is_duration", "is_money", "key_of", "map_value", "project"]

JsonObject = dict[str, Any]
_Show = Callable[[Any], Any]
"""Turns one value of a field into JSON."""
_Read = Callable[[Any], Any]
"""Reads a field out of a message, as JSON."""


def project(message: Message) -> JsonObject:
    """The JSON object that shows ``message``."""
    return {name: read(message) for name, read in _reads(message.DESCRIPTOR)}


def enum_slug(enum: EnumDescriptor, number: int) -> str | None:
    """The value's name in lower case, without the enum's prefix.

    None: unspecified. A number that this version does not know is shown as it is.
    """
    return _slugs(enum).get(number, str(number))


def key_of(field: FieldDescriptor) -> str:
    """The key under which ``field`` is shown."""
    return f"{field.name}_s" if is_duration(field) else str(field.name)


def is_duration(field: FieldDescriptor) -> bool:
    """Whether ``field`` holds durations."""
    return field.message_type is not None and field.message_type.full_name == _DURATION


def map_value(field: FieldDescriptor) -> FieldDescriptor | None:
    """What a map holds under each of its keys; None: ``field`` is no map.

    It is shown as an object, in the order of its keys.
    """
    entry = field.message_type
    if entry is None or not entry.GetOptions().map_entry:
        return None
    return entry.fields_by_name["value"]


def is_money(field: FieldDescriptor) -> bool:
    """Whether ``field`` holds an amount of money: a decimal string."""
    return field.type == FieldDescriptor.TYPE_STRING and field.name.endswith("_usd")


@cache
def _slugs(enum: EnumDescriptor) -> dict[int, str | None]:
    # The style guide gives every zero value the name <PREFIX>_UNSPECIFIED.
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    slugs: dict[int, str | None] = {
        value.number: value.name.removeprefix(prefix).lower() for value in enum.values
    }
    slugs[0] = None
    return slugs


@cache
def _reads(descriptor: Descriptor) -> tuple[tuple[str, _Read], ...]:
    return tuple((key_of(field), _read_for(field)) for field in descriptor.fields)


def _read_for(field: FieldDescriptor) -> _Read:
    name = field.name
    if (value := map_value(field)) is not None:
        show = _show_for(value)
        return lambda message: {
            key: show(value) for key, value in sorted(getattr(message, name).items())
        }
    show = _show_for(field)
    if field.is_repeated:
        return lambda message: [show(value) for value in getattr(message, name)]
    if field.has_presence:
        return lambda message: show(getattr(message, name)) if message.HasField(name) else None
    return lambda message: show(getattr(message, name))


def _show_for(field: FieldDescriptor) -> _Show:
    enum = field.enum_type
    if enum is not None:
        return lambda number: enum_slug(enum, number)
    if field.message_type is not None:
        return _WELL_KNOWN.get(field.message_type.full_name, project)
    return lambda value: value


_DURATION: Final = "google.protobuf.Duration"
_WELL_KNOWN: Final[dict[str, _Show]] = {
    "google.protobuf.Timestamp": lambda value: value.ToJsonString(),
    _DURATION: lambda value: value.seconds + value.nanos / 1e9,
}
