"""What is told of limits of spending: to operators, and to who asks why."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.app.explain import Explain
from router_core.app.judge import Consulted
from router_core.decide.config import AtLimit
from router_core.decide.routing import RouteReason
from router_core.errors import SpendingLimitReached
from tests.app.capping import DAY, a_rig, asked, limits, reserved
from tests.app.rig import ListLedger, Rig, ask


async def test_it_is_told_once_at_80_percent_and_once_at_100(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = a_rig(limits(daily_usd=5))
    told = []
    for _ in range(5):
        await asked(rig, caller="ann")
        told.append([alert.event.value for alert in rig.alerts.sent])
    warned, reached = ["spending_warning"], ["spending_warning", "spending_limit_reached"]
    assert told == [[], [], [], warned, reached]
    for _ in range(3):
        with pytest.raises(SpendingLimitReached):
            await asked(rig)
    assert len(rig.alerts.sent) == 2
    assert [(each.levelno, each.message) for each in caplog.records] == [
        (logging.WARNING, "the daily spending limit of 5 USD comes near: 4 USD are spent"),
        (logging.WARNING, "the daily spending limit of 5 USD is reached: 5 USD are spent"),
    ]
    rig.clock.advance(DAY)
    for _ in range(4):
        await asked(rig)
    assert [alert.event.value for alert in rig.alerts.sent][2:] == warned


async def test_it_is_told_that_there_is_no_room_left_before_all_is_spent() -> None:
    rig = a_rig(limits(daily_usd="4.5"))
    for _ in range(4):
        await asked(rig)
    with pytest.raises(SpendingLimitReached):
        await asked(rig)
    assert [alert.event.value for alert in rig.alerts.sent] == [
        "spending_warning",
        "spending_limit_reached",
    ]
    assert rig.alerts.sent[-1].state.spent_usd == Decimal(4)


async def test_a_limit_that_was_raised_is_told_anew() -> None:
    rig = a_rig(limits(daily_usd=1))
    await asked(rig)
    rig.config.config = replace(rig.config.config, limits=limits(daily_usd=2))
    await asked(rig)
    assert [alert.state.limit_usd for alert in rig.alerts.sent] == [Decimal(1), Decimal(2)]


def explaining(rig: Rig) -> Explain:
    return Explain(rig.route, Consulted(ListLedger(), rig.clock), rig.spending)


@pytest.mark.parametrize("at_limit", AtLimit)
async def test_who_asks_why_is_told_what_a_limit_would_do(at_limit: AtLimit) -> None:
    rig = a_rig(limits(daily_usd=1, at_limit=at_limit))
    before = (await explaining(rig)(ask(), rig.config.config, rig.arrival())).routed.decision
    assert before.to_call[0].name == "one"
    await asked(rig)
    told = await explaining(rig)(ask(), rig.config.config, rig.arrival())
    decision = told.routed.decision
    if at_limit is AtLimit.REFUSE:
        assert decision.to_call[0].name == "one"
        assert "; it would be refused: the daily spending limit of 1 USD is" in decision.explanation
    else:
        assert decision.to_call == (rig.config.config.aliases["three"],)
        assert decision.reason is RouteReason.SPENDING_CAP
    usd = {"one": Decimal(1), "two": Decimal("0.25"), "three": Decimal(0)}
    expected = [usd[each.model.name] for each in decision.candidates]
    assert [estimate.cost_usd for estimate in told.estimates] == expected
    assert reserved(rig) == {Decimal(0)}
