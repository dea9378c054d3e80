"""Where conversations are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from router_core.decide.session import Session

__all__ = [
    "SessionStore",
]


class SessionStore(Protocol):
    """Keeps what is remembered of conversations: as many as it has room for, newest first.

    A conversation is known at each of its answers, by one name or several. The last of
    these points is the conversation; those that it has passed are kept for who comes
    back to them, as long as there is room.
    """

    @property
    def key(self) -> bytes:
        """What names are made with, so that nobody can guess them; 32 bytes."""

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""

    def get(self, name: bytes) -> Session | None:
        """What is remembered under a name; changes nothing, and never waits."""

    def put(
        self,
        names: Sequence[bytes],
        session: Session,
        after: bytes | None = None,
        *,
        aside: bool = False,
    ) -> None:
        """Remembers ``session`` under each of ``names``; never waits and never raises.

        Args:
            names: of one point of one conversation; at least one.
            session: the conversation at that point.
            after: a name of the point that it goes on from, which it has now passed;
                ``None``: it begins, or has one name for ever.
            aside: whether it is no conversation of its own, and takes no other's room.
        """
