"""Turns OpenAI-style JSON into the messages of ``chat.proto``, and back.

The mapping is derived from the message descriptors by the rules that head
``chat.proto``, so a new typed field needs no code here. Both ways together are
the identity: values are equal after parsing, and integers, floats and booleans
stay told apart.

    request = from_json({"model": "router", "messages": [...]}, ChatRequest)
    body = to_json(request)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import cache, lru_cache
from math import isfinite
from typing import Any, Final, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from llm_router.json_text import JsonTextError, dumps, loads

__all__ = ["JsonTextError", "fill_from_json", "from_json", "remember", "to_json"]

M = TypeVar("M", bound=Message)

JsonObject = dict[str, Any]
_Put = Callable[[Any, Any], bool]
"""Puts a JSON value into a message; False: the typed field cannot hold it exactly."""
_Write = Callable[[JsonObject, Any], None] | str
"""Writes a set field's value into a JSON object; a string: under that key, as it is."""

_EXTRA: Final = "extra_json"
_JSON_SUFFIX: Final = "_json"


def from_json(body: JsonObject, message_type: type[M]) -> M:
    """Makes a message of ``body``, a JSON object as `json_text.loads` returns it."""
    message = message_type()
    fill_from_json(body, message)
    return message


def fill_from_json(body: JsonObject, message: Message) -> None:
    """As `from_json`, into an empty message that is there already, such as a field of another."""
    _fill(_puts(message.DESCRIPTOR), message, body)


def remember(message: Message, body: JsonObject) -> None:
    """Spares `to_json` its work: it gives ``body`` for ``message``, which was made of it.

    It does so in this context and in the tasks that are started from it, and for this
    very message alone. A call over a channel without a socket hands the message over
    by reference, within the caller's context, so that the other end profits; one over
    a socket does not. Neither of the two may be changed afterwards.
    """
    _SOURCE.set((message, body))


def to_json(message: Message) -> JsonObject:
    """Makes the JSON object that ``message`` stands for; to be read, not changed.

    What stands under its keys may be shared with other objects made here.

    Raises:
        JsonTextError: JSON text in it is malformed or beyond the limits, or a
            key is both typed and in ``extra_json``; with the field's path.
    """
    source = _SOURCE.get()
    if source is not None and source[0] is message:
        return dict(source[1])
    return _render(_writes(message.DESCRIPTOR), message)


_SOURCE: ContextVar[tuple[Message, JsonObject] | None] = ContextVar("json_source", default=None)


# -- JSON to message -------------------------------------------------------------


def _fill(puts: dict[str, _Put], message: Any, body: JsonObject) -> None:
    extra: JsonObject | None = None
    for key, value in body.items():
        put = puts.get(key)
        if put is None or not put(message, value):
            if extra is None:
                extra = {}
            extra[key] = value
    if extra is not None:
        message.extra_json = dumps(extra)


@cache
def _puts(descriptor: Descriptor) -> dict[str, _Put]:
    puts: dict[str, _Put] = {}
    for field in descriptor.fields:
        if field.name != _EXTRA and _union(field) is None:
            puts[_json_key(field)] = _put_for(field)
    for oneof in descriptor.oneofs:
        if _union(oneof.fields[0]) is not None:
            puts[oneof.name] = _put_union(oneof.fields)
    return puts


def _put_for(field: FieldDescriptor) -> _Put:
    if (map_value := _map_value(field)) is not None:
        return _put_map(field.name, _exactly(map_value))
    if field.is_repeated:
        return _put_list(field)
    if field.message_type is not None:
        return _put_message(field)
    if field.name.endswith(_JSON_SUFFIX):
        return _put_json_text(field.name)
    return _put_scalar(field)


def _put_scalar(field: FieldDescriptor) -> _Put:
    name, kind = field.name, _JSON_TYPES[field.type]
    if kind is int:
        return _put_integer(name, _exactly(field))

    def put(message: Any, value: Any) -> bool:
        if type(value) is not kind:
            return False
        setattr(message, name, value)
        return True

    return put


