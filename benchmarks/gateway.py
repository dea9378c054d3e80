"""The suite ``gateway``: what the router adds to a call, beside a bare pass-through.

Three targets answer the same requests: the mock upstream itself (``direct``), a
bare FastAPI + aiohttp pass-through (``bare``), and the router with everything on
(``router``: translation, envelopes, classification, routing, accounts).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Final

from benchmarks.figures import Spread
from benchmarks.gateway_cases import (
    CASES,
    CHUNKS_PER_SECOND,
    FULL,
    LIMITS,
    QUICK,
    Case,
    Figure,
    Length,
    Limit,
)
from benchmarks.load import measure
from benchmarks.noise import ForeignTime
from benchmarks.options import Options
from benchmarks.payloads import BODIES
from benchmarks.processes import Placement
from benchmarks.progress import report
from benchmarks.samples import Sample
from benchmarks.tables import Goal, Row, Table
from benchmarks.targets import STARTERS, running_targets

_QUIET_BELOW: Final = 0.03
"""The share of the processors' time that others may take in a run whose figures count."""


class Measured:
    """Every figure of every target, by round; and the errors on the way."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._values: dict[tuple[str, str], dict[int, float]] = {}

    def add(self, case: Case, target: str, round_number: int, sample: Sample) -> None:
        """Reads the case's figures off ``sample``, if it has any times at all."""
        where = f"{target}, {case.figures[0].measure}"
        if sample.error_count:
            told = "; ".join(sample.errors)
            self.errors.append(f"{where}: {sample.error_count} wrong or missing: {told}")
        elif not sample.values_ns:
            self.errors.append(f"{where}: nothing was measured")
        if sample.values_ns:
            for figure in case.figures:
                by_round = self._values.setdefault((figure.measure, target), {})
                by_round[round_number] = figure.of(sample)

    def row(self, figure: Figure, targets: Sequence[str]) -> Row:
        """One figure of all targets."""
        values = {
            target: Spread.of(list(by_round.values()))
            for target in targets
            if (by_round := self._values.get((figure.measure, target)))
        }
        return Row(measure=figure.measure, unit=figure.unit, values=values)

    def goal(self, limit: Limit) -> Goal | None:
        """The limit with what was measured; ``None`` where one side was not."""
        router = self._values.get((limit.measure, "router"), {})
        base = self._values.get((limit.measure, limit.base), {})
        compared = [limit.compare(router[n], base[n]) for n in router.keys() & base.keys()]
        if not compared:
            return None
        return Goal(
            name=limit.name,
            value=Spread.of(compared),
            unit=limit.unit,
            limit=limit.limit,
            at_least=limit.at_least,
        )


def run(options: Options) -> Table:
    """Starts the targets, measures them in interleaved rounds, and ends them.

    Raises:
        ProcessFailed: a target or the load generator did not run.
    """
    length = QUICK if options.quick else FULL
    placement = Placement.of_this_machine()
    names = options.targets or tuple(STARTERS)
    foreign = ForeignTime()
    measured = Measured()
    with running_targets(
        names, placement, chunks=length.chunks, chunks_per_second=CHUNKS_PER_SECOND
    ) as targets:
        routed = [note for target in targets for note in target.notes()]
        for number in range(options.rounds):
            report(f"gateway: round {number + 1} of {options.rounds}")
            shift = number % len(targets)
            for case in CASES:
                for target in (*targets[shift:], *targets[:shift]):
                    sample = measure(case.load(target, length), core=placement.load)
                    measured.add(case, target.name, number, sample)
    figures = [figure for case in CASES for figure in case.figures]
    goals = [measured.goal(limit) for limit in LIMITS]
    return Table(
        title="gateway: what the router adds to a call",
        targets=names,
        rows=tuple(measured.row(figure, names) for figure in figures),
        goals=tuple(goal for goal in goals if goal),
        notes=(*_notes(options, length, placement, foreign.share()), *routed),
        errors=tuple(measured.errors),
    )


def _notes(
    options: Options, length: Length, placement: Placement, foreign: float | None
) -> list[str]:
    sizes = ", ".join(f"{name} {len(body(0, stream=False)):,} B" for name, body in BODIES.items())
    notes = [
        f"{options.rounds} interleaved rounds; {length.seconds:g} s a closed loop",
        f"a stream has {length.chunks} chunks and the OpenClaw body",
        f"bodies: {sizes}",
        f"{placement.describe()}; {os.cpu_count()} cores, Python {platform.python_version()}",
    ]
    if foreign is not None:
        verdict = "" if foreign < _QUIET_BELOW else ": too much for figures to quote; repeat"
        notes.append(f"other processes took {foreign:.0%} of the processors' time{verdict}")
    if options.quick:
        notes.append("quick run: it shows that all works; its figures are too noisy to quote")
    return notes
