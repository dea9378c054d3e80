"""What an upstream's error means: from statuses, bodies and exceptions to a `Failure`.

The forms read here are those that OpenAI and OpenRouter document, and what their
look-alikes send: ``error`` as an object or as text, or the error at the top.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, Final

import aiohttp

from llm_router import json_text
from router_core.decide.failures import Failure, FailureClass, failure_class
from router_core.decide.health import LONGEST_BENCH_S

__all__ = [
    "in_band_failure",
    "invalid_answer",
    "json_or_none",
    "response_failure",
    "timed_out",
    "transport_failure",
]

_MAX_MESSAGE: Final = 500
_MAX_OTHER_MESSAGE: Final = 160
_MAX_WORD: Final = 100

_STATUS_BY_WORD: Final[Mapping[str, int]] = {
    "authentication": 401,
    "content_policy_violation": 403,
    "context_length_exceeded": 400,
    "invalid_prompt": 400,
    "invalid_request": 400,
    "invalid_request_error": 400,
    "max_tokens_exceeded": 400,
    "not_found": 404,
    "payload_too_large": 413,
    "payment_required": 402,
    "permission_denied": 403,
    "precondition_failed": 412,
    "provider_overloaded": 503,
    "provider_unavailable": 502,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "refusal": 403,
    "string_too_long": 400,
    "timeout": 504,
    "token_limit_exceeded": 400,
    "unprocessable": 422,
}
"""The status that goes with a word, for errors inside a 200 (OpenRouter's table)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What an error body says, whatever its form; empty: not told."""

    message: str = ""
    raw: str = ""
    words: tuple[str, ...] = ()
    number: int | None = None
    code: str = ""
    type: str = ""
    param: str = ""
    retry_after_s: float | None = None


def response_failure(
    status: int, headers: Mapping[str, str], body: bytes, *, now: datetime, key: str = ""
) -> Failure:
    """The meaning of an error response.

    Args:
        headers: looked up by lower-case name, so case-insensitive or lower-case.
        body: its first bytes, perhaps cut.
        now: the time of day, for a Retry-After that is a date.
        key: our key, which the message must not repeat.
    """
    parsed = json_or_none(body)
    told = _told(parsed)
    if told is None:
        text = _plain_text(headers.get("content-type", ""), body) if parsed is None else ""
        told = _Told(message=text)
    asked = _retry_after(headers, now)
    return _failure(status, told, told.retry_after_s if asked is None else asked, key)


def in_band_failure(answer: Mapping[str, Any], *, key: str = "") -> Failure | None:
    """The error that a 200's JSON object (an answer or a chunk) holds; ``None``: none.

    An answer that ends with finish_reason ``error`` after some content is kept:
    what came is the caller's. A chunk with that finish_reason is an error.
    """
    error = answer.get("error")
    if not error:
        error = _choice_error(answer.get("choices"))
        if error is None:
            return None
    told = _told({"error": error}) or _Told()
    implied = next((_STATUS_BY_WORD[w] for w in told.words if w in _STATUS_BY_WORD), 200)
    return _failure(told.number or implied, told, told.retry_after_s, key)


def transport_failure(error: BaseException) -> Failure:
    """The meaning of an exception of aiohttp, of a socket or of a deadline."""
    for kind, result, message in _TRANSPORT:
        if isinstance(error, kind):
            unsent = isinstance(error, _UNCONNECTED)
            return Failure(failure_class=result, message=message, unsent=unsent)
    raise TypeError(f"not a transport error: {type(error).__name__}")


# The most specific first. The exceptions' own texts hold URLs and addresses.
_TRANSPORT: Final[tuple[tuple[type[BaseException], FailureClass, str], ...]] = (
    (aiohttp.ConnectionTimeoutError, FailureClass.TIMEOUT, "no connection in time"),
    (TimeoutError, FailureClass.TIMEOUT, "no answer in time"),
    (aiohttp.ClientConnectorDNSError, FailureClass.UNREACHABLE, "the host's name is not known"),
    (aiohttp.ClientSSLError, FailureClass.UNREACHABLE, "no secure connection"),
    (aiohttp.ClientConnectorError, FailureClass.UNREACHABLE, "no connection"),
    (aiohttp.ClientPayloadError, FailureClass.INVALID_ANSWER, "the answer broke off"),
    (aiohttp.ClientResponseError, FailureClass.INVALID_ANSWER, "the answer is not HTTP"),
    (aiohttp.ClientError, FailureClass.UNREACHABLE, "the connection broke before the answer"),
    (OSError, FailureClass.UNREACHABLE, "the connection broke before the answer"),
)


_UNCONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Ways to fail before anything was sent; names that are not known and TLS are among them."""


def invalid_answer(message: str, status: int | None = 200) -> Failure:
    """A truncated, empty or unreadable answer."""
    return Failure(failure_class=FailureClass.INVALID_ANSWER, message=message, status=status)


def timed_out(message: str) -> Failure:
    """A deadline of ours has passed."""
    return Failure(failure_class=FailureClass.TIMEOUT, message=message)


def _failure(status: int, told: _Told, retry_after_s: float | None, key: str) -> Failure:
    found = failure_class(status, *told.words)
    return Failure(
        failure_class=found,
        message=_message(found, status, told, key),
        status=status,
        code=_clean(told.code, _MAX_WORD, key),
        type=_clean(told.type, _MAX_WORD, key),
        param=_clean(told.param, _MAX_WORD, key),
        retry_after_s=retry_after_s,
    )


_THE_CALLERS: Final = frozenset({FailureClass.REJECTED, FailureClass.CONTEXT_OVERFLOW})
"""What the caller itself is told, and can mend."""


def _message(found: FailureClass, status: int, told: _Told, key: str) -> str:
    if found in _THE_CALLERS:
        # The caller must see why; a provider's own words stand under ``raw``.
        parts = [part for part in (told.message, told.raw) if part]
        return _clean(": ".join(parts), _MAX_MESSAGE, key) or f"refused with HTTP {status}"
    text = _clean(told.message, _MAX_OTHER_MESSAGE, key)
    return f"HTTP {status}: {text}" if text else f"HTTP {status}"


def _choice_error(choices: Any) -> Any:
    """The error of a choice that failed without having said anything."""
    if type(choices) is not list:
        return None
    for choice in choices:
        if type(choice) is not dict or choice.get("finish_reason") != "error":
            continue
        message = choice.get("message")
        if type(message) is dict and any(message.get(field) for field in _SAID):
            continue
        return choice.get("error") or {"message": "the model failed"}
    return None


_SAID: Final = ("content", "tool_calls", "refusal", "audio", "function_call")


def json_or_none(raw: bytes) -> Any:
    """The JSON value in ``raw``; ``None``: it is no JSON, or it is ``null``."""
    try:
        return json_text.loads(raw)
    except json_text.JsonTextError:
        return None


def _told(body: Any) -> _Told | None:
    """Reads an error body; ``None``: it says nothing in a known form."""
    if isinstance(body, list) and body:  # as Google's look-alike wraps it
        body = body[0]
    if not isinstance(body, dict):
        return None
    error = body.get("error") or body
    if isinstance(error, str):
        return _Told(message=error)
    if not isinstance(error, dict):
        return None
    metadata = _object(error.get("metadata"))
    availability = _object(error.get("availability"))
    code, kind = error.get("code"), _word(error.get("type"))
    own_code = "" if _status_number(code) else _word(code)
    error_type, available = _word(metadata.get("error_type")), _word(availability.get("code"))
    return _Told(
        message=_text(error.get("message") or error.get("detail")),
        raw=_text(metadata.get("raw")),
        words=tuple(word for word in (available, error_type, own_code, kind) if word),
        number=_status_number(code),
        code=own_code or available or error_type,
        type=kind or error_type,
        param=_word(error.get("param")),
        retry_after_s=_seconds(availability.get("retry_after")),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


_NOT_WORD: Final = re.compile(r"[^\x21-\x7e]+")


def _word(value: Any) -> str:
    return _NOT_WORD.sub("_", value)[:_MAX_WORD] if isinstance(value, str) else ""


def _status_number(code: Any) -> int | None:
    """``code`` as an HTTP error status, where it is one (a number, or one in text)."""
    if isinstance(code, str) and len(code) == 3 and code.isascii() and code.isdigit():
        code = int(code)
    return code if type(code) is int and 400 <= code < 600 else None


def _plain_text(content_type: str, body: bytes) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    start = body[: 4 * _MAX_MESSAGE].decode("utf-8", "replace").strip()
    if kind == "text/html" or start.startswith("<"):
        return "an HTML page"
    return start if kind in ("", "text/plain") else ""


_CONTROL: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
_KEY: Final = re.compile(r"(?i)\b(?:sk|pk|rk)-[\w*.-]{4,}|\bbearer\s+\S+")


def _clean(text: str, limit: int, key: str) -> str:
    """``text`` on one line, without keys, cut to ``limit`` characters."""
    if key:
        text = text.replace(key, "[key]")
    text = _KEY.sub("[key]", text[: 10 * limit])
    text = _CONTROL.sub(" ", text).strip()
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _seconds(value: Any, unit: float = 1.0) -> float | None:
    """A wait as told (a number, or one in text) in seconds; ``None``: not a wait."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value) * unit
    except (ValueError, OverflowError):
        return None
    return min(seconds, LONGEST_BENCH_S) if isfinite(seconds) and seconds >= 0 else None


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """``retry-after-ms`` (OpenAI), else Retry-After in seconds or as an HTTP date (RFC 9110)."""
    exact = _seconds(headers.get("retry-after-ms"), 0.001)
    if exact is not None:
        return exact
    told = headers.get("retry-after", "")
    seconds = _seconds(told)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        return None
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return min(max(0.0, (date - now).total_seconds()), LONGEST_BENCH_S)
