"""The use case that classifies: rules first, then the mode's classifiers in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router_core.app.classify import Classify
from router_core.app.ports import Classifier, ClassifierUnavailable
from router_core.classifiers.keywords import KeywordClassifier
from router_core.decide.chat import ChatRequest, Message
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Mode, RoutingConfig, ToolsRule
from router_core.decide.defaults import default_config
from router_core.decide.turn import TurnKind
from tests.fakes.clock import FakeClock

CONFIG = default_config()
PYTHON = "write a python function that reverses a string"


class Down:
    async def classify(self, text: str, config: RoutingConfig) -> Verdict:
        raise ClassifierUnavailable("it is down")


class Certain:
    async def classify(self, text: str, config: RoutingConfig) -> Verdict:
        return Verdict(scores=(Score(category="reasoning", confidence=0.9),), source="ollama")


def classify(**classifiers: Classifier) -> Classify:
    return Classify({"keywords": KeywordClassifier(), **classifiers}, FakeClock())


def ask(text: str, *, system: str = "", tools: tuple[str, ...] = ()) -> ChatRequest:
    messages = (Message(role="system", texts=(system,)), Message(role="user", texts=(text,)))
    return ChatRequest(messages=messages, body={}, tools=tools)


@pytest.mark.parametrize("mode", Mode)
async def test_every_mode_answers_and_says_what_is_not_built(mode: Mode) -> None:
    found = await classify()(ask(PYTHON), CONFIG, mode)
    assert (found.category, found.verdict.source) == ("code", "keywords")
    missing = [fallback.source for fallback in found.fallbacks]
    assert (
        missing
        == {
            Mode.KEYWORDS: [],
            Mode.OLLAMA: ["ollama"],
            Mode.API: ["api"],
            Mode.HYBRID: ["ollama", "api"],
            Mode.EMBEDDED: ["embedded"],
            Mode.CASCADE: ["embedded"],
        }[mode]
    )
    assert bool(classify().missing(mode)) is bool(missing)


async def test_a_classifier_that_is_down_is_passed_over_with_its_cause() -> None:
    found = await classify(ollama=Down())(ask(PYTHON), CONFIG, Mode.OLLAMA)
    assert found.verdict.source == "keywords"
    assert [(f.source, f.cause) for f in found.fallbacks] == [("ollama", "it is down")]


async def test_the_first_that_can_tell_decides() -> None:
    found = await classify(ollama=Certain())(ask(PYTHON), CONFIG, Mode.HYBRID)
    assert (found.category, found.verdict.source) == ("reasoning", "ollama")
    assert found.fallbacks == ()


async def test_where_nobody_can_tell_it_is_conversation() -> None:
    found = await Classify({}, FakeClock())(ask(PYTHON), CONFIG)
    assert (found.category, found.verdict.source) == ("conversation", "default")


async def test_tools_decide_before_the_text() -> None:
    found = await classify()(ask(PYTHON, tools=("ls",)), CONFIG)
    assert (found.category, found.verdict.source) == ("tools", "tools")


async def test_an_agents_tools_do_not_decide_unless_the_rule_is_literal() -> None:
    request = ask("hello", system="You are running inside OpenClaw.", tools=("ls",))
    assert (await classify()(request, CONFIG)).category == "conversation"
    literal = replace(CONFIG, tools_rule=ToolsRule.PRESENT)
    assert (await classify()(request, literal)).category == "tools"


async def test_housekeeping_is_not_classified() -> None:
    request = ask(PYTHON, system="Generate a concise session title for this conversation.")
    found = await classify()(request, CONFIG)
    assert found.turn.kind is TurnKind.HOUSEKEEPING
    assert (found.category, found.verdict.source) == ("conversation", "turn")
