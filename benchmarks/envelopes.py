"""``python -m benchmarks.envelopes [FOLDER]``: how well and how fast prompts are peeled.

With a folder of labelled recordings (see `benchmarks.recordings`) it tells, for each
client, in how many requests the kind of turn is right, in how many user turns the text
is exactly what was typed, and how long a peel takes; then every wrong one. Requests of
60 kB that are made up here are always timed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Final

from benchmarks.figures import Spread
from benchmarks.options import Options
from benchmarks.payloads import SYSTEM_PROMPT_CHARS, openclaw
from benchmarks.progress import report
from benchmarks.recordings import BadRecording, Recording, messages_of, read_recordings
from benchmarks.tables import Goal, Row, Table, render
from router_core.decide.chat import Message, ToolCall
from router_core.decide.peel import read_turn
from router_core.decide.turn import Turn, TurnKind

GOAL_US: Final = 30.0
"""The most that a peel of 60 kB should cost, in microseconds."""

_PEELS: Final = 200
_ROUNDS: Final = 5
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was read in one recording, and how long it took.

    Attributes:
        microseconds: of one peel, the median of many.
    """

    recording: Recording
    turn: Turn
    microseconds: float

    @property
    def is_kind_right(self) -> bool:
        """Whether the kind of turn is the labelled one."""
        return self.turn.kind is self.recording.kind

    @property
    def has_text(self) -> bool:
        """Whether a text is expected: somebody typed."""
        return self.recording.kind is TurnKind.USER_TURN

    @property
    def is_text_right(self) -> bool:
        """Whether the text is exactly what was typed."""
        return self.turn.text == self.recording.typed


def outcome_of(recording: Recording, peels: int = _PEELS) -> Outcome:
    """Reads a recording ``peels`` times."""
    turn = read_turn(recording.messages)
    return Outcome(recording=recording, turn=turn, microseconds=_time(recording.messages, peels))


def _time(messages: Sequence[Message], peels: int) -> float:
    took = []
    for _ in range(peels):
        began = perf_counter_ns()
        read_turn(messages)
        took.append(perf_counter_ns() - began)
    return median(took) / 1_000


def summary(outcomes: Sequence[Outcome]) -> str:
    """A line for each client and one for all, then a line for each wrong outcome."""
    clients: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        clients.setdefault(outcome.recording.client, []).append(outcome)
    lines = [f"{'client':24} {'turns right':>18} {'texts right':>18} {'us':>6} {'most us':>8}"]
    lines += [_line(client, own) for client, own in sorted(clients.items())]
    lines.append(_line("all", outcomes))
    wrong = [line for outcome in outcomes for line in _faults(outcome)]
    return "\n".join([*lines, "", *wrong, f"{len(wrong)} wrong"])


def _line(client: str, outcomes: Sequence[Outcome]) -> str:
    kinds = [outcome.is_kind_right for outcome in outcomes]
    texts = [outcome.is_text_right for outcome in outcomes if outcome.has_text]
    times = [outcome.microseconds for outcome in outcomes]
    return (
        f"{client:24} {_share(kinds):>18} {_share(texts):>18} "
        f"{median(times):6.1f} {max(times):8.1f}"
    )


def _share(right: Sequence[bool]) -> str:
    if not right:
        return "-"
    return f"{sum(right)} of {len(right)} ({100 * sum(right) / len(right):.1f} %)"


def _faults(outcome: Outcome) -> list[str]:
    named = f"WRONG {outcome.recording.client} {outcome.recording.name}:"
    faults = []
    if not outcome.is_kind_right:
        faults.append(f"{named} {outcome.turn.kind}, it is {outcome.recording.kind}")
    if outcome.has_text and not outcome.is_text_right:
        typed, read = outcome.recording.typed, outcome.turn.text
        faults.append(f"{named} {read[:_SHOWN]!r}, typed was {(typed or '')[:_SHOWN]!r}")
    return faults


def run(options: Options) -> Table:
    """Times peels of made-up requests of 60 kB, round by round."""
    peels = _PEELS // 10 if options.quick else _PEELS
    names = options.targets or tuple(BODIES)
    rounds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            rounds[name].append(_time(BODIES[name](), peels))
    spreads = {name: Spread.of(took) for name, took in rounds.items()}
    return Table(
        title="envelopes: one peel of a 60 kB request",
        targets=names,
        rows=(Row(measure="peel", unit="us", values=spreads),),
        goals=tuple(
            Goal(name=name, value=spread, unit="us", limit=GOAL_US, at_least=False)
            for name, spread in spreads.items()
        ),
    )


def _openclaw() -> tuple[Message, ...]:
    return messages_of(json.loads(openclaw(0, stream=False)))


def _parts() -> tuple[Message, ...]:
    """Reminders around the prompt, as coding agents on a command line send it."""
    rules = "Keep the quay clear, and say what you tie up.\n" * 60
    reminders = [f"<system-reminder>\n{rules}</system-reminder>"] * 4
    prompt = Message(role="user", texts=(*reminders, "Why was last night's backup late?"))
    return (_system(), prompt)


def _history() -> tuple[Message, ...]:
    """A prompt in tags, at the end of a long conversation with tools."""
    turn = (
        Message(role="user", texts=("<user_query>\nAnd the next one?\n</user_query>",)),
        Message(role="assistant", tool_calls=(ToolCall("read_file"),)),
        Message(role="tool", texts=("a line of a log, and another\n" * 8,)),
    )
    return (_system(), *turn * 40)


def _system() -> Message:
    beginning = "You are Quay, an interactive CLI tool that helps with software engineering.\n"
    rule = "- Look at a file before you say anything about it.\n"
    count = (SYSTEM_PROMPT_CHARS - len(beginning)) // len(rule)
    return Message(role="system", texts=(beginning + rule * count,))


BODIES: Final[Mapping[str, Callable[[], tuple[Message, ...]]]] = {
    "openclaw": _openclaw,
    "parts": _parts,
    "history": _history,
}
"""Made-up requests of about 60 kB, by name."""


def main() -> int:
    """Runs what the command line asks for.

    Returns:
        The exit status: 1 where the recordings cannot be read.
    """
    arguments = _parser().parse_args()
    try:
        recordings = read_recordings(arguments.folder) if arguments.folder else []
    except BadRecording as error:
        report(f"error: {error}")
        return 1
    if recordings:
        print(summary([outcome_of(recording) for recording in recordings]), end="\n\n")
    print(render(run(Options(rounds=arguments.rounds))), end="")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.envelopes", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="labelled recordings, *.jsonl")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"rounds (default {_ROUNDS})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
