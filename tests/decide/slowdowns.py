"""Requests one after the other to models that become slow and recover, with a clock of their own.

    scene = Scene("fastest", sigma=0.3, seed=7)
    scene.asks(60)
    scene.slower["quick"] = 5.0
    assert scene.asks(20)[-1] == "cheap"

`CHEAP` costs half of what `QUICK` does, and takes twice as long; both are equally good.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from math import exp
from random import Random
from typing import Final

from router_core.decide.candidates import Prospect
from router_core.decide.choosing import RouteQuery, considered, models_of
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.demands import Demands
from router_core.decide.forecast import Forecast
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.pace import Pace, Paces
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.usage import Usage
from router_core.decide.usual import Usual
from tests.decide.conversations import a_request, model, user
from tests.decide.model_entries import NOW

CHEAP, QUICK = model("cheap"), model("quick")
TRUE: Final = {"cheap": Pace(1000.0, 20.0), "quick": Pace(500.0, 10.0)}
"""How fast they are when they are well."""
TOKENS: Final = 200
"""Of each answer."""
PAUSE_S: Final = 1.0
"""Between an answer and the next request."""


def _priced(usd_per_million: str) -> Prospect:
    price = Decimal(usd_per_million) / 1_000_000
    return Prospect(info=ModelInfo(prices=Prices(prompt=price, completion=price)))


PROSPECTS: Final = {CHEAP: _priced("0.25"), QUICK: _priced("0.5")}


def a_record(
    which: ModelRef, pace: Pace, when: datetime, *, streamed: bool = True, tokens: int = TOKENS
) -> RequestRecord:
    """An answer as fast as that, to a request that came at ``when``."""
    took_ms = pace.last_ms(tokens)
    call = AttemptRecord(
        model=which.name,
        provider=which.provider,
        outcome="ok",
        latency_ms=took_ms,
        usage=Usage(completion_tokens=tokens),
    )
    return RequestRecord(
        id="r",
        time=when,
        mode="keywords",
        status="ok",
        latency_ms=took_ms,
        category="code",
        model=which.name,
        provider=which.provider,
        streamed=streamed,
        attempts=(call,),
        ttft_ms=pace.first_ms if streamed else took_ms,
    )


@dataclass
class Scene:
    """A router that decides, and models that answer.

    Attributes:
        sigma: by how much the logarithms of single times are off, as a standard deviation;
            the time of each token by half of it, as it is of many.
        slower: how many times as long a model takes now.
        calls: who was called, by name.
    """

    policy: str
    sigma: float = 0.0
    seed: int = 0
    streamed: bool = True
    slower: dict[str, float] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    paces: Paces = field(default_factory=Paces)
    usual: Usual = field(default_factory=Usual)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self._luck = Random(self.seed)
        quality = {"cheap": 80.0, "quick": 80.0}
        listed = (CHEAP, QUICK)
        self._config = RoutingConfig(
            providers={"p": Provider(name="p", base_url="http://unused")},
            aliases={each.name: each for each in listed},
            categories={
                name: Category(name=name, models=listed, policy=self.policy, quality=quality)
                for name in ("code", "talk")
            },
        )

    def asks(self, times: int, category: str = "code") -> list[str]:
        """So many requests, each after the last was answered; returns who was called."""
        return [self._asks_once(category) for _ in range(times)]

    def chooses(self, category: str = "code") -> ModelRef:
        """Who would be called now."""
        demands = Demands(prompt_tokens=1000)
        forecast = Forecast(
            request=a_request(user("hi")),
            demands=demands,
            ongoing=None,
            usual=self.usual,
            paces=self.paces,
            when=self.now,
        )
        query = RouteQuery(
            config=self._config,
            demands=demands,
            outlook=PROSPECTS.__getitem__,
            forecast=forecast,
        )
        return considered(models_of(category, self._config), query).candidates[0].model

    def _asks_once(self, category: str) -> str:
        which = self.chooses(category)
        self.paces.begins(category, which, free=True)
        record = a_record(which, self._pace(which.name), self.now, streamed=self.streamed)
        self.paces.record(record)
        self.usual.record(record)
        self.now += timedelta(milliseconds=record.latency_ms, seconds=PAUSE_S)
        self.calls.append(which.name)
        return which.name

    def _pace(self, name: str) -> Pace:
        true, slower = TRUE[name], self.slower.get(name, 1.0)
        first = exp(self._luck.gauss(0.0, self.sigma))
        token = exp(self._luck.gauss(0.0, self.sigma / 2))
        return Pace(true.first_ms * slower * first, true.token_ms * slower * token)
