"""What a conversation is about, told from all of its turns.

A classifier that reads one text alone takes "yes", "and in Java?" and "not superuser"
for small talk. So what is believed of the conversation is kept, and each turn changes
it as far as the turn tells anything (a forward filter over a hidden topic):

- before a text is read, the topic has stayed or changed. The shorter the text, the
  likelier it has stayed: whoever changes the subject says so. Work stays longer than
  talk, and talk longer than an errand for the tools;
- the classifier's shares then count, each raised to a power that is small for a short
  text, whose words tell little, and beyond 1 for a long one. Conversation, which is what
  a text is called that shows nothing, counts less than its share.

Turns that tell a little add up: a subject that changes quietly is noticed a turn or two
later. The numbers were fitted on one set of conversations and measured on another
(benchmarks: continuity).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from math import exp, log
from typing import Final

from router_core.decide.classification import Verdict
from router_core.decide.session import Topics
from router_core.decide.tools_rule import CATEGORY as TOOLS
from router_core.decide.tools_rule import gives_order, is_pasted
from router_core.decide.turn import Turn
from router_core.decide.vocabulary import DEFAULT_CATEGORY

__all__ = ["Asked", "begun", "followed", "how_far_asked"]


class Asked(Enum):
    """How far a text asks an agent client for an action; the value is its weight.

    The weight is the logarithm of how much likelier such a text is about an action than
    about what it would be about otherwise.
    """

    PLAINLY = 7.0
    """It does, by the tools rule."""
    PERHAPS = 2.7
    """It gives an order that may be for the tools or for the answer."""
    NOT = -0.6
    """Nothing in it does."""
    ABOUT_ELSE = -1.5
    """It is plainly of another subject, whatever orders it gives: a function, a derivative."""


def how_far_asked(turn: Turn, tools: Sequence[str], verdict: Verdict) -> Asked | None:
    """How far a turn asks for an action; ``None``: no agent client offers tools with it.

    Args:
        turn: the turn.
        tools: names of the tools on offer.
        verdict: what was said of the turn alone.
    """
    if not tools or turn.client is None:
        return None
    likeliest = verdict.scores[0]
    if likeliest.category == TOOLS and not is_pasted(turn.text):
        return Asked.PLAINLY
    if likeliest.category not in _VAGUE and likeliest.confidence >= _PLAIN_SUBJECT:
        return Asked.ABOUT_ELSE
    return Asked.PERHAPS if gives_order(turn.text) else Asked.NOT


_PLAIN_SUBJECT: Final = 0.8
_VAGUE: Final = frozenset({DEFAULT_CATEGORY, TOOLS})
_STAYS: Final = 11.5
_STAYS_BY_LENGTH: Final = -2.35
_RESTLESS: Final = {DEFAULT_CATEGORY: -1.6, TOOLS: -3.1}
_SHOWN: Final = 0.5
"""What a category has in advance that a text without evidence is not called."""
_POWER: Final = 0.68
_POWER_BY_LENGTH: Final = 0.45
_MIDDLE: Final = 3.0
"""The logarithm of the length at which the power is `_POWER`: about 17 characters."""
_LEAST_POWER: Final = 0.05
_SHORTEST: Final = 3
_LEAST: Final = 1e-4
"""The least share that a classifier's word has: it may always be wrong."""
_DOUBT: Final = 1e-3
"""What is never believed of one topic alone."""
_WORTH_OF_FOLLOWUP: Final = 0.9
"""How far a classifier is believed that calls a text a bare follow-up."""
_SURE: Final = 1.0


