"""A replay of a trace, put together of files alone: no server, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from router_core.app.classify import Classify
from router_core.app.simulate import Simulate, Simulation
from router_core.classifiers.embedded import Compiled, EmbeddedClassifier
from router_core.classifiers.keywords import KeywordClassifier
from router_core.clock import SystemClock
from router_core.decide.catalogue import Catalogue
from router_core.decide.config import RoutingConfig
from router_core.decide.evaluation import Point
from router_core.decide.simulation import (
    BASELINES,
    Contender,
    Difference,
    Figures,
    Latency,
    Row,
    Setting,
    Standings,
    rows_of_ledger,
)
from router_core.errors import ConfigError
from router_core.settings import Settings
from router_core.stores.catalogue_file import CatalogueFile
from router_core.stores.config_file import ConfigFile
from router_core.stores.ledger_trace import read_ledger
from router_core.stores.price_table import GenaiPriceTable
from router_core.stores.trace_file import read_trace

__all__ = [
    "Difference",
    "Figures",
    "Latency",
    "Point",
    "Replayed",
    "Setting",
    "Simulation",
    "Standings",
    "simulate",
]

_MOST: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What to replay, and how.

    Attributes:
        trace, ledger: one of the two files.
        configs: the routing configs; none: the settings' own.
        limit: how many requests, the first of a trace or the last of a ledger; ``None``: all.
        turns_dial: whether configs with a thrift are played at all of it.
        says: told what is going on.
    """

    trace: Path | None = None
    ledger: Path | None = None
    configs: Sequence[Path] = ()
    seed: int = 0
    resamples: int = 1000
    limit: int | None = None
    turns_dial: bool = False
    says: Callable[[str], None] = lambda _: None


async def simulate(asked: Replayed, settings: Settings) -> Simulation:
    """Replays a trace.

    Raises:
        ConfigError: a file is wrong, or they do not go together.
    """
    clock, compiled = SystemClock(), Compiled()
    classify = Classify(
        {"embedded": EmbeddedClassifier(compiled), "keywords": KeywordClassifier(compiled)}, clock
    )
    contenders = _contenders(asked, settings, clock.now().date())
    return await Simulate(classify, asked.says)(
        _rows(asked, contenders),
        contenders,
        seed=asked.seed,
        resamples=asked.resamples,
        turns_dial=asked.turns_dial,
    )


def _rows(asked: Replayed, contenders: Sequence[Contender]) -> Sequence[Row]:
    if asked.trace is not None:
        rows: Sequence[Row] = read_trace(asked.trace, asked.limit)
        asked.says(f"{len(rows)} requests of {asked.trace}")
        return rows
    assert asked.ledger is not None
    records = read_ledger(asked.ledger, asked.limit or _MOST)
    rows = rows_of_ledger(records, contenders)
    left_out = len(records) - len(rows)
    told = f", {left_out} left out that tell too little" if left_out else ""
    asked.says(f"{len(rows)} requests of {asked.ledger}{told}")
    if not rows:
        raise ConfigError(f"{asked.ledger} holds no requests to replay{told}")
    return rows


def _contenders(asked: Replayed, settings: Settings, day: date) -> tuple[Contender, ...]:
    table = GenaiPriceTable()
    table.load()
    kept = CatalogueFile(settings.catalogue_path).load()

    def contender(name: str, config: RoutingConfig) -> Contender:
        catalogue = Catalogue(
            listings={
                provider: kept[provider].listing
                for provider, its in config.providers.items()
                if provider in kept and kept[provider].base_url == its.base_url
            },
            table={name: table.models(its, day) for name, its in config.providers.items()},
            overrides={name: its.info for name, its in config.model_settings.items()},
        )
        return Contender(name=name, config=config, info_of=catalogue.info)

    read = [_read(path, settings, must_be=True) for path in asked.configs] or [
        _read(settings.config_path, settings, must_be=False)
    ]
    names = _names(asked.configs or (settings.config_path,))
    return tuple(map(contender, names, read))


def _read(path: Path, settings: Settings, *, must_be: bool) -> RoutingConfig:
    if must_be and not path.is_file():
        raise ConfigError(f"cannot read {path}: there is no such file")
    file = ConfigFile(path, mode=settings.mode, base_url=settings.openrouter_base_url, create=False)
    return file.load()


def _names(paths: Sequence[Path]) -> list[str]:
    """What each is called: as short as tells them apart, and no baseline."""
    stems = [f"{path.stem} (config)" if path.stem in BASELINES else path.stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    names = [str(path) for path in paths]
    if len(set(names)) < len(names):
        raise ConfigError("--config names one file twice")
    return names
