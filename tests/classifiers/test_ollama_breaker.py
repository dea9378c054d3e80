"""The model on Ollama: its breaker, and requests that leave."""

from __future__ import annotations

import asyncio
import logging

import pytest

from router_core.app.ports import ClassifierUnavailable
from router_core.classifiers.ollama import OllamaClassifier
from tests.classifiers.asking import SOON_S, category, question, unavailable, with_ollama
from tests.fakes.ollama import MODEL, QUEUE_FULL, FakeOllama, Fault

CONFIG = with_ollama()


async def failing(classifier: OllamaClassifier, ollama: FakeOllama, times: int) -> None:
    for _ in range(times):
        ollama.faults.append(Fault(503, QUEUE_FULL))
        await unavailable(classifier, CONFIG)


async def test_after_three_failures_in_a_row_it_is_left_alone(classifier, ollama, clock):
    await classifier.warm_up(CONFIG)
    await failing(classifier, ollama, 3)
    sent = len(ollama.asked)
    clock.advance(9)
    error = await unavailable(classifier, CONFIG)
    assert error.cause == "Ollama failed 3 times in a row; it is asked again in 21 s"
    assert error.call is None
    assert len(ollama.asked) == sent


async def test_useless_answers_count_too_and_a_good_one_between_starts_anew(classifier, ollama):
    await classifier.warm_up(CONFIG)
    for says in ("D", "D", "A", "D", "D", "A"):
        ollama.says = says
        await asyncio.gather(classifier.classify(question(CONFIG)), return_exceptions=True)
    assert len(ollama.chats) == 7


async def test_then_one_request_is_the_probe(classifier, ollama, clock):
    config = with_ollama(parallel=4)
    await classifier.warm_up(config)
    await failing(classifier, ollama, 3)
    clock.advance(30)
    ollama.may_generate.clear()
    sent = len(ollama.chats)
    probe = asyncio.create_task(classifier.classify(question(config)))
    await ollama.until(lambda: len(ollama.chats) == sent + 1)
    others = [await unavailable(classifier, config) for _ in range(3)]
    assert {error.cause for error in others} == {
        "Ollama failed 3 times in a row; one call is finding out whether it works again"
    }
    ollama.may_generate.set()
    assert category(await probe) == "code"
    assert category(await classifier.classify(question(config))) == "code"


async def test_a_probe_that_is_cancelled_gives_its_lease_back(classifier, ollama, clock):
    await classifier.warm_up(CONFIG)
    await failing(classifier, ollama, 3)
    clock.advance(30)
    ollama.may_generate.clear()
    probe = asyncio.create_task(classifier.classify(question(CONFIG)))
    await ollama.until(lambda: ollama.running == 1)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    ollama.may_generate.set()
    assert category(await classifier.classify(question(CONFIG))) == "code"


async def test_a_probe_that_finds_it_cold_gives_its_lease_back(classifier, ollama, clock):
    await classifier.warm_up(CONFIG)
    await failing(classifier, ollama, 3)
    clock.advance(30)
    ollama.unload()
    assert "still loading" in (await unavailable(classifier, CONFIG)).cause
    await classifier.warm_up(CONFIG)
    assert category(await classifier.classify(question(CONFIG))) == "code"


async def test_a_model_that_is_changed_has_a_breaker_of_its_own(classifier, ollama):
    await classifier.warm_up(CONFIG)
    await failing(classifier, ollama, 3)
    ollama.installed.add("tiny:1b")
    other = with_ollama(model="tiny:1b")
    await classifier.warm_up(other)
    assert category(await classifier.classify(question(other))) == "code"


# -- leaving


async def test_who_leaves_closes_the_connection_at_once_and_frees_the_slot(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.may_generate.clear()
    leaving = asyncio.create_task(classifier.classify(question(CONFIG)))
    await ollama.until(lambda: ollama.running == 1)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await asyncio.wait_for(ollama.chats[1].ended.wait(), 1)
    assert ollama.chats[1].left
    ollama.may_generate.set()
    assert category(await classifier.classify(question(CONFIG))) == "code"


async def test_leaving_counts_for_nothing(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.may_generate.clear()
    for count in range(5):
        leaving = asyncio.create_task(classifier.classify(question(CONFIG)))
        await ollama.until(lambda count=count: len(ollama.chats) == count + 2)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    ollama.may_generate.set()
    assert category(await classifier.classify(question(CONFIG))) == "code"
    assert ollama.loads_begun == 1


async def test_who_leaves_while_waiting_for_a_slot_takes_none(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.may_generate.clear()
    first = asyncio.create_task(classifier.classify(question(CONFIG)))
    await ollama.until(lambda: ollama.running == 1)
    waiting = [asyncio.create_task(classifier.classify(question(CONFIG))) for _ in range(3)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    ollama.may_generate.set()
    await first
    assert category(await classifier.classify(question(CONFIG))) == "code"
    assert len(ollama.chats) == 3


async def test_who_waited_for_a_slot_is_not_sent_after_one_that_failed(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.may_generate.clear()
    slow = asyncio.create_task(classifier.classify(question(with_ollama(deadline_s=SOON_S))))
    await ollama.until(lambda: ollama.running == 1)
    error = await unavailable(classifier, CONFIG)
    assert error.cause == f"the model {MODEL} is still loading"
    with pytest.raises(ClassifierUnavailable, match="took longer"):
        await slow
    await ollama.until(lambda: len(ollama.chats) == 3)
    ollama.may_generate.set()
    await classifier.warm_up(CONFIG)
    assert len(ollama.chats) == 3, "the first warm-up, the slow one, and what looked after it"


async def test_the_operator_is_told_once_of_each_reason(classifier, ollama, clock, caplog):
    caplog.set_level(logging.INFO)
    ollama.installed.clear()
    for _ in range(3):
        with pytest.raises(ClassifierUnavailable):
            await classifier.warm_up(CONFIG)
    ollama.installed.add(MODEL)
    await classifier.warm_up(CONFIG)
    ours = [r.getMessage() for r in caplog.records if r.name == "router_core.classifiers"]
    assert ours == [
        f"Ollama cannot classify: the model {MODEL} is not there: `ollama pull {MODEL}`",
        f"Ollama: the model {MODEL} is loaded, after 0.0 s",
    ]
