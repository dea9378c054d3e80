"""How much of the machine went to others while a benchmark ran."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

_STAT: Final = Path("/proc/stat")
# Columns of the "cpu" line, after its name (proc(5)). Interrupts are left out: those of
# our own traffic are among them.
_USER, _NICE, _SYSTEM, _STEAL = 0, 1, 2, 7


class ForeignTime:
    """Counts from its making on the processor time that was not ours.

    Ours is that of this process and of its children that have ended; time that
    the hypervisor took counts as others'.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._foreign = _foreign_s()

    def share(self) -> float | None:
        """Others' part of all cores' time so far, 0 to 1; ``None`` where it is not known."""
        now = _foreign_s()
        if now is None or self._foreign is None:
            return None
        available = (time.monotonic() - self._started) * (os.cpu_count() or 1)
        return min(max((now - self._foreign) / available, 0.0), 1.0)


def _foreign_s() -> float | None:
    """Processor time of everyone else since the machine's start, in seconds, up to a constant."""
    try:
        columns = _STAT.read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    ticks = sum(int(columns[index]) for index in (_USER, _NICE, _SYSTEM, _STEAL))
    ours = os.times()
    return ticks / os.sysconf("SC_CLK_TCK") - sum(ours[:4])
