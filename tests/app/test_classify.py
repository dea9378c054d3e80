"""The use case that classifies: rules first, then the mode's classifiers in order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from router_core.app.classify import Classify
from router_core.app.ports import Classifier, ClassifierUnavailable, Opinion, Question
from router_core.classifiers.keywords import KeywordClassifier
from router_core.decide.chat import ChatRequest, Message
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import (
    ApiSettings,
    Category,
    ClassifierSettings,
    Limits,
    Mode,
    RoutingConfig,
    ToolsRule,
)
from router_core.decide.defaults import default_config
from router_core.decide.labels import MOST_LABELS
from router_core.decide.records import AttemptRecord
from router_core.decide.request_limits import DataPolicy, RequestLimits
from router_core.decide.turn import TurnKind
from tests.fakes.clock import FakeClock

CONFIG = default_config()
PYTHON = "write a python function that reverses a string"
CALL = AttemptRecord(model="small", provider="p", outcome="ok", latency_ms=1.0)


@dataclass
class Down:
    call: AttemptRecord | None = None

    async def classify(self, question: Question) -> Opinion:
        raise ClassifierUnavailable("it is down", self.call)


@dataclass
class Says:
    """Says the same of everything, and keeps what it was asked."""

    source: str
    scores: dict[str, float]
    asked: list[Question] = field(default_factory=list)

    async def classify(self, question: Question) -> Opinion:
        self.asked.append(question)
        scores = tuple(Score(category=name, confidence=p) for name, p in self.scores.items())
        return Opinion(
            verdict=Verdict(scores=scores, source=self.source, evidence=(f"{self.source} says",)),
            call=CALL if self.source != "embedded" else None,
        )


def unsure() -> Says:
    return Says("embedded", {"code": 0.4, "reasoning": 0.35, "conversation": 0.25})


def sure_of(category: str, source: str = "ollama") -> Says:
    return Says(source, {category: 0.97})


def classify(**classifiers: Classifier) -> Classify:
    return Classify({"keywords": KeywordClassifier(), **classifiers}, FakeClock())


def ask(text: str, *, system: str = "", tools: tuple[str, ...] = ()) -> ChatRequest:
    messages = (Message(role="system", texts=(system,)), Message(role="user", texts=(text,)))
    return ChatRequest(messages=messages, body={}, tools=tools)


def with_classifiers(**settings: object) -> RoutingConfig:
    return replace(CONFIG, classifiers=replace(ClassifierSettings(), **settings))  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(
    ("mode", "passed_over"),
    [
        (Mode.KEYWORDS, []),
        (Mode.OLLAMA, ["ollama"]),
        (Mode.API, ["api"]),
        (Mode.HYBRID, ["ollama", "api"]),
        (Mode.EMBEDDED, ["embedded"]),
        (Mode.CASCADE, ["embedded"]),
    ],
)
async def test_every_mode_ends_with_the_keywords(mode: Mode, passed_over: list[str]) -> None:
    everyone_down = classify(embedded=Down(), ollama=Down(), api=Down())
    found = await everyone_down(ask(PYTHON), CONFIG, mode)
    assert (found.category, found.verdict.source, found.mode) == ("code", "keywords", mode)
    assert [(f.source, f.cause) for f in found.fallbacks] == [
        (name, "it is down") for name in passed_over
    ]


async def test_a_classifier_that_is_not_there_is_passed_over() -> None:
    found = await classify()(ask(PYTHON), CONFIG, Mode.OLLAMA)
    assert [(f.source, f.cause) for f in found.fallbacks] == [("ollama", "there is none here")]


async def test_the_first_that_can_tell_decides() -> None:
    api = sure_of("code", "api")
    both = classify(ollama=sure_of("reasoning"), api=api)
    found = await both(ask(PYTHON), CONFIG, Mode.HYBRID)
    assert (found.category, found.verdict.source) == ("reasoning", "ollama")
    assert found.fallbacks == ()
    assert api.asked == []


async def test_where_nobody_can_tell_it_is_conversation() -> None:
    found = await Classify({}, FakeClock())(ask(PYTHON), CONFIG)
    assert (found.category, found.verdict.source) == ("conversation", "default")


async def test_cascade_asks_nobody_where_the_first_is_sure() -> None:
    ollama = sure_of("conversation")
    sure = Says("embedded", {"code": 0.9, "conversation": 0.1})
    found = await classify(embedded=sure, ollama=ollama)(ask(PYTHON), CONFIG, Mode.CASCADE)
    assert (found.category, found.verdict.source) == ("code", "embedded")
    assert ollama.asked == []


async def test_cascade_weighs_a_second_opinion_where_the_first_is_unsure() -> None:
    both = classify(embedded=unsure(), ollama=sure_of("reasoning"))
    found = await both(ask(PYTHON), CONFIG, Mode.CASCADE)
    assert (found.category, found.verdict.source) == ("reasoning", "ollama")
    assert found.confidence < 0.97, "the opinion alone does not decide"
    assert found.verdict.evidence == ("ollama says", "embedded says")


async def test_cascade_without_its_second_opinion_is_the_first_and_says_why() -> None:
    found = await classify(embedded=unsure(), ollama=Down())(ask(PYTHON), CONFIG, Mode.CASCADE)
    assert (found.category, found.verdict.source) == ("code", "embedded")
    assert [(f.source, f.cause) for f in found.fallbacks] == [("ollama", "it is down")]


async def test_cascade_asks_the_api_only_where_the_config_allows_it() -> None:
    api = sure_of("conversation", "api")
    everyone = classify(embedded=unsure(), ollama=Down(), api=api)
    await everyone(ask(PYTHON), CONFIG, Mode.CASCADE)
    assert api.asked == []
    allowed = with_classifiers(api=ApiSettings(in_cascade=True))
    found = await everyone(ask(PYTHON), allowed, Mode.CASCADE)
    assert (found.category, found.verdict.source) == ("conversation", "api")


async def test_cascade_does_not_ask_on_once_it_is_sure() -> None:
    api = sure_of("conversation", "api")
    everyone = classify(embedded=unsure(), ollama=sure_of("code"), api=api)
    allowed = with_classifiers(api=ApiSettings(in_cascade=True))
    await everyone(ask(PYTHON), allowed, Mode.CASCADE)
    assert api.asked == []


@pytest.mark.parametrize(("below", "asked"), [(0.0, 0), (0.4, 0), (0.41, 1), (1.0, 1)])
async def test_the_threshold_is_the_configs(below: float, asked: int) -> None:
    ollama = sure_of("reasoning")
    config = with_classifiers(cascade_below=below)
    await classify(embedded=unsure(), ollama=ollama)(ask(PYTHON), config, Mode.CASCADE)
    assert len(ollama.asked) == asked


async def test_calls_of_models_are_kept_failed_ones_too() -> None:
    failed = replace(CALL, outcome="timeout")
    both = classify(ollama=Down(failed), api=sure_of("code", "api"))
    found = await both(ask(PYTHON), CONFIG, Mode.HYBRID)
    assert found.calls == (failed, CALL)


async def test_a_model_is_asked_about_every_category_but_tools() -> None:
    ollama = sure_of("code")
    await classify(ollama=ollama)(ask(PYTHON), CONFIG, Mode.OLLAMA)
    assert ollama.asked[0].choices == ("code", "reasoning", "conversation")


async def test_of_too_many_categories_a_model_is_asked_about_the_likeliest() -> None:
    models = CONFIG.categories["code"].models
    custom = {name: Category(name=name, models=models) for name in map("c{}".format, range(50))}
    config = replace(CONFIG, categories={**CONFIG.categories, **custom})
    ollama = sure_of("c49")
    embedded = Says("embedded", {"c49": 0.5, "tools": 0.3, "c7": 0.2})
    found = await classify(ollama=ollama, embedded=embedded)(ask(PYTHON), config, Mode.OLLAMA)
    choices = ollama.asked[0].choices
    assert len(choices) == MOST_LABELS
    assert {"c49", "c7"} <= set(choices)
    assert "tools" not in choices
    assert (found.category, found.verdict.source) == ("c49", "ollama")


async def test_a_classifier_is_told_what_the_operator_and_the_caller_let_it_see() -> None:
    ollama, operators = sure_of("code"), RequestLimits(excluded_providers=frozenset({"lab"}))
    config = replace(CONFIG, limits=Limits(per_request=operators))
    deny = RequestLimits(data_policy=DataPolicy.DENY)
    request = replace(ask("hello"), limits=deny)
    await classify(ollama=ollama)(request, config, Mode.OLLAMA)
    assert ollama.asked[0].limits == operators.narrowed_by(deny)


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


class Broken:
    async def classify(self, question: Question) -> Opinion:
        raise ValueError(question.text)


async def test_a_classifier_that_breaks_is_passed_over_and_its_words_are_not_repeated(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = await classify(ollama=Broken())(ask(PYTHON), CONFIG, Mode.OLLAMA)
    assert found.verdict.source == "keywords"
    assert [f.cause for f in found.fallbacks] == ["it failed unexpectedly (ValueError)"]
    assert "ValueError" in caplog.text
    assert PYTHON not in caplog.text


@pytest.mark.parametrize(
    ("ollama", "api", "agreed"),
    [
        ("code", None, True),
        ("reasoning", None, False),
        ("code", "code", True),
        ("reasoning", "code", False),
        ("code", "reasoning", False),
        (None, None, None),
    ],
)
async def test_it_is_told_whether_the_second_opinions_agreed_with_the_first(
    ollama: str | None, api: str | None, agreed: bool | None
) -> None:
    def says(category: str | None, source: str) -> Classifier:
        return Says(source, {category: 0.3, "tools": 0.28}) if category else Down()

    panel = classify(embedded=unsure(), ollama=says(ollama, "ollama"), api=says(api, "api"))
    allowed = with_classifiers(api=replace(ApiSettings(), in_cascade=True), cascade_below=1.0)
    assert (await panel(ask(PYTHON), allowed, Mode.CASCADE)).agreed is agreed


async def test_a_second_opinion_after_nobody_spoke_agrees_with_nobody() -> None:
    only = Classify({"ollama": sure_of("code")}, FakeClock())
    found = await only(ask(PYTHON), with_classifiers(cascade_below=1.0), Mode.CASCADE)
    assert (found.category, found.agreed) == ("code", None)
