"""``python -m benchmarks [SUITE ...]``: runs the suites and prints their tables."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from benchmarks import (
    accounting,
    classification,
    continuity,
    decisions,
    envelopes,
    gateway,
    ledger,
    sessions,
)
from benchmarks.options import Options
from benchmarks.policies import suite as policies
from benchmarks.processes import ProcessFailed
from benchmarks.progress import report
from benchmarks.tables import Table, as_json, render
from benchmarks.targets import STARTERS

SUITES: Final[Mapping[str, Sequence[Callable[[Options], Table]]]] = {
    "gateway": (gateway.run,),
    "envelopes": (envelopes.run,),
    "classification": (classification.run,),
    "continuity": (
        continuity.held_out,
        continuity.short,
        continuity.mixed,
        continuity.shipped,
        continuity.fitted,
        sessions.run,
    ),
    "policies": (
        policies.policies,
        policies.against_best,
        policies.dial,
        policies.degraded,
        policies.resting,
    ),
    "decisions": (decisions.run,),
    "accounting": (accounting.run,),
    "ledger": (ledger.run,),
}
"""What makes the tables of every suite, by its name, in the order in which they run."""

_ROUNDS: Final = 5
_QUICK_ROUNDS: Final = 2


def main() -> int:
    """Runs what the command line asks for.

    Returns:
        The exit status: 1 where a process failed or an answer was wrong. A goal
        that is not met is told in the table and does not change the status: on a
        busy machine it says more about the machine.
    """
    # Servers end with the blocks that started them, and a plain SIGTERM would skip those.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    arguments = _parser().parse_args()
    rounds = arguments.rounds or (_QUICK_ROUNDS if arguments.quick else _ROUNDS)
    options = Options(rounds=rounds, quick=arguments.quick)
    for_gateway = replace(options, targets=tuple(arguments.targets))
    try:
        tables = [
            run(for_gateway if name == "gateway" else options)
            for name in arguments.suites or SUITES
            for run in SUITES[name]
        ]
    except ProcessFailed as error:
        report(f"error: {error}")
        return 1
    if arguments.json:
        print(json.dumps([as_json(table) for table in tables], indent=2))
    else:
        print("\n".join(render(table) for table in tables), end="")
    return 1 if any(table.errors for table in tables) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", type=_suite, help=", ".join(SUITES))
    parser.add_argument("--rounds", type=_positive, help=f"rounds (default {_ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="under 30 s; no figures to quote")
    parser.add_argument(
        "--targets", nargs="+", choices=STARTERS, default=[], help="of gateway, only these"
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    return parser


def _suite(name: str) -> str:
    if name not in SUITES:
        raise argparse.ArgumentTypeError(f"no suite {name!r}; there are: {', '.join(SUITES)}")
    return name


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
