"""GET /models through the HTTP provider: pages, bounds, and whom the key reaches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router_core.decide.failures import FailureClass
from router_core.errors import UpstreamFailure
from router_core.providers.demo import DemoProvider
from router_core.providers.http_session import new_session
from router_core.providers.model_list import fetch_models
from router_core.providers.openai_compatible import OpenAICompatible
from router_core.providers.upstream_errors import invalid_answer
from tests.fakes.upstream import (
    Close,
    Dialect,
    FakeUpstream,
    Recorded,
    Reply,
    Stall,
    error,
    gigantic_body,
    html,
    json_reply,
    text_reply,
)
from tests.providers.upstream_calls import KEY


def ids(pages: list[Any]) -> list[list[str]]:
    return [[entry["id"] for entry in page["data"]] for page in pages]


async def failure_of(provider: OpenAICompatible) -> Any:
    with pytest.raises(UpstreamFailure) as caught:
        await provider.list_models()
    assert caught.value.__cause__ is None
    return caught.value.failure


async def test_the_list_is_asked_for_with_the_key(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    pages = await provider.list_models()

    assert ids(pages) == [["z-ai/glm-5", "moonshotai/kimi-k2.5", "openai/gpt-4o-mini"]]
    (asked,) = upstream.requests
    assert (asked.method, asked.target) == ("GET", "/api/v1/models")
    assert asked.headers["authorization"] == f"Bearer {KEY}"


async def test_openais_form_is_one_page() -> None:
    async with FakeUpstream(dialect=Dialect.OPENAI, models=["gpt-4o"]) as upstream:
        provider = OpenAICompatible("local", upstream.base_url)
        pages = await provider.list_models()
        await provider.close()

    assert ids(pages) == [["gpt-4o"]]
    assert "authorization" not in upstream.requests[0].headers


async def test_further_pages_are_followed() -> None:
    many = [f"lab/{number}" for number in range(1200)]
    async with FakeUpstream(models=many) as upstream:
        provider = OpenAICompatible("fake", upstream.base_url)
        pages = await provider.list_models()
        await provider.close()

    assert [model for page in ids(pages) for model in page] == many
    assert len(pages) == 3
    assert upstream.requests[2].target == "/api/v1/models?offset=1000"


async def test_the_key_does_not_follow_a_link_elsewhere(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    async with FakeUpstream() as elsewhere:
        link = f"{elsewhere.base_url}/models?offset=5&limit=5&key=x"
        upstream.on_path(
            "/models",
            json_reply({"data": [], "links": {"next": link}}),
            json_reply({"data": []}),
        )
        await provider.list_models()

    assert elsewhere.requests == []
    assert upstream.requests[1].target == "/api/v1/models?offset=5&limit=5"


async def test_a_redirect_is_not_followed(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    async with FakeUpstream() as elsewhere:
        upstream.on_path("/models", Reply(302, {"Location": f"{elsewhere.base_url}/models"}))
        failure = await failure_of(provider)

    assert elsewhere.requests == []
    assert failure.status == 302


@pytest.mark.parametrize(
    "link", ["?offset=-1", "?offset=x", "?limit=5", "http://[", 5, None, {"offset": 1}]
)
async def test_a_link_that_leads_nowhere_ends_the_list(
    link: Any, upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    upstream.on_path("/models", json_reply({"data": [], "links": {"next": link}}))

    assert len(await provider.list_models()) == 1


async def test_pages_without_an_end_are_cut_off(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    def more(request: Recorded) -> Reply:
        link = f"?offset={len(upstream.requests)}"
        return json_reply({"data": [], "links": {"next": link}})

    upstream.on_request(more)

    pages = await provider.list_models()

    assert len(pages) == len(upstream.requests) == 50
    assert pages[-1]["links"]["next"]


async def test_a_page_that_names_itself_as_the_next_is_read_once_more_at_most(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    upstream.on_path("/models", json_reply({"data": [], "links": {"next": "?offset=0"}}))

    assert len(await provider.list_models()) == 2


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_an_api_without_the_endpoint_lists_nothing(
    status: int, upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    upstream.on_path("/models", error(status))

    assert await provider.list_models() == []


@pytest.mark.parametrize(
    ("reply", "failure_class"),
    [
        (error(401, f"wrong key {KEY}"), FailureClass.NO_ACCESS),
        (error(503), FailureClass.SERVER_ERROR),
        (html(200), FailureClass.INVALID_ANSWER),
        (text_reply('{"data": ['), FailureClass.INVALID_ANSWER),
        (text_reply('{"data": 1e999}'), FailureClass.INVALID_ANSWER),
        (gigantic_body(17 * 1024 * 1024), FailureClass.INVALID_ANSWER),
        (json_reply({"data": []}).interrupt(3, Close()), FailureClass.INVALID_ANSWER),
    ],
    ids=["401", "503", "html", "cut", "no number", "too long", "broken off"],
)
async def test_what_goes_wrong_is_a_failure(
    reply: Reply,
    failure_class: FailureClass,
    upstream: FakeUpstream,
    provider: OpenAICompatible,
) -> None:
    upstream.on_path("/models", reply)

    failure = await failure_of(provider)

    assert failure.failure_class is failure_class
    assert KEY not in failure.message


async def test_pages_together_have_one_limit_of_time_and_bytes(upstream: FakeUpstream) -> None:
    page = {"data": ["x" * 100], "links": {"next": "?offset=1"}}
    size = len(json.dumps(page))
    session = new_session()
    url = f"{upstream.base_url}/models"

    def refusal(*_: Any) -> Any:
        return invalid_answer("no")

    upstream.on_path("/models", json_reply(page))
    with pytest.raises(UpstreamFailure, match="too long"):
        await fetch_models(session, url, {}, refusal, max_bytes=size + 50)
    upstream.on_path("/models", Reply(before=[Stall()]))
    with pytest.raises(UpstreamFailure, match=r"within 0\.05 s"):
        await fetch_models(session, url, {}, refusal, time_s=0.05)
    await session.close()


async def test_the_demo_lists_none() -> None:
    assert await DemoProvider().list_models() == []
