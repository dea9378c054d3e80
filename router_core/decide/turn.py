"""What kind of turn a request is, and what the person typed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TurnKind(StrEnum):
    """What kind of turn a request is (DESIGN: classification)."""

    USER_TURN = "user_turn"
    """Somebody typed."""
    TOOL_FOLLOWUP = "tool_followup"
    """The results of tools come back; the task goes on."""
    CONTINUATION = "continuation"
    """The client goes on by itself, after a compaction for instance."""
    BACKGROUND_WORK = "background_work"
    """Real work that nobody typed just now: a cron job, a subagent."""
    HOUSEKEEPING = "housekeeping"
    """The client's own upkeep: heartbeats, titles, summaries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The last turn of a conversation, with the client's envelopes taken off.

    Attributes:
        kind: what kind of turn it is.
        text: what the person typed last, exactly; for background work, the task.
        client: the agent client whose envelopes were recognised, or ``None``.
        session_id: the conversation id that an envelope supplied, or ``None``.
        context: how many messages at the end are the client's context and nothing else,
            which do not stay in the history.
    """

    kind: TurnKind
    text: str
    client: str | None = None
    session_id: str | None = None
    context: int = 0
