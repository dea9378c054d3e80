"""JSON objects as HTTP responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from llm_router.json_text import dumps_bytes

__all__ = ["json_answer"]


def json_answer(
    value: dict[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``value`` as an HTTP response."""
    return Response(
        dumps_bytes(value), status_code=status, headers=headers, media_type="application/json"
    )
