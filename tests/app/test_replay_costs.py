"""What replays cost: the sums by list prices, and how little they take from requests."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from router_core.decide.config import Mode, ModelSettings
from router_core.decide.defaults import default_config
from router_core.decide.model_info import ModelInfo
from router_core.decide.sketch import Sketch
from tests.app.replaying import (
    COMPILED,
    GARDENER,
    Replaying,
    of_decisions,
    priced,
    with_category,
    with_models,
)
from tests.app.rig import ask, break_open

CODE = "write a python function that reverses a string"
WHY = "why does the moon always show the same side to the earth?"
TULIPS = "when do i plant my tulips?"
CONFIG = default_config()
GARDEN = with_category(CONFIG, "garden", keywords=("tulip", "compost heap"))


async def test_the_cost_is_that_of_what_the_answers_took_by_list_prices() -> None:
    first = CONFIG.categories["code"].models[0]
    prices = priced(first, "0.001") | priced(GARDENER, "0.0001")
    before = replace(CONFIG, model_settings=prices)
    router = Replaying(before)
    await router.says(CODE, "a python class", WHY)
    report = await router.under(with_models(before, "code", GARDENER))
    # Of 1,000 tokens read and 100 written each; what the third costs is not known.
    assert (report.cost_before_usd, report.cost_after_usd) == (Decimal(4), Decimal("0.4"))


async def test_a_price_that_the_proposed_config_gives_counts_after_it_alone() -> None:
    first = CONFIG.categories["code"].models[0]
    before = replace(CONFIG, model_settings=priced(first, "0.001"))
    router = Replaying(before)
    await router.says(CODE)
    report = await router.under(replace(before, model_settings=priced(first, "0.002")))
    assert (report.cost_before_usd, report.cost_after_usd) == (Decimal(2), Decimal(4))
    assert report.moves == ()


async def test_a_policy_is_replayed_with_what_it_would_go_by() -> None:
    dear, *_, last = CONFIG.categories["code"].models
    before = replace(CONFIG, model_settings=priced(dear, "0.001") | priced(last, "0.0001"))
    router = Replaying(before)
    await router.says(CODE)
    code = replace(before.categories["code"], policy="cheapest")
    after = replace(before, categories={**before.categories, "code": code})
    report = await router.under(after)
    assert [(move.from_model, move.to_model) for move in of_decisions(report)] == [
        (dear.name, last.name)
    ]
    assert (report.cost_before_usd, report.cost_after_usd) == (Decimal(2), Decimal("0.2"))


async def test_what_is_not_known_on_both_sides_is_no_cost() -> None:
    first = CONFIG.categories["code"].models[0]
    before = replace(CONFIG, model_settings=priced(first, "0.001"))
    router = Replaying(before)
    await router.says(CODE)
    report = await router.under(with_models(before, "code", GARDENER))
    assert (report.cost_before_usd, report.cost_after_usd) == (None, None)


async def test_an_answer_that_told_no_usage_costs_nothing_known() -> None:
    first = CONFIG.categories["code"].models[0]
    before = replace(CONFIG, model_settings=priced(first, "0.001"))
    router = Replaying(before, usage={})
    await router.says(CODE)
    assert (await router.under(before)).cost_before_usd is None


async def test_the_models_are_those_that_would_be_called_now() -> None:
    router = Replaying()
    first, second, *_ = CONFIG.categories["code"].models
    await router.says(CODE)
    break_open(router, first)
    after = replace(with_models(CONFIG, "code", first, GARDENER), last_resort=None)
    (move,) = of_decisions(await router.under(after))
    assert (move.from_model, move.to_model) == (second.name, "gardener")
    small = ModelInfo(context_length=10, max_output_tokens=5)
    settings = {second.name: ModelSettings(info=small)}
    wide = "x" * 1_000
    await router.asks(replace(ask(text=f"{CODE} {wide}"), prompt_bytes=5_000))
    report = await router.under(replace(CONFIG, model_settings=settings))
    assert first.name not in {move.to_model for move in of_decisions(report)}
    assert report.moved_decisions == 1


# -- what it costs the requests


async def test_only_the_last_decisions_are_kept() -> None:
    router = Replaying()
    request = ask(text=TULIPS)
    routed = await router.route(request, CONFIG)
    for _ in range(500):
        router.replay.saw(request, routed, (1, 1))
    await router.says(CODE)
    report = await router.under(GARDEN)
    assert (report.decisions, report.moved_decisions) == (500, 499)


async def test_a_full_store_reads_no_text_for_its_own_sake_more_often_than_it_may() -> None:
    keywords = replace(CONFIG, mode=Mode.KEYWORDS)
    router = Replaying(keywords)
    await router.says(*[CODE] * 500)
    await router.says(TULIPS)
    garden = replace(GARDEN, mode=Mode.KEYWORDS)
    assert (await router.under(garden)).moved_decisions == 0
    router.clock.advance(0.06)
    await router.says(TULIPS, TULIPS)
    assert (await router.under(garden)).moved_decisions == 1
    await router.asks(ask("router/conversation"))
    moved = await router.under(with_models(keywords, "conversation", GARDENER))
    assert moved.moved_decisions == 2


async def test_what_the_classifier_has_read_is_not_read_again() -> None:
    router = Replaying(judge=Unreadable())
    await router.says(CODE)
    assert len(router.replay._taken) == 1


async def test_a_request_is_answered_although_its_decision_cannot_be_kept(caplog) -> None:
    router = Replaying(replace(CONFIG, mode=Mode.KEYWORDS), judge=Unreadable())
    with caplog.at_level(logging.ERROR):
        assert await router.asks(ask(text=CODE)) == "code"
    assert caplog.messages == ["a decision cannot be replayed: LookupError"]


class Unreadable:
    """Judges nothing: nothing can be read."""

    def sketch(self, text: str) -> Sketch:
        raise LookupError(text)

    def __getattr__(self, name: str) -> None:
        raise AssertionError(name)


async def test_requests_have_their_turn_while_decisions_are_replayed() -> None:
    router = Replaying()
    await router.says(*[TULIPS] * 50)
    turns = [0]

    async def others() -> None:
        while True:
            await asyncio.sleep(0)
            turns.append(turns[-1] + 1)

    running = asyncio.create_task(others())
    asked: list[int] = []
    under = router.replay.judge.likeliest

    def counted(*args):
        asked.append(turns[-1])
        return under(*args)

    router.replay.judge = Counted(counted)
    report = await router.under(GARDEN)
    running.cancel()
    assert report.moved_decisions == 50
    held_up = max(asked.count(turn) for turn in set(asked))
    assert held_up <= 4
    assert all(before <= after for before, after in pairwise(asked))


class Counted:
    """The shipped classifiers, whose judgements are counted."""

    def __init__(self, likeliest) -> None:
        self.likeliest = likeliest

    def __getattr__(self, name: str):
        return getattr(COMPILED, name)


async def test_a_decision_that_is_taken_meanwhile_is_not_in_the_report() -> None:
    router = Replaying()
    await router.says(*[TULIPS] * 10)
    replaying = asyncio.create_task(router.under(GARDEN))
    await asyncio.sleep(0)
    await router.says(TULIPS)
    assert (await replaying).decisions == 10
    assert (await router.under(GARDEN)).decisions == 11
