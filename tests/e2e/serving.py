"""Runs the ``llm-router`` command as a user would, on free ports, in an empty folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = Path(sys.executable).parent / "llm-router"
START_S = 30.0
"""How long a start may take on a busy machine, in seconds."""

_REST = re.compile(r"REST on (http://\S+?:\d+)")
_GRPC = re.compile(r"gRPC on (\S+:\d+)")


@dataclass
class Serving:
    """A running command.

    Attributes:
        rest: base URL of the REST shim; empty: it runs none.
        grpc: address of the gRPC core; empty: it runs none.
        lines: what it printed so far.
    """

    process: subprocess.Popen[str]
    rest: str = ""
    grpc: str = ""
    lines: list[str] = field(default_factory=list)

    def stop(self) -> int:
        """Ends it as an operator would; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_S)


def clean_environment(home: Path, **env: str) -> dict[str, str]:
    """The environment of a user who has set nothing but ``env``."""
    ours = ("LLM_ROUTER_", "OPENROUTER_", "OLLAMA_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, "LLM_ROUTER_HOME": str(home), **env}


@contextmanager
def serving(
    *args: str, home: Path, env: Mapping[str, str] | None = None, command: Path = COMMAND
) -> Iterator[Serving]:
    """Starts ``llm-router ARGS`` and waits until it says where it listens."""
    process = subprocess.Popen(
        [command, *args],
        cwd=home,
        env=clean_environment(home, **(env or {})),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Serving(process)
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(running, ready), daemon=True)
    reader.start()
    try:
        if not ready.wait(START_S) or process.poll() is not None:
            raise AssertionError("it did not start:\n" + "\n".join(running.lines))
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(START_S)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()


def _read(running: Serving, ready: threading.Event) -> None:
    assert running.process.stderr is not None
    for line in running.process.stderr:
        running.lines.append(line.rstrip())
        if line.startswith("LLM Router "):
            rest, grpc = _REST.search(line), _GRPC.search(line)
            running.rest = rest.group(1) if rest else ""
            running.grpc = grpc.group(1) if grpc else ""
            ready.set()
    ready.set()
