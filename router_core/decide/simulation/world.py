"""The world that a trace is replayed in: what each model answers, whoever asks it.

It is one for all configs that are compared: where the trace does not tell what an answer
cost, the first config that knows the model tells its prices; where it does not tell how good
one is, the priors of the first config stand in, and are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from router_core.decide.chat import ChatRequest
from router_core.decide.config import Category, ModelKey, ModelRef, RoutingConfig
from router_core.decide.cost import cost_of
from router_core.decide.demands import Demands, demands_of
from router_core.decide.evaluation import Outcome, Trial
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Paces
from router_core.decide.rates import rates_of
from router_core.decide.simulation.trace import Row, Told, Unplayable
from router_core.decide.target import resolve_model
from router_core.decide.usage import Usage

__all__ = ["Answer", "Case", "Contender", "World", "names_in", "ordered", "prior", "world_of"]

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When the first request comes in of a trace without times."""

_NO_PACE: Final = Paces()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A config that is compared.

    Attributes:
        name: for a person.
        info_of: what is known of a model under it.
    """

    name: str
    config: RoutingConfig
    info_of: Callable[[ModelRef], ModelInfo]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one model makes of one request.

    Attributes:
        quality: 0 to 1.
        cost_usd: of the call, in dollars.
        latency_ms, ttft_ms: to the last and to the first token, in milliseconds; ``None``:
            not known.
        fails: whether the call fails, so that there is no answer.
    """

    quality: float
    cost_usd: float
    latency_ms: float | None
    ttft_ms: float | None
    usage: Usage
    fails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request of the world.

    Attributes:
        category: ``""``: it is to be classified.
        answers: by the trace's names of the models; who is missing is not there for it.
    """

    where: str
    request: ChatRequest
    demands: Demands
    when: datetime
    category: str
    prompt_tokens: int
    answers: Mapping[str, Answer]

    @property
    def trial(self) -> Trial:
        """For baselines, which know beforehand whose calls fail."""
        return Trial(
            prompt_tokens=self.prompt_tokens,
            category=self.category,
            outcomes={
                name: Outcome(
                    quality=answer.quality,
                    cost_usd=answer.cost_usd,
                    latency_ms=answer.latency_ms or 0.0,
                    ttft_ms=answer.ttft_ms,
                )
                for name, answer in self.answers.items()
                if not answer.fails
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All requests, in the order of time.

    Attributes:
        models: the trace's names of them.
        answers, by_priors: how many answers there are, and of how many the quality is a prior.
    """

    cases: tuple[Case, ...]
    models: tuple[str, ...]
    answers: int
    by_priors: int


def names_in(
    names: Sequence[str], contender: Contender, all_contenders: Sequence[Contender]
) -> dict[ModelKey, str]:
    """What a trace calls the models of a config.

    A name of the trace is an alias, "provider:id" or an id of the config; one that it lacks
    is what another config means by it, if that has the same id here.
    """
    config, found = contender.config, dict[ModelKey, str]()
    by_id: dict[str, str] = {}
    for name in names:
        own = resolve_model(name, config.providers, config.aliases)
        if own is not None:
            found.setdefault(own.key, name)
        by_id.setdefault(name, name)
        for other in all_contenders:
            meant = resolve_model(name, other.config.providers, other.config.aliases)
            if meant is not None:
                by_id.setdefault(meant.id, name)
    for model in config.models().values():
        if model.key not in found and model.id in by_id:
            found[model.key] = by_id[model.id]
    return found


