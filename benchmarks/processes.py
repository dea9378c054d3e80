"""Server processes of a benchmark: pinned to a core, waited for, ended by pid."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

PROJECT: Final = Path(__file__).resolve().parent.parent
"""Where ``python -m benchmarks...`` finds this package."""

_START_S: Final = 20.0
_STOP_S: Final = 10.0
_POLL_S: Final = 0.02


class ProcessFailed(Exception):
    """A process did not come up, ended early, or took too long; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Which cores the two sides of a benchmark run on; ``None``: wherever the system puts them.

    Attributes:
        server: the core of what is measured (router, bare pass-through).
        load: the core of the load generator and the mock upstream.
    """

    server: int | None
    load: int | None

    @classmethod
    def of_this_machine(cls) -> Placement:
        """The first two cores that this process may use, if there are two."""
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        if len(cores) < 2:
            return cls(server=None, load=None)
        return cls(server=cores[0], load=cores[1])

    def describe(self) -> str:
        """One line for the table's notes."""
        if self.server is None:
            return "unpinned: fewer than two cores, or a system that cannot pin; all share them"
        return f"measured server on core {self.server}; mock and load generator on core {self.load}"


def pin(pid: int, core: int | None) -> None:
    """Keeps a process that has just started (one thread yet) on ``core``, if there is one."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(
    command: Sequence[str],
    *,
    port: int,
    core: int | None,
    env: Mapping[str, str] | None = None,
    folder: Path = PROJECT,
) -> Iterator[int]:
    """Runs ``command`` until the block ends; yields its pid once ``port`` accepts connections.

    Args:
        env: the whole environment of the process; ``None``: this process's own.
        folder: its working directory.

    Raises:
        ProcessFailed: it ended, or did not listen within 20 s; with the end of its output.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            pin(process.pid, core)
            _wait_for(process, port, output)
            yield process.pid
        finally:
            _end(process)


def _wait_for(process: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ProcessFailed(
                f"{_name(process)} ended with status {process.returncode}: {_tail(output)}"
            )
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_POLL_S)
    raise ProcessFailed(
        f"{_name(process)} did not listen on port {port} in {_START_S:g} s: {_tail(output)}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _name(process: subprocess.Popen[bytes]) -> str:
    arguments = process.args
    return " ".join(map(str, arguments)) if isinstance(arguments, list | tuple) else str(arguments)


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read()[-2000:].decode(errors="replace").strip() or "(it printed nothing)"
