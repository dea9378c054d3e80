"""A value that a JSON schema accepts: what the demo answers where a shape is asked for.

Covers the keywords that tool parameters and structured outputs use: ``type``,
``enum``, ``const``, ``default``, ``examples``, ``properties``, ``required``,
``items``, ``prefixItems``, the bounds of numbers, strings and arrays, ``format``,
``anyOf``, ``oneOf``, ``allOf`` and ``$ref`` within the schema. ``pattern``, ``not``
and ``if`` are not read. Schemas come from callers: a recursive or monstrous one
ends at `_MAX_NODES` values, valid or not, instead of holding the process up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote

from router_core.providers.demo.numbers import number

__all__ = ["TextFor", "instance"]

_MAX_NODES: Final = 2_000
_MAX_DEPTH: Final = 20
_CAUTIOUS_DEPTH: Final = 6
"""From here on, branches that end are preferred."""
_MAX_STRING: Final = 4_096

TextFor = Callable[[str], str]
"""The text for a property of that name; ``""`` at the root."""

_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "date": "2026-01-01",
        "date-time": "2026-01-01T00:00:00Z",
        "duration": "PT1S",
        "email": "demo@example.com",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "time": "00:00:00Z",
        "uri": "https://example.com/",
        "url": "https://example.com/",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
)
"""An example of each string format; RFC 3339, and the addresses kept for examples."""


def instance(schema: Any, text_for: TextFor, *, optional: bool = False) -> Any:
    """A value that ``schema`` accepts.

    Args:
        schema: a JSON schema, parsed; anything else accepts anything.
        text_for: the free text for a property.
        optional: whether an object that requires nothing gets its properties all
            the same.
    """
    return _Builder(schema, text_for, optional=optional).build(schema, _Place())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where in the value a walk is.

    Attributes:
        name: of the property; a list's items have their list's.
        depth: how many objects and arrays it is in.
        open_refs: the references that led here.
    """

    name: str = ""
    depth: int = 0
    open_refs: frozenset[str] = frozenset()

    def inside(self, name: str) -> _Place:
        return replace(self, name=name, depth=self.depth + 1)