def prior(category: str, model: ModelRef, config: RoutingConfig) -> float:
    """The quality that a config takes a model's answers to have, 0 to 1.

    One that is not in the category's list comes after its last, where nothing is told of it.
    """
    listed = config.categories.get(category) or Category(name=category, models=())
    places = (place for place, each in enumerate(listed.models) if each.key == model.key)
    place = next(places, len(listed.models))
    return max(config.quality_of(model, listed, place), 0.0) / 100


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of time, each with its own."""
    timed = (replace(row, time=when) for row, when in zip(rows, _moments(rows), strict=True))
    return sorted(timed, key=lambda row: row.time or START)


def world_of(
    rows: Sequence[Row], contenders: Sequence[Contender], category_of: Sequence[str]
) -> World:
    """The world that rows tell of.

    Args:
        rows: of the trace, as `ordered` has them.
        contenders: the configs; at least one.
        category_of: what the first of them takes each row to be, for its priors.

    Raises:
        Unplayable: what an answer costs is neither told nor known.
    """
    names = tuple(dict.fromkeys(name for row in rows for name in row.told))
    known = {name: _known(name, contenders) for name in names}
    _no_model_twice(known)
    builder = _Builder(known, contenders[0].config)
    made = zip(rows, category_of, strict=True)
    cases = tuple(builder.case(row, row.time or START, category) for row, category in made)
    return World(
        cases=cases,
        models=names,
        answers=sum(len(case.answers) for case in cases),
        by_priors=builder.by_priors,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """A model, and what the config says of it that knows it first."""

    model: ModelRef
    info: ModelInfo


def _known(name: str, contenders: Sequence[Contender]) -> _Known | None:
    for each in contenders:
        model = resolve_model(name, each.config.providers, each.config.aliases)
        if model is not None:
            return _Known(model, each.info_of(model))
    return None


def _no_model_twice(known: Mapping[str, _Known | None]) -> None:
    names: dict[ModelKey, str] = {}
    for name, its in known.items():
        if its is not None and names.setdefault(its.model.key, name) != name:
            raise Unplayable(f"{names[its.model.key]!r} and {name!r} are one model: {its.model.id}")


def _moments(rows: Sequence[Row]) -> Iterator[datetime]:
    last = START - timedelta(seconds=1)
    for row in rows:
        last = last + timedelta(seconds=1) if row.time is None else row.time
        yield last


class _Builder:
    """Makes cases of rows, and counts the qualities that it had to make up."""

    def __init__(self, known: Mapping[str, _Known | None], config: RoutingConfig) -> None:
        self._known, self._config = known, config
        self.by_priors = 0

    def case(self, row: Row, when: datetime, category: str) -> Case:
        """A request, as the router would read it."""
        texts = (text for message in row.messages for text in message.texts)
        size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
        request = ChatRequest(messages=row.messages, body={}, prompt_bytes=size)
        demands = demands_of(request)
        told = row.prompt_tokens
        if told is not None and told > demands.prompt_tokens:
            demands = Demands(prompt_tokens=told)
        tokens = demands.prompt_tokens if told is None else told
        answers = {
            name: self._answer(row, name, each, tokens, when, category)
            for name, each in row.told.items()
        }
        return Case(
            where=row.where,
            request=request,
            demands=demands,
            when=when,
            category=row.category,
            prompt_tokens=tokens,
            answers=answers,
        )

    def _answer(
        self, row: Row, name: str, told: Told, tokens: int, when: datetime, category: str
    ) -> Answer:
        usage = Usage(
            prompt_tokens=tokens if told.prompt_tokens is None else told.prompt_tokens,
            completion_tokens=told.completion_tokens or 0,
        )
        if told.fails:
            failed_usd, took = told.cost_usd or 0.0, told.latency_ms or 0.0
            return Answer(
                quality=0.0,
                cost_usd=failed_usd,
                latency_ms=took,
                ttft_ms=None,
                usage=usage,
                fails=True,
            )
        known = self._known[name]
        latency, first = told.latency_ms, told.ttft_ms
        if latency is None and known is not None and told.completion_tokens is not None:
            pace = _NO_PACE.of(known.model, known.info, category, when.timestamp())
            if pace is not None:
                first = pace.first_ms if first is None else first
                latency = first + pace.token_ms * told.completion_tokens
        cost = told.cost_usd
        if cost is None and told.completion_tokens is not None and known is not None:
            cost = _by_prices(known.info, usage, when)
        if cost is None:
            raise Unplayable(
                f"{row.where}: what {name} costs is neither told (cost_usd) nor known"
                " (completion_tokens and its prices)"
            )
        return Answer(
            quality=self._quality(name, told, category),
            cost_usd=cost,
            latency_ms=latency,
            ttft_ms=first,
            usage=usage,
        )

    def _quality(self, name: str, told: Told, category: str) -> float:
        if told.quality is not None:
            return told.quality
        self.by_priors += 1
        known = self._known[name]
        return 0.0 if known is None else prior(category, known.model, self._config)


def _by_prices(info: ModelInfo, usage: Usage, when: datetime) -> float | None:
    rates = rates_of(info.prices)
    if rates is not None:
        return rates.usd(usage.prompt_tokens, 0, usage.completion_tokens, 0)
    usd = cost_of(usage, info.prices, when).usd
    return None if usd is None else float(usd)
