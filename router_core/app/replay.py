"""Keeps the recent decisions, and takes them again under a config that is proposed.

What is kept is in memory alone, and no text unless that is allowed: what the in-process
classifiers read, its words as salted hashes (`decide/sketch.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice, zip_longest
from typing import Final

from router_core.app.ports import Clock, Rejudge
from router_core.app.prospects import Prospects
from router_core.app.route import Routed
from router_core.decide.candidates import Outlook
from router_core.decide.chat import ChatRequest
from router_core.decide.choosing import RouteQuery
from router_core.decide.classification import Classification, Score
from router_core.decide.config import Mode, RoutingConfig, ToolsRule
from router_core.decide.demands import Demands, demands_of, estimated_tokens
from router_core.decide.forecast import Forecast
from router_core.decide.golden import GOLDEN
from router_core.decide.keywords import DEFAULT_SOURCE, SOURCE
from router_core.decide.modes import FIRST_OF
from router_core.decide.pace import Paces
from router_core.decide.replay import (
    MODELS_THAT_CLASSIFY,
    Outcome,
    ReplayReport,
    Taken,
    Tally,
    judge_of,
    list_price,
    outcomes,
)
from router_core.decide.sketch import Sketch, hashes_of, hidden, shown
from router_core.decide.target import AUTOMATIC_NAMES
from router_core.decide.tools_rule import tools_verdict
from router_core.decide.turn import TurnKind
from router_core.decide.usual import Usual

__all__ = ["Replay"]

_MOST: Final = 500
"""How many decisions are kept."""
_MOST_EXAMPLES: Final = 300
"""How many of the categories' examples are decided, beside the fixed prompts."""
_LONGEST_NAME: Final = 256
"""Of a model that is kept, in characters."""
_LETTERS_KEPT: Final = 300
"""Of a text, where texts may be kept."""
_BETWEEN_READS_S: Final = 0.05
"""How long no text is read for the replay's sake alone after one was, once enough are kept."""
_SLICE: Final = 2
"""How many decisions are replayed at once: half a millisecond, then requests have their turn."""

_log = logging.getLogger("router_core.replay")


@dataclass(slots=True, eq=False)
class Replay:
    """The use case: what is kept, and the report on a change.

    Attributes:
        judge: reads and judges in this process.
        prospects: what is known of the models.
        salt: what words are hashed with, of this process alone.
        keeps_texts: whether the beginnings of texts are kept too.
        usual, paces: how long answers are, and how fast models.
    """

    judge: Rejudge
    prospects: Prospects
    clock: Clock
    salt: bytes
    keeps_texts: bool = False
    usual: Usual = field(default_factory=Usual)
    paces: Paces = field(default_factory=Paces)
    _taken: deque[Taken] = field(default_factory=lambda: deque(maxlen=_MOST))
    _read_at: float = float("-inf")

    def saw(self, request: ChatRequest, routed: Routed, used: tuple[int, int]) -> None:
        """A request was routed and answered; never raises.

        Where its text was not read in this process to decide, it is read now: every one
        until there are enough decisions, later one in 50 ms, and the others are not kept.

        Args:
            request: the request.
            routed: what was decided on it.
            used: the tokens of its prompt and its answer; 0: not known.
        """
        try:
            self._keep(request, routed, used)
        except Exception as error:
            # It has been answered. The error's text may quote the prompt.
            _log.error("a decision cannot be replayed: %s", type(error).__name__)

    async def __call__(self, before: RoutingConfig, after: RoutingConfig) -> ReplayReport:
        """Takes the recent decisions and the fixed prompts again under two configs.

        Each is replayed as if it were the first request of its conversation. It calls
        nobody, works in the background, and takes some 0.3 s with 500 decisions.
        """
        taken, tally = tuple(self._taken), Tally()
        known = await asyncio.to_thread(self._prepare, before, after)
        trial = _Trial(
            judge=self.judge,
            before=(before, self.prospects.under(before)),
            after=(after, self.prospects.under(after)),
            when=self.clock.now(),
            usual=self.usual,
            paces=self.paces,
        )
        for number, one in enumerate(taken):
            await _let_others_run(number)
            sketch = shown(one.print, known) if one.print else None
            was, would_be = trial.take(one, sketch)
            tally.decision(one, was, would_be)
            tally.cost(*trial.costs(one, was, would_be))
        for number, text in enumerate(prompts_of(before, after)):
            await _let_others_run(number)
            size = estimated_tokens(len(text.encode(errors="replace")))
            prompt = Taken(demands=Demands(prompt_tokens=size))
            tally.prompt(text, *trial.take(prompt, self.judge.sketch(text)))
        return tally.report()

    def _keep(self, request: ChatRequest, routed: Routed, used: tuple[int, int]) -> None:
        turn, said = routed.place.turn, routed.classification
        sketch = said.sketch if said is not None else None
        asked = request.model or ""
        named = asked not in AUTOMATIC_NAMES
        if len(asked) > _LONGEST_NAME:
            return
        upkeep = turn.kind is TurnKind.HOUSEKEEPING
        # The classifiers are asked only where the tools rule has nothing to say.
        may_act = bool(request.tools) and sketch is None and not named and not upkeep
        acts = may_act and tools_verdict(ToolsRule.AUTO, turn, request.tools) is not None
        if sketch is None and not (named or upkeep or acts):
            if not self._may_read():
                return
            sketch = self.judge.sketch(turn.text)
        self._taken.append(
            Taken(
                asked=asked,
                upkeep=upkeep,
                tools=bool(request.tools),
                acts=acts,
                print=None if sketch is None else hidden(sketch, self.salt),
                opinion=_opinion(said),
                fell_back=_fell_back(said),
                demands=demands_of(request),
                prompt_tokens=used[0],
                completion_tokens=used[1],
                text=turn.text[:_LETTERS_KEPT] if self.keeps_texts else "",
            )
        )

    def _may_read(self) -> bool:
        """Whether a text is read now that nobody else has read."""
        now = self.clock.monotonic()
        if len(self._taken) == _MOST and now - self._read_at < _BETWEEN_READS_S:
            return False
        self._read_at = now
        return True

    def _prepare(self, *configs: RoutingConfig) -> Mapping[int, str]:
        """Gets ready for configs; every word that says something under one, by its hash."""
        for config in configs:
            self.judge.prepare(config)
        words = set(chain.from_iterable(map(self.judge.words_of, configs)))
        return dict(zip(hashes_of(words, self.salt), words, strict=True))


