"""``llm-router route`` as an operator runs it."""

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
from typing import Any

import httpx
import pytest

from tests.e2e.serving import COMMAND, Serving, clean_environment

NO_CORE = {"LLM_ROUTER_CORE_ADDRESS": "127.0.0.1:1"}
PYTHON = "write a python function that reverses a string"
OPENCLAW = {
    "model": "router",
    "max_tokens": 1,
    "messages": [
        {"role": "system", "content": "You are a helper running inside OpenClaw."},
        {"role": "user", "content": f"[Fri 2026-03-06 09:15 UTC] {PYTHON}"},
    ],
}


def run(
    *args: str | Path, home: Path, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "route", *args],
        cwd=home,
        env=clean_environment(home, **env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told(*args: str | Path, home: Path, **env: str) -> str:
    done = run(*args, home=home, **env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*args: str | Path, home: Path, **env: str) -> str:
    """The one line that it ends with."""
    done = run(*args, home=home, **env)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line.removeprefix("llm-router: ")


def on_terminal(*args: str, columns: int, home: Path, **env: str) -> str:
    """What it prints on a terminal of so many columns."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    running = subprocess.Popen(
        [COMMAND, "route", *args],
        cwd=home,
        env=clean_environment(home, COLUMNS="", NO_COLOR="", **env),
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=subprocess.PIPE,
    )
    os.close(its)
    printed = b""
    try:
        while piece := os.read(ours, 65_536):
            printed += piece
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    return printed.decode()


def a_file(folder: Path, body: Any) -> Path:
    file = folder / "request.json"
    file.write_text(json.dumps(body))
    return file


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_it_is_as_wide_as_that_and_in_colour(
    columns: int, demo: Serving, tmp_path: Path
) -> None:
    args = (PYTHON, "--core", demo.grpc)
    coloured = on_terminal(*args, columns=columns, home=tmp_path, TERM="xterm")
    assert coloured.startswith("\x1b[1;32mcode -> glm-5\x1b[0m")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    lines = plain.splitlines()
    assert lines[0] == "code -> glm-5"
    assert max(map(len, lines)) <= columns
    assert "number 3 of code (ordered)" in plain


def test_when_piped_a_long_request_is_told_whole_and_without_escapes(
    demo: Serving, tmp_path: Path
) -> None:
    text = f"{PYTHON} {'of many words ' * 400}"
    printed = told(text, "--core", demo.grpc, home=tmp_path, COLUMNS="40")
    assert "\x1b" not in printed
    assert repr(text) in printed
    assert f"decided by the core at {demo.grpc}; no model answered it" in printed.splitlines()[-1]


def test_a_request_in_a_file_is_explained_as_its_client_sent_it(
    demo: Serving, tmp_path: Path
) -> None:
    printed = told("--file", a_file(tmp_path, OPENCLAW), "--core", demo.grpc, home=tmp_path)
    assert printed.startswith("code -> glm-5\n")
    assert f"classified  {PYTHON!r} (user_turn" in printed
    assert "openclaw, whose envelopes were taken off" in printed
    assert "an answer of 1 token (all that the request allows)" in printed


def test_a_request_on_standard_input_is_what_rest_answers(demo: Serving, tmp_path: Path) -> None:
    asked = json.dumps(OPENCLAW)
    printed = told("--file", "-", "--json", "--core", demo.grpc, home=tmp_path, stdin=asked)
    rest = httpx.post(f"{demo.rest}/route", json=OPENCLAW).json()
    here = json.loads(printed)
    for decision in (rest, here):
        decision["classification"].pop("elapsed_us")
    assert here == rest


def test_a_session_is_looked_up_by_its_id(demo: Serving, tmp_path: Path) -> None:
    asked = {"messages": [{"role": "user", "content": PYTHON}]}
    answer = httpx.post(
        f"{demo.rest}/v1/chat/completions", json=asked, headers={"x-session-id": "s-1"}
    ).json()
    going_on = [
        *asked["messages"],
        answer["choices"][0]["message"],
        {"role": "user", "content": "yes"},
    ]
    file = a_file(tmp_path, {"messages": going_on})
    printed = told("--file", file, "--session", "s-1", "--core", demo.grpc, home=tmp_path)
    assert "session     glm-5 gave its last answer; routed as code" in printed
    other = told("--file", file, "--session", "s-2", "--core", demo.grpc, home=tmp_path)
    assert "session     not known" in other


def test_without_a_core_costs_come_from_the_price_table(tmp_path: Path) -> None:
    decision = json.loads(told("--json", PYTHON, home=tmp_path, **NO_CORE))
    costs = {each["model"]: each["estimated_cost_usd"] for each in decision["candidates"]}
    assert float(costs["glm-5"]) > float(costs["gpt-4o-mini"]) > 0
    assert "  $0." in told(PYTHON, home=tmp_path, **NO_CORE)


def test_what_is_no_request_is_refused_in_one_line(demo: Serving, tmp_path: Path) -> None:
    file = a_file(tmp_path, {"messages": 3})
    assert refused("--file", file, "--core", demo.grpc, home=tmp_path).startswith(
        f"the core at {demo.grpc} says: messages"
    )
    assert refused("--file", "nowhere.json", home=tmp_path) == (
        "nowhere.json cannot be read: No such file or directory"
    )
    assert refused(home=tmp_path) == "route takes either TEXT or --file"


def test_an_id_that_is_no_text_is_refused(tmp_path: Path) -> None:
    line = refused("hello", "--session", os.fsdecode(b"\xff"), home=tmp_path, **NO_CORE)
    assert line == "--session is not valid UTF-8"
