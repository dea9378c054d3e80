"""Whatever Ollama does, a question to it ends within its deadline, and with the reason."""

from __future__ import annotations

import asyncio
import itertools
import json
from errno import ECONNREFUSED, ENETUNREACH
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from router_core.app.ports import ClassifierUnavailable
from router_core.classifiers.ollama import OllamaClassifier
from router_core.classifiers.ollama_api import OllamaApi
from router_core.decide.config import RoutingConfig
from tests.classifiers.asking import (
    SECRET,
    SOON_S,
    category,
    outcome,
    question,
    unavailable,
    with_ollama,
)
from tests.fakes.clock import FakeClock
from tests.fakes.ollama import MODEL, QUEUE_FULL, Fault
from tests.fakes.upstream import (
    FakeUpstream,
    Raw,
    Reply,
    Reset,
    Stall,
    gigantic_body,
    html,
    json_reply,
    text_reply,
)

CONFIG = with_ollama()
HURRIED = with_ollama(deadline_s=SOON_S)
TOO_SLOW = "Ollama took longer than 0.05 s"
KEY: Any = SimpleNamespace(host="ollama", port=11434, ssl=True, is_ssl=False)
"""Of a connection, as aiohttp's errors hold it."""


async def asked_once_warm(
    classifier: OllamaClassifier, config: RoutingConfig = CONFIG
) -> ClassifierUnavailable:
    await classifier.warm_up(CONFIG)
    return await unavailable(classifier, config)


# -- away


async def test_down(classifier, ollama):
    await ollama.refuse()
    with pytest.raises(ClassifierUnavailable) as caught:
        await classifier.warm_up(CONFIG)
    down = f"Ollama at {ollama.url} does not answer: connection refused"
    assert caught.value.cause == down
    assert (await unavailable(classifier, CONFIG)).cause == down


async def test_it_goes_down_and_comes_back(classifier, ollama, clock):
    await classifier.warm_up(CONFIG)
    await ollama.refuse()
    assert outcome(await unavailable(classifier, CONFIG)) == ("unreachable", None)
    with pytest.raises(ClassifierUnavailable, match="does not answer: connection refused"):
        await classifier.warm_up(CONFIG)
    await ollama.listen()
    clock.advance(60)
    await unavailable(classifier, CONFIG)  # has it loaded
    await classifier.warm_up(CONFIG)
    assert category(await classifier.classify(question(CONFIG))) == "code"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (aiohttp.ConnectionTimeoutError(), "does not answer: no connection in time"),
        (
            aiohttp.ClientConnectorDNSError(KEY, OSError()),
            "does not answer: the host's name is not known",
        ),
        (
            aiohttp.ClientConnectorError(KEY, OSError(ENETUNREACH, "no way")),
            "does not answer: no connection",
        ),
        (
            aiohttp.ClientConnectorError(KEY, OSError(ECONNREFUSED, "refused")),
            "does not answer: connection refused",
        ),
        (ConnectionResetError(), "broke off the connection"),
    ],
)
def test_what_a_broken_transport_means(error, cause):
    failure = OllamaApi("http://ollama:11434", 1.0)._no_answer(error)
    assert failure.cause == f"Ollama at http://ollama:11434 {cause}"
    assert failure.cold


# -- slow


