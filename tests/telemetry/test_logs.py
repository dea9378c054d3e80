"""The log: one form for all, one line a request, no content, nobody waits."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from router_core.telemetry.log_queue import LAST_S, LogThread, write_all
from router_core.telemetry.logs import formatter, lines_lost, start_logging
from router_core.telemetry.request_line import LOGGER, RequestLog, line_of
from tests.telemetry.records import eventful, request

SECRET = "sk-or-v1-c0ffee my cat is ill https://host/x?token=abc"
WITHIN_S = 30.0


@contextmanager
def logged(level: str = "INFO", **options: Any) -> Iterator[list[str]]:
    """The lines of what is logged within, all there once it is left; then all as before."""
    lines: list[str] = []
    names = (None, "router_core", "rest_shim")
    levels = {name: logging.getLogger(name).level for name in names}
    made: dict[str, Any] = {"as_json": True, "write": lines.append}
    root = logging.getLogger()
    others = root.handlers[:]  # pytest's: it hands on what they capture, which not every text can
    root.handlers.clear()
    log = start_logging(level, **made | options)
    try:
        yield lines
    finally:
        log.stop()
        root.handlers[:] = others
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)


def test_a_request_is_one_line_of_json() -> None:
    with logged() as lines:
        RequestLog().record(eventful())
    (line,) = lines
    told = json.loads(line)
    assert {key: told[key] for key in ("level", "logger", "event")} == {
        "level": "info",
        "logger": LOGGER,
        "event": "request",
    }
    assert (
        told.items()
        >= {
            "request_id": "req_2",
            "category": "code",
            "model": "two",
            "provider": "openrouter",
            "reason": "classified",
            "mode": "cascade",
            "status": "ok",
            "error_class": "",
            "caller": "c0ffee",
            "streamed": True,
            "attempts": 2,
            "cost_usd": "0.00051",
            "cost_source": "estimated",
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "cached_tokens": 60,
            "latency_ms": 1500.0,
            "ttft_ms": 900.0,
            "overhead_ms": 0.25,
        }.items()
    )


def test_a_cost_that_is_not_known_is_null() -> None:
    told = line_of(request(attempts=(), ttft_ms=None, overhead_ms=None))
    assert (told["cost_usd"], told["cost_source"]) == (None, "unknown")
    assert (told["ttft_ms"], told["overhead_ms"]) == (None, None)


def test_on_a_terminal_it_is_text() -> None:
    with logged(as_json=False) as lines:
        RequestLog().record(request())
    (line,) = lines
    assert "request" in line
    assert "category=code" in line
    assert "\x1b" not in line


def test_colours_only_where_they_are_wanted() -> None:
    with logged(as_json=False, colours=True) as lines:
        RequestLog().record(request())
    assert "\x1b" in lines[0]


def test_below_its_level_nothing_is_logged() -> None:
    with logged("WARNING") as lines:
        RequestLog().record(request())
        logging.getLogger("router_core.calls").info("no")
        logging.getLogger("somebody.else").info("no")
        logging.getLogger("rest_shim").warning("yes")
    assert [json.loads(line)["event"] for line in lines] == ["yes"]


def test_at_debug_libraries_still_only_warn() -> None:
    with logged("DEBUG") as lines:
        logging.getLogger("router_core").debug("ours")
        logging.getLogger("httpx").info("HTTP Request: %s", SECRET)
    assert [json.loads(line)["event"] for line in lines] == ["ours"]


def test_what_is_logged_is_what_held_when_it_was_logged() -> None:
    values = ["before"]
    with logged() as lines:
        logging.getLogger("router_core").warning("it is %s", values)
        values[0] = "after"
    assert json.loads(lines[0])["event"] == "it is ['before']"


def test_an_exception_is_told_without_what_it_says() -> None:
    def fail() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(f"{SECRET} is wrong") from cause

    with logged("DEBUG") as lines:
        try:
            fail()
        except ValueError:
            logging.getLogger("somebody.else").exception("it failed")
    (line,) = lines
    told = json.loads(line)["exception"]
    assert told.startswith("ValueError\n")
    assert "caused by KeyError" in told
    assert f"in {fail.__name__}" in told
    assert "c0ffee" not in line


@pytest.mark.parametrize(
    "text",
    ["half a pair \ud800", "a\nb", "é🦜", "\x00\x1b[31m"],
    ids=["surrogate", "lines", "wide", "control"],  # not every terminal can show the texts
)
def test_any_text_is_one_line_of_json(text: str) -> None:
    with logged() as lines:
        logging.getLogger("router_core").warning("%s", text)
    (line,) = lines
    assert "\n" not in line
    assert json.loads(line)["event"] == text


def test_a_line_that_cannot_be_written_is_counted_and_no_more() -> None:
    def write(line: str) -> None:
        raise BrokenPipeError

    thread = LogThread(formatter(as_json=True), write)
    thread.put(entry("one"))
    thread.put(entry("two"))
    thread.stop()
    assert thread.lost == 2


def test_where_nobody_reads_nobody_waits_and_what_is_lost_is_counted_and_told() -> None:
    reads, begun, lines = threading.Event(), threading.Event(), list[str]()

    def write(line: str) -> None:
        begun.set()
        assert reads.wait(WITHIN_S)
        lines.append(line)

    thread = LogThread(formatter(as_json=True), write, most_waiting=3)
    thread.put(entry("0"))
    assert begun.wait(WITHIN_S)
    for number in range(1, 11):
        thread.put(entry(str(number)))
    assert thread.lost == 7
    reads.set()
    thread.stop(WITHIN_S)
    events = [json.loads(line)["event"] for line in lines]
    lost = "7 log lines were lost: nobody read them in time"
    assert events == ["0", lost, "1", "2", "3"]


def test_a_stop_gives_up_on_who_never_reads() -> None:
    reads = threading.Event()
    thread = LogThread(formatter(as_json=True), lambda _: assert_true(reads.wait(WITHIN_S)))
    thread.put(entry("one"))
    thread.stop(within_s=0.01)
    reads.set()


def test_a_stop_writes_all_that_was_logged() -> None:
    with logged() as lines:
        for number in range(2_000):
            logging.getLogger("router_core").warning("%d", number)
    assert [json.loads(line)["event"] for line in lines] == [str(n) for n in range(2_000)]


def test_lost_lines_of_the_process_are_known() -> None:
    tried = threading.Event()

    def write(line: str) -> None:
        tried.set()
        raise BrokenPipeError

    log = start_logging("INFO", as_json=True, write=write)
    try:
        logging.getLogger("router_core").warning("no")
        assert tried.wait(WITHIN_S)
        log.thread.stop()
        assert lines_lost() == 1
    finally:
        log.stop()
    assert lines_lost() == 0


def test_lines_get_whole_into_a_pipe_that_is_slow_and_does_not_block() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    line = "x" * 300_000  # more than a pipe holds
    thread = threading.Thread(target=write_all, args=(writer, line))
    thread.start()
    with os.fdopen(reader, "rb") as file:
        assert file.read(len(line) + 1) == f"{line}\n".encode()
    thread.join()
    os.close(writer)


def entry(text: str) -> logging.LogRecord:
    return logging.LogRecord("router_core", logging.WARNING, "", 0, text, (), None)


def assert_true(value: object) -> None:
    assert value


def test_a_flush_waits_for_what_was_logged() -> None:
    lines: list[str] = []
    thread = LogThread(formatter(as_json=True), lines.append)
    thread.put(entry("one"))
    thread.flush(WITHIN_S)
    assert len(lines) == 1
    thread.stop()


def test_after_a_stop_nobody_waits_for_what_is_never_written() -> None:
    with logged():
        handler = logging.getLogger().handlers[-1]
    began = time.monotonic()
    handler.flush()  # logging itself does so at the end of the process
    assert time.monotonic() - began < LAST_S


def test_stderr_is_what_it_writes_to(capfd: pytest.CaptureFixture[str]) -> None:
    with logged(write=None):
        logging.getLogger("rest_shim").warning("here")
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "here"
