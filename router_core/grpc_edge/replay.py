"""What a change would do, as the service says it."""

from __future__ import annotations

from llm_router.v1 import config_categories_pb2 as pb
from router_core.decide.replay import Move, ReplayReport
from router_core.grpc_edge.money import usd

__all__ = ["replay_message"]


def replay_message(report: ReplayReport) -> pb.Replay:
    """The message of a report; a cost that is not known is not set."""
    return pb.Replay(
        decisions=report.decisions,
        moved_decisions=report.moved_decisions,
        prompts=report.prompts,
        moved_prompts=report.moved_prompts,
        moves=map(_move, report.moves),
        cost_before_usd=usd(report.cost_before_usd),
        cost_after_usd=usd(report.cost_after_usd),
    )


def _move(move: Move) -> pb.Move:
    return pb.Move(
        from_category=move.from_category,
        to_category=move.to_category,
        from_model=move.from_model,
        to_model=move.to_model,
        decisions=move.decisions,
        prompts=move.prompts,
        examples=move.examples,
    )
