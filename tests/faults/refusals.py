"""Faults that an upstream tells by a status: every status, word and wait that is documented.

The lists are those of OpenRouter's and OpenAI's error references.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from tests.fakes.upstream import Reply, error, html, openai_error, text_reply
from tests.faults.fault import Fault, fault
from tests.faults.oracle import Happening
from tests.faults.table import Kind

KEY: Final = "sk-or-v1-0123456789abcdef"
"""The router's own, which upstreams repeat in their messages, and no client may see."""
TOLD: Final = "it did not work"

STATUSES: Final = {
    400: Kind.REFUSED,
    401: Kind.NO_ACCESS,
    402: Kind.NO_ACCESS,
    403: Kind.REFUSED,
    404: Kind.GONE,
    408: Kind.TIMED_OUT,
    410: Kind.GONE,
    413: Kind.REFUSED,
    422: Kind.REFUSED,
    429: Kind.RATE_LIMITED,
    500: Kind.TRANSIENT,
    502: Kind.TRANSIENT,
    503: Kind.TRANSIENT,
    504: Kind.TIMED_OUT,
    524: Kind.TIMED_OUT,
    529: Kind.TRANSIENT,
}

AVAILABILITY: Final = {
    "model_not_found": ((400, 404), Kind.GONE),
    "wrong_endpoint": ((400,), Kind.REFUSED),
    "no_endpoints": ((404,), Kind.UNSUITABLE),
    "model_deprecated": ((404,), Kind.GONE),
    "model_unavailable_upstream": ((404,), Kind.GONE),
    "capacity_exhausted": ((429,), Kind.RATE_LIMITED),
    "temporarily_unavailable": ((503,), Kind.TRANSIENT),
    "region_restricted": ((403,), Kind.UNSUITABLE),
    "privacy_restricted": ((404,), Kind.UNSUITABLE),
    "constraint_filtered": ((404,), Kind.UNSUITABLE),
    "free_variant_ended": ((404,), Kind.GONE),
}

ERROR_TYPES: Final = {
    "context_length_exceeded": ((400, 413), Kind.TOO_LONG),
    "max_tokens_exceeded": ((400,), Kind.REFUSED),
    "token_limit_exceeded": ((400,), Kind.REFUSED),
    "string_too_long": ((400,), Kind.REFUSED),
    "authentication": ((401,), Kind.NO_ACCESS),
    "permission_denied": ((403,), Kind.REFUSED),
    "payment_required": ((402,), Kind.NO_ACCESS),
    "rate_limit_exceeded": ((429,), Kind.RATE_LIMITED),
    "provider_overloaded": ((503, 529), Kind.TRANSIENT),
    "provider_unavailable": ((502,), Kind.TRANSIENT),
    "invalid_request": ((400,), Kind.REFUSED),
    "invalid_prompt": ((400,), Kind.REFUSED),
    "not_found": ((404,), Kind.GONE),
    "precondition_failed": ((412,), Kind.REFUSED),
    "payload_too_large": ((413,), Kind.REFUSED),
    "unprocessable": ((422,), Kind.REFUSED),
    "content_policy_violation": ((400, 403), Kind.REFUSED),
    "refusal": ((403,), Kind.REFUSED),
    "server": ((500,), Kind.TRANSIENT),
    "timeout": ((504, 524), Kind.TIMED_OUT),
    "unmapped": ((500,), Kind.TRANSIENT),
}

OPENAI: Final = (
    (400, "invalid_request_error", "context_length_exceeded", Kind.TOO_LONG),
    (401, "invalid_request_error", "invalid_api_key", Kind.NO_ACCESS),
    (403, "permission_error", "unsupported_country_region_territory", Kind.REFUSED),
    (404, "invalid_request_error", "model_not_found", Kind.GONE),
    (422, "invalid_request_error", "unprocessable_entity", Kind.REFUSED),
    (429, "rate_limit_error", "rate_limit_exceeded", Kind.RATE_LIMITED),
    (429, "rate_limit_error", "slow_down", Kind.RATE_LIMITED),
    (429, "insufficient_quota", "insufficient_quota", Kind.NO_ACCESS),
    (429, "insufficient_quota", "credit_balance_exhausted", Kind.NO_ACCESS),
    (429, "insufficient_quota", "organization_spend_limit_exceeded", Kind.NO_ACCESS),
    (429, "insufficient_quota", "project_spend_limit_exceeded", Kind.NO_ACCESS),
    (429, "insufficient_quota", "organization_usage_limit_exceeded", Kind.NO_ACCESS),
    # "Look at code, not only at type."
    (429, "rate_limit_error", "credit_balance_exhausted", Kind.NO_ACCESS),
    (500, "server_error", "server_error", Kind.TRANSIENT),
    (503, "service_unavailable_error", "server_is_overloaded", Kind.TRANSIENT),
)

