"""What /docs says of bodies and answers that are translated, not modelled.

The chat vocabulary is OpenAI's; its whole schema stands in ``chat.proto``, and
whatever a client sends is passed on. So the schemas here name the main keys only.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = [
    "CATEGORIES_ANSWER",
    "CATEGORY_ANSWER",
    "CHAT_ANSWERS",
    "CHAT_BODY",
    "CLASSIFY_ANSWER",
    "CONFIG_ANSWER",
    "MODELS_ANSWER",
    "MODEL_ANSWER",
    "ROUTE_ANSWER",
    "STATS_ANSWER",
]

Responses = dict[int | str, dict[str, Any]]

_STRING: Final = {"type": "string"}
_STRINGS: Final = {"type": "array", "items": _STRING}
_OBJECT: Final = {"type": "object"}
_OBJECTS: Final = {"type": "array", "items": _OBJECT}


def _object(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": True}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_ERROR: Final = _object(
    error=_object(message=_STRING, type=_STRING, param=_nullable(_STRING), code=_nullable(_STRING))
)


def _answers(description: str, schema: dict[str, Any]) -> Responses:
    return {
        200: _json(description, schema),
        "4XX": _json("The request is at fault", _ERROR),
        "5XX": _json("The router or every model is", _ERROR),
    }


CHAT_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    **_object(
                        model=_nullable(_STRING),
                        messages=_OBJECTS,
                        stream=_nullable({"type": "boolean"}),
                        tools=_OBJECTS,
                        response_format=_OBJECT,
                        router=_OBJECT,
                    ),
                    "required": ["messages"],
                },
                "example": {
                    "model": "router",
                    "messages": [{"role": "user", "content": "Why is the sky blue?"}],
                },
            }
        },
    }
}

CHAT_ANSWERS: Final = _answers(
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
CHAT_ANSWERS[200]["content"]["text/event-stream"] = {"schema": _STRING}

_MODEL: Final = _object(id=_STRING, object=_STRING, created={"type": "integer"}, owned_by=_STRING)
MODEL_ANSWER: Final = _answers("A model", _MODEL)
MODELS_ANSWER: Final = _answers(
    "The models", _object(object=_STRING, data={"type": "array", "items": _MODEL})
)

_CLASSIFICATION: Final = _object(
    category=_STRING,
    confidence={"type": "number"},
    source=_STRING,
    turn=_nullable(_STRING),
    text=_STRING,
    runners_up=_OBJECTS,
    evidence=_STRINGS,
    fallbacks=_OBJECTS,
    elapsed_us={"type": "integer"},
)
CLASSIFY_ANSWER: Final = _answers("The category", _CLASSIFICATION)
ROUTE_ANSWER: Final = _answers(
    "The decision",
    _object(
        category=_STRING,
        model=_STRING,
        reason=_nullable(_STRING),
        explanation=_STRING,
        classification=_nullable(_CLASSIFICATION),
        session=_nullable(_OBJECT),
        candidates=_OBJECTS,
    ),
)

_CATEGORY: Final = _object(
    name=_STRING,
    models=_STRINGS,
    keywords=_STRINGS,
    description=_STRING,
    examples=_STRINGS,
    policy=_STRING,
    built_in={"type": "boolean"},
    etag=_STRING,
)
CATEGORY_ANSWER: Final = _answers("The category", _CATEGORY)
CATEGORIES_ANSWER: Final = _answers(
    "The categories", _object(categories={"type": "array", "items": _CATEGORY})
)
CONFIG_ANSWER: Final = _answers(
    "The config",
    _object(
        version={"type": "integer"},
        mode=_STRING,
        tools_rule=_STRING,
        providers=_OBJECTS,
        models=_OBJECTS,
        categories={"type": "array", "items": _CATEGORY},
        etag=_STRING,
        overrides=_STRINGS,
    ),
)
_MODEL_STATE: Final = _object(
    model=_STRING,
    provider=_STRING,
    state=_STRING,
    consecutive_failures={"type": "integer"},
    reopens_at=_nullable(_STRING),
    reason=_STRING,
)
MODEL_STATE_ANSWER: Final = _answers("How the model is now", _MODEL_STATE)
STATS_ANSWER: Final = _answers(
    "The sums",
    _object(
        requests={"type": "integer"},
        errors={"type": "integer"},
        cost_usd=_nullable(_STRING),
        savings=_nullable(_OBJECT),
        by_category=_OBJECTS,
        by_model=_OBJECTS,
        models={"type": "array", "items": _MODEL_STATE},
    ),
)
