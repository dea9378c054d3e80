"""The suite ``continuity``: does the router follow what a conversation is about, and at what price?

Labelled conversations (``benchmarks/conversations``) are played through the router as it
is, with the in-process classifier alone, and in other ways to route them. The figures
are the same on every run, for the prices of one day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.bill import CACHE_S, Bill, bill_of
from benchmarks.dialogues import Dialogue, read_dialogues
from benchmarks.figures import Spread
from benchmarks.following import SOON, Following, followed
from benchmarks.options import Options
from benchmarks.playing import START, Sizes, Strategy, known, play
from benchmarks.progress import report
from benchmarks.tables import Goal, Row, Table
from router_core.decide.catalogue import Catalogue, Listing
from router_core.decide.config import Mode, ModelKey, ModelRef, RoutingConfig
from router_core.decide.defaults import BUILT_IN_MODELS, OPENROUTER, default_config
from router_core.decide.model_info import ModelInfo, Prices
from router_core.stores.price_table import GenaiPriceTable

HELD_OUT: Final = "held_out"
"""The set on which nothing was fitted: its figures are the ones to quote."""
FITTED: Final = "fitted"

Models = Mapping[str, str]
"""The model that leads each category; the others of the four follow it in its list."""

PEERS: Final[Models] = {
    "tools": "moonshotai/kimi-k3.1-pro",
    "code": "anthropic/claude-sonnet-5.5",
    "reasoning": "google/gemini-4-argon",
    "conversation": "openai/gpt-5.6-terra",
}
"""Four of one price, chosen for what they can do."""
MIXED: Final[Models] = {
    "tools": "moonshotai/kimi-k2.5",
    "code": "z-ai/glm-5",
    "reasoning": "google/gemini-2.5-pro",
    "conversation": "openai/gpt-4o-mini",
}
"""Four of different prices: what is taken for talk goes to a cheap one."""
SHORT: Final = Sizes(chat_system=400, agent_system=6_000)
"""Shorter prompts than OpenClaw's."""
GONE: Final = "openrouter/aurora-alpha"
"""The built-in model that is no more."""

RIGHT, NEEDLESS, LONGEST = "right", "needless changes of category", "most wrong turns after a jump"
SAVED, REREAD_SAVED = "input, saved", "read again, saved"
LED = "answered by the category's first model"
ABOVE_PINNED = "right, above pinned"
GOALS: Final[Mapping[str, tuple[float, bool, str]]] = {
    RIGHT: (90.0, True, "%"),
    NEEDLESS: (5.0, False, "%"),
    LONGEST: (float(SOON), False, "turns"),
    ABOVE_PINNED: (20.0, True, "points"),
    SAVED: (40.0, True, "%"),
}
"""The limits by name: how much, whether that is the least, and its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one way of routing made of a set of conversations.

    Attributes:
        bill: at the models' own prices.
        lost: conversations that the router did not know again.
    """

    following: Following
    bill: Bill
    lost: tuple[str, ...]


def held_out(options: Options) -> Table:
    """The conversations on which nothing was fitted, with prompts as long as OpenClaw's."""
    return _with_goals("held-out conversations", PEERS, Sizes())


def short(options: Options) -> Table:
    """The same with short prompts."""
    return _with_goals("held-out conversations, short prompts", PEERS, SHORT)


def mixed(options: Options) -> Table:
    """The same with models of different prices."""
    return _with_goals("held-out conversations, models of different prices", MIXED, Sizes())


def _with_goals(title: str, models: Models, sizes: Sizes) -> Table:
    dialogues, catalogue = read_dialogues(HELD_OUT), known()
    outcomes = outcomes_of(dialogues, four_models(models), catalogue, sizes)
    table = _table(title, dialogues, outcomes)
    return replace(
        table,
        goals=tuple(goals_of(outcomes)),
        notes=(*table.notes, *_notes(catalogue, models, sizes)),
    )


def fitted(options: Options) -> Table:
    """Those on which the numbers of `router_core.decide.topics` were fitted."""
    dialogues = read_dialogues(FITTED)
    outcomes = outcomes_of(dialogues, four_models(PEERS), known())
    return _table("conversations that were fitted on", dialogues, outcomes)


def shipped(options: Options) -> Table:
    """The held-out conversations with the models that are built in, without the one that is gone.

    Its first models are two: one for ``tools``, one for all else.
    """
    config = replace(default_config(), mode=Mode.EMBEDDED)
    infos = known().table[OPENROUTER.name]
    there = {name: infos[name] for name in BUILT_IN_MODELS.values() if name != GONE}
    listing = Listing(models=there, told_at=START, complete=True)
    catalogue = replace(known(), listings={OPENROUTER.name: listing})
    dialogues = read_dialogues(HELD_OUT)
    return _table(
        "held-out conversations, built-in models",
        dialogues,
        outcomes_of(dialogues, config, catalogue),
    )


def four_models(models: Models) -> RoutingConfig:
    """The default config with other models, and the in-process classifier."""
    config = default_config()
    refs = {
        name: ModelRef(name=model, id=model, provider=OPENROUTER.name)
        for name, model in models.items()
    }
    return replace(
        config,
        mode=Mode.EMBEDDED,
        categories={
            name: replace(
                category,
                models=(refs[name], *(ref for other, ref in refs.items() if other != name)),
            )
            for name, category in config.categories.items()
        },
    )


