"""An answer's bytes as JSON: the chat completion in them, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router_core.decide.chat import JsonObject
from router_core.errors import UpstreamFailure
from router_core.providers.upstream_errors import in_band_failure, invalid_answer, json_or_none

__all__ = ["whole_answer"]


def whole_answer(
    raw: bytes, content_type: str, *, key: str, on_spoilt: Callable[[JsonObject], None]
) -> dict[str, Any]:
    """The chat completion in ``raw``.

    Args:
        content_type: for the message where there is none.
        key: our key, which no message must repeat.
        on_spoilt: called with an answer that is none.

    Raises:
        UpstreamFailure: there is none in it, or it holds an error.
    """
    answer = json_or_none(raw)
    if type(answer) is not dict:
        what = f"not a JSON object ({content_type})" if raw.strip() else "empty"
        raise UpstreamFailure(invalid_answer(f"the answer is {what}"))
    failure = in_band_failure(answer, key=key)
    if failure is not None:
        on_spoilt(answer)
        raise UpstreamFailure(failure)
    choices = answer.get("choices")
    if type(choices) is not list or not choices or any(type(c) is not dict for c in choices):
        on_spoilt(answer)
        raise UpstreamFailure(invalid_answer("the answer has no choices"))
    return answer
