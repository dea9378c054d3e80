"""Every fault, wherever it is in the chain, however it is asked for: what the table says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults import checks
from tests.faults.cells import ELSEWHERE, IN_THE_CHAIN, Cell, Place, cells_of
from tests.faults.clients import ask
from tests.faults.fault import Fault
from tests.faults.faults import FAULTS
from tests.faults.oracle import Health, predict
from tests.faults.rig import DEADLINES, Rig


def test_no_fault_is_there_twice() -> None:
    places = (*IN_THE_CHAIN, *ELSEWHERE)
    cells = Counter(f"{fault.name}: {cell}" for fault in FAULTS for cell in cells_of(fault, places))
    assert [name for name, times in cells.items() if times > 1] == []


every_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@every_fault
def test_fault(fault: Fault, runner: asyncio.Runner, tmp_path: Path) -> None:
    _hold(fault, IN_THE_CHAIN, runner, tmp_path)


@pytest.mark.slow
@every_fault
def test_fault_of_the_only_model_of_all_and_once(
    fault: Fault, runner: asyncio.Runner, tmp_path: Path
) -> None:
    _hold(fault, ELSEWHERE, runner, tmp_path)


def _hold(fault: Fault, places: Sequence[Place], runner: asyncio.Runner, tmp_path: Path) -> None:
    wrong = [
        f"{cell}: {what}"
        for cell in cells_of(fault, places)
        for what in runner.run(_wrong_with(cell, tmp_path))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


async def _wrong_with(cell: Cell, home: Path) -> list[str]:
    health = Health()
    async with Rig.of(cell.chain, cell.addresses, home) as rig:
        expected = predict(cell.chain, health, DEADLINES)
        seen = await ask(rig, cell.client, stream=cell.stream)
        wrong = await checks.wrong(expected, seen, rig, health, cell)
        await rig.core.close()
        try:
            async with asyncio.timeout(1):
                await rig.upstream.all_closed()
        except TimeoutError:
            wrong.append("a connection to the upstream was left open")
    return wrong
