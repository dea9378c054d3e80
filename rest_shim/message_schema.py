"""JSON schemas of messages as `llm_router.projection` shows them, and as they are given back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from llm_router.projection import enum_slug, is_duration, is_money, key_of, map_value
from llm_router.unprojection import OUTPUT_ONLY

__all__ = ["Schema", "given", "nullable", "shown"]

Schema = dict[str, Any]
Rules = Mapping[str, Schema]
"""What a schema says of some keys besides their type, wherever they stand."""

_NOTHING: Final[Rules] = MappingProxyType({})

_TYPES: Final[Mapping[int, Schema]] = MappingProxyType(
    {
        FieldDescriptor.TYPE_STRING: {"type": "string"},
        FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
        FieldDescriptor.TYPE_INT32: {
            "type": "integer",
            "minimum": -(2**31),
            "maximum": 2**31 - 1,
        },
        FieldDescriptor.TYPE_INT64: {
            "type": "integer",
            "minimum": -(2**63),
            "maximum": 2**63 - 1,
        },
        FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    }
)
_SECONDS: Final[Schema] = {"type": "number", "description": "In seconds"}
_MONEY: Final[Schema] = {"type": ["string", "number"], "description": "In USD"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}


def shown(descriptor: Descriptor) -> Schema:
    """The schema of what `project` makes of a message: every key is there."""
    properties = {key_of(field): _shown_field(field) for field in descriptor.fields}
    return {"type": "object", "properties": properties, "required": list(properties)}


def given(
    descriptor: Descriptor, rules: Rules = _NOTHING, *, only: Collection[str] | None = None
) -> Schema:
    """The schema of what `unproject` takes for a message: other keys are refused.

    Args:
        rules: by key.
        only: as of `unproject`.
    """
    properties = {
        key_of(field): _given_field(field, rules)
        for field in descriptor.fields
        if only is None or field.name in only
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def nullable(schema: Schema) -> Schema:
    """The schema of the same or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def _shown_field(field: FieldDescriptor) -> Schema:
    if (value := map_value(field)) is not None:
        return _map(value)
    schema = _one(field, shown)
    if field.is_repeated:
        return {"type": "array", "items": schema}
    return nullable(schema) if field.has_presence else schema


def _given_field(field: FieldDescriptor, rules: Rules) -> Schema:
    if field.name in OUTPUT_ONLY:
        return {"readOnly": True, "description": "Let through and left alone"}
    if (value := map_value(field)) is not None:
        return nullable(_map(value) | rules.get(key_of(field), {}))
    schema = _MONEY if is_money(field) else _one(field, lambda inner: given(inner, rules))
    schema = schema | rules.get(key_of(field), {})
    return nullable({"type": "array", "items": schema} if field.is_repeated else schema)


def _map(value: FieldDescriptor) -> Schema:
    return {"type": "object", "additionalProperties": _one(value, shown)}


def _one(field: FieldDescriptor, message: Callable[[Descriptor], Schema]) -> Schema:
    if field.enum_type is not None:
        slugs = (enum_slug(field.enum_type, value.number) for value in field.enum_type.values)
        return nullable({"type": "string", "enum": list(filter(None, slugs))})
    if field.message_type is None:
        return _TYPES[field.type]
    if is_duration(field):
        return _SECONDS
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return _TIME
    return message(field.message_type)
