"""A client that waits long for a stream gets signs of life, whatever comes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults import checks
from tests.faults.cells import Cell, Place
from tests.faults.clients import Client, Seen, ask
from tests.faults.connections import connections
from tests.faults.oracle import End, Expected, Health, Takes, predict
from tests.faults.rig import Rig

DEADLINES = {
    Takes.NO_TIME: 0.0,
    Takes.CONNECT: 5.0,
    Takes.FIRST_TOKEN: 6.5,
    Takes.IDLE: 7.0,
    Takes.TOTAL: 60.0,
}
SLOW = [fault for fault in connections() if fault.name.startswith(("silence", "one byte"))]
CELLS = [
    Cell(fault=fault, place=place, stream=True, client=client)
    for fault in SLOW
    if fault.stream is not None and fault.stream.takes is Takes.FIRST_TOKEN
    for place in (Place.FIRST, Place.ONLY, Place.ALL, Place.ONCE)
    for client in Client
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.fault.name}, {cell}")
def test_who_waits_is_told(cell: Cell, runner: asyncio.Runner, tmp_path: Path) -> None:
    seen, expected, wrong = runner.run(_asked(cell, tmp_path))

    assert not wrong
    # At 5 s, and every 3 s from then on, until somebody answers or nobody is left.
    waited_s = sum(6.5 for one in expected.attempts if one.happening.takes is Takes.FIRST_TOKEN)
    assert seen.beats == 1 + (waited_s - 5) // 3
    assert len(seen.ids) == 1
    if expected.end is End.ANSWERED:
        assert (seen.whole, seen.error) == (True, None)
        assert expected.by is not None
        assert seen.text == expected.by.said
    else:
        assert (seen.whole, seen.text) == (False, "")
        assert seen.error is not None
        assert seen.error["code"] == "all_models_timed_out"
    assert seen.status in (200, "OK" if seen.whole else "DEADLINE_EXCEEDED")
    assert not seen.faults


async def _asked(cell: Cell, home: Path) -> tuple[Seen, Expected, list[str]]:
    health = Health()
    async with Rig.of(cell.chain, cell.addresses, home, DEADLINES) as rig:
        expected = predict(cell.chain, health, DEADLINES)
        seen = await ask(rig, cell.client, stream=True, patience_s=120)
        wrong = [
            *checks.upstream(expected, rig),
            *checks.ledger(expected, seen, rig.ledger.records),
            *checks.states(health, rig.chain, await rig.states(), rig.now_s),
        ]
        return seen, expected, wrong
