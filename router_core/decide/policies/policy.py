"""What a policy is: it orders the models that can take a request, and shows its figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Final, NamedTuple

from router_core.decide.config import ModelRef
from router_core.decide.policy_settings import PolicySettings

__all__ = ["LEADER_SHARE", "Option", "Policy", "Terms", "dollars", "seconds"]

LEADER_SHARE: Final = 0.8
"""What share of its time counts of the model that was chosen last: measurements wobble, and
who is but a little quicker is not worth a switch. Of who holds a conversation, of its cost,
too: what a switch gains has to be worth another voice."""


class Option(NamedTuple):
    """A model that a policy may choose.

    Attributes:
        place: in the list, from 0.
        quality: in points of 0 to 100, by the prior.
        cost_usd: what the request is expected to cost; ``None``: not known.
        first_ms, last_ms: the time that it is expected to take to the first and to the last
            token, in milliseconds; ``None``: not known.
        switch_usd: how much more than it does with who holds the conversation it costs to
            have its history read there, in USD; 0: there is nothing to lose.
        leads: whether it is the one that was chosen last.
        holds: whether it holds the conversation, and has it in its cache.
    """

    model: ModelRef
    place: int
    quality: float
    cost_usd: float | None = None
    first_ms: float | None = None
    last_ms: float | None = None
    switch_usd: float = 0.0
    leads: bool = False
    holds: bool = False


class Terms(NamedTuple):
    """What a policy goes by beside the options.

    Attributes:
        settings: the exchange rates.
        thrift: 0 to 10, as in `PolicySettings`.
    """

    settings: PolicySettings
    thrift: float


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy.

    Attributes:
        order: takes the options in the order of the list and returns all of them in that of
            calling; pure, and stable where there is nothing between two.
        figure: what it went by with one of them, for a person, such as "est. $0.0009".
        by_cost, by_time, by_quality: what it goes by; by none of them: the list alone.
    """

    order: Callable[[Sequence[Option], Terms], Sequence[Option]]
    figure: Callable[[Option, Terms], str]
    by_cost: bool = False
    by_time: bool = False
    by_quality: bool = False

    @property
    def uses_figures(self) -> bool:
        """Whether it goes by anything but the list."""
        return self.by_cost or self.by_time or self.by_quality


def dollars(usd: float | None) -> str:
    """Dollars: to the cent from ten cents on, below that with at least two digits that count."""
    if usd is None:
        return "$?"
    if usd >= 0.1 or usd <= 0:
        return f"${usd:.2f}"
    return f"${usd:.4f}" if usd >= 0.0005 else f"${usd:.{1 - floor(log10(usd))}f}"


def seconds(ms: float | None) -> str:
    """Milliseconds as seconds."""
    return "? s" if ms is None else f"{ms / 1000:.1f} s"
