"""Chat completions, whole and streamed, as OpenRouter and OpenAI send them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from tests.fakes.upstream.replies import Reply, json_reply
from tests.fakes.upstream.steps import Send, Step


class Dialect(StrEnum):
    """Whose manners the unscripted answers have."""

    OPENROUTER = "openrouter"
    OPENAI = "openai"


CREATED: Final = 1_780_000_000
"""Unix seconds: when every answer and every model was made."""

GENERATION_ID: Final = {
    Dialect.OPENROUTER: "gen-1780000000-fake",
    Dialect.OPENAI: "chatcmpl-fake",
}
"""The id of every answer."""


def usage(prompt: int = 12, answer: int = 3, cost: float | None = 0.000014) -> dict[str, Any]:
    """Token counts; ``cost`` (USD) and what goes with it are OpenRouter's."""
    counts: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "total_tokens": prompt + answer,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    if cost is None:
        return counts
    return {**counts, "cost": cost, "is_byok": False, "cost_details": {}}


def tool_call(name: str, arguments: str = "{}", call_id: str = "call_1") -> dict[str, Any]:
    """A function call; in a stream's delta it wants an ``index`` as well."""
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def completion_body(
    text: str | None = "Hello.",
    *,
    model: str = "z-ai/glm-5",
    finish_reason: str | None = "stop",
    message: Mapping[str, Any] | None = None,
    dialect: Dialect = Dialect.OPENROUTER,
    **fields: Any,
) -> dict[str, Any]:
    """A chat completion; ``message`` and ``fields`` add to it or replace parts of it."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, "refusal": None, **(message or {})},
        "finish_reason": finish_reason,
        "logprobs": None,
    }
    answer: dict[str, Any] = {
        "id": GENERATION_ID[dialect],
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [choice],
        "usage": usage(),
    }
    if dialect is Dialect.OPENROUTER:
        choice["native_finish_reason"] = finish_reason
        return {**answer, "provider": "Fake", **fields}
    return {**answer, "usage": usage(cost=None), "service_tier": "default", **fields}


def completion(
    text: str | None = "Hello.", *, dialect: Dialect = Dialect.OPENROUTER, **fields: Any
) -> Reply:
    """A whole answer; the arguments are those of `completion_body`."""
    body = completion_body(text, dialect=dialect, **fields)
    return json_reply(body, headers=_id_header(dialect, body["id"]))


def chunk(
    delta: Mapping[str, Any] | str | None = None,
    *,
    model: str = "z-ai/glm-5",
    finish_reason: str | None = None,
    dialect: Dialect = Dialect.OPENROUTER,
    **fields: Any,
) -> dict[str, Any]:
    """A chunk of a stream; ``delta=None`` has no choices, text is a content delta."""
    delta = {"content": delta} if isinstance(delta, str) else delta
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    answer: dict[str, Any] = {
        "id": GENERATION_ID[dialect],
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
        "choices": [] if delta is None else [choice],
    }
    if dialect is Dialect.OPENROUTER:
        choice["native_finish_reason"] = finish_reason
        answer["provider"] = "Fake"
    return {**answer, **fields}


def frame(value: Any, eol: str = "\n") -> bytes:
    """One server-sent event with ``value`` as JSON, or as it is where it is text."""
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"data: {data}{eol}{eol}".encode()


def sse(*items: bytes | Step, headers: Mapping[str, str] | None = None, status: int = 200) -> Reply:
    """A stream of frames (bytes, one `Send` each) and steps."""
    steps = [Send(item) if isinstance(item, bytes) else item for item in items]
    return Reply(status, {"Content-Type": "text/event-stream", **(headers or {})}, steps=steps)


PROCESSING: Final = b": OPENROUTER PROCESSING\n\n"
"""The comment with which OpenRouter keeps a waiting connection alive."""


def completion_stream(
    deltas: Iterable[str | Mapping[str, Any] | Step] = ("Hel", "lo."),
    *,
    model: str = "z-ai/glm-5",
    finish_reason: str | None = "stop",
    done: bool = True,
    include_usage: bool = True,
    comments: int | None = None,
    eol: str = "\n",
    dialect: Dialect = Dialect.OPENROUTER,
) -> Reply:
    """A streamed answer.

    Args:
        deltas: content (text), deltas (mappings), and steps to play in between.
        finish_reason: of the last delta; ``None``: no chunk has one.
        done: whether ``[DONE]`` comes.
        include_usage: whether the usage chunk comes, last, without choices.
        comments: how many comments come first; by default one from OpenRouter.
    """
    openai = dialect is Dialect.OPENAI
    no_usage = {"usage": None} if openai and include_usage else {}

    def one(delta: Any, reason: str | None = None) -> bytes:
        value = chunk(delta, model=model, finish_reason=reason, dialect=dialect, **no_usage)
        return frame(value, eol)

    items: list[bytes | Step] = [PROCESSING] * (int(not openai) if comments is None else comments)
    items.append(one({"role": "assistant", "content": ""}))
    items += (one(x) if isinstance(x, str | Mapping) else x for x in deltas)
    if finish_reason is not None:
        items.append(one({}, finish_reason))
    if include_usage:
        counts = usage(cost=None) if openai else usage()
        items.append(frame(chunk(None, model=model, dialect=dialect, usage=counts), eol))
    if done:
        items.append(frame("[DONE]", eol))
    return sse(*items, headers=_id_header(dialect, GENERATION_ID[dialect]))


def _id_header(dialect: Dialect, generation: str) -> dict[str, str]:
    if dialect is Dialect.OPENAI:
        return {"x-request-id": "req_fake"}
    return {"X-Generation-Id": generation}
