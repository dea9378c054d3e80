"""The HTTP provider's failures: refusals, broken connections, and what they do not tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router_core.decide.failures import FailureClass
from router_core.errors import UpstreamFailure
from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import (
    Close,
    Reply,
    Reset,
    endless_headers,
    error,
    error_object,
    gigantic_body,
    html,
    json_reply,
    openai_error,
    text_reply,
)
from tests.providers.upstream_calls import KEY, both, call, failure_of, run


class TestErrors:
    @both
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (error(400, "bad"), FailureClass.REJECTED),
            (error(401), FailureClass.NO_ACCESS),
            (error(402), FailureClass.NO_ACCESS),
            (error(403), FailureClass.REJECTED),
            (error(404), FailureClass.MODEL_GONE),
            (error(400, availability="model_not_found"), FailureClass.MODEL_GONE),
            (error(404, availability="privacy_restricted"), FailureClass.UNSUITABLE),
            (error(408), FailureClass.TIMEOUT),
            (error(413), FailureClass.REJECTED),
            (error(429), FailureClass.RATE_LIMITED),
            (openai_error(429, error_type="insufficient_quota"), FailureClass.NO_ACCESS),
            (error(500), FailureClass.SERVER_ERROR),
            (html(502), FailureClass.SERVER_ERROR),
            (text_reply("", 503), FailureClass.SERVER_ERROR),
            (error(504), FailureClass.TIMEOUT),
            (error(529), FailureClass.SERVER_ERROR),
            (replace(gigantic_body(1 << 20), status=500), FailureClass.SERVER_ERROR),
            (json_reply({"error": error_object(429)}), FailureClass.RATE_LIMITED),
            (json_reply({"error": "text"}), FailureClass.SERVER_ERROR),
        ],
    )
    async def test_an_error_answer_has_its_class(self, upstream, provider, how, reply, expected):
        upstream.enqueue(reply)

        assert (await failure_of(provider, how)).failure_class is expected

    @both
    async def test_the_wait_that_is_asked_for_is_told(self, upstream, provider, how):
        upstream.enqueue(error(429, retry_after=7))

        assert (await failure_of(provider, how)).retry_after_s == 7

    @both
    async def test_no_message_holds_the_key(self, upstream, provider, how):
        plain = OpenAICompatible("fake", upstream.base_url, "pass word")
        upstream.on_request(
            lambda r: error(
                400, f"what is {r.headers['authorization'][7:]}? Bearer {KEY} sk-abcdef"
            )
        )

        for caller in (provider, plain):
            message = (await failure_of(caller, how)).message
            assert message.startswith("what is ")
            for secret in (KEY, "pass word", "abcdef"):
                assert secret not in message
        await plain.close()

    @both
    async def test_a_refused_connection_is_unreachable(self, upstream, provider, how):
        await upstream.refuse()

        failure = await failure_of(provider, how)

        assert (failure.failure_class, failure.status) == (FailureClass.UNREACHABLE, None)

    @both
    @pytest.mark.parametrize("end", [Reset(), Close()])
    async def test_a_break_before_the_head_is_unreachable(self, upstream, provider, how, end):
        upstream.enqueue(Reply(before=[end]))

        assert (await failure_of(provider, how)).failure_class is FailureClass.UNREACHABLE

    @both
    async def test_a_break_at_the_start_is_unreachable(self, upstream, provider, how):
        upstream.on_accept = [Reset()]

        assert (await failure_of(provider, how)).failure_class is FailureClass.UNREACHABLE

    @both
    async def test_the_error_has_no_cause_that_holds_headers(self, upstream, provider, how):
        upstream.enqueue(endless_headers())

        with pytest.raises(UpstreamFailure) as caught:
            await run(provider, how, call())

        assert caught.value.__suppress_context__
