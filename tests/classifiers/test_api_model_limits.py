"""The API model sees the prompt: it is asked within the limits of the request, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from router_core.app.ports import ClassifierUnavailable
from router_core.classifiers.api_model import ApiClassifier
from router_core.decide.config import ModelRef, Provider, RoutingConfig
from router_core.decide.model_info import ModelInfo
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.providers.openai_compatible import OpenAICompatible
from tests.classifiers.asking import category, question, with_api
from tests.fakes.upstream import FakeUpstream, completion

DENY = RequestLimits(data_policy=DataPolicy.DENY)


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        server.on_path("/chat/completions", completion("A"))
        yield server


@pytest.fixture
async def classifier(upstream, clock) -> AsyncIterator[ApiClassifier]:
    made = {
        name: OpenAICompatible(name, upstream.base_url, is_openrouter=name == "openrouter")
        for name in ("openrouter", "lab", "vault")
    }
    yield ApiClassifier(lambda config: made[config.name], clock, lambda _: ModelInfo())
    for provider in made.values():
        await provider.close()


def a_config(provider: str) -> RoutingConfig:
    config = with_api(ModelRef(name="cheap", id="vendor/cheap", provider=provider))
    more = {
        "lab": Provider(name="lab", base_url="http://unused"),
        "vault": Provider(name="vault", base_url="http://unused", data_policy=DataPolicy.DENY),
    }
    return replace(config, providers={**config.providers, **more})


@pytest.mark.parametrize(
    ("provider", "limits", "asks"),
    [
        ("openrouter", NO_LIMITS, None),
        ("openrouter", DENY, {"data_collection": "deny"}),
        ("lab", NO_LIMITS, None),
        ("vault", DENY, None),
        ("lab", RequestLimits(allowed_models=(frozenset({"glm-5"}),)), None),
    ],
)
async def test_who_may_see_it_is_asked(upstream, classifier, provider, limits, asks):
    asked = replace(question(a_config(provider)), limits=limits)
    assert category(await classifier.classify(asked)) == "code"
    assert upstream.requests[0].json.get("provider") == asks


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (DENY, "lab does not promise to leave the data alone"),
        (RequestLimits(excluded_providers=frozenset({"lab"})), "exclude the provider lab"),
        (RequestLimits(allowed_providers=(frozenset({"vault"}),)), "do not allow the provider lab"),
    ],
)
async def test_who_may_not_see_it_is_not_asked_and_it_is_told_why(
    upstream, classifier, limits, why
):
    asked = replace(question(a_config("lab")), limits=limits)
    with pytest.raises(ClassifierUnavailable, match=why) as raised:
        await classifier.classify(asked)
    assert raised.value.call is None
    assert upstream.requests == []
