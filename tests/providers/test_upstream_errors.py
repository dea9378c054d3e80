"""What an upstream's error means, whatever its form."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from router_core.decide.failures import Failure, FailureClass
from router_core.providers.upstream_errors import (
    _TRANSPORT,
    in_band_failure,
    response_failure,
    transport_failure,
)
from tests.fakes.upstream import completion_body, error_object

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def failure(status: int, body: Any = b"", **headers: str) -> Failure:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return response_failure(status, named, raw, now=NOW)


class TestUpstreamErrors:
    def test_openais_form_is_read(self):
        told = {"message": "no", "type": "invalid_request_error", "param": "n", "code": "bad"}

        found = failure(400, {"error": told})

        assert found == Failure(
            failure_class=FailureClass.REJECTED,
            message="no",
            status=400,
            code="bad",
            type="invalid_request_error",
            param="n",
        )

    def test_openrouters_form_is_read(self):
        told = error_object(
            404,
            "gone",
            error_type="not_found",
            availability={"code": "model_deprecated", "retry_after": 4},
        )

        found = failure(404, {"error": told, "user_id": "u"})

        assert found.failure_class is FailureClass.MODEL_GONE
        assert (found.code, found.type) == ("model_deprecated", "not_found")
        assert found.retry_after_s == 4

    def test_the_most_telling_word_decides(self):
        told = error_object(404, error_type="not_found", availability="no_endpoints")

        assert failure(404, {"error": told}).failure_class is FailureClass.UNSUITABLE
        quota = {"code": "credit_balance_exhausted", "type": "insufficient_quota"}
        assert failure(429, {"error": quota}).failure_class is FailureClass.NO_ACCESS

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"error": "plain"}, "plain"),
            ({"message": "at the top"}, "at the top"),
            ({"detail": "a framework's"}, "a framework's"),
            ([{"error": {"message": "in a list"}}], "in a list"),
            (
                {"error": {"message": "Provider returned error", "metadata": {"raw": "n < 1"}}},
                "Provider returned error: n < 1",
            ),
            (b"just text", "just text"),
            (b"<html>x</html>", "an HTML page"),
            (b"", "refused with HTTP 400"),
            (b"\xff\xfe", "\ufffd\ufffd"),
            ([], "refused with HTTP 400"),
            ({"error": {"message": {"x": 1}}}, "refused with HTTP 400"),
            ({"error": [1]}, "refused with HTTP 400"),
            ({"error": {"message": "a\x00b\x1b[31m\r\nc\u202ed"}}, "a b [31m c d"),
        ],
    )
    def test_any_body_has_its_message(self, body, message):
        headers = {"content_type": "text/plain"} if isinstance(body, bytes) else {}
        assert failure(400, body, **headers).message == message

    def test_messages_are_bounded(self):
        body = {"error": {"message": "x" * 10_000}}

        assert len(failure(400, body).message) == 500
        assert len(failure(500, body).message) < 200
        assert failure(500, body).message.startswith("HTTP 500: xxx")

    def test_words_are_short_and_printable(self):
        told = {"code": "é \n" * 100, "type": 7, "param": ["x"]}

        found = failure(400, {"error": told})

        assert found.code.isascii()
        assert found.code.isprintable()
        assert len(found.code) <= 100
        assert (found.type, found.param) == ("", "")

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry_after": "7"}, 7),
            ({"retry_after": "0"}, 0),
            ({"retry_after": "1.5"}, 1.5),
            ({"retry_after": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30),
            ({"retry_after": "Mon, 23 Nov 2026 12:00:30 -0000"}, 30),
            ({"retry_after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0),
            ({"retry_after": "9", "retry_after_ms": "250"}, 0.25),
            ({"retry_after": "9", "retry_after_ms": "soon"}, 9),
            ({"retry_after": "soon"}, None),
            ({"retry_after": "-1"}, None),
            ({"retry_after": "nan"}, None),
            ({"retry_after": "inf"}, None),
            ({"retry_after": "9" * 400}, None),
            ({"retry_after": ""}, None),
            ({"retry_after": "Mon, 99 Nov 99999 12:00:30 GMT"}, None),
            ({}, None),
        ],
    )
    def test_waits_are_read_in_every_form(self, headers, seconds):
        assert failure(429, **headers).retry_after_s == seconds

    def test_a_header_wins_over_the_bodys_wait(self):
        told = error_object(429, availability={"code": "x", "retry_after": 4})

        assert failure(429, {"error": told}, retry_after="7").retry_after_s == 7
        assert failure(429, {"error": told}).retry_after_s == 4

    @pytest.mark.parametrize(
        ("error_type", "status", "expected"),
        [
            ("context_length_exceeded", 400, FailureClass.CONTEXT_OVERFLOW),
            ("rate_limit_exceeded", 429, FailureClass.RATE_LIMITED),
            ("payment_required", 402, FailureClass.NO_ACCESS),
            ("not_found", 404, FailureClass.MODEL_GONE),
            ("provider_overloaded", 503, FailureClass.SERVER_ERROR),
            ("timeout", 504, FailureClass.TIMEOUT),
            ("unmapped", 200, FailureClass.SERVER_ERROR),
        ],
    )
    def test_an_error_inside_a_200_has_the_class_of_its_type(self, error_type, status, expected):
        told = error_object("", error_type=error_type)

        found = in_band_failure({"error": told})

        assert found is not None
        assert (found.failure_class, found.status) == (expected, status)

    def test_an_answer_without_an_error_has_none(self):
        assert in_band_failure(completion_body()) is None
        assert in_band_failure({"error": None, "choices": None}) is None
        assert in_band_failure({"choices": [None, {"finish_reason": "error", "message": 1}]})

    def test_only_transport_errors_are_explained(self):
        assert transport_failure(TimeoutError()).failure_class is FailureClass.TIMEOUT
        assert transport_failure(OSError()).failure_class is FailureClass.UNREACHABLE
        with pytest.raises(TypeError):
            transport_failure(ValueError())

    def test_the_specific_transport_errors_come_before_the_general(self):
        kinds = [kind for kind, _, _ in _TRANSPORT]
        for index, kind in enumerate(kinds):
            assert not any(issubclass(later, kind) for later in kinds[index + 1 :])
