"""What was served outlives the router, and what it learned from it; or it says that not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.lab import Lab, Person, a_lab
from tests.fakes.upstream import FakeUpstream

CODE = "Write a Python function that reverses a linked list"


async def stats(lab: Lab) -> Any:
    return (await lab.http.get("/stats")).json()


async def warnings(lab: Lab) -> str:
    return "\n".join((await lab.http.get("/readyz")).json().get("warnings", ()))


async def test_the_figures_go_on_after_a_restart(tmp_path: Path, remote: FakeUpstream) -> None:
    for count in (1, 2, 3):
        async with a_lab(tmp_path, remote, writes_files=True) as lab:
            await Person(lab).says(CODE)
            told = await stats(lab)
            assert (told["requests"], told["errors"]) == (count, 0)
            assert [(group["name"], group["requests"]) for group in told["by_category"]] == [
                ("code", count)
            ]
            assert await warnings(lab) == ""


async def test_a_ledger_that_cannot_be_written_is_told_before_the_first_request(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    (tmp_path / "router.db").mkdir()
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        assert "0 requests wait in memory" in await warnings(lab)


async def test_what_answers_usually_take_is_known_after_a_restart(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        await Person(lab).says(CODE)
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        shown = await Person(lab).route(CODE)
        assert shown["candidates"][0]["expected_latency_ms"] is not None


async def test_without_a_database_it_serves_and_counts_and_says_what_is_lost(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    (tmp_path / "router.db").mkdir()
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        await Person(lab).says(CODE)
        assert (await stats(lab))["requests"] == 1
        assert "what is known of conversations ends" in await warnings(lab)
