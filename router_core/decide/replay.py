"""What a change of the config would do to decisions that were taken, and to fixed prompts.

A decision is kept as features and hashes (`Taken`), and taken again under the config before
and after the change. Each is replayed as if it were the first request of its conversation:
what a session added is not known any more, and would be other under another config.

No model is called. So the opinion of a model that classified stands as long as

- the config still asks that classifier, which `cascade` does only where the in-process one
  is unsure;
- the category still exists;
- what is said in this process is the same before and after.

Otherwise what is said in this process counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from router_core.decide.candidates import Chance
from router_core.decide.choosing import (
    Models,
    RouteQuery,
    considered,
    models_for_upkeep,
    models_of,
)
from router_core.decide.classification import Score
from router_core.decide.config import Mode, ModelRef, RoutingConfig, ToolsRule
from router_core.decide.demands import Demands
from router_core.decide.model_info import Prices
from router_core.decide.modes import FIRST_OF, IN_PROCESS, second_opinions
from router_core.decide.routing import HOUSEKEEPING_FALLBACK
from router_core.decide.sketch import Print
from router_core.decide.target import Direct, NamedCategory, Unknown, read_target
from router_core.decide.tools_rule import CATEGORY as TOOLS

__all__ = [
    "MODELS_THAT_CLASSIFY",
    "Move",
    "Outcome",
    "ReplayReport",
    "Taken",
    "Tally",
    "judge_of",
    "list_price",
    "outcomes",
]

MODELS_THAT_CLASSIFY: Final = frozenset({"ollama", "api"})
"""The classifiers that are calls."""

_MOST_MOVES: Final = 100
_MOST_EXAMPLES: Final = 3
_EXAMPLE_LETTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A decision that was taken, as far as it is kept; the defaults are a prompt's.

    Attributes:
        asked: the caller's ``model``.
        upkeep: whether it was the client's own upkeep.
        tools: whether there were tools on offer.
        acts: whether the tools rule ``auto`` makes it one for the tools.
        print: what was read of the text; ``None``: whatever it says, nothing follows.
        opinion: which model classified it, and as what; ``None``: none did.
        fell_back: whether a model should have, and could not.
        demands: what it asks of a model that answers.
        prompt_tokens, completion_tokens: of the answer; 0: not known.
        text: its beginning, where texts may be kept; else empty.
    """

    asked: str | None = None
    upkeep: bool = False
    tools: bool = False
    acts: bool = False
    print: Print | None = None
    opinion: tuple[str, str] | None = None
    fell_back: bool = False
    demands: Demands = field(default_factory=Demands)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    text: str = ""

    def is_for_tools(self, rule: ToolsRule) -> bool:
        """Whether the tools rule decides."""
        return self.tools and (self.acts or rule is ToolsRule.PRESENT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision comes to.

    Attributes:
        category: empty: the caller named a model, or what does not exist.
        model: the first that would be called; ``None``: there is none.
    """

    category: str
    model: ModelRef | None

    def moves_to(self, other: Outcome) -> bool:
        """Whether ``other`` is another category, or another model under whatever name."""
        keys = [None if each.model is None else each.model.key for each in (self, other)]
        return self.category != other.category or keys[0] != keys[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Decisions that would move in the same way.

    Attributes:
        from_category, to_category: empty: as of an `Outcome`.
        from_model, to_model: by their names; ids where these are the same; empty: none.
        decisions: how many of the decisions.
        prompts: how many of the fixed prompts.
        examples: the beginnings of some, of decisions only where texts are kept.
    """

    from_category: str
    to_category: str
    from_model: str
    to_model: str
    decisions: int = 0
    prompts: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What a change would do.

    Attributes:
        decisions, prompts: how many were replayed.
        moved_decisions, moved_prompts: how many of these would be other ones.
        moves: from where to where, those of most decisions first; at most 100.
        cost_before_usd, cost_after_usd: of the replayed decisions whose price is known
            both before and after; ``None``: there are none.
    """

    decisions: int = 0
    moved_decisions: int = 0
    prompts: int = 0
    moved_prompts: int = 0
    moves: tuple[Move, ...] = ()
    cost_before_usd: Decimal | None = None
    cost_after_usd: Decimal | None = None


def judge_of(mode: Mode, *, fell_back: bool) -> str:
    """Which classifier speaks in this process: "embedded" or "keywords".

    Where a mode asks a model first, the embedded one stands in for what that would say,
    unless it could not say anything.
    """
    first = FIRST_OF[mode][0]
    if first in MODELS_THAT_CLASSIFY:
        return FIRST_OF[mode][-1] if fell_back else IN_PROCESS
    return first


def outcomes(
    taken: Taken,
    sides: tuple[RouteQuery, RouteQuery],
    said: tuple[Score | None, Score | None],
) -> tuple[Outcome, Outcome]:
    """What a decision comes to before and after.

    Args:
        taken: the decision.
        sides: its request before and after, under the config of each.
        said: what is said of its text in this process under each; ``None``: it has none.
    """
    before, after = said
    agree = before is not None and after is not None and before.category == after.category
    return (
        _outcome(taken, sides[0], before, opinion_holds=True),
        _outcome(taken, sides[1], after, opinion_holds=agree),
    )


def list_price(
    prices: Prices | None, prompt_tokens: int, completion_tokens: int, when: datetime
) -> Decimal | None:
    """What an answer costs in USD, nothing of it from a cache; ``None``: not known."""
    if prices is None or not (prompt_tokens or completion_tokens):
        return None
    now = prices.at(prompt_tokens, when)
    if now.prompt is None or now.completion is None:
        return None
    return now.prompt * prompt_tokens + now.completion * completion_tokens + (now.request or 0)


@dataclass(slots=True)
class Tally:
    """Adds up what was replayed."""

    decisions: int = 0
    prompts: int = 0
    _cost: tuple[Decimal, Decimal] | None = None
    _moves: dict[tuple[str, str, str, str], _Moved] = field(default_factory=dict)

    def prompt(self, text: str, before: Outcome, after: Outcome) -> None:
        """A fixed prompt was decided."""
        self.prompts += 1
        if moved := self._moved(before, after, text):
            moved.prompts += 1

    def decision(self, taken: Taken, before: Outcome, after: Outcome) -> None:
        """A decision was taken again."""
        self.decisions += 1
        if moved := self._moved(before, after, taken.text):
            moved.decisions += 1

    def cost(self, before: Decimal | None, after: Decimal | None) -> None:
        """What a decision costs before and after; ``None``: not known, so it does not count."""
        if before is not None and after is not None:
            sums = self._cost or (Decimal(0), Decimal(0))
            self._cost = (sums[0] + before, sums[1] + after)

    def report(self) -> ReplayReport:
        """All of it."""
        moves = [moved.told(key) for key, moved in self._moves.items()]
        moves.sort(key=_by_weight)
        return ReplayReport(
            decisions=self.decisions,
            moved_decisions=sum(move.decisions for move in moves),
            prompts=self.prompts,
            moved_prompts=sum(move.prompts for move in moves),
            moves=tuple(moves[:_MOST_MOVES]),
            cost_before_usd=self._cost[0] if self._cost else None,
            cost_after_usd=self._cost[1] if self._cost else None,
        )

    def _moved(self, before: Outcome, after: Outcome, text: str) -> _Moved | None:
        """Where a move is counted; ``None``: it is none."""
        if not before.moves_to(after):
            return None
        key = (before.category, after.category, *_names(before.model, after.model))
        moved = self._moves.setdefault(key, _Moved())
        moved.shows(text)
        return moved


@dataclass(slots=True)
class _Moved:
    """A move that is being counted."""

    decisions: int = 0
    prompts: int = 0
    examples: list[str] = field(default_factory=list)

    def shows(self, text: str) -> None:
        """Takes a text as an example, while there are few."""
        example = text[:_EXAMPLE_LETTERS]
        if example and len(self.examples) < _MOST_EXAMPLES and example not in self.examples:
            self.examples.append(example)

    def told(self, key: tuple[str, str, str, str]) -> Move:
        """The move, counted."""
        from_category, to_category, from_model, to_model = key
        return Move(
            from_category=from_category,
            to_category=to_category,
            from_model=from_model,
            to_model=to_model,
            decisions=self.decisions,
            prompts=self.prompts,
            examples=tuple(self.examples),
        )


def _by_weight(move: Move) -> tuple[int, int, Sequence[str]]:
    names = (move.from_category, move.to_category, move.from_model, move.to_model)
    return -move.decisions, -move.prompts, names


def _names(before: ModelRef | None, after: ModelRef | None) -> tuple[str, str]:
    """What two models are called, so that they can be told apart."""
    if before and after and before.name == after.name and before.key != after.key:
        return ":".join(before.key), ":".join(after.key)
    return before.name if before else "", after.name if after else ""


def _outcome(
    taken: Taken, query: RouteQuery, said: Score | None, *, opinion_holds: bool
) -> Outcome:
    config = query.config
    target = read_target(taken.asked, config)
    if isinstance(target, Unknown):
        return Outcome("", None)
    if isinstance(target, Direct):
        return Outcome("", target.model)
    if taken.upkeep and not isinstance(target, NamedCategory):
        models = models_for_upkeep(HOUSEKEEPING_FALLBACK, config)
        return Outcome(HOUSEKEEPING_FALLBACK, _first(models, query))
    if isinstance(target, NamedCategory):
        category = target.name
    elif taken.is_for_tools(config.tools_rule):
        category = TOOLS
    elif opinion_holds and (opinion := _opinion(taken, config, said)):
        category = opinion
    else:
        category = said.category if said else HOUSEKEEPING_FALLBACK
    return Outcome(category, _first(models_of(category, config), query))


def _opinion(taken: Taken, config: RoutingConfig, said: Score | None) -> str | None:
    """What a model said of it, where a config would ask and may choose that."""
    if taken.opinion is None or said is None:
        return None
    source, category = taken.opinion
    first = source in FIRST_OF[config.mode]
    second = source in second_opinions(config.mode, config.classifiers)
    unsure = said.confidence < config.classifiers.cascade_below
    return category if category in config.categories and (first or (second and unsure)) else None


def _first(models: Models, query: RouteQuery) -> ModelRef | None:
    """The first model that would be called, one that rests where there is no better."""
    judged = considered(models, query).candidates
    return next((each.model for each in judged if each.chance <= Chance.TIGHT), None)