def outcomes_of(
    dialogues: Sequence[Dialogue],
    config: RoutingConfig,
    catalogue: Catalogue,
    sizes: Sizes | None = None,
) -> dict[Strategy, Outcome]:
    """Plays conversations in every way, and measures each."""
    report(f"continuity: {len(dialogues)} conversations")
    infos = catalogue.table[OPENROUTER.name]

    def led_by(category: str) -> ModelKey:
        models = config.categories[category].models
        return next(each for each in models if catalogue.absence(each, START) is None).key

    return {
        strategy: Outcome(
            following=followed(played, led_by),
            bill=bill_of(played, lambda model: _prices(infos[model[1]])),
            lost=tuple(each.dialogue.id for each in played if not all(s.known for s in each.steps))
            if strategy is Strategy.ROUTER
            else (),
        )
        for strategy, played in play(dialogues, config, catalogue, sizes).items()
    }


def goals_of(outcomes: Mapping[Strategy, Outcome]) -> list[Goal]:
    """The goals with what was measured."""
    router, alone = outcomes[Strategy.ROUTER], outcomes[Strategy.ALONE]
    follows = router.following
    measured = {
        RIGHT: follows.right,
        NEEDLESS: follows.needless,
        LONGEST: follows.longest,
        ABOVE_PINNED: follows.right - outcomes[Strategy.PINNED].following.right,
        SAVED: router.bill.saved_against(alone.bill),
    }
    return [
        Goal(
            name=name,
            value=Spread.of([measured[name]]),
            unit=unit,
            limit=limit,
            at_least=at_least,
        )
        for name, (limit, at_least, unit) in GOALS.items()
    ]


def _table(
    title: str, dialogues: Sequence[Dialogue], outcomes: Mapping[Strategy, Outcome]
) -> Table:
    base = outcomes[Strategy.ALONE]
    rows: dict[tuple[str, str], dict[str, Spread]] = {}
    for strategy, outcome in outcomes.items():
        for measure, value in _figures(outcome, base).items():
            rows.setdefault(measure, {})[strategy.value] = Spread.of([value])
    jumps = sum(len(dialogue.jumps) for dialogue in dialogues)
    turns = sum(len(dialogue.turns) for dialogue in dialogues)
    return Table(
        title=f"continuity: {title}",
        targets=tuple(strategy.value for strategy in outcomes),
        rows=tuple(
            Row(measure=measure, unit=unit, values=values)
            for (measure, unit), values in rows.items()
        ),
        notes=(f"{len(dialogues)} conversations, {turns} turns, {jumps} jumps to other subjects",),
        errors=tuple(
            f"the router did not know {lost} again" for lost in outcomes[Strategy.ROUTER].lost
        ),
    )


def _figures(outcome: Outcome, base: Outcome) -> dict[tuple[str, str], float]:
    follows, bill = outcome.following, outcome.bill
    return {
        (RIGHT, "%"): follows.right,
        (NEEDLESS, "%"): follows.needless,
        (LED, "%"): follows.led,
        ("all changes of model", "%"): follows.moves,
        ("jumps noticed at once", "%"): follows.within(0),
        ("jumps noticed within 1 turn", "%"): follows.within(1),
        (f"jumps noticed within {SOON} turns", "%"): follows.within(SOON),
        ("jumps noticed later or never", ""): follows.late,
        ("jumps over before that", ""): follows.brief,
        ("wrong turns after a jump, mean", ""): follows.mean,
        (LONGEST, ""): follows.longest,
        ("input, 1,000 turns", "USD"): bill.per_thousand,
        ("of it, read again", "USD"): bill.reread_per_thousand,
        ("input, 1,000 right turns", "USD"): 100 * bill.per_thousand / (follows.right or 1),
        (SAVED, "%"): bill.saved_against(base.bill),
        (REREAD_SAVED, "%"): bill.reread_saved_against(base.bill),
    }


def _notes(catalogue: Catalogue, models: Models, sizes: Sizes) -> list[str]:
    infos = catalogue.table[OPENROUTER.name]
    table = GenaiPriceTable()
    table.load()
    priced = (f"{name} {model} {_million(infos[model])}" for name, model in models.items())
    loops = f"{sizes.tools_loop} more requests follow a turn about tools, {sizes.code_loop} code"
    return [
        f"in USD for a million tokens, uncached/cached: {', '.join(priced)}",
        f"prices of {START:%Y-%m-%d}, by {table.source(START.date())}",
        "changes are in percent of the turns after the first",
        f"jumps over: the next one or the end came within {SOON} turns, and none was right",
        f"a model's cache holds what it read last for {CACHE_S:g} s; no other price is reckoned",
        "read again: what were not paid, had each model what any has read in its cache",
        f"system prompts: {sizes.chat_system:,} tokens, of agents {sizes.agent_system:,}",
        f"with agents, {loops}, each with a result of {sizes.result} tokens",
        f"saved: against '{Strategy.ALONE.value}'",
    ]


def _million(info: ModelInfo) -> str:
    prices = _prices(info)
    assert prices.prompt is not None
    assert prices.input_cache_read is not None
    return f"{1_000_000 * prices.prompt:.3f}/{1_000_000 * prices.input_cache_read:.3f}"


def _prices(info: ModelInfo) -> Prices:
    assert info.prices is not None
    return info.prices