WAITS: Final = {
    "seconds": ({"Retry-After": "7"}, 7.0),
    "a fraction": ({"Retry-After": "0.5"}, 0.5),
    "milliseconds": ({"retry-after-ms": "2500"}, 2.5),
    "milliseconds first": ({"retry-after-ms": "2500", "Retry-After": "60"}, 2.5),
    "a date far off": ({"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, 300.0),
    "too long": ({"Retry-After": "86400"}, 300.0),
    "nonsense": ({"Retry-After": "soon"}, None),
    "negative": ({"Retry-After": "-5"}, None),
}
"""Headers with a wait, and the seconds that they mean; ``None``: none."""


def refusals() -> Iterator[Fault]:
    """All of them."""
    yield from _bare()
    yield from _worded()
    yield from _waits()


def _message(kind: Kind) -> str:
    return f"{TOLD}, key {KEY}" if kind is Kind.NO_ACCESS else TOLD


def _bare() -> Iterator[Fault]:
    for status, kind in STATUSES.items():
        yield fault(f"HTTP {status}", kind, error(status, _message(kind)), status=status)
    for status in (400, 401, 404, 429, 502, 504):
        kind = STATUSES[status]
        yield fault(f"HTTP {status} with a page", kind, html(status), status=status)
        yield fault(f"HTTP {status} without a body", kind, text_reply("", status), status=status)


def _worded() -> Iterator[Fault]:
    for word, (statuses, kind) in AVAILABILITY.items():
        for status in statuses:
            reply = error(status, _message(kind), availability=word)
            yield fault(f"HTTP {status} {word}", kind, reply, status=status, word=word)
    for word, (statuses, kind) in ERROR_TYPES.items():
        for status in statuses:
            reply = error(status, _message(kind), error_type=word)
            yield fault(f"HTTP {status} type {word}", kind, reply, status=status, word=word)
    for status, error_type, code, kind in OPENAI:
        reply = openai_error(status, _message(kind), error_type, code)
        name = f"HTTP {status} {error_type}/{code}"
        yield fault(name, kind, reply, status=status, word=code)
    # The availability code is the more telling one.
    both = error(404, error_type="not_found", availability="constraint_filtered")
    yield fault("HTTP 404 not_found, constraint_filtered", Kind.UNSUITABLE, both, status=404)


def _waits() -> Iterator[Fault]:
    for name, (headers, seconds) in WAITS.items():
        reply = openai_error(429, TOLD, "rate_limit_error", headers=headers)
        yield _waiting(f"HTTP 429, wait: {name}", Kind.RATE_LIMITED, reply, 429, seconds)
    told = error(429, availability={"code": "capacity_exhausted", "retry_after": 9})
    yield _waiting("HTTP 429, wait: in the body", Kind.RATE_LIMITED, told, 429, 9.0)
    for wait in (1, 30):
        reply = error(503, retry_after=wait)
        yield _waiting(f"HTTP 503, wait: {wait} s", Kind.TRANSIENT, reply, 503, float(wait))
    happening = Happening(
        kind=Kind.RATE_LIMITED, reply=_in_a_minute, status=429, retry_after_s=60.0
    )
    yield Fault(name="HTTP 429, wait: a date", whole=happening, stream=happening)


def _waiting(name: str, kind: Kind, reply: Reply, status: int, seconds: float | None) -> Fault:
    return fault(name, kind, reply, status=status, retry_after_s=seconds)


def _in_a_minute() -> Reply:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60.5), usegmt=True)
    return openai_error(429, TOLD, "rate_limit_error", headers={"Retry-After": date})
