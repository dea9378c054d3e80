"""A provider that can be asked to leave data alone is asked; what it then says is of the asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from router_core.decide.failures import FailureClass
from router_core.decide.request_limits import DataPolicy
from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import error
from tests.providers.upstream_calls import BODY, both, call, failure_of, run

DENY = DataPolicy.DENY
NO_HOST = error(404, "No endpoints found matching your data policy (Paid model training).")
"""OpenRouter's answer, as people report it: nothing in it tells a program more."""


@pytest.fixture
async def openrouter(upstream) -> AsyncIterator[OpenAICompatible]:
    provider = OpenAICompatible("openrouter", upstream.base_url, is_openrouter=True)
    yield provider
    await provider.close()


@both
@pytest.mark.parametrize(
    ("told", "sent"),
    [
        (None, {"data_collection": "deny"}),
        ({}, {"data_collection": "deny"}),
        ({"data_collection": "deny"}, {"data_collection": "deny"}),
        ({"data_collection": "allow"}, {"data_collection": "deny"}),
        (
            {"order": ["a"], "zdr": True},
            {"order": ["a"], "zdr": True, "data_collection": "deny"},
        ),
        ("a", {"data_collection": "deny"}),
    ],
)
async def test_openrouter_is_asked_beside_what_the_client_wrote(
    upstream, openrouter, how: str, told: Any, sent: Any
) -> None:
    body = {**BODY, "provider": told}
    await run(openrouter, how, call(body, data_policy=DENY))
    assert upstream.requests[0].json["provider"] == sent
    assert body["provider"] is told, "the client's own is not changed"


@both
async def test_it_is_asked_where_the_client_wrote_nothing(upstream, openrouter, how: str) -> None:
    await run(openrouter, how, call(data_policy=DENY))
    assert upstream.requests[0].json["provider"] == {"data_collection": "deny"}


@both
async def test_what_the_client_wrote_stays_where_nobody_minds(
    upstream, openrouter, how: str
) -> None:
    for told in ({"data_collection": "allow"}, None):
        await run(openrouter, how, call({**BODY, "provider": told}))
        assert upstream.requests[-1].json["provider"] == told


@both
async def test_no_other_is_asked(upstream, provider, how: str) -> None:
    await run(provider, how, call(data_policy=DENY))
    assert "provider" not in upstream.requests[0].json


@both
async def test_a_model_of_which_no_host_keeps_to_it_is_not_gone(
    upstream, openrouter, how: str
) -> None:
    upstream.on_path("/chat/completions", NO_HOST)
    asked = call(data_policy=DENY)
    assert (await failure_of(openrouter, how, asked)).failure_class is FailureClass.UNSUITABLE
    assert (await failure_of(openrouter, how, call())).failure_class is FailureClass.MODEL_GONE


@both
async def test_a_model_that_is_gone_by_name_is_gone(upstream, openrouter, how: str) -> None:
    upstream.on_path("/chat/completions", error(404, availability="model_deprecated"))
    asked = call(data_policy=DENY)
    assert (await failure_of(openrouter, how, asked)).failure_class is FailureClass.MODEL_GONE


@both
async def test_another_providers_404_means_what_it_always_does(
    upstream, provider, how: str
) -> None:
    upstream.on_path("/chat/completions", NO_HOST)
    asked = call(data_policy=DENY)
    assert (await failure_of(provider, how, asked)).failure_class is FailureClass.MODEL_GONE
