"""What /docs says of the config: its bodies and answers, as the messages have them."""

from __future__ import annotations

from typing import Any, Final

from llm_router.v1 import config_categories_pb2 as pb
from rest_shim.message_schema import Schema, given, shown
from rest_shim.openapi import Responses, answers, body, json_content

__all__ = [
    "CATEGORIES_ANSWER",
    "CATEGORY_ADDED",
    "CATEGORY_ANSWER",
    "CATEGORY_BODY",
    "CATEGORY_CHANGED",
    "CONFIG_ANSWER",
    "CONFIG_BODY",
    "CONFIG_CHANGED",
    "MAPPING_BODY",
    "MODEL_BODY",
    "MODEL_PUT",
    "NEW_CATEGORY_BODY",
    "REMOVAL",
    "REMOVED",
    "ROLLBACK_BODY",
    "VERSIONS_ANSWER",
]

_NAME: Final = "^[a-z0-9][a-z0-9._-]{0,63}$"
_ENTRY: Final = 'An alias, an id of the default provider (with a "/"), or "provider:id"'
_RULES: Final[dict[str, Schema]] = {
    "name": {"pattern": _NAME},
    "alias": {"pattern": _NAME},
    "mode": {"enum": ["keywords", "ollama", "api", "hybrid", "embedded", "cascade"]},
    "tools_rule": {"enum": ["auto", "present"]},
    "policy": {
        "description": (
            'How its models are ordered: "ordered", "cheapest", "fastest", "balanced"; left out:'
            ' "ordered"'
        )
    },
    "quality": {"description": "In points of 0 to 100; of a category, by entries of its models"},
    "floor": {"minimum": 0, "maximum": 100},
    "thrift": {"minimum": 0, "maximum": 10, "description": "0: quality, 10: thrift"},
    "usd_per_point": {"exclusiveMinimum": 0, "description": "What a point of quality is worth"},
    "seconds_per_point": {"exclusiveMinimum": 0, "description": "Likewise, of waiting"},
    "time_to": {"enum": ["last_token", "first_token"]},
    "data_policy": {"enum": ["allow", "deny"]},
    "max_ttft_ms": {"minimum": 1},
    "allowed_models": {"description": f"{_ENTRY}; empty: all"},
    "excluded_models": {"description": _ENTRY},
    "allowed_providers": {"description": "By their names in the config; empty: all"},
    "last_resort": {"description": _ENTRY},
    "housekeeping": {"description": _ENTRY},
    "id": {"description": "The provider's id of the model"},
    "provider": {"description": "By its name in the config; left out: the default one"},
    "api_key_env": {"description": "The environment variable with its key, never the key"},
}

_ETAG_HEADER: Final = {
    "ETag": {"schema": {"type": "string"}, "description": "For If-Match; not after a dry run"}
}
_PARAMETERS: Final[list[dict[str, Any]]] = [
    {
        "name": "dry_run",
        "in": "query",
        "description": "Tell what the change would do, and change nothing",
        "schema": {"type": "string", "enum": ["true", "false", "1", "0"]},
    },
    {
        "name": "If-Match",
        "in": "header",
        "description": (
            "The etag that the change builds on, in quotes: the config's, or the category's"
            " own. With another than that of now: 409. Left out or *: any"
        ),
        "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*")$'},
        "example": '"0123456789abcdef"',
    },
]


def _with(schema: Schema, **more: Schema) -> Schema:
    """``schema`` of an object with further keys, all of them there."""
    return schema | {
        "properties": schema["properties"] | more,
        "required": [*schema.get("required", ()), *more],
    }


def _also(schema: Schema, *keys: str) -> Schema:
    """``schema`` of an object that lets further keys through."""
    ignored: Schema = {"readOnly": True, "description": "Let through and left alone"}
    return schema | {"properties": schema["properties"] | dict.fromkeys(keys, ignored)}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _asks(schema: Schema, example: dict[str, Any]) -> dict[str, Any]:
    return {"parameters": _PARAMETERS, **body(schema, example)}


_STRING: Final[Schema] = {"type": "string"}
_CHANGE: Final = shown(pb.ConfigChange.DESCRIPTOR)

# -- categories --------------------------------------------------------------------

_CATEGORY: Final = shown(pb.Category.DESCRIPTOR)
_CATEGORY_CHANGED: Final = _with(_CATEGORY, change=_CHANGE)
_CATEGORY_GIVEN: Final = _also(given(pb.Category.DESCRIPTOR, _RULES), "change")

CATEGORY_ANSWER: Final = answers("The category", _CATEGORY, headers=_ETAG_HEADER)
CATEGORIES_ANSWER: Final = answers("The categories", _object(categories=_list(_CATEGORY)))
CATEGORY_CHANGED: Final = answers(
    "The category, as it is or would be", _CATEGORY_CHANGED, headers=_ETAG_HEADER
)
CATEGORY_ADDED: Final[Responses] = {
    **answers("A dry run: the category as it would be", _CATEGORY_CHANGED),
    201: json_content("The category, which is there now", _CATEGORY_CHANGED, _ETAG_HEADER),
}
NEW_CATEGORY_BODY: Final = _asks(
    _CATEGORY_GIVEN | {"required": ["name", "models"]},
    {"name": "law", "models": ["glm-5"], "keywords": ["contract", "court"]},
)
CATEGORY_BODY: Final = _asks(_CATEGORY_GIVEN, {"description": "Contracts and courts"})
MAPPING_BODY: Final = _asks(
    given(pb.ReplaceModelsRequest.DESCRIPTOR, only=("category", "models"))
    | {"required": ["category", "models"]},
    {"category": "code", "models": ["glm-5", "gpt-4o-mini"]},
)

# -- models ------------------------------------------------------------------------

MODEL_PUT: Final = answers(
    "The model, as it is or would be", _with(shown(pb.ModelAlias.DESCRIPTOR), change=_CHANGE)
)
MODEL_BODY: Final = _asks(
    _also(given(pb.ModelAlias.DESCRIPTOR, _RULES), "change") | {"required": ["id"]},
    {"id": "z-ai/glm-5", "deadlines": {"first_token_s": 20}},
)

# -- the whole ---------------------------------------------------------------------

_CONFIG: Final = _with(shown(pb.RouterConfig.DESCRIPTOR), etag=_STRING)
CONFIG_ANSWER: Final = answers(
    "The config",
    _with(_CONFIG, overrides=_list(_STRING), problems=_list(_STRING)),
    headers=_ETAG_HEADER,
)
CONFIG_CHANGED: Final = answers(
    "The config, as it is or would be", _with(_CONFIG, change=_CHANGE), headers=_ETAG_HEADER
)
CONFIG_BODY: Final = _asks(
    _also(given(pb.RouterConfig.DESCRIPTOR, _RULES), "change", "etag", "overrides", "problems"),
    {"mode": "embedded", "deadlines": {"first_token_s": 20}},
)
VERSIONS_ANSWER: Final = answers(
    "The versions, newest first", _object(versions=_list(shown(pb.ConfigVersion.DESCRIPTOR)))
)
ROLLBACK_BODY: Final = _asks(
    given(pb.RollbackConfigRequest.DESCRIPTOR, only=("version",)) | {"required": ["version"]},
    {"version": 3},
)

# -- removing ----------------------------------------------------------------------

REMOVAL: Final[dict[str, Any]] = {"parameters": _PARAMETERS}
REMOVED: Final[Responses] = {
    **answers("A dry run: what it would do", _object(change=_CHANGE)),
    204: {"description": "It is gone"},
}
