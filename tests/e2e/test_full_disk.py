"""No room on the disk, for real: requests go on, it is told everywhere, and no row is lost."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.serving import Serving, serving
from tests.telemetry.scrape import Series, series_of, value

HELLO = {"model": "router", "messages": [{"role": "user", "content": "hello"}]}
DEMO = ("serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0")


@contextmanager
def without_room(running: Serving) -> Iterator[None]:
    """Lets no file of the process grow beyond 4 kB, its log's pipe excepted."""
    before = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, before)


def asks(http: httpx.Client, times: int) -> None:
    for _ in range(times):
        http.post("/v1/chat/completions", json=HELLO).raise_for_status()


def listed(http: httpx.Client) -> list[Any]:
    """The requests that are known; what waits is written first, where that is possible."""
    found: list[Any] = http.get("/stats/requests").json()["requests"]
    return found


def warnings(http: httpx.Client) -> str:
    got = http.get("/readyz")
    assert got.status_code == 200
    return "\n".join(got.json()["warnings"])


def metrics(http: httpx.Client) -> Series:
    return series_of(http.get("/metrics").text)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux alone has it")
def test_a_full_disk_is_told_and_costs_no_request_and_no_row(tmp_path: Path) -> None:
    with serving(*DEMO, home=tmp_path, env={"LLM_ROUTER_MODE": "keywords"}) as running:
        with httpx.Client(base_url=running.rest, timeout=30) as http:
            asks(http, 1)
            assert len(listed(http)) == 1
            healthy = metrics(http)
            with without_room(running):
                asks(http, 4)
                assert len(listed(http)) == 5
                assert "4 requests wait in memory to be written" in warnings(http)
                full = metrics(http)
            assert len(listed(http)) == 5
            assert "wait in memory" not in warnings(http)
            again = metrics(http)
        assert running.stop() == 0
    states = [
        [value(series, f"llm_router_{name}") for series in (healthy, full, again)]
        for name in ("ledger_up", "ledger_pending_requests", "ledger_lost_requests_total")
    ]
    assert states == [[1, 0, 1], [0, 4, 0], [0, 0, 0]]
    assert (value(full, "llm_router_problems") or 0) > (value(healthy, "llm_router_problems") or 0)
    log = "\n".join(running.lines)
    assert "requests wait in memory to be written" in log
    assert "the ledger is written again; 0 requests were lost" in log
    with closing(sqlite3.connect(tmp_path / "router.db")) as file:
        assert file.execute("SELECT count(*), count(DISTINCT id) FROM requests").fetchone() == (
            5,
            5,
        )
