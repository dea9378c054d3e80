"""Which keys of the file a change sets: field masks (AIP-134) over the config's messages.

Without a mask the populated fields count; "*" means all of them, so that what is empty
goes back to its default; a path that names a message means all of that.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, Final, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from router_core.decide.config_edits import LEFT_OUT, Edits
from router_core.errors import InvalidRequest
from router_core.grpc_edge.config_messages import KEYED, OUTPUT_ONLY, file_key, file_value

__all__ = ["edits_of"]

_FIXED: Final = frozenset({"version"})
"""The format's own: it may be said again, and never goes back to a default."""


def edits_of(message: Message, mask: FieldMask | None, *, where: str, empty_lists: bool) -> Edits:
    """The keys that a change sets, and their values.

    Args:
        message: with the new values.
        mask: which fields count; ``None``: the populated ones.
        where: the path of the message in the request.
        empty_lists: whether an empty list is a value; else it goes back to the default.

    Raises:
        InvalidRequest: the mask names something that there is not, or is not to be set.
    """
    if mask is None or not mask.paths:
        return dict(_populated(message, ()))
    return {
        key: value
        for path in mask.paths
        for key, value in _masked(message, path, where, empty_lists=empty_lists)
    }


def _settable(message: Message) -> dict[str, FieldDescriptor]:
    fields = cast("dict[str, FieldDescriptor]", message.DESCRIPTOR.fields_by_name)
    fixed = OUTPUT_ONLY | {KEYED.get(message.DESCRIPTOR.full_name)}
    return {name: field for name, field in fields.items() if name not in fixed}


def _populated(message: Message, prefix: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The populated fields, each by itself: what stands beside them in the file stays."""
    settable = _settable(message)
    for field, value in message.ListFields():
        if field.name not in settable:
            continue
        key = (*prefix, file_key(field))
        if _is_part(field):
            yield from _populated(value, key)
        else:
            yield key, file_value(message, field)


def _masked(
    message: Message, path: str, where: str, *, empty_lists: bool
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What one path of a mask sets."""
    if path == "*":
        for name, field in _settable(message).items():
            value = _value(message, field, empty_lists=empty_lists)
            if name not in _FIXED or value is not LEFT_OUT:
                yield (file_key(field),), value
        return
    key: tuple[str, ...] = ()
    *parents, last = path.split(".")
    for name in parents:
        field = _field(message, name, path, where)
        if not _is_part(field):
            raise InvalidRequest(f"{path!r:.80}: {name} has no fields of its own", "update_mask")
        key += (file_key(field),)
        message = getattr(message, field.name)
    field = _field(message, last, path, where)
    yield (*key, file_key(field)), _value(message, field, empty_lists=empty_lists)


def _field(message: Message, name: str, path: str, where: str) -> FieldDescriptor:
    """The field of that name, where it may be set.

    A client's JSON has its names in lowerCamelCase.
    """
    settable = _settable(message)
    for field in settable.values():
        if name in (field.name, field.camelcase_name):
            return field
    if any(name in (field.name, field.camelcase_name) for field in message.DESCRIPTOR.fields):
        raise InvalidRequest(f"{path!r:.80} cannot be changed", "update_mask")
    close = difflib.get_close_matches(name, settable, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise InvalidRequest(f"there is no {path!r:.80} in {where}{hint}", "update_mask")


def _value(message: Message, field: FieldDescriptor, *, empty_lists: bool) -> Any:
    """The value of a field that a mask names; what is unset goes back to its default."""
    if field.is_repeated:
        value = file_value(message, field)
        return value if value or (empty_lists and isinstance(value, list)) else LEFT_OUT
    if field.has_presence:
        return file_value(message, field) if message.HasField(field.name) else LEFT_OUT
    value = file_value(message, field)
    # Of a number that may be a part, 0 is one; of a whole number it stands for the default.
    return value if value or isinstance(value, bool | float) else LEFT_OUT


def _is_part(field: FieldDescriptor) -> bool:
    """Whether it holds a message with fields of its own."""
    return (
        field.message_type is not None
        and not field.is_repeated
        and not field.message_type.full_name.startswith("google.")
    )
