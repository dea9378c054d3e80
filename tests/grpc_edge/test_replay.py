"""What a change would do, as the service says it."""

from __future__ import annotations

from decimal import Decimal

from llm_router.v1 import config_categories_pb2 as pb
from router_core.decide.replay import Move, ReplayReport
from router_core.grpc_edge.replay import replay_message


def test_a_report_is_told_in_full() -> None:
    move = Move(
        from_category="code",
        to_category="sql",
        from_model="a",
        to_model="",
        decisions=2,
        prompts=3,
        examples=("select",),
    )
    report = ReplayReport(
        decisions=7,
        moved_decisions=2,
        prompts=60,
        moved_prompts=3,
        moves=(move,),
        cost_before_usd=Decimal("0.00000012"),
        cost_after_usd=Decimal(0),
    )
    assert replay_message(report) == pb.Replay(
        decisions=7,
        moved_decisions=2,
        prompts=60,
        moved_prompts=3,
        moves=[
            pb.Move(
                from_category="code",
                to_category="sql",
                from_model="a",
                decisions=2,
                prompts=3,
                examples=["select"],
            )
        ],
        cost_before_usd="0.00000012",
        cost_after_usd="0",
    )


def test_a_cost_that_is_not_known_is_not_told() -> None:
    message = replay_message(ReplayReport(decisions=1))
    assert not message.HasField("cost_before_usd")
    assert not message.HasField("cost_after_usd")
