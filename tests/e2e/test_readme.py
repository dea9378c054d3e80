"""Every command and program that the README shows, run against the demo."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.serving import Serving, clean_environment

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BIN = Path(sys.executable).parent


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{page.name}-{number}", block)
        for page in PAGES
        for number, block in enumerate(
            re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL), start=1
        )
    ]


def commands(block: str) -> Iterator[str]:
    for line in block.replace("\\\n", " ").splitlines():
        if command := line.partition("  #")[0].strip():
            yield command


def is_run(command: str) -> bool:
    return command.split(maxsplit=1)[0] in {"curl", "grpcurl", "llm-router"}


COMMANDS = [command for _, block in blocks("sh") for command in commands(block)]
MAKE = [command for command in COMMANDS if command.startswith("make ")]
RUN = [command for command in COMMANDS if is_run(command)]
SESSIONS = [
    pytest.param(run, id=where)
    for where, block in blocks("sh")
    if (run := [command for command in commands(block) if is_run(command)])
]
"""What is run in one go: a command may build on those before it in its block."""


TRACE = (
    '{"prompt": "a python class", "models": {'
    '"glm-5": {"quality": 0.8, "completion_tokens": 90, "latency_ms": 900},'
    ' "gpt-4o-mini": {"quality": 0.6, "completion_tokens": 80, "latency_ms": 700}}}\n'
)


def here(text: str, demo: Serving) -> str:
    """``text`` with the demo's addresses in place of the default ones."""
    rest = demo.rest.removeprefix("http://")
    text = re.sub(r"(localhost|127\.0\.0\.1):3456", rest, text)
    return re.sub(r"(localhost|127\.0\.0\.1):50051", demo.grpc, text)


def environment(demo: Serving, home: Path) -> dict[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return clean_environment(home, PATH=path, LLM_ROUTER_CORE_ADDRESS=demo.grpc)


def test_every_command_is_run_here_or_named_here() -> None:
    assert {c for c in COMMANDS if c not in RUN and c not in MAKE} == {
        "export OPENROUTER_API_KEY=sk-or-..."
    }
    assert len(RUN) >= 8


@pytest.mark.parametrize("command", MAKE)
def test_a_make_target_exists(command: str) -> None:
    done = subprocess.run(
        [*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("session", SESSIONS)
def test_commands_work(session: list[str], demo: Serving, tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text('{"text": "hello there", "category": "conversation"}\n')
    (tmp_path / "trace.jsonl").write_text(TRACE)
    for command in session:
        done = subprocess.run(
            shlex.split(here(command, demo)),
            cwd=tmp_path,
            env=environment(demo, tmp_path),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout.strip(), command
        assert '"error"' not in done.stdout, (command, done.stdout)


def test_the_first_request_is_answered_by_the_code_models(demo: Serving) -> None:
    first = next(command for command in RUN if command.startswith("curl -i"))
    done = subprocess.run(
        shlex.split(here(first, demo)), capture_output=True, text=True, timeout=30, check=True
    )
    assert "x-router-category: code" in done.stdout
    assert "x-router-model: glm-5" in done.stdout


@pytest.mark.parametrize(("where", "program"), blocks("python"), ids=lambda v: v[:20])
def test_a_program_works(where: str, program: str, demo: Serving, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", here(program, demo)],
        cwd=tmp_path,
        env=environment(demo, tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


@pytest.mark.parametrize(("where", "text"), blocks("json"), ids=lambda v: v[:20])
def test_a_json_block_is_json(where: str, text: str) -> None:
    json.loads(text)


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
