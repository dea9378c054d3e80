"""What a run of the benchmarks is asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of one run, the same for every suite.

    Attributes:
        rounds: how often everything is measured; at least 1.
        quick: short measurements, to see that all works; no figures to quote.
        targets: names of what to measure, of those that the suite knows; empty: all.
    """

    rounds: int
    quick: bool = False
    targets: tuple[str, ...] = ()
