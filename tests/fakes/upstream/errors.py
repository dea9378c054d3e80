"""Errors in the forms of OpenRouter and OpenAI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.upstream.completions import chunk
from tests.fakes.upstream.replies import Reply, json_reply


def error_object(
    code: int | str,
    message: str = "it did not work",
    *,
    error_type: str | None = None,
    availability: str | Mapping[str, Any] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    """What OpenRouter puts under ``error``; ``metadata`` adds to ``error.metadata``."""
    told: dict[str, Any] = {"code": code, "message": message}
    if error_type is not None:
        metadata["error_type"] = error_type
    if metadata:
        told["metadata"] = metadata
    if availability is not None:
        short = isinstance(availability, str)
        told["availability"] = {"code": availability} if short else availability
    return told


def error_chunk(code: int | str, message: str = "it did not work", **told: Any) -> dict[str, Any]:
    """OpenRouter's error in the middle of a stream; further arguments as of `error_object`."""
    failed = chunk({"content": ""}, finish_reason="error")
    return {**failed, "error": error_object(code, message, **told)}


def error(
    status: int, message: str = "it did not work", *, retry_after: object = None, **told: Any
) -> Reply:
    """OpenRouter's error; further arguments are those of `error_object`."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return json_reply({"error": error_object(status, message, **told)}, status, headers)


def openai_error(
    status: int,
    message: str = "it did not work",
    error_type: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """OpenAI's error: all four keys."""
    told = {"message": message, "type": error_type, "param": param, "code": code}
    return json_reply({"error": told}, status, headers)