_NOTHING_SAID: Final = ChatRequest(messages=(), body={})
"""Instead of a request's text, which is not kept; how long it was is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """Two configs, what is known of the models under each, and when it is."""

    judge: Rejudge
    before: tuple[RoutingConfig, Outlook]
    after: tuple[RoutingConfig, Outlook]
    when: datetime
    usual: Usual
    paces: Paces

    def take(self, one: Taken, sketch: Sketch | None) -> tuple[Outcome, Outcome]:
        """A decision under both."""
        said = self._said(one, sketch, self.before[0]), self._said(one, sketch, self.after[0])
        forecast = Forecast(
            request=_NOTHING_SAID,
            demands=one.demands,
            ongoing=None,
            usual=self.usual,
            paces=self.paces,
            when=self.when,
        )
        before, after = (
            RouteQuery(
                config=config,
                demands=one.demands,
                outlook=outlook,
                limits=config.limits.per_request,
                forecast=forecast,
            )
            for config, outlook in (self.before, self.after)
        )
        return outcomes(one, (before, after), said)

    def costs(
        self, one: Taken, was: Outcome, would_be: Outcome
    ) -> tuple[Decimal | None, Decimal | None]:
        """What its answer costs by list prices under both, in USD; ``None``: not known."""
        return self._cost(one, was, self.before[1]), self._cost(one, would_be, self.after[1])

    def _said(self, one: Taken, sketch: Sketch | None, config: RoutingConfig) -> Score | None:
        if sketch is None:
            return None
        judge = judge_of(config.mode, fell_back=one.fell_back)
        return self.judge.likeliest(sketch, config, judge)

    def _cost(self, one: Taken, outcome: Outcome, outlook: Outlook) -> Decimal | None:
        if outcome.model is None:
            return None
        prices = outlook(outcome.model).info.prices
        return list_price(prices, one.prompt_tokens, one.completion_tokens, self.when)


def prompts_of(*configs: RoutingConfig) -> Iterator[str]:
    """Yields the fixed prompts, and the categories' examples in turn, 300 at most; each once."""
    categories = (category for config in configs for category in config.categories.values())
    in_turn = chain.from_iterable(zip_longest(*(each.examples for each in categories)))
    examples = dict.fromkeys(text for text in in_turn if text and text not in GOLDEN)
    yield from GOLDEN
    yield from islice(examples, _MOST_EXAMPLES)


async def _let_others_run(number: int) -> None:
    if number % _SLICE == 0:
        await asyncio.sleep(0)


def _opinion(said: Classification | None) -> tuple[str, str] | None:
    """Which model decided on the category, and on which."""
    if said is None or said.verdict.source not in MODELS_THAT_CLASSIFY:
        return None
    return said.verdict.source, said.category


def _fell_back(said: Classification | None) -> bool:
    """Whether a model should have told the category, and the rules had to."""
    if said is None or FIRST_OF[Mode(said.mode)][0] not in MODELS_THAT_CLASSIFY:
        return False
    return said.verdict.source in (SOURCE, DEFAULT_SOURCE)
