"""OpenClaw's own upkeep beside a session: what it reads again, and whose reasoning it carries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lab import Lab, a_lab
from tests.e2e.made_openclaw import FLUSH, OpenClaw
from tests.fakes.upstream import FakeUpstream

CODE = "Debug this TypeError in my Flask view: 'NoneType' object is not subscriptable"
SIGNED: dict[str, Any] = {"type": "reasoning.encrypted", "data": "c2VjcmV0", "index": 0}


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with FakeUpstream(api_key="sk-test") as remote, a_lab(tmp_path, remote) as lab:
        yield lab


def a_session(lab: Lab) -> OpenClaw:
    return OpenClaw(lab, "0a1b2c3d-1111-4222-8333-444455556666")


async def test_a_poll_goes_on_where_the_last_one_has_read_the_history(lab: Lab) -> None:
    claw = a_session(lab)
    await claw.types(CODE)
    lab.clock.passes(10)
    (poll,) = await claw.polls()
    assert poll.got.model == "cheap"
    assert (await claw.types("yes")).got.model == "code"
    lab.clock.passes(1)
    # $0.001 from the poll's own cache, $0.004 from the session's.
    (poll,) = await claw.polls()
    assert poll.got.model == "cheap"
    lab.clock.passes(4.5)
    assert (await claw.types("yes")).got.model == "code"
    lab.clock.passes(4.5)
    # What the poll has read is thrown away: $0.010 anew.
    (poll,) = await claw.polls()
    assert poll.got.model == "code"


@pytest.mark.parametrize("minutes", [0, 10])
async def test_upkeep_amid_a_tool_loop_is_no_loop_of_its_own(lab: Lab, minutes: float) -> None:
    claw = a_session(lab)
    await claw.types(CODE)
    lab.clock.passes(10)
    await claw.polls("nothing is due")
    lab.calls = ['{"path": "boats.txt"}']
    asked = await claw.types("and in Java?")
    claw.kept[-1]["reasoning_details"] = [SIGNED]
    claw.returns("a red one")
    lab.clock.passes(minutes)
    loop = list(claw.kept)
    claw.kept.append({"role": "user", "content": FLUSH})
    flush = await claw.goes_on()
    assert (flush.turn, flush.got.reason) == ("housekeeping", "housekeeping")
    assert not flush.locked
    is_own = flush.got.model == asked.got.model
    assert (SIGNED["data"] in str(flush.got.sent)) is is_own, "another's reasoning is refused"
    claw.kept = loop
    followed = await claw.goes_on()
    assert followed.got.model == asked.got.model
    assert followed.got.reason in ("tool_loop", "reasoning_lock")
