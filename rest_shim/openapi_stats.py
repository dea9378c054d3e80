"""What /docs says of the figures: their queries, and answers as the messages have them."""

from __future__ import annotations

from typing import Any, Final

from llm_router.moments import MOMENT_PATTERN
from llm_router.v1 import stats_pb2 as pb
from rest_shim.message_schema import Schema, shown
from rest_shim.openapi import answers

__all__ = [
    "METRICS_ANSWER",
    "MODEL_STATE_ANSWER",
    "REQUESTS_ANSWER",
    "REQUESTS_QUERY",
    "STATS_ANSWER",
    "STATS_QUERY",
]

_TEXT: Final[Schema] = {"type": "string"}
_MOMENT: Final[Schema] = {"type": "string", "pattern": MOMENT_PATTERN}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 999_999_999}


def _parameter(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


_SPAN: Final = (
    _parameter(
        "start",
        _MOMENT,
        'From here on, inclusive: RFC 3339, or "24h", "7d", "30m" before now; left out: as far'
        " back as is kept",
    ),
    _parameter("end", _MOMENT, "Up to here, exclusive; left out: now"),
)

STATS_QUERY: Final[dict[str, Any]] = {
    "parameters": [
        *_SPAN,
        _parameter(
            "group_by",
            {
                "type": "string",
                "enum": ["category", "model", "provider", "mode", "caller", "session"],
            },
            "What `groups` are sorted by",
        ),
        _parameter("max_groups", _COUNT, "Most groups; 0: 100, at most 1000"),
    ]
}
STATS_ANSWER: Final = answers("The sums", shown(pb.GetStatsResponse.DESCRIPTOR))

REQUESTS_QUERY: Final[dict[str, Any]] = {
    "parameters": [
        _parameter("page_size", _COUNT, "Most requests; 0: 50, at most 1000"),
        _parameter("page_token", _TEXT, "The next_page_token of the page before"),
        _parameter("category", _TEXT, "Only of this category"),
        _parameter("model", _TEXT, "Only answered by this model"),
        _parameter(
            "status",
            {"type": "string", "enum": ["ok", "error", "cancelled"]},
            "Only with this status",
        ),
        _parameter("caller", _TEXT, "Only of this caller, by the opaque id of its key"),
        _parameter("session", _TEXT, "Only of this conversation, by its opaque id"),
        *_SPAN,
    ]
}
REQUESTS_ANSWER: Final = answers("A page of requests", shown(pb.ListRequestsResponse.DESCRIPTOR))

MODEL_STATE_ANSWER: Final = answers("How the model is now", shown(pb.ModelState.DESCRIPTOR))

METRICS_ANSWER: Final = answers("The metrics in Prometheus' text format", _TEXT)
METRICS_ANSWER[200]["content"] = {"text/plain": {"schema": _TEXT}}
