"""What /docs says of bodies and answers that are translated, not modelled.

The chat vocabulary is OpenAI's; its whole schema stands in ``chat.proto``, and
whatever a client sends is passed on. So the schemas here name the main keys only.
"""

from __future__ import annotations

from typing import Any, Final

from rest_shim.message_schema import Schema, nullable

__all__ = [
    "CHAT_ANSWERS",
    "CHAT_BODY",
    "CLASSIFY_ANSWER",
    "MODELS_ANSWER",
    "MODEL_ANSWER",
    "ROUTE_ANSWER",
    "Responses",
    "answers",
    "body",
    "json_content",
]

Responses = dict[int | str, dict[str, Any]]

_STRING: Final = {"type": "string"}
_STRINGS: Final = {"type": "array", "items": _STRING}
_OBJECT: Final = {"type": "object"}
_OBJECTS: Final = {"type": "array", "items": _OBJECT}


def _object(**properties: object) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": True}


def json_content(
    description: str, schema: Schema, headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A JSON answer, and the headers that it may have."""
    answer = {"description": description, "content": {"application/json": {"schema": schema}}}
    return answer | {"headers": headers} if headers else answer


_ERROR: Final = _object(
    error=_object(message=_STRING, type=_STRING, param=nullable(_STRING), code=nullable(_STRING))
)


def answers(description: str, schema: Schema, headers: dict[str, Any] | None = None) -> Responses:
    """All answers of an endpoint whose good one is 200 and JSON."""
    return {
        200: json_content(description, schema, headers),
        "4XX": json_content("The request is at fault", _ERROR),
        "5XX": json_content("The router or every model is", _ERROR),
    }


def body(schema: Schema, example: dict[str, Any]) -> dict[str, Any]:
    """A JSON body that must be there."""
    content = {"schema": schema, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_MESSAGE: Final = _object(
    role={"type": "string", "enum": list(_ROLES)},
    content={"anyOf": [_STRING, _OBJECTS, {"type": "null"}]},
)
_USD: Final = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1_000_000},
        {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,18})?$"},
    ],
    "description": 'The most that the request may cost, in USD: 0.02 or "0.02".',
}
_LIMITS: Final = _object(
    max_cost_usd=_USD,
    max_ttft_ms={
        "type": "number",
        "exclusiveMinimum": 0,
        "description": "The longest wait for the first token, in milliseconds.",
    },
    allowed_models=_STRINGS,
    excluded_models=_STRINGS,
    allowed_providers=_STRINGS,
    excluded_providers=_STRINGS,
    data_policy={"type": "string", "enum": ["allow", "deny"]},
) | {
    "additionalProperties": False,
    "description": "Limits of this request; they narrow what the operator allows.",
}
CHAT_BODY: Final = body(
    _object(
        model=nullable(_STRING),
        messages={"type": "array", "items": _MESSAGE | {"required": ["role"]}, "minItems": 1},
        stream=nullable({"type": "boolean"}),
        tools=_OBJECTS,
        response_format=_OBJECT,
        router=_LIMITS,
    )
    | {"required": ["messages"]},
    {"model": "router", "messages": [{"role": "user", "content": "Why is the sky blue?"}]},
)

CHAT_ANSWERS: Final = answers(
    "A chat completion, or its chunks as server-sent events",
    _object(
        id=_STRING,
        object=_STRING,
        created={"type": "integer"},
        model=_STRING,
        choices=_OBJECTS,
        usage=_OBJECT,
    ),
)
CHAT_ANSWERS[200]["content"]["text/event-stream"] = {"schema": _object(data=_STRING)}  # an event

_MODEL: Final = _object(id=_STRING, object=_STRING, created={"type": "integer"}, owned_by=_STRING)
MODEL_ANSWER: Final = answers("A model", _MODEL)
MODELS_ANSWER: Final = answers(
    "The models", _object(object=_STRING, data={"type": "array", "items": _MODEL})
)

_CLASSIFICATION: Final = _object(
    category=_STRING,
    confidence={"type": "number"},
    source=_STRING,
    turn=nullable(_STRING),
    text=_STRING,
    runners_up=_OBJECTS,
    evidence=_STRINGS,
    fallbacks=_OBJECTS,
    elapsed_us={"type": "integer"},
)
CLASSIFY_ANSWER: Final = answers("The category", _CLASSIFICATION)
ROUTE_ANSWER: Final = answers(
    "The decision",
    _object(
        category=_STRING,
        model=_STRING,
        reason=nullable(_STRING),
        explanation=_STRING,
        classification=nullable(_CLASSIFICATION),
        session=nullable(_OBJECT),
        candidates=_OBJECTS,
    ),
)
