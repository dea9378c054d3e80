"""JSON of the shape that was asked for."""

from __future__ import annotations

import json
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from pydantic import BaseModel, ConfigDict, Field

from router_core.providers.demo.schema import instance
from tests.providers.demo.asking import TOOL_TURN, a_format, text_of
from tests.providers.demo.odd_values import ODD


async def test_json_object_is_answered_with_an_object_that_tells_the_demo() -> None:
    said = json.loads(await text_of("As JSON", response_format={"type": "json_object"}))

    assert said["demo"] is True
    assert said["you_said"] == "As JSON"
    assert "no model was called" in said["message"]


async def test_after_a_tool_json_object_has_its_result() -> None:
    text = await text_of(*TOOL_TURN, response_format={"type": "json_object"})

    assert json.loads(text)["tool_results"] == ["the secret word is BANANA"]


class Colour(StrEnum):
    RED = "red"


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["leaf"]
    size: Annotated[int, Field(gt=2, lt=4)]


class Node(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=12, max_length=20)]
    parent: Node | None
    children: list[Node]
    leaves: Annotated[list[Leaf], Field(min_length=2)]
    either: Leaf | int
    pair: tuple[int, str]
    names: Annotated[set[str], Field(min_length=3)]
    scores: Annotated[set[int], Field(min_length=3)]
    colour: Colour
    ratio: Annotated[float, Field(gt=0, lt=1)]
    step: Annotated[int, Field(ge=11, multiple_of=5)]
    least: Annotated[float, Field(le=-0.5)]
    day: date
    at: datetime
    id: UUID
    counts: Annotated[dict[str, int], Field(min_length=2)]
    ready: bool
    nothing: None


async def test_json_schema_is_answered_with_an_instance_that_validates() -> None:
    text = await text_of("fill it", response_format=a_format(Node.model_json_schema()))
    node = Node.model_validate_json(text)

    assert node.parent is None
    assert node.children == []
    assert isinstance(node.either, Leaf)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": 7}, 7),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "string", "default": None}, ""),
        ({"type": "string", "examples": ["e"]}, "e"),
        ({"type": ["null", "string"]}, None),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 1),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "array", "items": {"enum": ["x", "y"]}, "uniqueItems": True, "minItems": 2},
         ["x", "y"]),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "exclusiveMinimum": 1.5}, 3),
        ({"type": "number", "multipleOf": 0.5, "minimum": 1.2}, 1.5),
        ({"type": "string", "format": "email"}, "demo@example.com"),
        ({"type": "string", "format": "date", "maxLength": 4}, "2026"),
        ({"allOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]},
                    {"properties": {"b": {"const": 2}}, "required": ["b"]}]}, {"a": 1, "b": 2}),
        ({"$defs": {"x/y": {"const": 5}}, "$ref": "#/$defs/x~1y"}, 5),
        ({"definitions": {"n": {"type": "null"}}, "$ref": "#/definitions/n"}, None),
        ({"type": "object", "properties": {"a": {"const": 1}}}, {"a": 1}),
        ({"type": "object", "required": ["a"]}, {"a": "a"}),
    ],
)  # fmt: skip
def test_the_basic_keywords_of_a_schema_are_kept(schema: Any, expected: Any) -> None:
    assert instance(schema, str, optional=True) == expected


LIST = {"type": "array", "minItems": 10**9, "items": {"$ref": "#"}}


@pytest.mark.parametrize(
    "schema",
    [
        LIST,
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"anyOf": [{"$ref": "#"}]},
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "minProperties": 10**9, "additionalProperties": LIST},
        {"type": "object", "required": [str(n) for n in range(50_000)]},
        {"type": "string", "minLength": 10**12},
        {"type": "number", "multipleOf": 5e-324},
        {"type": "integer", "minimum": 10**400},
        {"$ref": "https://example.com/schema"},
        {"$ref": "#/a/b/0"},
        {"$ref": 3, "type": {}, "enum": 1, "required": 2, "properties": []},
    ],
)
async def test_a_schema_without_end_or_sense_is_answered_soon_and_in_json(schema: Any) -> None:
    text = await text_of("fill it", response_format=a_format(schema))

    json.loads(text)
    assert len(text) < 200_000


@given(ODD)
def test_whatever_the_schema_there_is_a_value_that_is_json(schema: Any) -> None:
    json.dumps(instance(schema, str, optional=True), allow_nan=False)