def _put_integer(name: str, holds: Callable[[Any], bool]) -> _Put:
    def put(message: Any, value: Any) -> bool:
        if not holds(value):
            return False
        setattr(message, name, value)
        return True

    return put


def _put_json_text(name: str) -> _Put:
    def put(message: Any, value: Any) -> bool:
        if type(value) is not dict and type(value) is not list:
            return False
        setattr(message, name, dumps(value))
        return True

    return put


def _put_message(field: FieldDescriptor) -> _Put:
    name, child_type = field.name, field.message_type

    def put(message: Any, value: Any) -> bool:
        if type(value) is not dict:
            return False
        child = getattr(message, name)
        child.SetInParent()  # an empty object is there all the same
        _fill(_puts(child_type), child, value)
        return True

    return put


def _put_list(field: FieldDescriptor) -> _Put:
    name, child_type = field.name, field.message_type
    if child_type is None:
        holds = _exactly(field)

        def put_scalars(message: Any, value: Any) -> bool:
            if type(value) is not list or not value or not all(map(holds, value)):
                return False
            getattr(message, name).extend(value)
            return True

        return put_scalars

    def put_messages(message: Any, value: Any) -> bool:
        if type(value) is not list or not value:
            return False
        for item in value:
            if type(item) is not dict:
                return False
        children, puts = getattr(message, name), _puts(child_type)
        for item in value:
            _fill(puts, children.add(), item)
        return True

    return put_messages


def _put_map(name: str, holds: Callable[[Any], bool]) -> _Put:
    def put(message: Any, value: Any) -> bool:
        if type(value) is not dict or not value or not all(map(holds, value.values())):
            return False
        getattr(message, name).update(value)
        return True

    return put


def _put_union(members: Sequence[FieldDescriptor]) -> _Put:
    by_type: dict[type, _Put] = {}
    for member in members:
        if member.message_type is None:
            by_type[str] = _put_scalar(member)
        elif (items := _list_wrapped(member.message_type)) is not None:
            by_type[list] = _put_wrapped(member.name, _put_list(items))
        else:
            by_type[dict] = _put_message(member)

    def put(message: Any, value: Any) -> bool:
        member_put = by_type.get(type(value))
        return member_put is not None and member_put(message, value)

    return put


def _put_wrapped(name: str, put_items: _Put) -> _Put:
    def put(message: Any, value: Any) -> bool:
        # Into a child of its own first: reading a member of a oneof does not set it.
        return put_items(getattr(message, name), value)

    return put


def _exactly(field: FieldDescriptor) -> Callable[[Any], bool]:
    """Whether a JSON value is of the field's own type and in its range."""
    kind = _JSON_TYPES[field.type]
    if kind is not int:
        return lambda value: type(value) is kind
    low, high = _INTEGER_RANGES[field.type]
    return lambda value: type(value) is int and low <= value <= high


_JSON_TYPES: Final[dict[int, type]] = {
    FieldDescriptor.TYPE_STRING: str,
    FieldDescriptor.TYPE_BOOL: bool,
    FieldDescriptor.TYPE_DOUBLE: float,
    FieldDescriptor.TYPE_INT32: int,
    FieldDescriptor.TYPE_INT64: int,
}
_INTEGER_RANGES: Final = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
}


# -- message to JSON -------------------------------------------------------------


def _render(writes: dict[int, _Write], message: Any) -> JsonObject:
    body: JsonObject = {}
    for field, value in message.ListFields():
        write = writes[field.number]
        if isinstance(write, str):
            body[write] = value
        else:
            write(body, value)
    return body


@cache
def _writes(descriptor: Descriptor) -> dict[int, _Write]:
    return {field.number: _write_for(field) for field in descriptor.fields}


