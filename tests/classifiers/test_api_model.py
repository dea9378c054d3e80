"""The API model: what it is asked, what its answers mean, and what becomes of failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from math import log
from typing import Any

import pytest

from router_core.classifiers.api_model import ApiClassifier
from router_core.decide.config import ModelRef
from router_core.decide.labels import UNTOLD_CONFIDENCE
from router_core.decide.model_info import ModelInfo
from router_core.providers.openai_compatible import OpenAICompatible
from tests.classifiers.asking import (
    CHOICES,
    INJECTIONS,
    SECRET,
    SOON_S,
    category,
    outcome,
    question,
    unavailable,
    with_api,
)
from tests.fakes.upstream import (
    FakeUpstream,
    Mark,
    Reply,
    Reset,
    Stall,
    completion,
    error,
    json_reply,
    usage,
)

MODEL = ModelRef(name="cheap", id="vendor/cheap", provider="openrouter")
OTHER = ModelRef(name="other", id="vendor/other", provider="openrouter")
CONFIG = with_api(MODEL)
HURRIED = with_api(MODEL, SOON_S)


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        yield server


@pytest.fixture
async def classifier(upstream, clock) -> AsyncIterator[ApiClassifier]:
    provider = OpenAICompatible("openrouter", upstream.base_url, "sk-0123456789")
    yield ApiClassifier(lambda _: provider, clock, lambda _: ModelInfo())
    await provider.close()


def letter(text: str | None = "B", **fields: Any) -> Reply:
    return completion(text, **{"usage": usage(cost=0.000014), **fields})


def with_logprobs(text: str, odds: dict[str, float]) -> Reply:
    told = [{"token": token, "logprob": log(p)} for token, p in odds.items()]
    place = {"token": text, "logprob": log(odds[text]), "top_logprobs": told}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
        "logprobs": {"content": [place], "refusal": None},
    }
    return letter(choices=[choice])


# -- answers


async def test_the_letter_it_answers_is_the_category(upstream, classifier):
    for text, name in zip("ABC", CHOICES, strict=True):
        upstream.enqueue(letter(text))
        opinion = await classifier.classify(question(CONFIG))
        assert (category(opinion), opinion.verdict.source) == (name, "api")
        assert opinion.verdict.scores[0].confidence == UNTOLD_CONFIDENCE


async def test_what_it_is_asked(upstream, classifier):
    upstream.enqueue(letter())
    await classifier.classify(question(CONFIG))
    body = dict(upstream.requests[0].json)
    system, user = body.pop("messages")
    assert SECRET in user["content"]
    assert SECRET not in system["content"]
    assert body == {
        "model": "vendor/cheap",
        "temperature": 0,
        "max_tokens": 256,
        "logprobs": True,
        "top_logprobs": 20,
    }


async def test_token_probabilities_are_the_confidence(upstream, classifier):
    upstream.enqueue(with_logprobs("B", {"B": 0.6, "A": 0.2, "The": 0.1}))
    verdict = (await classifier.classify(question(CONFIG))).verdict
    assert [(score.category, score.confidence) for score in verdict.scores] == [
        ("reasoning", pytest.approx(0.75)),
        ("code", pytest.approx(0.25)),
        ("conversation", 0.0),
    ]


async def test_the_call_and_its_cost_go_to_the_ledger(upstream, classifier):
    upstream.enqueue(letter())
    call = (await classifier.classify(question(CONFIG))).call
    assert (call.model, call.provider, call.outcome) == ("cheap", "openrouter", "ok")
    assert (call.http_status, call.cost.usd) == (200, Decimal("0.000014"))


async def test_an_unknown_cost_is_not_zero(upstream, classifier):
    upstream.enqueue(letter(usage=usage(cost=None)))
    assert (await classifier.classify(question(CONFIG))).call.cost.usd is None


@pytest.mark.parametrize(
    "text",
    ["D", "Z", "code", "", " \n ", None, "It is a question about code, so A", "vendor/other"],
)
async def test_an_answer_without_a_label_is_useless_and_has_its_price(upstream, classifier, text):
    upstream.enqueue(letter(text))
    told = await unavailable(classifier, CONFIG)
    assert told.cause == "cheap answered none of the labels"
    assert outcome(told) == ("invalid_answer", 200)
    assert told.call is not None
    assert told.call.cost.usd == Decimal("0.000014")


async def test_a_model_that_only_reasoned_is_told_apart(upstream, classifier):
    message = {"content": None, "reasoning": "Let me think"}
    upstream.enqueue(letter(None, message=message, finish_reason="length"))
    assert (
        await unavailable(classifier, CONFIG)
    ).cause == "cheap answered nothing within 256 tokens"


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"message": None},
        {"message": {"content": ["A"]}},
        {"message": {"content": [{"type": "text", "text": "A"}]}},
        {"message": {"content": 1}},
    ],
)
async def test_odd_answers_are_useless(upstream, classifier, choice):
    upstream.enqueue(json_reply({"choices": [choice], "usage": "none"}))
    assert outcome(await unavailable(classifier, CONFIG)) == ("invalid_answer", 200)


@pytest.mark.parametrize("logprobs", [None, 1, [], {"content": None}, {"content": [{"token": 1}]}])
async def test_odd_log_probabilities_do_not_spoil_a_good_label(upstream, classifier, logprobs):
    choice = {"message": {"content": "B"}, "logprobs": logprobs}
    upstream.enqueue(json_reply({"choices": [choice]}))
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("obeys", [True, False])
async def test_an_injected_text_can_at_most_choose_another_category(
    upstream, classifier, text, obeys
):
    upstream.enqueue(letter(text if obeys else "C"))
    if obeys:
        await unavailable(classifier, CONFIG, text)
    else:
        verdict = (await classifier.classify(question(CONFIG, text))).verdict
        assert {score.category for score in verdict.scores} <= set(CHOICES)
    body = upstream.requests[0].json
    assert text not in body["messages"][0]["content"]
    assert body["model"] == "vendor/cheap"


# -- models that mind what they are asked


async def test_a_picky_model_is_asked_with_the_messages_alone_from_then_on(upstream, classifier):
    def picky(request: Any) -> Reply:
        return error(400, "unsupported: logprobs") if "logprobs" in request.json else letter()

    upstream.on_request(picky)
    for _ in range(2):
        assert category(await classifier.classify(question(CONFIG))) == "reasoning"
    assert [sorted(request.json) for request in upstream.requests[1:]] == [
        ["messages", "model"],
        ["messages", "model"],
    ]


async def test_one_that_refuses_either_way_is_not_taken_for_picky(upstream, classifier):
    upstream.enqueue(error(400, f"refused: {SECRET}"), error(400), letter())
    told = await unavailable(classifier, CONFIG)
    assert told.cause == "cheap refused the question (HTTP 400)"
    assert outcome(told) == ("rejected", 400)
    await classifier.classify(question(CONFIG))
    assert "logprobs" in upstream.requests[2].json


# -- failures


async def test_without_a_model_there_is_no_opinion(classifier):
    told = await unavailable(classifier, with_api(None))
    assert (told.cause, told.call) == ("the config names no model for it", None)


async def test_down(upstream, classifier):
    await upstream.refuse()
    told = await unavailable(classifier, CONFIG)
    assert told.cause == "cheap cannot be reached"
    assert outcome(told) == ("unreachable", None)


@pytest.mark.parametrize("slow", [Reply(before=[Stall()]), letter().interrupt(9, Stall())])
async def test_slow(upstream, classifier, slow):
    upstream.enqueue(slow)
    told = await unavailable(classifier, HURRIED)
    assert told.cause == "cheap took longer than 0.05 s"
    assert outcome(told) == ("timeout", None)
    await asyncio.wait_for(upstream.all_closed(), 1)


@pytest.mark.parametrize(
    ("reply", "cause", "how"),
    [
        (error(500, SECRET), "cheap failed (HTTP 500)", ("server_error", 500)),
        (error(503, "busy"), "cheap failed (HTTP 503)", ("server_error", 503)),
        (error(504, "late"), "cheap did not answer in time (HTTP 504)", ("timeout", 504)),
        (error(404, SECRET), "cheap is not there (HTTP 404)", ("model_gone", 404)),
        (
            error(401, SECRET),
            "cheap is closed to us: a wrong key, or no credit (HTTP 401)",
            ("no_access", 401),
        ),
        (error(429, SECRET), "cheap asks for time (HTTP 429)", ("rate_limited", 429)),
        (Reply(before=[Reset()]), "cheap cannot be reached", ("unreachable", None)),
        (
            letter().interrupt(9, Reset()),
            "cheap gave no readable answer",
            ("invalid_answer", None),
        ),
        (json_reply([]), "cheap gave no readable answer", ("invalid_answer", 200)),
    ],
)
async def test_failures_are_told_without_the_upstreams_words(
    upstream, classifier, reply, cause, how
):
    upstream.enqueue(reply)
    told = await unavailable(classifier, CONFIG)
    assert (told.cause, outcome(told)) == (cause, how)
    assert told.call is not None
    assert told.call.cost.usd is None


@pytest.mark.parametrize(
    ("reply", "bench_s"),
    [
        (error(429, "slow down"), 15),
        (error(429, "slow down", retry_after=40), 40),
        (error(401, "no key"), 300),
        (error(402, "no credit"), 300),
        (error(404, "no model"), 300),
    ],
)
async def test_where_another_try_is_in_vain_none_is_made(
    upstream, classifier, clock, reply, bench_s
):
    upstream.enqueue(reply, letter())
    first = await unavailable(classifier, CONFIG)
    clock.advance(bench_s - 1)
    told = await unavailable(classifier, CONFIG)
    assert (told.cause, told.call) == (f"{first.cause}; it is asked again in 1 s", None)
    assert len(upstream.requests) == 1
    clock.advance(1)
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


# -- the breaker


async def failing(upstream: FakeUpstream, classifier: ApiClassifier, times: int = 3) -> None:
    for _ in range(times):
        upstream.enqueue(error(500))
        await unavailable(classifier, CONFIG)


async def test_after_three_failures_in_a_row_it_is_left_alone(upstream, classifier, clock):
    await failing(upstream, classifier)
    clock.advance(100)
    told = await unavailable(classifier, CONFIG)
    assert told.cause == "cheap failed 3 times in a row; it is asked again in 200 s"
    assert told.call is None
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("reply", [letter("Z"), error(422), Reply(before=[Reset()])])
async def test_every_useless_end_counts(upstream, classifier, reply):
    upstream.on_request(lambda request: reply)
    for _ in range(3):
        await unavailable(classifier, CONFIG)
    sent = len(upstream.requests)
    assert "3 times in a row" in (await unavailable(classifier, CONFIG)).cause
    assert len(upstream.requests) == sent


async def test_a_good_answer_between_starts_anew(upstream, classifier):
    for _ in range(2):
        await failing(upstream, classifier, 2)
        upstream.enqueue(letter())
        assert category(await classifier.classify(question(CONFIG))) == "reasoning"


async def test_a_probe_that_is_told_to_wait_gives_its_lease_back(upstream, classifier, clock):
    await failing(upstream, classifier)
    clock.advance(300)
    upstream.enqueue(error(429), letter())
    await unavailable(classifier, CONFIG)
    clock.advance(15)
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


async def test_a_breaker_is_one_models(upstream, classifier):
    await failing(upstream, classifier)
    upstream.enqueue(letter())
    assert category(await classifier.classify(question(with_api(OTHER)))) == "reasoning"


async def test_then_one_request_is_the_probe(upstream, classifier, clock):
    await failing(upstream, classifier)
    clock.advance(300)
    reached = asyncio.Event()
    upstream.enqueue(Reply(before=[Mark(reached), Stall()]), letter())
    probe = asyncio.create_task(classifier.classify(question(CONFIG)))
    await reached.wait()
    told = await unavailable(classifier, CONFIG)
    assert told.cause == (
        "cheap failed 3 times in a row; one call is finding out whether it works again"
    )
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    await asyncio.wait_for(upstream.requests[3].closed.wait(), 1)
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


async def test_leaving_counts_for_nothing(upstream, classifier):
    for count in range(4):
        upstream.enqueue(Reply(before=[Stall()]))
        leaving = asyncio.create_task(classifier.classify(question(CONFIG)))
        await upstream.request(count)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    upstream.enqueue(letter())
    assert category(await classifier.classify(question(CONFIG))) == "reasoning"


async def test_nothing_of_a_text_is_logged(upstream, classifier, caplog):
    caplog.set_level("DEBUG")
    upstream.enqueue(letter(), letter("none of them"), error(500, SECRET))
    await classifier.classify(question(CONFIG))
    await unavailable(classifier, CONFIG)
    await unavailable(classifier, CONFIG)
    assert SECRET not in caplog.text
    assert "none of them" not in caplog.text
