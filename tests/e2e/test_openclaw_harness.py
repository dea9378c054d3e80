"""What runs a real OpenClaw, with a stand-in: a process that does not leave is told from a hang."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.openclaw import Patience, Reply, run_turn

QUICK = Patience(turn_s=20, leaving_s=0.2, glance_s=0.02)
SHORT = Patience(turn_s=1.0, leaving_s=20, glance_s=0.02)
LEISURELY = Patience(turn_s=20, leaving_s=20, glance_s=0.02)
ANSWER = "print('Good things take time.')"
PAYLOADS = """print('{"payloads": [{"text": "Good things take time."}]}')"""
STOPPED = "tell('[agents/agent-command] [agent] run 1a-2b ended with stopReason=stop')"
FAILED = "tell('[agents/agent-command] [agent] run 1a-2b ended with stopReason=error')"
PIDS = """child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])
open('pids', 'w').write(f'{os.getpid()} {child.pid}')"""
LINGER = "sys.stdout.flush(); time.sleep(60)"


def turn(home: Path, *lines: str, patience: Patience = LEISURELY, mode: str = "exec") -> Reply:
    """A turn of a program that consists of ``lines``."""
    head = ["import os, subprocess, sys, time", "def tell(text): print(text, file=sys.stderr)"]
    script = home / "stand_in.py"
    script.write_text("\n".join([*head, *lines]))
    program = [sys.executable, "-S", str(script)]
    return run_turn({}, "hello", home, mode=mode, program=program, patience=patience)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def assert_gone(home: Path) -> None:
    """Neither the stand-in is left nor what it has started; being killed takes a moment."""
    own, started = map(int, (home / "workspace" / "pids").read_text().split())
    assert not is_running(own)
    deadline = time.monotonic() + 10
    while is_running(started):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(("mode", "answer"), [("exec", ANSWER), ("local", PAYLOADS)])
def test_a_turn_that_leaves_is_taken_at_its_word(tmp_path: Path, mode: str, answer: str) -> None:
    reply = turn(tmp_path, answer, STOPPED, mode=mode)
    assert (reply.text, reply.exit_code) == ("Good things take time.", 0)
    assert "ended from outside" not in reply.diagnostics


@pytest.mark.parametrize("lines", [[STOPPED], [ANSWER, STOPPED], [ANSWER]])
def test_a_turn_that_leaves_with_an_error_has_failed(tmp_path: Path, lines: list[str]) -> None:
    assert turn(tmp_path, *lines, "sys.exit(1)").exit_code == 1


@pytest.mark.parametrize(
    ("mode", "lines"),
    [("exec", [ANSWER, STOPPED]), ("exec", [STOPPED, ANSWER]), ("local", [PAYLOADS, STOPPED])],
)
def test_a_turn_that_has_stopped_and_does_not_leave_has_succeeded(
    tmp_path: Path, mode: str, lines: list[str]
) -> None:
    reply = turn(tmp_path, *lines, LINGER, mode=mode, patience=QUICK)
    assert (reply.text, reply.exit_code) == ("Good things take time.", 0)
    assert "ended from outside: its run had, by stop" in reply.diagnostics


@pytest.mark.parametrize(
    ("mode", "lines"),
    [
        ("exec", [ANSWER, FAILED]),
        ("exec", [STOPPED]),
        ("exec", ["print('Good things', end='')", STOPPED]),
        ("local", [STOPPED]),
        ("local", [PAYLOADS.replace("]}')", "')"), STOPPED]),
    ],
)
def test_a_turn_that_does_not_leave_and_has_not_stopped_with_an_answer_has_failed(
    tmp_path: Path, mode: str, lines: list[str]
) -> None:
    reply = turn(tmp_path, *lines, LINGER, mode=mode, patience=QUICK)
    assert reply.exit_code != 0
    assert "ended from outside" in reply.diagnostics


def test_a_turn_that_hangs_before_its_end_has_failed(tmp_path: Path) -> None:
    quoted = STOPPED.replace("tell(", "print(")
    with pytest.raises(subprocess.TimeoutExpired) as hung:
        turn(tmp_path, PIDS, "tell('stopReason=stop')", ANSWER, quoted, LINGER, patience=SHORT)
    assert b"stopReason=stop" in (hung.value.stderr or b"")
    assert_gone(tmp_path)


def test_what_a_turn_has_started_goes_with_it(tmp_path: Path) -> None:
    assert turn(tmp_path, PIDS, ANSWER, STOPPED, LINGER, patience=QUICK).exit_code == 0
    assert_gone(tmp_path)


def test_a_turn_may_tell_more_than_a_pipe_holds(tmp_path: Path) -> None:
    reply = turn(tmp_path, "tell('x' * 300_000)", ANSWER, STOPPED, "tell('y' * 300_000)")
    assert (reply.exit_code, len(reply.diagnostics) > 600_000) == (0, True)


def test_a_turn_has_time_to_leave(tmp_path: Path) -> None:
    reply = turn(tmp_path, ANSWER, STOPPED, "time.sleep(0.1); sys.exit(3)")
    assert reply.exit_code == 3