def _write_for(field: FieldDescriptor) -> _Write:
    if field.name == _EXTRA:
        return _write_extra
    union = _union(field)
    key = union if union is not None else _json_key(field)
    if _map_value(field) is not None:
        return _write_as(key, dict)
    if field.message_type is not None:
        if union is not None and (items := _list_wrapped(field.message_type)) is not None:
            return _write_wrapped(key, field.message_type, items)
        if field.is_repeated:
            return _write_messages(key, field.message_type)
        return _write_message(key, field.message_type)
    if field.is_repeated:
        return _write_as(key, list)
    if field.name.endswith(_JSON_SUFFIX):
        return _write_json_text(key, field.name)
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return _write_double(key)
    return key


def _write_double(key: str) -> _Write:
    def write(body: JsonObject, value: float) -> None:
        if not isfinite(value):
            raise JsonTextError("must be a finite number", key)
        body[key] = value

    return write


def _write_as(key: str, convert: Callable[[Any], Any]) -> _Write:
    return lambda body, value: body.__setitem__(key, convert(value))


def _write_message(key: str, child_type: Descriptor) -> _Write:
    def write(body: JsonObject, value: Any) -> None:
        try:
            body[key] = _render(_writes(child_type), value)
        except JsonTextError as error:
            raise error.under(key) from None

    return write


def _write_messages(key: str, child_type: Descriptor) -> _Write:
    def write(body: JsonObject, value: Any) -> None:
        writes = _writes(child_type)
        items: list[JsonObject] = []
        try:
            for child in value:
                items.append(_render(writes, child))  # noqa: PERF401  # so far: the index
        except JsonTextError as error:
            raise error.under(f"{key}[{len(items)}]") from None
        body[key] = items

    return write


def _write_wrapped(key: str, wrapper_type: Descriptor, items: FieldDescriptor) -> _Write:
    def write(body: JsonObject, value: Any) -> None:
        try:
            wrapper = _render(_writes(wrapper_type), value)
        except JsonTextError as error:
            raise JsonTextError(error.problem, key + error.path.removeprefix(items.name)) from None
        body[key] = wrapper.get(items.name, [])

    return write


def _write_json_text(key: str, name: str) -> _Write:
    def write(body: JsonObject, text: str) -> None:
        value = _parse(text, name)
        if type(value) is not dict and type(value) is not list:
            raise JsonTextError("must be the JSON text of an object or an array", name)
        body[key] = value

    return write


def _write_extra(body: JsonObject, text: str) -> None:
    extra = _parse_kept(text, _EXTRA) if len(text) <= _SHORT else _parse(text, _EXTRA)
    if type(extra) is not dict:
        raise JsonTextError("must be the JSON text of an object", _EXTRA)
    if not body.keys().isdisjoint(extra):
        twice = next(key for key in extra if key in body)
        raise JsonTextError("the key has a typed field that is set as well", f"{_EXTRA}.{twice}")
    body.update(extra)


_SHORT: Final = 64
"""Longer rests, in characters, are parsed anew: only ``{"refusal":null}`` and its like return."""


@lru_cache(maxsize=256)
def _parse_kept(text: str, name: str) -> Any:
    return _parse(text, name)


def _parse(text: str, name: str) -> Any:
    try:
        return loads(text)
    except JsonTextError as error:
        raise error.under(name) from None


# -- the rules of chat.proto -----------------------------------------------------


def _json_key(field: FieldDescriptor) -> str:
    return field.name.removesuffix(_JSON_SUFFIX)


def _union(field: FieldDescriptor) -> str | None:
    """The JSON key of the oneof that the field is a member of (optional fields are in none)."""
    oneof = field.containing_oneof
    return None if oneof is None or oneof.name.startswith("_") else oneof.name


def _map_value(field: FieldDescriptor) -> FieldDescriptor | None:
    """The values' field, where the field is a map."""
    entry = field.message_type
    if entry is None or not entry.GetOptions().map_entry:
        return None
    return entry.fields_by_name["value"]


def _list_wrapped(message_type: Descriptor) -> FieldDescriptor | None:
    """The list in a message that only wraps one: `ContentParts`, `StringList`."""
    fields = message_type.fields
    return fields[0] if len(fields) == 1 and fields[0].is_repeated else None
