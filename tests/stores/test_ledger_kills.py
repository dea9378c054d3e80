"""A router that is killed: what was written is there once, and little else is lost."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from router_core.decide.figures import Dimension, TimeRange
from tests.stores.ledger import NOW, opened, tidy, totals_of
from tests.stores.sessions import rows
from tests.stores.test_ledger_file import listed

ROOT = Path(__file__).parents[2]
WINDOW_S = 0.2
"""What a kill may cost; on a busy machine a thread may have to wait for its turn."""

KILLED = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from router_core.decide.config import LedgerSettings
from router_core.stores.database import Database
from router_core.stores.ledger_file import LedgerFile
from tests.stores.ledger import NOW, a_record
ledger = LedgerFile(Database(Path(sys.argv[1])), LedgerSettings, lambda: NOW, NOW)
began, name = time.monotonic(), sys.argv[2]
for n in range(10**9):
    ledger.record(a_record(id=f"{name}-{n}", category=name, session=str(n // 7)))
    print(n, n - ledger.pending, time.monotonic() - began, flush=True)
    time.sleep(0.001)
"""


@dataclass
class Killed:
    """What a process had told before it was killed.

    Attributes:
        written: requests that it knew to be written: the first so many of them.
        times: when it had recorded each, in its own seconds.
    """

    written: int
    times: list[float]


def killed(path: Path, name: str, after: int) -> Killed:
    """Runs a process until it has recorded so many requests, and kills it."""
    command = [sys.executable, "-c", KILLED, str(path), name]
    told = Killed(0, [])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith("\n"):
                break
            n, written, at = line.split()
            told.times.append(float(at))
            told.written = max(told.written, int(written))
            if int(n) == after:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return told


def check(path: Path, names: dict[str, Killed]) -> list[float]:
    """How much time each kill has cost, in seconds."""
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    lost = []
    with opened(path, busy_s=5.0) as file:
        tidy(file)
        kept = listed(file, most=10**6).records
        assert file.problem == ""
        for name, told in names.items():
            numbers = [int(it.id.split("-")[1]) for it in reversed(kept) if it.category == name]
            assert numbers == list(range(len(numbers))), "each once, in order, none left out"
            assert told.written <= len(numbers)
            lost.append(told.times[-1] - told.times[min(len(numbers), len(told.times)) - 1])
        found = asyncio.run(file.summed(TimeRange(), Dimension.SESSION, 5))
        assert found.total.cost_usd == totals_of(kept).cost_usd
        assert found.total.requests == len(kept)
        day = TimeRange(start=NOW)
        assert sum(file.spent(day.start or NOW).values()) == totals_of(kept).spent_usd
    return lost


@pytest.mark.parametrize("after", [150, pytest.param(700, marks=pytest.mark.slow)])
def test_what_was_written_is_there_once_and_little_else_is_lost(path: Path, after: int) -> None:
    (lost,) = check(path, {"a": killed(path, "a", after)})

    assert lost < 10 * WINDOW_S


@pytest.mark.slow
def test_twenty_kills_of_one_file_after_another(path: Path) -> None:
    names = {f"p{n}": killed(path, f"p{n}", 60 + 15 * n) for n in range(20)}

    lost = check(path, names)
    assert median(lost) <= WINDOW_S
    assert max(lost) < 10 * WINDOW_S


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"
