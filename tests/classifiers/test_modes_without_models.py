"""Every mode answers in time, and says why, whatever the models behind it do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from router_core.app.classify import Classify
from router_core.app.ports import Opinion, Question
from router_core.classifiers.api_model import ApiClassifier
from router_core.classifiers.keywords import KeywordClassifier
from router_core.classifiers.ollama import OllamaClassifier
from router_core.decide.chat import ChatRequest, Message
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import (
    ApiSettings,
    ClassifierSettings,
    Mode,
    ModelRef,
    OllamaSettings,
    RoutingConfig,
)
from router_core.decide.defaults import default_config
from router_core.decide.model_info import ModelInfo
from router_core.providers.openai_compatible import OpenAICompatible
from tests.classifiers.asking import SOON_S
from tests.fakes.clock import FakeClock
from tests.fakes.ollama import FakeOllama
from tests.fakes.upstream import FakeUpstream, Reply, Reset, Stall, completion, error

MODEL = ModelRef(name="cheap", id="vendor/cheap", provider="openrouter")
REQUEST = ChatRequest(
    messages=(Message(role="user", texts=("write a python function that sorts a list",)),), body={}
)
ASKS_OLLAMA = (Mode.OLLAMA, Mode.HYBRID, Mode.CASCADE)


@dataclass
class Unsure:
    """In the embedded classifier's place: it never knows."""

    async def classify(self, question: Question) -> Opinion:
        scores = (
            Score(category="code", confidence=0.4),
            Score(category="conversation", confidence=0.35),
            Score(category="reasoning", confidence=0.25),
        )
        return Opinion(verdict=Verdict(scores=scores, source="embedded"))


def a_config() -> RoutingConfig:
    settings = ClassifierSettings(
        ollama=OllamaSettings(deadline_s=SOON_S),
        api=ApiSettings(model=MODEL, deadline_s=SOON_S, in_cascade=True),
    )
    return replace(default_config(), classifiers=settings)


@pytest.fixture
async def models(
    ollama: FakeOllama, upstream: FakeUpstream, clock: FakeClock
) -> AsyncIterator[tuple[OllamaClassifier, ApiClassifier]]:
    provider = OpenAICompatible("openrouter", upstream.base_url, "sk-0123456789")
    on_ollama = OllamaClassifier(ollama.url, clock)
    await on_ollama.warm_up(a_config())
    yield on_ollama, ApiClassifier(lambda _: provider, clock, lambda _: ModelInfo())
    await on_ollama.close()
    await provider.close()


async def spoil(how: str, ollama: FakeOllama, upstream: FakeUpstream) -> None:
    """Makes both backends fail in the same way."""
    replies = {
        "slow": Reply(before=[Stall()]),
        "cold": Reply(before=[Stall()]),
        "prose": completion("I would say this one is about programming"),
        "a model id": completion("openai/gpt-4o"),
        "gone": error(404, "no such model"),
        "dies": completion("A").interrupt(5, Reset()),
    }
    if how == "down":
        await ollama.refuse()
        await upstream.refuse()
        return
    upstream.on_model(MODEL.id, replies[how])
    if how == "slow":
        ollama.may_generate.clear()
    elif how == "cold":
        ollama.unload()
        ollama.may_load.clear()
    elif how == "gone":
        ollama.installed.clear()
    elif how == "dies":
        await ollama.refuse()
    else:
        ollama.says = "openai/gpt-4o" if how == "a model id" else "I would say that"


@pytest.mark.parametrize("how", ["down", "slow", "cold", "prose", "a model id", "gone", "dies"])
@pytest.mark.parametrize("mode", list(Mode))
async def test_the_next_one_decides_and_the_answer_says_why(models, ollama, upstream, mode, how):
    await spoil(how, ollama, upstream)
    on_ollama, api = models
    classify = Classify(
        {
            "keywords": KeywordClassifier(),
            "embedded": Unsure(),
            "ollama": on_ollama,
            "api": api,
        },
        FakeClock(),
    )
    for _ in range(5):  # breakers open, loads begin: it goes on
        async with asyncio.timeout(2):
            found = await classify(REQUEST, a_config(), mode)
        assert found.category == "code"
        assert found.verdict.source in ("keywords", "embedded")
        asked = [fallback.source for fallback in found.fallbacks]
        wanted = ["ollama"] if mode in ASKS_OLLAMA else []
        wanted += ["api"] if mode in (Mode.API, Mode.HYBRID, Mode.CASCADE) else []
        assert asked == wanted
        assert all(fallback.cause for fallback in found.fallbacks)
