"""Whether a JSON value is of the type that the router reads, and how to say that it is not."""

from __future__ import annotations

from typing import Any

from router_core.errors import InvalidRequest

__all__ = ["called", "require"]


def require(value: Any, kind: type, wanted: str, path: str) -> Any:
    """``value``, which is a ``kind``.

    Args:
        wanted: what that is called, for a person.
        path: of the field.

    Raises:
        InvalidRequest: it is something else.
    """
    if not isinstance(value, kind):
        raise InvalidRequest(f"{path} must be {wanted}, not {called(value)}", path)
    return value


def called(value: Any) -> str:
    """What JSON calls a value's type, for a person."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")
