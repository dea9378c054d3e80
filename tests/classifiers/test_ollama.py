"""The model on Ollama: what it is asked, and what becomes of its answers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.decide.config import Category
from router_core.decide.defaults import default_config
from router_core.decide.labels import UNTOLD_CONFIDENCE
from tests.classifiers.asking import (
    CHOICES,
    INJECTIONS,
    SECRET,
    category,
    question,
    unavailable,
    with_ollama,
)
from tests.fakes.ollama import MODEL

CONFIG = with_ollama()


async def test_the_letter_it_answers_is_the_category(ollama, classifier):
    await classifier.warm_up(CONFIG)
    for letter, name in zip("ABC", CHOICES, strict=True):
        ollama.says = letter
        opinion = await classifier.classify(question(CONFIG))
        assert (category(opinion), opinion.verdict.source) == (name, "ollama")


async def test_the_call_goes_to_the_ledger_and_costs_nothing(ollama, classifier, clock):
    await classifier.warm_up(CONFIG)
    ollama.says = lambda body: (clock.advance(0.125), "B")[1:]
    call = (await classifier.classify(question(CONFIG))).call
    assert (call.model, call.provider, call.outcome) == (MODEL, "ollama", "ok")
    assert (call.cost.usd, call.http_status, call.latency_ms) == (Decimal(0), 200, 125.0)


async def test_what_it_is_asked(ollama, classifier):
    await classifier.warm_up(CONFIG)
    await classifier.classify(question(CONFIG, "please fix my code"))
    body = ollama.chats[-1].body
    options = body.pop("options")
    system, user = body.pop("messages")
    assert "please fix my code" in user["content"]
    assert "please fix my code" not in system["content"]
    assert (body, options) == (
        {
            "model": MODEL,
            "stream": False,
            "think": False,
            "keep_alive": 600,
            "logprobs": True,
            "top_logprobs": 20,
        },
        {"temperature": 0, "num_ctx": 4096, "num_predict": 3},
    )


async def test_the_context_never_changes_so_nothing_is_loaded_twice(ollama, classifier):
    await classifier.warm_up(CONFIG)
    for text in ("short", "long " * 10_000):
        await classifier.classify(question(CONFIG, text))
    assert {asked.body["options"]["num_ctx"] for asked in ollama.chats} == {4096}
    assert ollama.loads_begun == 1


async def test_token_probabilities_are_the_confidence(ollama, classifier):
    await classifier.warm_up(CONFIG)
    ollama.says, ollama.odds = "B", {"B": 0.5, " B": 0.1, "A": 0.2, "The": 0.1}
    verdict = (await classifier.classify(question(CONFIG))).verdict
    assert [(score.category, score.confidence) for score in verdict.scores] == [
        ("reasoning", pytest.approx(0.75)),
        ("code", pytest.approx(0.25)),
        ("conversation", 0.0),
    ]


@pytest.mark.parametrize("older", ["unknown", "refused"])
async def test_an_older_ollama_without_them_works_too(ollama, classifier, older):
    ollama.logprobs, ollama.says = older, "C"
    await classifier.warm_up(CONFIG)
    opinion = await classifier.classify(question(CONFIG))
    assert category(opinion) == "conversation"
    assert opinion.verdict.scores[0].confidence == UNTOLD_CONFIDENCE


async def test_a_model_that_can_think_is_kept_from_it(ollama, classifier):
    ollama.thinkers.add(MODEL)
    await classifier.warm_up(CONFIG)
    assert category(await classifier.classify(question(CONFIG))) == "code"


@pytest.mark.parametrize("dressed", ["**B**", " B", "B.", "\nB", "(b)", ["Letter", ":", " B"]])
async def test_a_letter_in_its_dress_is_taken_though_the_cap_cuts_it(ollama, classifier, dressed):
    await classifier.warm_up(CONFIG)
    ollama.says = dressed
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("obeys", [True, False])
async def test_an_injected_text_can_at_most_choose_another_category(
    ollama, classifier, text, obeys
):
    await classifier.warm_up(CONFIG)
    ollama.says = (lambda body: [body["messages"][-1]["content"]]) if obeys else "C"
    if obeys:
        await unavailable(classifier, CONFIG, text)
    else:
        verdict = (await classifier.classify(question(CONFIG, text))).verdict
        assert {score.category for score in verdict.scores} <= set(CHOICES)
    system = ollama.chats[-1].body["messages"][0]["content"]
    assert text not in system
    assert ollama.chats[-1].body["model"] == MODEL


async def test_names_are_put_as_labels_in_the_order_of_the_choices(ollama, classifier):
    models = default_config().categories["code"].models
    config = default_config()
    garden = Category(name="garden", models=models, description="plants and soil")
    config = with_ollama(replace(config, categories={**config.categories, "garden": garden}))
    await classifier.warm_up(config)
    ollama.says = "A"
    asked = replace(question(config), choices=("garden", "code"))
    assert category(await classifier.classify(asked)) == "garden"
    assert "A: plants and soil" in ollama.chats[-1].body["messages"][0]["content"]


async def test_a_changed_model_is_asked_once_it_is_loaded(ollama, classifier):
    ollama.installed.add("tiny:1b")
    await classifier.warm_up(CONFIG)
    other = with_ollama(model="tiny:1b")
    assert (await unavailable(classifier, other)).cause == "the model tiny:1b is still loading"
    await classifier.warm_up(other)
    opinion = await classifier.classify(question(other))
    assert opinion.call.model == "tiny:1b"
    assert (await classifier.classify(question(CONFIG))).call.model == MODEL
    assert ollama.loads_begun == 2


async def test_a_model_without_a_tag_is_the_latest(ollama, classifier, clock):
    ollama.installed.add("tiny:latest")
    config = with_ollama(model="tiny")
    await classifier.warm_up(config)
    clock.advance(60)
    await classifier.classify(question(config))
    assert ollama.asked[-2].path == "/api/ps", "it is recognised in the list"
    ollama.unload()
    clock.advance(60)
    assert "still loading" in (await unavailable(classifier, config)).cause


async def test_nothing_of_a_text_is_logged(ollama, classifier, caplog):
    caplog.set_level("DEBUG")
    await classifier.warm_up(CONFIG)
    await classifier.classify(question(CONFIG))
    ollama.says = "no label at all"
    await unavailable(classifier, CONFIG)
    assert SECRET not in caplog.text
    assert "no label" not in caplog.text