async def test_slow(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.may_generate.clear()
    error = await unavailable(classifier, HURRIED)
    assert (error.cause, *outcome(error)) == (TOO_SLOW, "timeout", None)
    asked = ollama.chats[1]
    await asyncio.wait_for(asked.ended.wait(), 1)
    assert asked.left, "its connection is closed, so that Ollama stops"


async def test_it_hangs_before_it_says_what_is_loaded(upstream, clock):
    answer = {"message": {"role": "assistant", "content": "B"}, "done": True}
    upstream.on_path("/api/chat", json_reply(answer))
    listed = json_reply({"models": [{"name": MODEL, "digest": "x"}]})
    upstream.on_path("/api/ps", listed, Reply(before=[Stall()]))
    classifier = OllamaClassifier(f"127.0.0.1:{upstream.port}", clock)
    await classifier.warm_up(CONFIG)
    clock.advance(60)
    assert (await unavailable(classifier, HURRIED)).cause == TOO_SLOW
    await classifier.close()


# -- busy


async def test_one_call_at_a_time_by_default(classifier, ollama):
    await classifier.warm_up(CONFIG)
    asking = [asyncio.create_task(classifier.classify(question(CONFIG))) for _ in range(5)]
    await asyncio.gather(*asking)
    assert len(ollama.chats) == 6
    assert ollama.most_running == 1


@pytest.mark.parametrize("parallel", [1, 3])
async def test_only_so_many_calls_are_sent_at_once(classifier, ollama, parallel):
    config = with_ollama(parallel=parallel)
    await classifier.warm_up(config)
    ollama.may_generate.clear()
    asking = [asyncio.create_task(classifier.classify(question(config))) for _ in range(5)]
    await ollama.until(lambda: len(ollama.chats) == 1 + parallel)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(ollama.chats) == 1 + parallel
    ollama.may_generate.set()
    await asyncio.gather(*asking)


async def test_who_waits_in_vain_for_a_slot_gives_up_after_half_the_deadline(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.may_generate.clear()
    first = asyncio.create_task(classifier.classify(question(CONFIG)))
    await ollama.until(lambda: ollama.running == 1)
    error = await unavailable(classifier, HURRIED)
    assert error.cause == "Ollama is busy: no slot came free within 0.025 s"
    assert error.call is None
    ollama.may_generate.set()
    assert category(await first) == "code"
    assert len(ollama.chats) == 2


async def test_a_full_queue(classifier, ollama):
    await classifier.warm_up(CONFIG)
    ollama.faults.append(Fault(503, QUEUE_FULL))
    error = await unavailable(classifier, CONFIG)
    assert error.cause == "Ollama is busy: its queue is full"
    assert outcome(error) == ("rate_limited", 503)
    assert category(await classifier.classify(question(CONFIG))) == "code", "it is still warm"


# -- wrong


@pytest.mark.parametrize(
    "says",
    [
        "D",  # a label that was not given
        "Z",
        "code",
        "Hello there, how are you",
        "I think that this is a question about",
        "openai/gpt-4o",
        ["A", " or", " B"],
        "4",
    ],
)
async def test_invented_labels_and_prose(classifier, ollama, says):
    ollama.says = says
    error = await asked_once_warm(classifier)
    assert error.cause == f"the model {MODEL} answered none of the labels"
    assert outcome(error) == ("invalid_answer", 200)


@pytest.mark.parametrize("blank", ["\n", " ", "\t"])
async def test_a_loop_on_whitespace_ends_at_the_cap(classifier, ollama, blank):
    ollama.says = lambda body: itertools.repeat(blank)
    error = await asked_once_warm(classifier)
    assert error.cause == f"the model {MODEL} answered nothing but blanks"


async def test_an_empty_answer(classifier, ollama):
    ollama.says = ""
    error = await asked_once_warm(classifier)
    assert error.cause == f"the model {MODEL} answered nothing but blanks"


async def test_the_model_was_removed(classifier, ollama, clock):
    await classifier.warm_up(CONFIG)
    ollama.installed.clear()
    error = await unavailable(classifier, CONFIG)
    assert error.cause == f"the model {MODEL} is not there: `ollama pull {MODEL}`"
    assert outcome(error) == ("model_gone", 404)
    again = await unavailable(classifier, CONFIG)
    assert again.call is None, "it is not asked for the same again"


async def test_a_model_that_cannot_chat(classifier, ollama):
    ollama.faults += [Fault(400, f'"{MODEL}" does not support chat')] * 2
    with pytest.raises(ClassifierUnavailable, match=f"the model {MODEL} cannot chat"):
        await classifier.warm_up(CONFIG)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fault(500, f"it echoes {SECRET}"), "failed (HTTP 500)"),
        (Fault(499, "request canceled"), "refused the question (HTTP 499)"),
        (Fault(200, f"it echoes {SECRET}"), "failed (HTTP 200)"),
        (Fault(302, "elsewhere"), "refused the question (HTTP 302)"),
        (Fault(404, body=b"404 page not found"), "refused the question (HTTP 404)"),
        (Fault(200, dies_after=0), "broke off its answer"),
        (Fault(200, dies_after=9), "broke off its answer"),
    ],
)
async def test_errors_are_told_without_their_words(classifier, ollama, fault, cause):
    await classifier.warm_up(CONFIG)
    ollama.faults.append(fault)
    assert (await unavailable(classifier, CONFIG)).cause == f"Ollama at {ollama.url} {cause}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b"[" * 60_000,
        b'{"done": true}',
        b'{"message": {"content": "A"}}',
        b'{"message": {"content": "A"}, "done": false}',
        b'{"message": {"content": 1}, "done": true}',
        b'{"message": ["A"], "done": true}',
        b'{"message": {"content": "A"}, "done": true}\n{"done": true}',
        b"\xff\xfe",
    ],
)
async def test_what_is_no_answer_of_ollamas(classifier, ollama, body):
    await classifier.warm_up(CONFIG)
    ollama.faults.append(Fault(200, body=body))
    error = await unavailable(classifier, CONFIG)
    assert error.cause == f"the answer of Ollama at {ollama.url} is not what Ollama sends"


