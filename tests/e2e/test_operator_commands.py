"""The operators' commands as processes, beside a router that serves."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import httpx
import pytest

from tests.e2e.serving import COMMAND, Serving, clean_environment

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def run(*args: str, home: Path, core: str) -> subprocess.CompletedProcess[str]:
    env = clean_environment(home, LLM_ROUTER_CORE_ADDRESS=core)
    return subprocess.run(
        [COMMAND, *args], cwd=home, env=env, capture_output=True, text=True, timeout=30, check=False
    )


def run_on_terminal(*args: str, home: Path, core: str, columns: int) -> str:
    """What a command prints on a terminal of that width, bold and the like aside."""
    env = clean_environment(home, LLM_ROUTER_CORE_ADDRESS=core, TERM="xterm")
    env = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES")}
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen([COMMAND, *args], cwd=home, env=env, stdin=its, stdout=its)
    os.close(its)
    read = bytearray()
    try:
        while chunk := os.read(ours, 4096):
            read += chunk
    except OSError:  # so Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(30) == 0
    return _STYLE.sub("", read.decode())


def test_a_category_serves_from_one_call_on(demo: Serving, tmp_path: Path) -> None:
    added = run(
        *("category", "add", "poetry", "--model", "kimi-k2.5", "--keyword", "sonnet"),
        *("--keyword", "haiku"),
        home=tmp_path,
        core=demo.grpc,
    )
    assert (added.returncode, added.stdout, added.stderr) == (
        0,
        "changed: categories.poetry: added\n",
        "",
    )
    ask = {"messages": [{"role": "user", "content": "a haiku, then a sonnet on that haiku"}]}
    answer = httpx.post(f"{demo.rest}/v1/chat/completions", json=ask, timeout=30)
    assert answer.headers["x-router-category"] == "poetry"
    assert answer.headers["x-router-model"] == "kimi-k2.5"
    assert run("category", "remove", "poetry", home=tmp_path, core=demo.grpc).returncode == 0
    answer = httpx.post(f"{demo.rest}/v1/chat/completions", json=ask, timeout=30)
    assert answer.headers["x-router-category"] != "poetry"


def test_what_is_refused_is_one_line_on_stderr(demo: Serving, tmp_path: Path) -> None:
    done = run("category", "remove", "code", home=tmp_path, core=demo.grpc)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"llm-router: the core at {demo.grpc} says: code is built in")


def test_a_table_fits_the_terminal_and_is_whole_in_a_pipe(demo: Serving, tmp_path: Path) -> None:
    shown = run_on_terminal("category", "list", home=tmp_path, core=demo.grpc, columns=67)
    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= 67
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    assert lines[0].split()[:3] == ["category", "models", "keywords"]
    assert set(lines[1].strip()) == {"\N{BOX DRAWINGS LIGHT HORIZONTAL}"}
    piped = run("category", "list", home=tmp_path, core=demo.grpc).stdout.splitlines()
    assert len(piped) == 5
    assert piped[1].split()[:4] == ["tools", "aurora-alpha,", "kimi-k2.5,", "glm-5"]


@pytest.mark.parametrize(
    ("args", "path"),
    [
        (["config", "show"], "/config"),
        (["category", "list"], "/config/category"),
        (["category", "models", "code"], "/config/category/code"),
        (["config", "history"], "/config/versions"),
    ],
)
def test_as_json_it_is_what_rest_answers(
    demo: Serving, tmp_path: Path, args: list[str], path: str
) -> None:
    done = run(*args, "--json", home=tmp_path, core=demo.grpc)
    assert json.loads(done.stdout) == httpx.get(f"{demo.rest}{path}", timeout=30).json()
