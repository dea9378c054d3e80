"""What a fault leaves behind: the next requests meet the models as it left them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults import checks
from tests.faults.cells import Cell, Place
from tests.faults.clients import Client, ask
from tests.faults.fault import Address, Fault
from tests.faults.faults import FAULTS
from tests.faults.oracle import Happening, Health, predict
from tests.faults.rig import DEADLINES, Rig

ROUNDS = 4
"""Enough for a breaker to open on the way, and for what follows."""


def _typical() -> list[tuple[Fault, bool]]:
    """One fault, and whether in a stream, for each thing that can follow from one."""
    found: dict[object, tuple[Fault, bool]] = {}
    for fault in FAULTS:
        for stream in (False, True):
            happening = fault.to(stream=stream)
            if happening is not None and fault.address is Address.UPSTREAM:
                found.setdefault(_what_follows(happening), (fault, stream))
    return list(found.values())


def _what_follows(happening: Happening) -> object:
    overloaded = happening.status == 503
    wait_s = happening.retry_after_s
    return happening.kind, happening.takes, happening.committed, overloaded, wait_s


TYPICAL = _typical()


def _name(value: object) -> str:
    if isinstance(value, Fault):
        return value.name
    return "stream" if value else "whole"


@pytest.mark.parametrize(("fault", "stream"), TYPICAL, ids=_name)
def test_the_next_requests(
    fault: Fault, stream: bool, runner: asyncio.Runner, tmp_path: Path
) -> None:
    wrong = [
        f"{place} {what}"
        for place in Place
        for what in runner.run(_rounds(_cell(fault, place, stream=stream), tmp_path))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def _cell(fault: Fault, place: Place, *, stream: bool) -> Cell:
    return Cell(fault=fault, place=place, stream=stream, client=Client.REST)


async def _rounds(cell: Cell, home: Path) -> list[str]:
    health = Health()
    wrong: list[str] = []
    async with Rig.of(cell.chain, cell.addresses, home) as rig:
        for number in range(1, ROUNDS + 1):
            rig.forget()
            expected = predict(cell.chain, health, DEADLINES)
            seen = await ask(rig, cell.client, stream=cell.stream)
            found = await checks.wrong(expected, seen, rig, health, cell)
            wrong += (f"round {number}: {what}" for what in found)
    return wrong
