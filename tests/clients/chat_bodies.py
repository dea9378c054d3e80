"""JSON objects in the likeness of a message of ``chat.proto``, right and wrong in every way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import strategies as st

from llm_router.v1 import chat_pb2
from tests.clients.json_values import integers, json_values, texts

__all__ = ["bodies", "message_types"]

_Draw = Callable[[st.SearchStrategy[Any]], Any]

message_types = tuple(chat_pb2.DESCRIPTOR.message_types_by_name.values())
"""Every message of ``chat.proto``."""

# The fields' own names too: "extra_json", "parameters_json", "tool_choice_mode" are
# JSON keys like any other, and mean nothing special in a body.
_field_names = sorted({field.name for message in message_types for field in message.fields})
_names = st.one_of(st.sampled_from(_field_names), texts)
_any_json = json_values(_names, max_leaves=6)
_wrong = st.one_of(
    st.sampled_from([None, True, False, 0, 1, 1.0, -0.0, 2**31, 2**63, "", "1", [], {}, [None]]),
    st.sampled_from([[{}], [""], [[]], [1, "a"], [{}, 1], {"": {}}, {"1": 1}, {"1": True}]),
    _any_json,
)


@st.composite
def bodies(draw: _Draw, descriptor: Descriptor, depth: int = 4) -> dict[str, Any]:
    """Objects whose keys are mostly the message's, and whose values are mostly of its types."""
    values = _values_by_key(descriptor, depth)
    keys = draw(st.lists(st.sampled_from(sorted(values)), unique=True, max_size=5))
    body: dict[str, Any] = {key: draw(st.one_of(values[key], values[key], _wrong)) for key in keys}
    body.update(draw(st.dictionaries(_names, _any_json, max_size=2)))
    return body


def _values_by_key(descriptor: Descriptor, depth: int) -> dict[str, st.SearchStrategy[Any]]:
    values: dict[str, st.SearchStrategy[Any]] = {}
    for field in descriptor.fields:
        oneof = field.containing_oneof
        if oneof is not None and len(oneof.fields) > 1:
            values[oneof.name] = st.one_of(
                *(_values(member, depth) for member in oneof.fields), _wrong
            )
        elif field.name != "extra_json":
            values[field.name.removesuffix("_json")] = _values(field, depth)
    return values


def _values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return st.dictionaries(texts, _values(message.fields_by_name["value"], 0), max_size=3)
    if field.is_repeated:
        return st.lists(_one(field, depth), max_size=3)
    return _one(field, depth)


def _one(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    message = field.message_type
    if message is None:
        return (
            st.lists(_any_json) | _any_json
            if field.name.endswith("_json")
            else _SCALARS[field.type]
        )
    if depth == 0:
        return _wrong
    if message.name in {"ContentParts", "StringList"}:
        return st.deferred(lambda: _values(message.fields[0], depth - 1))
    return st.deferred(lambda: bodies(message, depth - 1))


_SCALARS = {
    FieldDescriptor.TYPE_STRING: texts,
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1) | integers,
    FieldDescriptor.TYPE_INT64: integers,
}
