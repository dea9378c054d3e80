"""The load generator: one measurement, in a process of its own.

Every answer is checked; one that is wrong, cut or missing is counted and told as
an error and never timed. In a closed loop an answer counts when it came within the
measured time, which begins after the warm-up.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import uvloop

from benchmarks.closed_loop import ClosedLoop, run_closed_loop
from benchmarks.processes import PROJECT, ProcessFailed, pin
from benchmarks.samples import Sample
from benchmarks.streams import Streams, run_streams

Load = ClosedLoop | Streams

_MARGIN_S: Final = 30.0
"""How much longer than planned a measurement may take, its process's start included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    load: Callable[..., Load]
    run: Callable[[Any], Awaitable[Sample]]


_KINDS: Final[Mapping[str, _Kind]] = {
    "ClosedLoop": _Kind(load=ClosedLoop, run=run_closed_loop),
    "Streams": _Kind(load=Streams, run=run_streams),
}


def measure(load: Load, *, core: int | None) -> Sample:
    """Runs ``load`` in a new process on ``core``.

    Raises:
        ProcessFailed: the process broke down or did not end in time.
    """
    task = json.dumps({"kind": type(load).__name__, "load": asdict(load)})
    command = [sys.executable, "-m", "benchmarks.load", task]
    with subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        pin(process.pid, core)
        try:
            output, errors = process.communicate(timeout=load.planned_s + _MARGIN_S)
        except BaseException as error:
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise ProcessFailed(f"the load generator did not end in time: {task}") from None
            raise
    if process.returncode:
        raise ProcessFailed(f"the load generator failed: {errors.decode(errors='replace')[-2000:]}")
    return Sample(**json.loads(output))


def main() -> None:
    """``python -m benchmarks.load TASK``; prints the sample as JSON."""
    task = json.loads(sys.argv[1])
    kind = _KINDS[task["kind"]]
    load = kind.load(**task["load"])
    gc.disable()  # a collection in the generator would be charged to the server

    async def run() -> Sample:
        return await kind.run(load)

    print(json.dumps(asdict(uvloop.run(run()))))


if __name__ == "__main__":
    main()