def begun(verdict: Verdict, text: str, categories: Sequence[str]) -> Topics:
    """What a conversation is about after its first turn.

    That is what the classifier says; but a greeting is no topic yet, however surely it is
    one, so of what it calls conversation as much is left open as a short text leaves.

    Args:
        verdict: what it says.
        text: what was typed.
        categories: all there are.
    """
    told = {score.category: score.confidence for score in verdict.scores}
    others = [name for name in categories if name not in told and name != TOOLS]
    left = max(0.0, 1 - sum(told.values()))
    if DEFAULT_CATEGORY in told:
        vague = told[DEFAULT_CATEGORY] * (1 - min(_power(log(len(text) + _SHORTEST)), 1.0))
        told[DEFAULT_CATEGORY] -= vague
        left += vague
        others = [name for name in categories if name != TOOLS]
    told |= {name: told.get(name, 0.0) + left / len(others) for name in others}
    total = sum(told.values())
    return tuple(
        sorted(((name, share / total) for name, share in told.items()), key=lambda one: -one[1])
    )


def followed(
    topics: Topics, verdict: Verdict, text: str, categories: Sequence[str], asked: Asked | None
) -> Topics:
    """What a conversation is about after one more turn.

    Args:
        topics: what it was about; not empty.
        verdict: what the classifier says of the turn alone. One that is sure of one
            category, by a rule, settles the matter.
        text: what was typed.
        categories: all there are.
        asked: how far it asks for an action; ``None``: there is nothing to act with. An
            errand begins with one that is asked for plainly, whatever goes on with it.

    Returns:
        Every category with its share, ``tools`` only where there has been an errand,
        likeliest first; where two are equal, in order.
    """
    if verdict.scores[0].confidence >= _SURE and len(verdict.scores) == 1:
        return begun(verdict, text, categories)
    known = dict(topics)
    may_be_errand = asked is not None and (asked is Asked.PLAINLY or TOOLS in known)
    names = [name for name in categories if name != TOOLS or may_be_errand]
    length = log(len(text) + _SHORTEST)
    before = _before(known, names, length)
    told = _told(verdict, names, length, asked)
    weighed = [before[name] * told[name] for name in names]
    total = sum(weighed)
    doubt = _DOUBT / len(names)
    shares = [(1 - _DOUBT) * weight / total + doubt for weight in weighed]
    ranked = sorted(zip(names, shares, strict=True), key=lambda topic: -topic[1])
    return tuple(ranked)


def _before(topics: Mapping[str, float], names: Sequence[str], length: float) -> dict[str, float]:
    """The shares before the text is read: what has stayed, and what has gone elsewhere."""
    total = sum(topics.get(name, 0.0) for name in names) or 1.0
    held, left = {}, {}
    for name in names:
        share = max(topics.get(name, 0.0) / total, _DOUBT / len(names))
        stays = 1 / (1 + exp(-(_STAYS + _STAYS_BY_LENGTH * length + _RESTLESS.get(name, 0.0))))
        held[name], left[name] = share * stays, share * (1 - stays)
    gone, others = sum(left.values()), max(1, len(names) - 1)
    return {name: held[name] + (gone - left[name]) / others for name in names}


def _power(length: float) -> float:
    """What a classifier's shares are raised to, by the logarithm of the text's length."""
    return max(_POWER + _POWER_BY_LENGTH * (length - _MIDDLE), _LEAST_POWER)


def _told(
    verdict: Verdict, names: Sequence[str], length: float, asked: Asked | None
) -> dict[str, float]:
    """How well the text goes with each category, 1 in all over those that are no action."""
    power = _power(length)
    shares = {score.category: score.confidence for score in verdict.scores}
    talk = [name for name in names if name != TOOLS]
    if verdict.scores[0].category == TOOLS:
        told = dict.fromkeys(talk, 1.0)
    else:
        told = {name: max(shares.get(name, 0.0), _LEAST) ** power for name in talk}
        told |= {name: told[name] * exp(_SHOWN) for name in talk if name != DEFAULT_CATEGORY}
    total = sum(told.values())
    nothing = verdict.goes_on * _WORTH_OF_FOLLOWUP / len(talk)
    tells = 1 - verdict.goes_on * _WORTH_OF_FOLLOWUP
    told = {name: tells * share / total + nothing for name, share in told.items()}
    if asked is not None and TOOLS in names:
        told[TOOLS] = exp(asked.value)
    return told
