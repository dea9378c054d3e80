"""Whether a conversation keeps its model (DESIGN section 5).

A switch in the middle of a conversation throws away the provider's cache, breaks
reasoning that only its model can read, and changes the voice. So:

- What somebody types is decided anew; everything else keeps the model (`lock_on`).
- Decided anew, a conversation stays where it is unless it is about something else now
  by a margin, the wider the more it costs to have the history read elsewhere
  (`stay_or_go`).
- About something else, it still keeps a model that is of the new topic's list and no
  weaker than who leads that, where moving would cost more than it can bring.
- Once the provider's cache is gone, and where no model would change, there is no margin.

Reasoning binds a conversation to its model for as long as the turn lasts in which it
was made: that is what OpenAI, Anthropic and Google ask for. In a new turn they drop it
or can do without, so there it only widens the margin; as a lock it would pin a
conversation with a reasoning model for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from router_core.decide.chat import TOOL_ROLES, ChatRequest
from router_core.decide.config import ModelRef
from router_core.decide.foreign_reasoning import is_signed
from router_core.decide.model_info import Prices
from router_core.decide.rereading import Rereading, rereading
from router_core.decide.session import Cache, Session
from router_core.decide.turn import Turn, TurnKind

__all__ = [
    "LEADER_USD",
    "Lock",
    "Ongoing",
    "Stay",
    "cold",
    "has_signed_reasoning",
    "in_tool_loop",
    "lock_on",
    "margin",
    "rereading_elsewhere",
    "stay_or_go",
    "worth",
]

LEADER_USD: Final = Decimal("0.002")
"""What the model that leads a list is worth, for a turn, over one of it that is no weaker."""

_NARROW: Final = 0.1
"""The margin where a switch costs nothing but the voice."""
_WIDEST: Final = 0.5
"""No margin is wider: whoever is sure enough of the topic gets its model."""
_SIGNED: Final = 0.1
"""What is added where reasoning would be lost."""
_DEAR: Final = Decimal("0.05")
"""The extra cost in USD at which the margin is halfway to the widest."""


class Lock(Enum):
    """Why the model may not change now; the value is for a person."""

    TOOL_LOOP = "the results of its tools are still to be answered"
    REASONING = "reasoning that only it can read belongs to the running turn"
    GOES_ON = "nobody has typed anything since its last answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ongoing:
    """A conversation that goes on, as it stands when a request comes.

    Attributes:
        model: who gave its last answer.
        category: what it was last routed as; ``""``: not known.
        now: the time, with its zone.
        cache_s: how long a provider keeps what it has read, in seconds.
        same_prefix: whether the request begins as the last one did, so that a cache is
            of use.
        signed: whether the last answer carries reasoning that only its model can read.
        is_upkeep: whether it is a tool loop of the client's own upkeep.
        foreign: how many messages at its beginning are not the model's own.
        is_behind: whether the history has answers that are not known here, of the
            client's upkeep for instance: then nothing says that the last one was the
            model's.
        went_back: whether the history ends before the last answer, which is asked for
            again: the last turn has been counted once.
    """

    session: Session
    model: ModelRef
    category: str
    now: datetime
    cache_s: float
    same_prefix: bool = True
    signed: bool = False
    is_upkeep: bool = False
    foreign: int = 0
    is_behind: bool = False
    went_back: bool = False

    @property
    def is_warm(self) -> bool:
        """Whether the provider still has the conversation in its cache, as far as known."""
        return self.same_prefix and self.session.idle_s(self.now.timestamp()) <= self.cache_s

    @property
    def warm(self) -> tuple[Cache, ...]:
        """What of it providers still have in their caches, as far as known."""
        if not self.same_prefix:
            return ()
        return tuple(self.session.warm(self.now.timestamp(), self.cache_s))

    @property
    def adds_only(self) -> bool:
        """Whether the request is what the last answer left, and something new after it."""
        return self.same_prefix and not self.is_behind and not self.went_back

    @property
    def idle(self) -> str:
        """How long nothing was heard of it, for a person."""
        idle_s = self.session.idle_s(self.now.timestamp())
        return f"{idle_s:.0f} s" if idle_s < 120 else f"{idle_s / 60:.0f} min"


def lock_on(ongoing: Ongoing, request: ChatRequest, turn: Turn) -> Lock | None:
    """What holds a conversation to its model now; ``None``: nothing.

    What a person types while tools run goes to the model that runs them. Where it is not
    known who gave the last answer, nobody is held to it.

    Args:
        ongoing: the conversation.
        request: the request.
        turn: its last turn.
    """
    if ongoing.is_behind:
        return None
    in_loop = turn.kind is TurnKind.TOOL_FOLLOWUP or in_tool_loop(request)
    if in_loop or turn.kind is TurnKind.CONTINUATION:
        if ongoing.signed:
            return Lock.REASONING
        return Lock.TOOL_LOOP if in_loop else Lock.GOES_ON
    return None


def in_tool_loop(request: ChatRequest) -> bool:
    """Whether a tool's result came after the last answer."""
    for message in reversed(request.messages):
        if message.role == "assistant":
            return False
        if message.role in TOOL_ROLES:
            return True
    return False


