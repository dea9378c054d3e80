"""A client that leaves, or whose own deadline passes, says nothing of the model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from router_core.decide.records import RequestRecord
from tests.fakes.upstream import error
from tests.faults import checks
from tests.faults.cells import Cell, Place
from tests.faults.clients import Client, Seen, ask, settled
from tests.faults.connections import connections
from tests.faults.fault import fault
from tests.faults.oracle import Health
from tests.faults.rig import Rig
from tests.faults.table import Kind

PATIENCE_S = 0.2
SILENT = [fault for fault in connections() if fault.name.startswith("silence")]


def _cells(place: Place) -> Iterator[Cell]:
    for silence in SILENT:
        for stream in (False, True):
            if (happening := silence.to(stream=stream)) is None or happening.said:
                continue
            for client in Client:
                yield Cell(fault=silence, place=place, stream=stream, client=client)


def _name(cell: Cell) -> str:
    return f"{cell.fault.name}, {cell}"


@pytest.mark.parametrize("cell", list(_cells(Place.ONLY)), ids=_name)
def test_a_deadline_of_the_caller(cell: Cell, runner: asyncio.Runner, tmp_path: Path) -> None:
    async def asked() -> tuple[Seen, list[str]]:
        async with Rig.of(cell.chain, cell.addresses, tmp_path) as rig:
            seen = await ask(rig, cell.client, stream=cell.stream, patience_s=PATIENCE_S)
            return seen, await _left_behind(rig)

    seen, wrong = runner.run(asked())

    assert not wrong
    assert seen.status in (504, "DEADLINE_EXCEEDED")
    assert not seen.text


@pytest.mark.parametrize("cell", list(_cells(Place.FIRST)), ids=_name)
def test_a_caller_in_a_hurry(cell: Cell, runner: asyncio.Runner, tmp_path: Path) -> None:
    async def asked() -> tuple[Seen, list[str]]:
        async with Rig.of(cell.chain, cell.addresses, tmp_path) as rig:
            seen = await ask(rig, cell.client, stream=cell.stream, patience_s=1.2)
            states = checks.states(Health(), rig.chain, await rig.states(), rig.now_s)
            return seen, list(states)

    seen, wrong = runner.run(asked())

    # The first model had less time than it is given otherwise, so that says nothing of it.
    assert (seen.model, seen.text) == ("two", "Hello from lab/two.")
    assert not wrong


@pytest.mark.parametrize("cell", list(_cells(Place.FIRST)), ids=_name)
def test_a_caller_that_leaves(cell: Cell, runner: asyncio.Runner, tmp_path: Path) -> None:
    async def asked() -> list[str]:
        async with Rig.of(cell.chain, cell.addresses, tmp_path) as rig:
            asking = asyncio.create_task(ask(rig, cell.client, stream=cell.stream))
            await asyncio.sleep(PATIENCE_S)
            asking.cancel()
            await asyncio.wait([asking])
            return await _left_behind(rig)

    assert not runner.run(asked())


@pytest.mark.parametrize("client", list(Client))
def test_a_caller_that_leaves_before_a_retry(
    client: Client, runner: asyncio.Runner, tmp_path: Path
) -> None:
    busy = fault("busy", Kind.TRANSIENT, error(503, retry_after=1), status=503)
    cell = Cell(fault=busy, place=Place.FIRST, stream=False, client=client)

    async def asked() -> tuple[int, list[str]]:
        async with Rig.of(cell.chain, cell.addresses, tmp_path) as rig:
            asking = asyncio.create_task(ask(rig, client, stream=False))
            await asyncio.sleep(0.5)
            asking.cancel()
            await asyncio.wait([asking])
            await asyncio.sleep(2)
            (record,) = rig.ledger.records
            return len(rig.upstream.requests), [record.status, *_outcomes(record)]

    assert runner.run(asked()) == (1, ["cancelled", "server_error"])


def _outcomes(record: RequestRecord) -> list[str]:
    return [attempt.outcome for attempt in record.attempts]


async def _left_behind(rig: Rig) -> list[str]:
    """What is wrong with what the request left behind: nothing but one record."""
    wrong = [] if await settled(rig) else ["a call of the upstream was left hanging"]
    wrong += checks.states(Health(), rig.chain, await rig.states(), rig.now_s)
    records = [
        (record.status, [(one.model, one.outcome) for one in record.attempts])
        for record in rig.ledger.records
    ]
    if records != [("cancelled", [("one", "cancelled")])]:
        wrong.append(f"recorded {records}")
    return wrong
