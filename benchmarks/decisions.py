"""The suite ``decisions``: processor time to choose among 20 models.

What is timed is what a request's decision takes once its category is known: the forecast is
made, each model is judged by what is known of it and by the limits, and the policy orders
them and tells its figures. All models have prices and a measured speed.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from benchmarks.figures import Spread
from benchmarks.noise import ForeignTime
from benchmarks.options import Options
from benchmarks.progress import report
from benchmarks.tables import Goal, Table
from benchmarks.yards import TARGETS, YARD_NOTE, cost_us, yard_row, yard_us
from router_core.app.prospects import Prospects
from router_core.clock import SystemClock
from router_core.decide.catalogue import Catalogue
from router_core.decide.chat import ChatRequest, Message
from router_core.decide.choosing import Considered, RouteQuery, considered, models_of
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.demands import demands_of
from router_core.decide.forecast import Forecast
from router_core.decide.health import Health
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.pace import Paces
from router_core.decide.policies import POLICIES
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.decide.usage import Usage
from router_core.decide.usual import Usual

__all__ = ["GOAL_US", "LIMITS", "MODELS", "Router", "run"]

GOAL_US: Final = 100.0
"""The most that a decision should take, in microseconds."""
MODELS: Final = 20
LIMITS: Final = RequestLimits(
    max_cost_usd=Decimal("0.04"),
    max_ttft_ms=2_000.0,
    excluded_models=frozenset({"m3"}),
    allowed_providers=(frozenset({"lab"}),),
    data_policy=DataPolicy.DENY,
)
"""One of each kind; prices leave out some of the models, and a name one."""

_ANSWERS: Final = 60
"""Of each model, that were measured: more than paces take for learning."""
_RUNS: Final = 2_000
_QUICK_RUNS: Final = 50
_UNUSED: Final = [""]
_START: Final = datetime(2026, 11, 28, 12, tzinfo=UTC)


def run(options: Options) -> Table:
    """Measures every policy once a round, with limits and without."""
    runs = _QUICK_RUNS if options.quick else _RUNS
    foreign = ForeignTime()
    figures: dict[str, list[float]] = {}
    yards: list[float] = []
    cases = dict(_cases())
    for number in range(options.rounds):
        report(f"decisions: round {number + 1} of {options.rounds}")
        yards.append(yard_us(runs))
        for name, decide in cases.items():
            us = cost_us(decide, _UNUSED, runs)
            figures.setdefault(name, []).append(us)
    share = foreign.share()
    return Table(
        title=f"decisions: processor time of choosing among {MODELS} models",
        targets=TARGETS,
        rows=tuple(
            yard_row(name, took, yards) for name, took in {**figures, "yardstick": yards}.items()
        ),
        goals=tuple(
            Goal(name=name, value=Spread.of(took), unit="us", limit=GOAL_US, at_least=False)
            for name, took in figures.items()
        ),
        notes=(
            f"{options.rounds} rounds; the median of {runs} decisions each",
            "all may be called, and of each the prices are known and the speed was measured",
            "limits: of price, first token, name, provider and data policy",
            YARD_NOTE,
            *([] if share is None else [f"other processes took {share:.0%} of the time"]),
            f"Python {platform.python_version()}",
        ),
    )


def _cases() -> Iterator[tuple[str, Callable[[str], Considered]]]:
    for policy in POLICIES:
        yield policy, Router(policy).decide
        yield f"{policy}, limits", Router(policy, LIMITS).decide


class Router:
    """What a decision needs, for one category of `MODELS` models under a policy.

    Each decision is made as for another request, a second after the one before.
    """

    def __init__(self, policy: str, limits: RequestLimits = NO_LIMITS) -> None:
        models = tuple(
            ModelRef(name=f"m{place}", id=f"lab/m{place}", provider="lab")
            for place in range(MODELS)
        )
        lab = Provider(name="lab", base_url="http://unused", data_policy=DataPolicy.DENY)
        category = Category(name="code", models=models, policy=policy)
        self._config = RoutingConfig(
            providers={lab.name: lab}, aliases={}, categories={"code": category}
        )
        infos = {model.name: _info(place) for place, model in enumerate(models)}
        self._prospects = Prospects(_Listed(Catalogue(overrides=infos)), Health(), SystemClock())
        self._limits = limits
        self._usual, self._paces = Usual(), Paces()
        for number in range(_ANSWERS):
            for place, model in enumerate(models):
                record = _answered(model, place, number)
                self._usual.record(record)
                self._paces.record(record)
        self._now = _START + timedelta(seconds=_ANSWERS)

    def decide(self, _unused: str = "") -> Considered:
        """Takes one decision."""
        self._now += timedelta(seconds=1)
        demands = demands_of(_REQUEST)
        query = RouteQuery(
            config=self._config,
            demands=demands,
            outlook=self._prospects.now(),
            limits=self._limits,
            forecast=Forecast(
                request=_REQUEST,
                demands=demands,
                ongoing=None,
                usual=self._usual,
                paces=self._paces,
                when=self._now,
            ),
        )
        return considered(models_of("code", self._config), query)


class _Listed:
    """The `CatalogueSource` port over what is always the same."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def current(self) -> Catalogue:
        return self._catalogue


def _info(place: int) -> ModelInfo:
    """Each model is dearer than the one before it."""
    price = Decimal(place + 1).scaleb(-6)
    return ModelInfo(prices=Prices(prompt=price, completion=4 * price))


def _answered(model: ModelRef, place: int, number: int) -> RequestRecord:
    """A stream that ended, with times that wobble by a fifth."""
    slower = (1.0 + place / MODELS) * (1.0 + 0.2 * ((7 * number + 3 * place) % 11 - 5) / 5)
    first_ms, tokens = 500.0 * slower, 400
    took_ms = first_ms + 15.0 * slower * tokens
    attempt = AttemptRecord(
        model=model.name,
        provider=model.provider,
        outcome="ok",
        latency_ms=took_ms,
        usage=Usage(prompt_tokens=1_000, completion_tokens=tokens),
    )
    return RequestRecord(
        id=f"req_{number}_{place}",
        time=_START + timedelta(seconds=number),
        mode="embedded",
        status="ok",
        latency_ms=took_ms,
        category="code",
        model=model.name,
        provider=model.provider,
        streamed=True,
        attempts=(attempt,),
        ttft_ms=first_ms,
    )


_REQUEST: Final = ChatRequest(
    messages=(Message(role="user", texts=("Why does this loop never end?",)),),
    body={},
    prompt_bytes=3_000,
)
