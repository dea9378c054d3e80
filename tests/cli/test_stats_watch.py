"""``llm-router stats --watch``: piped, and on a terminal of any height."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

import pytest
from rich.console import Console

from llm_router.client import RouterClient
from llm_router.v1 import stats_pb2 as pb
from router_core import errors
from router_core.cli.stats_page import Page, Section
from router_core.cli.stats_watch import _fitting
from tests.cli.operating import Script, real_core, run
from tests.cli.test_stats import MIDNIGHT, RECORDS

COMMAND = Path(sys.executable).parent / "llm-router"
EVENTS = [
    pb.WatchRequestsResponse(request=RECORDS[0]),
    pb.WatchRequestsResponse(request=RECORDS[1], missed=7),
]


def test_piped_it_is_a_line_a_request(script: Script, core: str) -> None:
    script.answers = {"WatchRequests": [EVENTS]}
    done = run("stats", "--watch", "--category", "code", "--model", "m", core=core)
    assert [line.split("  ") for line in done.out.splitlines()] == [
        ["2026-11-01 00:00:00", "code", "glm-5", "ok", "$0.25", "1.2 s", "2", "req_2"],
        ["2026-11-01 00:00:00", "-", "-", "timeout", "-", "0.00 ms", "0", "req_1"],
    ]
    assert (done.code, done.err) == (1, f"the core at {core} stops")
    assert script.requests("WatchRequests") == [pb.WatchRequestsRequest(category="code", model="m")]


def test_json_is_an_object_a_line(script: Script, core: str) -> None:
    script.answers = {"WatchRequests": [EVENTS]}
    lines = run("stats", "--watch", "--json", core=core).out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["req_2", "req_1"]


def test_who_may_not_watch_is_told_why(script: Script, core: str) -> None:
    script.answers = {"WatchRequests": [errors.Unauthenticated("wrong admin key")]}
    done = run("stats", "--watch", core=core)
    assert done.err.endswith("wrong admin key (LLM_ROUTER_ADMIN_KEY must be the core's own)")


def test_without_a_core_it_says_so(nothing_set: None) -> None:
    done = run("stats", "--watch", "--core", "127.0.0.1:1", core="unused")
    assert done.err.startswith("no core answers at 127.0.0.1:1")


# -- the screen ------------------------------------------------------------------------

SECTION = Section(headings=("model", "requests"), rows=(("one", "1"),) * 5)
PAGE_OF_SUMS = Page(
    headline="headline", facts=(("cost", "$1"),), sections=(SECTION, SECTION), notes=("note",)
)


@pytest.mark.parametrize(
    ("height", "tables", "notes"), [(60, 2, 1), (28, 2, 0), (20, 1, 0), (12, 0, 0), (3, 0, 0)]
)
def test_a_low_terminal_has_fewer_tables(height: int, tables: int, notes: int) -> None:
    console = Console(width=80, height=height, no_color=True)
    shown, lines = _fitting(PAGE_OF_SUMS, console)
    with console.capture() as printed:
        console.print(shown)
    text = printed.get()
    assert (text.count("model"), text.count("note:")) == (tables, notes)
    assert len(text.splitlines()) == lines
    assert "headline" in text


Terminal = tuple[int, subprocess.Popen[bytes]]


@contextmanager
def on_a_terminal(*args: str, core: str, home: Path) -> Iterator[Terminal]:
    """Runs the command on a terminal of 40 lines; yields what the user holds of it."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = subprocess.Popen(
        [COMMAND, *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env={**os.environ, "TERM": "xterm", "LLM_ROUTER_CORE_ADDRESS": core},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, *patterns: str) -> None:
    """Reads what is shown until each pattern was there; pytest's own timeout ends it."""
    shown = b""
    while not all(re.search(pattern.encode(), shown) for pattern in patterns):
        shown += os.read(terminal, 65_536)


def test_requests_show_up_as_they_end_until_ctrl_c(tmp_path: Path, nothing_set: None) -> None:
    with (
        real_core(tmp_path) as core,
        RouterClient(core) as client,
        on_a_terminal("stats", "--watch", core=core, home=tmp_path) as (terminal, process),
    ):
        read_until(terminal, "0 requests")
        client.complete({"messages": [{"role": "user", "content": "hello"}]})
        read_until(terminal, "conversation +glm-5 +ok")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.slow
def test_the_last_picture_stays_when_the_core_stops(
    script: Script, core: str, tmp_path: Path
) -> None:
    script.answers = {
        "GetStats": [pb.GetStatsResponse(since=MIDNIGHT, total=pb.GroupStats(requests=7))],
        "ListRequests": [pb.ListRequestsResponse(requests=RECORDS[1:])],
        "WatchRequests": [EVENTS[:1]],
    }
    with on_a_terminal("stats", "--watch", core=core, home=tmp_path) as (terminal, process):
        read_until(
            terminal, "7 requests", "code +glm-5 +ok", "timeout", f"the core at {core} stops"
        )
        assert process.wait(20) == 1