class _Builder:
    """One walk over one schema."""

    def __init__(self, root: Any, text_for: TextFor, *, optional: bool) -> None:
        self._root = root
        self._text_for = text_for
        self._optional = optional
        self._nodes = 0
        self._variant = 0
        self._makers: Mapping[str, Callable[[Mapping[str, Any], _Place], Any]] = {
            "array": self._array,
            "boolean": self._boolean,
            "integer": self._integer,
            "null": self._null,
            "number": self._number,
            "object": self._object,
            "string": self._string,
        }

    def build(self, schema: Any, place: _Place) -> Any:
        """A value for ``schema``."""
        self._nodes += 1
        if place.depth > _MAX_DEPTH:
            return None
        merged, place = self._flatten(schema, place)
        if "const" in merged:
            return merged["const"]
        if offered := self._offered(merged):
            return offered[self._variant % len(offered)]
        return self._makers[_type(merged)](merged, place)

    def _offered(self, schema: Mapping[str, Any]) -> list[Any]:
        """The values that the schema itself names, of its own type, likeliest first."""
        values = _list(schema.get("enum"))
        if not values:
            values = [schema["default"]] if "default" in schema else []
            values += _list(schema.get("examples"))
        wanted = _types(schema)
        fitting = [value for value in values if not wanted or _is_of(value, wanted)]
        return fitting or _list(schema.get("enum"))

    def _object(self, schema: Mapping[str, Any], place: _Place) -> dict[str, Any]:
        properties = _mapping(schema.get("properties"))
        names = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        if not names and self._optional and place.depth < _CAUTIOUS_DEPTH:
            names = [name for name, part in properties.items() if not self._leads_back(part, place)]
        extra = schema.get("additionalProperties")
        made: dict[str, Any] = {}
        for name in names:
            if self._nodes > _MAX_NODES:
                break
            made[name] = self.build(properties.get(name, extra), place.inside(name))
        while len(made) < _count(schema, "minProperties") and self._nodes <= _MAX_NODES:
            made[f"key{len(made) + 1}"] = self.build(extra, place.inside(""))
        return made

    def _array(self, schema: Mapping[str, Any], place: _Place) -> list[Any]:
        first = _list(schema.get("prefixItems"))
        rest = schema.get("items")
        before, made = self._variant, []
        for index in range(self._length(schema, place)):
            if self._nodes > _MAX_NODES:
                break
            if schema.get("uniqueItems") is True:
                self._variant = index
            item = first[index] if index < len(first) else rest
            made.append(self.build(item, place.inside(place.name)))
        self._variant = before
        return made

    def _length(self, schema: Mapping[str, Any], place: _Place) -> int:
        """How many items: one where the schema lets it, none where that would go round."""
        first = _list(schema.get("prefixItems"))
        least, rest = _count(schema, "minItems"), schema.get("items")
        ends = place.depth >= _CAUTIOUS_DEPTH or rest is False or self._leads_back(rest, place)
        length = max(least, len(first), 0 if ends or first else 1)
        if "maxItems" in schema:
            length = min(length, max(_count(schema, "maxItems"), least))
        return length

    def _string(self, schema: Mapping[str, Any], place: _Place) -> str:
        known = _FORMATS.get(str(schema.get("format", "")))
        text = self._text_for(place.name) if known is None else known
        if self._variant:
            text = f"{self._variant + 1} {text}"
        text = text.ljust(min(_count(schema, "minLength"), _MAX_STRING), ".")
        return text[: _count(schema, "maxLength")] if "maxLength" in schema else text

    def _boolean(self, schema: Mapping[str, Any], place: _Place) -> bool:
        return bool(self._variant % 2)

    def _integer(self, schema: Mapping[str, Any], place: _Place) -> int | float:
        return number(schema, whole=True, skip=self._variant)

    def _number(self, schema: Mapping[str, Any], place: _Place) -> int | float:
        return number(schema, whole=False, skip=self._variant)

    def _null(self, schema: Mapping[str, Any], place: _Place) -> None:
        return None

    def _flatten(self, schema: Any, place: _Place) -> tuple[dict[str, Any], _Place]:
        """The schema with its references and branches put in, as one object of keywords."""
        merged: dict[str, Any] = {}
        pending = [schema]
        steps = 0
        while pending and steps < _MAX_DEPTH:
            steps += 1
            part = _mapping(pending.pop())
            _merge(merged, part)
            if isinstance(reference := part.get("$ref"), str):
                place = replace(place, open_refs=place.open_refs | {reference})
                pending.append(self._resolve(reference))
            pending += _list(part.get("allOf"))
            for keyword in ("anyOf", "oneOf"):
                if branches := _list(part.get(keyword)):
                    pending.append(self._choose(branches, place))
        return merged, place

    def _choose(self, branches: list[Any], place: _Place) -> Any:
        """The first branch; the first that ends where the first would go round."""
        ending = [branch for branch in branches if not self._leads_back(branch, place)]
        if place.depth >= _CAUTIOUS_DEPTH:
            simple = [branch for branch in ending if _type(_mapping(branch)) not in _NESTED]
            ending = simple or ending
        return (ending or branches)[0]

    def _leads_back(self, schema: Any, place: _Place) -> bool:
        reference = _mapping(schema).get("$ref")
        return isinstance(reference, str) and reference in place.open_refs

    def _resolve(self, reference: str) -> Any:
        """What a reference within the schema points to; ``None`` for any other."""
        if not reference.startswith("#"):
            return None
        node = self._root
        for step in reference[1:].split("/")[1:]:
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(node, list):
                node = node[int(key)] if key.isdecimal() and int(key) < len(node) else None
            else:
                node = _mapping(node).get(key)
        return node


_NESTED: Final = ("object", "array")

_PYTHON_TYPES: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType(
    {
        "array": (list,),
        "boolean": (bool,),
        "integer": (int,),
        "null": (type(None),),
        "number": (int, float),
        "object": (dict,),
        "string": (str,),
    }
)


def _types(schema: Mapping[str, Any]) -> list[str]:
    written = schema.get("type")
    names = [written] if isinstance(written, str) else _list(written)
    return [name for name in names if isinstance(name, str) and name in _PYTHON_TYPES]


def _type(schema: Mapping[str, Any]) -> str:
    """The type to build: as written, else as the other keywords tell, else a string."""
    if written := _types(schema):
        return written[0]
    if "properties" in schema or "required" in schema or "minProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema or "minItems" in schema:
        return "array"
    if "minimum" in schema or "maximum" in schema or "multipleOf" in schema:
        return "number"
    return "string"


def _is_of(value: Any, types: Iterable[str]) -> bool:
    return any(
        isinstance(value, _PYTHON_TYPES[name])
        and (name == "boolean" or not isinstance(value, bool))
        for name in types
    )


def _merge(into: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """Adds the keywords of a further schema that holds as well."""
    for keyword, value in schema.items():
        if keyword == "properties":
            into[keyword] = {**_mapping(into.get(keyword)), **_mapping(value)}
        elif keyword == "required":
            into[keyword] = list(dict.fromkeys(map(str, _list(into.get(keyword)) + _list(value))))
        else:
            into.setdefault(keyword, value)


def _count(schema: Mapping[str, Any], keyword: str) -> int:
    value = schema.get(keyword)
    return value if isinstance(value, int) and value > 0 else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
