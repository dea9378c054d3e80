"""``simulate``: replays a trace under several configs, and tells what came of it."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from router_core.bootstrap.simulate import Replayed, simulate
from router_core.cli.printing import print_json
from router_core.cli.simulate_page import as_json, print_page
from router_core.errors import ConfigError
from router_core.settings import environment, read_settings

__all__ = ["asked_for", "replay"]

_PLOTS = (".svg", ".png")


def asked_for(  # one parameter an option
    *,
    trace: Path | None,
    ledger: Path | None,
    configs: Sequence[Path],
    seed: int,
    resamples: int,
    limit: int | None,
    turns_dial: bool,
) -> Replayed:
    """What the options ask for; `Replayed` says what each is.

    Raises:
        ConfigError: they do not go together.
    """
    if (trace is None) is (ledger is None):
        raise ConfigError("simulate takes either TRACE or --ledger")
    return Replayed(
        trace=trace,
        ledger=ledger,
        configs=configs,
        seed=seed,
        resamples=resamples,
        limit=limit,
        turns_dial=turns_dial,
        says=_say,
    )


def replay(asked: Replayed, *, plot: Path | None, as_json_text: bool) -> None:
    """Replays, prints, and draws where ``plot`` names a file.

    Raises:
        ConfigError: the options, or the files, are wrong.
    """
    if plot is not None:
        _check_plot(plot)
    told = asyncio.run(simulate(asked, read_settings(environment())))
    source = str(asked.trace or asked.ledger)
    if as_json_text:
        print_json(as_json(told, source))
    else:
        print_page(told, source)
    if plot is not None:
        from router_core.cli.plot import draw

        try:
            draw(told.standings, plot, title=f"{told.requests} requests of {Path(source).name}")
        except OSError as error:
            raise ConfigError(f"cannot write {plot}: {error.strerror}") from None
        print(f"drawn: {plot}", file=sys.stderr)


def _say(line: str) -> None:
    """Tells who waits what is going on."""
    print(line, file=sys.stderr)


def _check_plot(plot: Path) -> None:
    """Before anything is played: that takes a while."""
    if plot.suffix.lower() not in _PLOTS:
        raise ConfigError(f"--plot takes a file named *.svg or *.png, not {plot}")
    if importlib.util.find_spec("matplotlib") is None:
        raise ConfigError(
            "--plot wants matplotlib, which is not installed"
            " (`make plot`, or pip install llm-router[plot])"
        )
