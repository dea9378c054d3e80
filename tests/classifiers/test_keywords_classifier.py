"""The rules behind the classifier port."""

from __future__ import annotations

from router_core.app.ports import Question
from router_core.classifiers.keywords import KeywordClassifier
from router_core.decide.classification import Verdict
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig

MODEL = ModelRef(name="m", id="vendor/m", provider="p")


def a_config(**keywords: tuple[str, ...]) -> RoutingConfig:
    names = ("tools", "code", "reasoning", "conversation", *keywords)
    return RoutingConfig(
        providers={"p": Provider(name="p", base_url="http://127.0.0.1:1")},
        aliases={"m": MODEL},
        categories={
            name: Category(name=name, models=(MODEL,), keywords=keywords.get(name, ()))
            for name in names
        },
    )


async def verdict_of(classifier: KeywordClassifier, text: str, config: RoutingConfig) -> Verdict:
    question = Question(text=text, config=config, choices=tuple(config.categories))
    return (await classifier.classify(question)).verdict


async def test_it_tells_the_category_of_a_text() -> None:
    verdict = await verdict_of(KeywordClassifier(), "debug my python script", a_config())
    assert (verdict.scores[0].category, verdict.source) == ("code", "keywords")


async def test_a_new_config_is_taken_up_and_the_old_one_still_answered() -> None:
    classifier = KeywordClassifier()
    before, after = a_config(), a_config(garden=("tulip",))
    answers = [
        (await verdict_of(classifier, "a tulip", config)).scores[0].category
        for config in (before, after, before)
    ]
    assert answers == ["conversation", "garden", "conversation"]


def test_the_rules_are_compiled_once_for_a_config() -> None:
    classifier, config = KeywordClassifier(), a_config()
    assert classifier.rules_of(config) is classifier.rules_of(config)
    assert classifier.rules_of(a_config()) is not classifier.rules_of(config)