def has_signed_reasoning(request: ChatRequest) -> bool:
    """Whether the last answer carries reasoning that only its own model can read."""
    messages = request.body.get("messages")
    if isinstance(messages, list):
        for message in reversed(messages):
            if isinstance(message, dict) and message.get("role") == "assistant":
                return is_signed(message)
    return False


def rereading_elsewhere(
    ongoing: Ongoing, there: ModelRef, here_prices: Prices | None, there_prices: Prices | None
) -> Rereading:
    """What it costs to have the history read by the model that has it, and by another."""
    return rereading(
        ongoing.session.tokens,
        ongoing.warm,
        (ongoing.model.key, here_prices),
        (there.key, there_prices),
        ongoing.now,
    )


def margin(extra_usd: Decimal | None, *, signed: bool = False) -> float:
    """How much likelier a new topic must be than the old one for a conversation to move.

    Grows with what the switch costs, from a little to half of all certainty, and never
    beyond: a conversation is not pinned, however long it is.

    Args:
        extra_usd: what it costs more to have the history read there; ``None``: not known,
            which counts as the middle. Less than nothing narrows it to 0 in the end.
        signed: whether reasoning would be lost.
    """
    room = _WIDEST - _NARROW
    if extra_usd is None:
        share = 0.25
    elif extra_usd >= 0:
        share = float(extra_usd / (extra_usd + _DEAR))
    else:
        share = -min(1.0, float(-extra_usd / _DEAR)) * _NARROW / room
    return min(_WIDEST, _NARROW + room * share + (_SIGNED if signed else 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Whether a conversation keeps its category on a turn that somebody typed.

    Attributes:
        stays: whether it does.
        why: in words for a person.
    """

    stays: bool
    why: str


def stay_or_go(
    ongoing: Ongoing, there: ModelRef, new: tuple[str, float], old_share: float, cost: Rereading
) -> Stay:
    """Decides whether the topic has changed enough to move.

    Args:
        ongoing: the conversation.
        there: the model that would answer.
        new: the likeliest category now, another than the conversation's, and its share.
        old_share: the share of the conversation's own.
        cost: of having the history read there.
    """
    category, share = new
    told = f"{category} {share:.2f} against {ongoing.category} {old_share:.2f}"
    if there.key == ongoing.model.key:
        return Stay(stays=False, why=f"{told}; {there.name} answers both")
    if not ongoing.is_warm:
        return Stay(stays=False, why=f"{told}; {cold(ongoing)}")
    needed = margin(cost.extra, signed=ongoing.signed)
    stays = share - old_share < needed
    verb = "too little for" if stays else "enough for"
    return Stay(
        stays=stays, why=f"{told}: {verb} the margin of {needed:.2f}; {worth(cost, ongoing, there)}"
    )


def worth(cost: Rereading, ongoing: Ongoing, there: ModelRef) -> str:
    """What a switch costs or saves in dollars, for a person."""
    extra = cost.extra
    if extra is None:
        return f"what a switch to {there.name} costs is not known"
    what = "costs" if extra >= 0 else "saves"
    return (
        f"a switch {what} ${abs(extra):.6f}: {cost.tokens} tokens read again by {there.name}"
        f" for ${cost.there:.6f}, by {ongoing.model.name} for ${cost.here:.6f}"
    )


def cold(ongoing: Ongoing) -> str:
    """Why there is no cache to lose, for a person."""
    if not ongoing.same_prefix:
        return "its beginning has changed, so no cache is lost"
    return f"idle for {ongoing.idle}, so no cache is lost"
