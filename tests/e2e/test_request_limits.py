"""Limits of a request, as official clients set them, and what of it reaches the upstream."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import pytest

from llm_router import AsyncRouterClient
from llm_router.errors import InvalidRequest
from llm_router.v1 import chat_pb2 as chat
from tests.e2e.conftest import Router
from tests.e2e.lab import LISTS, Lab, Person, a_config, a_lab
from tests.fakes.upstream import Dialect, FakeUpstream, Recorded, Reply, completion, error

CODE = "Write a Python function that reverses a linked list. " * 100
"""$0.0043 with ``code`` as it is estimated, half of it with ``chat``, twice with ``think``."""
DENY = {"data_collection": "deny"}


@dataclass
class SdkLab(Lab):
    """A router, and the official client of it, which would try twice more."""

    sdk: openai.AsyncOpenAI = field(kw_only=True)


@contextlib.asynccontextmanager
async def an_sdk_lab(home: Path, remote: FakeUpstream, **options: Any) -> AsyncIterator[SdkLab]:
    async with (
        a_lab(home, remote, **options) as lab,
        openai.AsyncOpenAI(base_url=f"{lab.rest}/v1", api_key="any") as sdk,
    ):
        yield SdkLab(**vars(lab), sdk=sdk)


@pytest.fixture
async def lab(tmp_path: Path, remote: FakeUpstream) -> AsyncIterator[SdkLab]:
    async with an_sdk_lab(tmp_path, remote) as lab:
        yield lab


async def who_answers(lab: SdkLab, router: Any = None, **keys: Any) -> str:
    """Who answers the official client's request, with the body's ``router``."""
    asked: dict[str, Any] = {
        "model": "router",
        "messages": [{"role": "user", "content": CODE}],
        "max_tokens": 1,
    }
    body = keys.pop("extra_body", {}) | ({} if router is None else {"router": router})
    raw = await lab.sdk.chat.completions.with_raw_response.create(**asked | keys, extra_body=body)
    assert "router" not in lab.remote.requests[-1].json
    return str(raw.headers["x-router-model"])


async def refusal(lab: SdkLab, router: Any, **keys: Any) -> openai.BadRequestError:
    """Why it is refused; nobody is called for it, and the client does not try again."""
    with pytest.raises(openai.BadRequestError) as raised:
        await who_answers(lab, router, **keys)
    assert lab.remote.requests == []
    assert raised.value.response.request.headers["x-stainless-retry-count"] == "0"
    return raised.value


# -- who answers


WITHIN: list[tuple[Any, str]] = [
    (None, "code"),
    ({}, "code"),
    ({"excluded_models": ["code"]}, "think"),
    ({"excluded_models": ["lab/code", "openrouter:lab/think"]}, "chat"),
    ({"allowed_models": ["chat", "cheap"]}, "chat"),
    ({"allowed_models": [], "excluded_models": None}, "code"),
    ({"allowed_providers": ["openrouter"], "data_policy": "allow"}, "code"),
    ({"max_cost_usd": "0.003"}, "chat"),
    ({"max_cost_usd": 0.005, "excluded_models": ["chat"]}, "code"),
    ({"max_ttft_ms": 600000}, "code"),
]


@pytest.mark.parametrize("stream", [False, True])
async def test_who_is_within_the_limits_answers(lab: SdkLab, stream: bool) -> None:
    answered = [(router, await who_answers(lab, router, stream=stream)) for router, _ in WITHIN]
    assert answered == WITHIN


async def test_typed_fields_limit_as_the_body_does(router: Router) -> None:
    asked = chat.ChatRequest(
        messages=[chat.ChatMessage(role="user", text="hello")],
        router=chat.RouterOptions(excluded_models=["glm-5"], data_policy="deny"),
    )
    async with AsyncRouterClient(router.grpc) as client:
        assert (await client.complete(asked)).decision.model == "gpt-4o-mini"
        assert (await client.route(asked)).explanation.endswith("; limits dropped glm-5")
        asked.router.allowed_models.append("glm-5")
        with pytest.raises(InvalidRequest, match="glm-5: the limits exclude it") as raised:
            await client.complete(asked)
        events = client.stream_complete(asked)
        with pytest.raises(InvalidRequest):
            await anext(aiter(events))
    assert (raised.value.reason, raised.value.param) == ("NO_MODEL_WITHIN_LIMITS", "router")
    (sent,) = router.upstream.requests
    assert sent.json["provider"] == DENY
    assert "router" not in sent.json


async def test_a_price_that_is_not_known_stops_nothing_and_comes_last(lab: SdkLab) -> None:
    models = a_config("")["models"] | {"code": {"id": "lab/code"}}
    lab.configure(models=models)
    assert await who_answers(lab) == "code"
    assert await who_answers(lab, {"max_cost_usd": "0.003"}) == "chat"
    assert await who_answers(lab, {"max_cost_usd": "0.003", "allowed_models": ["code"]}) == "code"


async def test_the_wait_for_the_first_token_is_held_to_them(lab: SdkLab) -> None:
    models = a_config("")["models"]
    models["code"] |= {"ttft_ms": 900, "tokens_per_s": 50}
    models["chat"] |= {"ttft_ms": 200, "tokens_per_s": 50}
    lab.configure(models=models)
    assert (await Person(lab).route(CODE, router={"max_ttft_ms": 1000}))["model"] == "code"
    told = await Person(lab).route(CODE, router={"max_ttft_ms": 500})
    assert [each["model"] for each in told["candidates"]] == ["chat", "think", "code"]
    assert told["candidates"][1]["eligible"], "its speed is not known"
    assert told["candidates"][2]["reason"] == (
        "est. 900 ms to the first token, over the limit of 500 ms"
    )
    assert await who_answers(lab, {"max_ttft_ms": 500}) == "chat"


async def test_who_asks_why_is_told_whom_they_left_out(lab: SdkLab) -> None:
    told = await Person(lab).route(CODE, router={"max_cost_usd": "0.003"}, max_tokens=1)
    assert told["model"] == "chat"
    assert told["explanation"].endswith("; limits dropped code, think")
    assert [(each["model"], each["eligible"]) for each in told["candidates"]] == [
        ("chat", True),
        ("code", False),
        ("think", False),
    ]
    assert told["candidates"][1]["reason"].startswith("est. $0.00")
    assert told["candidates"][1]["reason"].endswith(", over the limit of $0.003")
    told = await Person(lab).route(CODE, router={"allowed_models": ["nobody"]})
    assert not any(each["eligible"] for each in told["candidates"])
    assert lab.remote.requests == []


# -- what is refused


async def test_where_nobody_is_left_the_client_is_told_who_and_why(lab: SdkLab) -> None:
    limits = {"max_cost_usd": "0.00001", "excluded_models": ["chat"]}
    refused = await refusal(lab, limits)
    assert refused.response.headers["x-should-retry"] == "false"
    told: Any = refused.response.json()["error"]
    message = told.pop("message")
    assert told == {
        "type": "invalid_request_error",
        "code": "no_model_within_limits",
        "param": "router",
    }
    assert message.startswith("no model is within the limits: code: est. $0.00")
    assert "over the limit of $0.00001; think: est. $0.0" in message
    assert message.endswith("; chat: the limits exclude it")
    assert (await refusal(lab, limits, stream=True)).code == "no_model_within_limits"
    (row, *_) = (await lab.http.get("/stats/requests")).json()["requests"]
    assert (row["status"], row["attempts"]) == ("error", [])


WRONG: list[tuple[Any, str]] = [
    ({"max_cost_usd": "much"}, "router.max_cost_usd"),
    ({"max_ttft_ms": 0}, "router.max_ttft_ms"),
    ({"allowed_models": ["code", 1]}, "router.allowed_models[1]"),
    ({"data_policy": "zdr"}, "router.data_policy"),
    ({"max_price": 1}, "router.max_price"),
    ("deny", "router"),
]


async def test_what_is_no_limit_is_told_with_its_path(lab: SdkLab) -> None:
    for router, path in WRONG:
        told = await refusal(lab, router)
        assert (told.code, told.param) == ("invalid_request", path)


async def test_a_model_that_is_named_and_its_fallbacks_are_held_to_them(lab: SdkLab) -> None:
    told = await refusal(lab, {"excluded_models": ["code"]}, model="lab/code")
    assert (told.code, told.param) == ("no_model_within_limits", "router")
    fallbacks = {"models": ["lab/chat", "lab/think"]}
    told = await refusal(
        lab, {"excluded_models": ["think"]}, model="lab/code", extra_body=fallbacks
    )
    assert (told.code, told.param) == ("invalid_request", "models[1]")
    assert "models[1] (think) is not within the limits" in told.message


# -- the operator's own


async def test_no_request_widens_what_the_operator_allows(lab: SdkLab) -> None:
    lab.configure(limits={"per_request": {"allowed_models": ["think", "chat"]}})
    assert await who_answers(lab) == "think"
    for wider in ({"allowed_models": ["code", "chat"]}, {"excluded_models": ["think"]}):
        assert await who_answers(lab, wider) == "chat"
    lab.remote.requests.clear()
    assert (await refusal(lab, {"allowed_models": ["code"]})).param == "router"
    assert (await refusal(lab, None, model="lab/code")).param is None
    lab.configure(limits={"per_request": {"data_policy": "deny"}})
    await who_answers(lab, {"data_policy": "allow"})
    assert lab.remote.requests[-1].json["provider"] == DENY


# -- the data policy


@pytest.mark.parametrize("stream", [False, True])
async def test_openrouter_is_asked_for_the_data_policy(lab: SdkLab, stream: bool) -> None:
    wishes = {"provider": {"data_collection": "allow", "order": ["a"]}}
    await who_answers(lab, {"data_policy": "deny"}, stream=stream)
    assert lab.remote.requests[-1].json["provider"] == DENY
    await who_answers(lab, {"data_policy": "deny"}, stream=stream, extra_body=wishes)
    assert lab.remote.requests[-1].json["provider"] == {"order": ["a"]} | DENY
    await who_answers(lab, {"data_policy": "allow"}, stream=stream, extra_body=wishes)
    assert lab.remote.requests[-1].json["provider"] == wishes["provider"]
    await who_answers(lab, stream=stream)
    assert "provider" not in lab.remote.requests[-1].json


async def test_a_provider_that_does_not_promise_sees_nothing_and_one_that_does_is_not_asked(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with FakeUpstream(dialect=Dialect.OPENAI, models=("own",), base_path="/v1") as local:
        settings = a_config(remote.base_url)
        providers = settings["providers"] | {"local": {"base_url": local.base_url}}
        listed = {name: {"models": ["local:own", *models]} for name, models in LISTS.items()}
        async with an_sdk_lab(tmp_path, remote, providers=providers, categories=listed) as lab:
            assert await who_answers(lab, {"data_policy": "deny"}) == "code"
            assert local.requests == []
            promised = providers["local"] | {"data_policy": "deny"}
            lab.configure(providers=providers | {"local": promised})
            remote.requests.clear()
            got = await Person(lab, extra={"router": {"data_policy": "deny"}}).says(CODE)
            assert (got.status, got.model) == (200, "local:own")
    assert remote.requests == []
    assert "provider" not in local.requests[0].json


def classifies(request: Recorded) -> Reply | None:
    """What a model answers that is asked for a letter."""
    return completion("A") if request.model == "lab/cheap" else None


@pytest.mark.parametrize(("router", "asks"), [(None, None), ({"data_policy": "deny"}, DENY)])
async def test_the_model_that_classifies_is_asked_for_it_too(
    tmp_path: Path, remote: FakeUpstream, router: Any, asks: Any
) -> None:
    classifiers = {"api": {"model": "cheap"}}
    async with an_sdk_lab(tmp_path, remote, mode="api", classifiers=classifiers) as lab:
        remote._functions.insert(0, classifies)
        await who_answers(lab, router)
    assert [each.json["model"] for each in remote.requests] == ["lab/cheap", "lab/code"]
    assert [each.json.get("provider") for each in remote.requests] == [asks, asks]


async def test_a_model_without_a_host_that_keeps_to_it_is_still_there_for_others(
    lab: SdkLab,
) -> None:
    def no_host(request: Recorded) -> Reply | None:
        is_narrowed = request.model == "lab/code" and request.json.get("provider") == DENY
        return error(404, "No endpoints found matching your data policy") if is_narrowed else None

    lab.remote._functions.insert(0, no_host)
    assert await who_answers(lab, {"data_policy": "deny"}) == "think"
    assert await who_answers(lab) == "code"
