"""A trace, two configs and the command that replays the one under the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from router_core.cli.app import app

CATEGORIES = ("tools", "code", "reasoning", "conversation")

TRACE: tuple[Mapping[str, Any], ...] = tuple(
    {
        "category": category,
        "prompt_tokens": tokens,
        "models": {
            "good": {"quality": good, "cost_usd": 0.03, "latency_ms": ms, "completion_tokens": 9},
            "small": {"quality": small, "cost_usd": 0.01, "latency_ms": 1000},
        },
    }
    for category, tokens, good, small, ms in (
        ("conversation", 10, 1.0, 1.0, 3000),
        ("code", 20, 1.0, 0.0, 3000),
        ("code", 30, 0.5, 0.0, 6000),
    )
)
"""`small` answers the first as well as `good`, for a third of the cost; else not at all."""


def a_config(folder: Path, name: str, policy: str = "ordered", **lists: list[str]) -> Path:
    """A config file; `good` before `small` in all categories but those of ``lists``."""
    value = {
        "version": 1,
        "mode": "keywords",
        "providers": {"p": {"base_url": "http://p.example"}},
        "models": {alias: {"id": f"v/{alias}", "provider": "p"} for alias in ("good", "small")},
        "categories": {
            each: {"models": lists.get(each, ["good", "small"]), "policy": policy}
            for each in CATEGORIES
        },
    }
    file = folder / f"{name}.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def a_trace(folder: Path, *rows: Mapping[str, Any]) -> Path:
    file = folder / "trace.jsonl"
    lines = (json.dumps(row) for row in rows or TRACE)
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: what it printed, and what went wrong."""

    out: str
    err: str
    error: BaseException | None

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def simulate(*arguments: object, resamples: int = 50) -> Done:
    """Runs the command."""
    words = ["simulate", *map(str, arguments), "--resamples", str(resamples)]
    done = CliRunner().invoke(app, words)
    error = None if isinstance(done.exception, SystemExit) else done.exception
    return Done(done.stdout, done.stderr, error)