@pytest.mark.parametrize("logprobs", [None, 1, "x", [], [1], [{}], [{"token": 1}], {"a": 1}])
@pytest.mark.parametrize("load", [None, "x", -1, 10**400, 0.5])
async def test_odd_extras_do_not_spoil_a_good_label(classifier, ollama, logprobs, load):
    await classifier.warm_up(CONFIG)
    answer = {"message": {"content": "B"}, "done": True}
    odd = {**answer, "logprobs": logprobs, "load_duration": load}
    ollama.faults.append(Fault(200, body=json.dumps(odd).encode()))
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


UNREADABLE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(before=[Raw(b"HTTP/1.1 200 OK\r\n"), Stall()]),
        Reply(before=[Stall()]),
        Reply(before=[Raw(UNREADABLE), Stall()]),
    ],
)
async def test_silence_at_any_point_ends_with_the_deadline(upstream, clock, reply):
    classifier = await warmed_up(upstream, clock, reply)
    assert outcome(await unavailable(classifier, HURRIED))[0] in ("timeout", "invalid_answer")
    await classifier.close()


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(before=[Reset()]), "broke off the connection"),
        (Reply(before=[Raw(b"SSH-2.0-OpenSSH\r\n\r\n"), Stall()]), "answers, but not in HTTP"),
        (gigantic_body(10_000_000), "is too long"),
        (html(502), "failed (HTTP 502)"),
        (text_reply("Ollama is running"), "is not what Ollama sends"),
    ],
)
async def test_misbehaviour_below_http(upstream, clock, reply, cause):
    classifier = await warmed_up(upstream, clock, reply)
    assert cause in (await unavailable(classifier, CONFIG)).cause
    await classifier.close()


async def test_a_redirect_is_not_followed(upstream, ollama, clock):
    elsewhere = json_reply({}, 307, {"Location": f"{ollama.url}/api/chat"})
    classifier = await warmed_up(upstream, clock, elsewhere)
    assert "(HTTP 307)" in (await unavailable(classifier, CONFIG)).cause
    assert ollama.asked == []
    await classifier.close()


async def warmed_up(upstream: FakeUpstream, clock: FakeClock, then: Reply) -> OllamaClassifier:
    """One whose Ollama answers once, and then so."""
    answer = {"message": {"role": "assistant", "content": "B"}, "done": True}
    upstream.on_path("/api/chat", json_reply(answer), then)
    upstream.on_path("/api/ps", json_reply({"models": []}))
    classifier = OllamaClassifier(f"http://127.0.0.1:{upstream.port}", clock)
    await classifier.warm_up(CONFIG)
    return classifier
