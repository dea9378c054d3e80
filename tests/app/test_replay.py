"""What a change of the config would do: recent decisions and fixed prompts, taken again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from router_core.app.replay import prompts_of
from router_core.decide.config import (
    ClassifierSettings,
    Mode,
    ToolsRule,
)
from router_core.decide.defaults import default_config
from router_core.decide.golden import GOLDEN
from tests.app.replaying import (
    COMPILED,
    GARDENER,
    Replaying,
    Says,
    of_decisions,
    places,
    priced,
    with_category,
    with_models,
    without_category,
)
from tests.app.rig import ask, model
from tests.decide.agent_messages import agent, user
from tests.decide.openclaw_messages import assistant, system, tool

CODE = "write a python function that reverses a string"
WHY = "why does the moon always show the same side to the earth?"
TULIPS = "when do i plant my tulips?"
CONFIG = default_config()
FIRST = CONFIG.categories["conversation"].models[0].name
GARDEN = with_category(CONFIG, "garden", keywords=("tulip", "compost heap"))


async def test_what_a_new_category_takes_is_told_from_where_it_comes() -> None:
    router = Replaying()
    await router.says(TULIPS, CODE, "is my compost heap too wet?", WHY, "hello")
    report = await router.under(GARDEN)
    assert (report.decisions, report.moved_decisions) == (5, 2)
    assert places(report) == [("conversation", FIRST, "garden", "gardener")]
    assert of_decisions(report)[0].decisions == 2


@pytest.mark.parametrize("mode", [Mode.KEYWORDS, Mode.EMBEDDED, Mode.CASCADE])
async def test_a_phrase_is_known_by_its_words_in_a_row(mode: Mode) -> None:
    config = replace(CONFIG, mode=mode)
    router = Replaying(config)
    await router.says("is my compost heap wet?", "a heap of compost", "hot compost heaps, please")
    after = with_category(config, "garden", keywords=("compost heap",))
    assert (await router.under(after)).moved_decisions == 2


@pytest.mark.parametrize("mode", [Mode.KEYWORDS, Mode.EMBEDDED])
async def test_each_decision_is_taken_again_as_it_was_taken(mode: Mode) -> None:
    config = replace(GARDEN, mode=mode)
    router = Replaying(config)
    texts = (*GOLDEN, TULIPS, "a compost heap", "", "什么是二叉树?", f"{CODE} " * 900)
    decided = Counter([await router.asks(ask(text=text)) for text in texts])
    elsewhere = config
    for name in config.categories:
        elsewhere = with_models(elsewhere, name, model(f"to-{name}"))
    moves = of_decisions(await router.under(elsewhere))
    assert {move.from_category: move.decisions for move in moves} == decided
    assert [move.to_category for move in moves] == [move.from_category for move in moves]


async def test_what_examples_teach_is_known_in_requests_that_are_not_kept() -> None:
    examples = [
        f"{what} the zorblax quimber frottle {where}"
        for what in ("how do i repair", "clean", "replace")
        for where in ("of my dishwasher", "in my car", "at home")
    ]
    router = Replaying(replace(CONFIG, mode=Mode.EMBEDDED))
    for part in ("zorblax quimber frottle", "rubber seal"):
        await router.says(f"how do i fix the {part} of my fridge")
    before = router.config.config
    report = await router.under(with_category(before, "machines", examples=tuple(examples)))
    assert [(move.to_category, move.decisions) for move in of_decisions(report)] == [
        ("machines", 1)
    ]


async def test_nothing_moves_where_nothing_changes() -> None:
    prices = priced(CONFIG.categories["code"].models[0], "0.001")
    before = replace(GARDEN, model_settings=prices)
    router = Replaying(before)
    await router.says(TULIPS, CODE, WHY, "hello", "?")
    for after in (before, replace(before)):
        report = await router.under(after)
        assert (report.decisions, report.moved_decisions, report.moved_prompts) == (5, 0, 0)
        assert report.moves == ()
        assert report.cost_before_usd
        assert report.cost_after_usd == report.cost_before_usd


async def test_streams_are_kept_too() -> None:
    router = Replaying()
    for each in router.config.config.models().values():
        router.provider.script[each.id] = [
            {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
        ]
    await router.stream(ask(text=TULIPS))
    assert (await router.under(GARDEN)).moved_decisions == 1


async def test_a_request_that_nobody_answered_is_not_kept() -> None:
    router = Replaying()
    for each in router.config.config.models().values():
        router.provider.script[each.id] = ValueError("broken")
    with pytest.raises(ValueError, match="broken"):
        await router.says(TULIPS)
    assert (await router.under(GARDEN)).decisions == 0


# -- the fixed prompts


async def test_a_change_shows_before_there_are_requests() -> None:
    report = await Replaying().under(with_models(CONFIG, "code", GARDENER))
    assert (report.decisions, report.prompts) == (0, len(GOLDEN))
    assert 10 < report.moved_prompts < 30
    (move,) = report.moves
    assert (move.to_category, move.to_model) == ("code", "gardener")
    assert (move.decisions, move.prompts) == (0, report.moved_prompts)
    assert set(move.examples) <= set(GOLDEN)
    assert report.cost_before_usd is report.cost_after_usd is None


async def test_the_examples_of_both_configs_are_prompts() -> None:
    before = with_category(CONFIG, "cars", examples=("which tyres?", "hello"))
    after = with_category(CONFIG, "garden", examples=("which rose?", GOLDEN[0], "which rose?"))
    listed = list(prompts_of(before, after))
    assert listed[: len(GOLDEN)] == list(GOLDEN)
    assert sorted(listed[len(GOLDEN) :]) == sorted({"which tyres?", "which rose?"} - set(GOLDEN))
    assert (await Replaying(before).under(after)).prompts == len(GOLDEN) + 2


def test_of_many_examples_each_category_has_its_share() -> None:
    config = with_category(CONFIG, "cars", examples=tuple(f"car {n}" for n in range(5_000)))
    config = with_category(config, "garden", examples=("a rose", "a tree"))
    listed = list(prompts_of(config, config))
    assert len(listed) == len(GOLDEN) + 300
    assert {"a rose", "a tree", "car 1"} <= set(listed)


# -- what the caller names, and the client's own upkeep


async def test_a_category_that_is_named_moves_with_its_list_and_ends_with_it() -> None:
    cars = with_category(CONFIG, "cars", models=(model("driver"),))
    router = Replaying(cars)
    await router.asks(ask("router/cars", CODE))
    report = await router.under(with_models(cars, "cars", GARDENER))
    assert places(report) == [("cars", "driver", "cars", "gardener")]
    report = await router.under(without_category(cars, "cars"))
    assert places(report) == [("cars", "driver", "", "")]


async def test_a_model_that_is_named_moves_with_its_alias_alone() -> None:
    router = Replaying()
    await router.asks(ask("glm-5", TULIPS))
    assert (await router.under(GARDEN)).moved_decisions == 0
    alias = replace(CONFIG.aliases["glm-5"], id="z-ai/glm-6")
    after = replace(CONFIG, aliases={**CONFIG.aliases, "glm-5": alias})
    report = await router.under(after)
    assert places(report) == [("", "openrouter:z-ai/glm-5", "", "openrouter:z-ai/glm-6")]


async def test_a_model_under_another_alias_is_the_same() -> None:
    router = Replaying()
    await router.says(CODE)
    first, *others = CONFIG.categories["code"].models
    after = with_models(CONFIG, "code", replace(first, name="another-name"), *others)
    assert (await router.under(after)).moves == ()


async def test_a_name_of_any_length_is_not_kept() -> None:
    router = Replaying()
    name = f"vendor/{'x' * 300}"
    router.provider.script[name] = router.provider.script["z-ai/glm-5"]
    await router.asks(ask(name))
    assert (await router.under(GARDEN)).decisions == 0


async def test_upkeep_moves_with_its_list() -> None:
    router = Replaying()
    title = "Generate a short title for this conversation. Reply with the title only."
    messages = agent(user("plant my tulips"), assistant("ok"), prompt=title)
    request = replace(ask(), messages=messages)
    turn = router.route.sessions.find(request, CONFIG).turn
    assert turn.kind == "housekeeping"
    await router.asks(request)
    assert (await router.under(GARDEN)).moved_decisions == 0
    report = await router.under(replace(CONFIG, housekeeping=(GARDENER,)))
    assert places(report) == [("conversation", FIRST, "conversation", "gardener")]


# -- tools


@pytest.mark.parametrize("rule", ToolsRule)
async def test_a_change_of_the_tools_rule_moves_what_asks_for_no_action(rule: ToolsRule) -> None:
    (other,) = set(ToolsRule) - {rule}
    before = replace(CONFIG, tools_rule=rule)
    router = Replaying(before)
    for text in (WHY, "run the tests in my project folder"):
        request = replace(ask(), messages=(system(), user(text)), tools=("exec", "read"))
        await router.asks(request)
    await router.asks(ask(text=CODE, tools=("weather",)))
    report = await router.under(replace(before, tools_rule=other))
    assert (report.decisions, report.moved_decisions) == (3, 1)
    moved = {rule: {"reasoning", "tools"}}
    (move,) = of_decisions(report)
    assert {move.from_category, move.to_category} == moved[rule]
    assert (move.to_category == "tools") == (other is ToolsRule.PRESENT)


async def test_a_follow_up_is_replayed_as_if_it_were_the_first_request() -> None:
    router = Replaying()
    messages = (system(), user(WHY), assistant(calls=("read",)), tool("a page of the book"))
    await router.asks(replace(ask(), messages=messages[:2], tools=("read",)))
    router.provider.script = dict.fromkeys(
        router.provider.script, router.provider.script["z-ai/glm-5"]
    )
    await router.asks(replace(ask(), messages=messages, tools=("read",)))
    report = await router.under(with_models(CONFIG, "reasoning", GARDENER))
    assert (report.decisions, report.moved_decisions) == (2, 2)


# -- opinions of models


def asking(mode: Mode, category: str, source: str = "ollama") -> Replaying:
    return Replaying(
        replace(CONFIG, mode=mode, classifiers=ClassifierSettings(cascade_below=1.0)),
        classifiers={source: Says(source, category)},
    )


@pytest.mark.parametrize("mode", [Mode.OLLAMA, Mode.HYBRID])
async def test_the_opinion_of_a_model_stands_while_nothing_else_changes(mode: Mode) -> None:
    router = asking(mode, "reasoning")
    await router.says(TULIPS, CODE)
    before = router.config.config
    report = await router.under(with_models(before, "reasoning", GARDENER))
    assert [(m.from_category, m.to_category) for m in of_decisions(report)] == [
        ("reasoning", "reasoning")
    ]
    assert report.moved_decisions == 2


async def test_an_opinion_falls_where_what_is_said_here_changes() -> None:
    router = asking(Mode.OLLAMA, "reasoning")
    await router.says(TULIPS, CODE)
    report = await router.under(
        with_category(router.config.config, "garden", keywords=("tulip", "tulips"))
    )
    assert [(m.from_category, m.to_category) for m in of_decisions(report)] == [
        ("reasoning", "garden")
    ]
    assert report.moved_decisions == 1


async def test_an_opinion_ends_with_its_category() -> None:
    router = asking(Mode.OLLAMA, "cars")
    before = with_category(router.config.config, "cars", models=(GARDENER,))
    router.config.config = before
    router.provider.script[GARDENER.id] = router.provider.script["z-ai/glm-5"]
    await router.says(CODE)
    report = await router.under(without_category(before, "cars"))
    assert [(m.from_category, m.to_category) for m in of_decisions(report)] == [("cars", "code")]


async def test_an_opinion_ends_where_the_model_is_not_asked_any_more() -> None:
    router = asking(Mode.OLLAMA, "reasoning")
    await router.says(CODE)
    before = router.config.config
    for mode, moves in ((Mode.EMBEDDED, 1), (Mode.KEYWORDS, 1), (Mode.API, 1), (Mode.HYBRID, 0)):
        report = await router.under(replace(before, mode=mode))
        assert report.moved_decisions == moves, mode


async def test_in_the_cascade_an_opinion_stands_while_the_first_one_is_unsure() -> None:
    router = asking(Mode.CASCADE, "reasoning")
    await router.says("the thing with the lamp")
    before = router.config.config
    assert (await router.under(with_models(before, "reasoning", GARDENER))).moved_decisions == 1
    sure = replace(before, classifiers=ClassifierSettings(cascade_below=0.0))
    report = await router.under(sure)
    assert [move.from_category for move in of_decisions(report)] == ["reasoning"]


async def test_where_no_model_could_be_asked_the_keywords_go_on_speaking() -> None:
    config = replace(CONFIG, mode=Mode.OLLAMA)
    said = {
        text: [
            COMPILED.likeliest(COMPILED.sketch(text), config, classifier).category
            for classifier in ("keywords", "embedded")
        ]
        for text in GOLDEN
    }
    text, (by_keywords, by_model) = next(each for each in said.items() if len(set(each[1])) == 2)
    router = Replaying(config)
    assert await router.asks(ask(text=text)) == by_keywords
    assert (await router.under(with_models(config, by_keywords, GARDENER))).moved_decisions == 1
    assert (await router.under(with_models(config, by_model, GARDENER))).moved_decisions == 0
