"""A cold Ollama: no request waits for it, and one load brings it up."""

from __future__ import annotations

import asyncio

import pytest

from router_core.app.ports import ClassifierUnavailable
from router_core.classifiers.ollama import OllamaClassifier
from tests.classifiers.asking import SOON_S, category, question, unavailable, with_ollama
from tests.fakes.ollama import MODEL, FakeOllama, Fault
from tests.fakes.upstream import json_reply

CONFIG = with_ollama()
LOADING = f"the model {MODEL} is still loading"


async def loaded(ollama: FakeOllama, classifier: OllamaClassifier) -> None:
    """Lets the load under way end, and joins it."""
    ollama.may_load.set()
    await classifier.warm_up(CONFIG)


async def test_warming_up_loads_the_model_with_a_question_of_the_usual_kind(ollama, classifier):
    await classifier.warm_up(CONFIG)
    assert (ollama.loads_begun, list(ollama.in_memory)) == (1, [MODEL])
    first = ollama.chats[0].body
    await classifier.classify(question(CONFIG))
    second = ollama.chats[1].body
    assert first["messages"][0] == second["messages"][0], "what is read once is read for all"
    assert first["messages"][1] != second["messages"][1]


async def test_starting_loads_it_in_the_background(ollama, classifier):
    ollama.may_load.clear()
    classifier.start(CONFIG)
    await ollama.until(lambda: ollama.loads_begun == 1)
    assert (await unavailable(classifier, CONFIG)).cause == LOADING
    await loaded(ollama, classifier)
    assert category(await classifier.classify(question(CONFIG))) == "code"
    assert ollama.loads_begun == 1


async def test_a_request_of_a_cold_model_starts_the_load_and_does_not_wait(ollama, classifier):
    ollama.may_load.clear()
    error = await unavailable(classifier, CONFIG)
    assert (error.cause, error.call) == (LOADING, None)
    await ollama.until(lambda: ollama.loads_begun == 1)
    await loaded(ollama, classifier)
    assert category(await classifier.classify(question(CONFIG))) == "code"


async def test_however_many_ask_and_leave_there_is_one_load(ollama, classifier):
    ollama.may_load.clear()
    for _ in range(20):
        leaving = asyncio.create_task(classifier.classify(question(CONFIG)))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await unavailable(classifier, CONFIG)
    await ollama.until(lambda: ollama.loads_begun == 1)
    await loaded(ollama, classifier)
    assert (len(ollama.chats), ollama.loads_begun, ollama.loads_given_up) == (1, 1, 0)
    assert category(await classifier.classify(question(CONFIG))) == "code"


