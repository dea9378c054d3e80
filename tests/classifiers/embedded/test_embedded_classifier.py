"""The model behind the classifier port."""

from __future__ import annotations

from dataclasses import replace

from router_core.app.ports import Opinion, Question
from router_core.classifiers.embedded import Compiled, EmbeddedClassifier
from router_core.classifiers.embedded.model import shipped
from router_core.decide.config import Category, ModelRef, RoutingConfig
from router_core.decide.defaults import default_config
from tests.classifiers.embedded.tiny_model import written

MODEL = ModelRef(name="m", id="vendor/m", provider="p")


def with_garden() -> RoutingConfig:
    config = default_config()
    garden = Category(name="garden", models=(MODEL,), keywords=("tulip", "secateurs"))
    return replace(config, categories={**config.categories, "garden": garden})


async def opinion(classifier: EmbeddedClassifier, text: str, config: RoutingConfig) -> Opinion:
    question = Question(text=text, config=config, choices=tuple(config.categories))
    return await classifier.classify(question)


async def test_it_tells_the_category_of_a_text_and_calls_nobody() -> None:
    told = await opinion(EmbeddedClassifier(), "debug my python script", default_config())
    assert (told.verdict.scores[0].category, told.verdict.source) == ("code", "embedded")
    assert told.call is None


async def test_a_new_config_is_taken_up_and_the_old_one_still_answered() -> None:
    classifier = EmbeddedClassifier()
    before, after = default_config(), with_garden()
    text = "secateurs for a tulip"
    answers = [
        (await opinion(classifier, text, config)).verdict.scores[0].category
        for config in (before, after, before)
    ]
    assert answers == ["conversation", "garden", "conversation"]


def test_a_config_is_mapped_once() -> None:
    classifier, config = EmbeddedClassifier(), default_config()
    assert classifier.categories_of(config) is classifier.categories_of(config)
    assert classifier.categories_of(with_garden()) is not classifier.categories_of(config)


async def test_it_takes_another_model(tmp_path) -> None:
    tiny = written(tmp_path)
    told = await opinion(EmbeddedClassifier(Compiled(tiny)), "select", default_config())
    assert {score.category for score in told.verdict.scores} == {"code", "conversation"}
    assert EmbeddedClassifier().categories_of(default_config()).model is shipped()


async def test_it_tells_a_bare_follow_up_from_a_request() -> None:
    classifier, config = EmbeddedClassifier(), default_config()
    for text in ("yes", "go on", "are you sure?"):
        assert (await opinion(classifier, text, config)).verdict.goes_on > 0.5, text
    for text in ("write a python function that sorts a list", "good morning, how are you?"):
        assert (await opinion(classifier, text, config)).verdict.goes_on < 0.2, text