async def test_who_leaves_while_waiting_for_the_warm_up_does_not_end_it(ollama, classifier):
    ollama.may_load.clear()
    waiting = asyncio.create_task(classifier.warm_up(CONFIG))
    await ollama.until(lambda: ollama.loads_begun == 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await loaded(ollama, classifier)
    assert (ollama.loads_begun, ollama.loads_given_up) == (1, 0)


async def test_idle_past_its_keep_alive_it_is_cold_again(ollama, classifier, clock):
    await classifier.warm_up(CONFIG)
    clock.advance(599)
    await classifier.classify(question(CONFIG))
    clock.advance(600)
    chats = len(ollama.chats)
    ollama.may_load.clear()
    assert (await unavailable(classifier, CONFIG)).cause == LOADING
    await ollama.until(lambda: ollama.loads_begun == 2)
    assert len(ollama.chats) == chats + 1, "the load alone was sent"
    await loaded(ollama, classifier)
    assert category(await classifier.classify(question(CONFIG))) == "code"


@pytest.mark.parametrize("how", ["unloaded", "another context", "restarted"])
async def test_where_ollama_has_dropped_it_no_request_waits(ollama, classifier, clock, how):
    await classifier.warm_up(CONFIG)
    clock.advance(60)
    if how == "unloaded":
        ollama.unload()
    elif how == "another context":
        ollama._loaded[MODEL].num_ctx = 8192  # another client has had it loaded anew
    else:
        await ollama.refuse()
        await ollama.listen()
    ollama.may_load.clear()
    error = await unavailable(classifier, CONFIG)
    assert (error.cause, error.call) == (LOADING, None)
    await ollama.until(lambda: ollama.loads_begun == 2)
    seen = len(ollama.asked)
    assert (await unavailable(classifier, CONFIG)).cause == LOADING
    assert len(ollama.asked) == seen, "the list of models would wait for the load"
    await loaded(ollama, classifier)
    assert category(await classifier.classify(question(CONFIG))) == "code"
    assert (ollama.loads_begun, ollama.loads_given_up) == (2, 0)


async def test_dropped_a_moment_after_an_answer_one_request_pays_and_one_load_follows(
    ollama, classifier
):
    await classifier.warm_up(CONFIG)
    ollama.unload()
    ollama.may_load.clear()
    hurried = with_ollama(deadline_s=SOON_S)
    assert (await unavailable(classifier, hurried)).cause == "Ollama took longer than 0.05 s"
    await ollama.until(lambda: ollama.loads_given_up == 1)
    for _ in range(5):
        assert (await unavailable(classifier, hurried)).cause == LOADING
    await ollama.until(lambda: ollama.loads_begun == 3)
    await loaded(ollama, classifier)
    assert category(await classifier.classify(question(CONFIG))) == "code"
    assert (ollama.loads_begun, ollama.loads_given_up) == (3, 1)


async def test_an_answer_that_waited_for_a_load_is_not_relied_upon(ollama, classifier):
    await classifier.warm_up(CONFIG)
    ollama.unload()
    await classifier.classify(question(CONFIG))
    assert ollama.asked[-1].path == "/api/chat"
    await classifier.classify(question(CONFIG))
    assert [asked.path for asked in ollama.asked[-2:]] == ["/api/ps", "/api/chat"]


async def test_shortly_after_an_answer_nothing_else_is_asked(ollama, classifier, clock):
    await classifier.warm_up(CONFIG)
    seen = len(ollama.asked)
    for _ in range(3):
        clock.advance(9)
        await classifier.classify(question(CONFIG))
    assert [asked.path for asked in ollama.asked[seen:]] == ["/api/chat"] * 3


async def test_an_ollama_without_a_list_of_loaded_models_works(upstream, clock):
    answer = {"message": {"role": "assistant", "content": "B"}, "done": True}
    upstream.on_path("/api/chat", json_reply(answer))
    upstream.on_path("/api/ps", json_reply({"error": "no such path"}, 404))
    classifier = OllamaClassifier(f"http://127.0.0.1:{upstream.port}", clock, keep_alive_s=600)
    await classifier.warm_up(CONFIG)
    clock.advance(599)
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"
    clock.advance(600)
    assert (await unavailable(classifier, CONFIG)).cause == LOADING
    await classifier.close()


async def test_a_failed_load_is_tried_again_on_demand_and_ever_more_rarely(
    ollama, classifier, clock
):
    await ollama.refuse()
    begun: list[float] = []
    for second in range(200):
        task = None if not classifier._models else classifier._models[MODEL]._warmth._task
        await unavailable(classifier, CONFIG)
        after = classifier._models[MODEL]._warmth._task
        if after is not task:
            begun.append(second)
            await after
        clock.advance(1)
    assert begun == [0, 1, 3, 7, 15, 31, 63, 123, 183]


async def test_nothing_is_tried_again_when_nobody_asks(ollama, classifier, clock):
    ollama.installed.clear()
    with pytest.raises(ClassifierUnavailable):
        await classifier.warm_up(CONFIG)
    clock.advance(10_000)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(ollama.chats) == 1


async def test_the_reason_of_a_failed_load_is_told_until_it_succeeds(ollama, classifier, clock):
    ollama.installed.clear()
    absent = f"the model {MODEL} is not there: `ollama pull {MODEL}`"
    with pytest.raises(ClassifierUnavailable, match="is not there"):
        await classifier.warm_up(CONFIG)
    assert (await unavailable(classifier, CONFIG)).cause == absent
    ollama.installed.add(MODEL)
    ollama.may_load.clear()
    clock.advance(1)
    assert (await unavailable(classifier, CONFIG)).cause == f"{absent}; trying again"
    await loaded(ollama, classifier)
    ollama.unload()
    clock.advance(60)
    assert (await unavailable(classifier, CONFIG)).cause == LOADING


async def test_a_load_that_fails_says_why(ollama, classifier):
    ollama.faults.append(Fault(500, "model requires more system memory (9 GiB) than is available"))
    with pytest.raises(ClassifierUnavailable, match=f"lacks the memory for the model {MODEL}"):
        await classifier.warm_up(CONFIG)


async def test_a_model_that_answers_nonsense_when_warmed_up_is_loaded_all_the_same(
    ollama, classifier
):
    ollama.says = "Hello! How can I help you today?"
    await classifier.warm_up(CONFIG)
    ollama.says = "C"
    assert category(await classifier.classify(question(CONFIG))) == "conversation"


async def test_closing_ends_the_load_and_the_connections(ollama, clock):
    ollama.may_load.clear()
    classifier = OllamaClassifier(ollama.url, clock)
    classifier.start(CONFIG)
    await ollama.until(lambda: ollama.loads_begun == 1)
    await classifier.close()
    await ollama.until(lambda: ollama.loads_given_up == 1)
    await unavailable(classifier, CONFIG)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("load")]


async def test_one_that_was_never_used_closes(clock):
    await OllamaClassifier("", clock).close()
