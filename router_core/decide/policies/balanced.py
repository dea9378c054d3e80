"""By one utility, in points of quality: the prior, less what the dollars and seconds are worth.

    utility = quality - money * cost / usd_per_point - time * seconds / seconds_per_point

``money`` and ``time`` come from the dial, `Terms.thrift`: both grow from 0 at 0 to 1 at 5;
beyond that money alone doubles with each step, to 32 at 10. So a step towards thrift never
makes the choice dearer for the same waiting.

What is not known counts as the worst that is known of the others, so that nothing is chosen
for what is not known of it; where nothing is known of any, it makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router_core.decide.policies.policy import (
    LEADER_SHARE,
    Option,
    Policy,
    Terms,
    dollars,
    seconds,
)

__all__ = ["BALANCED", "weights"]

_MIDDLE: Final = 5.0


def weights(thrift: float) -> tuple[float, float]:
    """How much money and time count at a position of the dial: ``money, time``."""
    if thrift <= _MIDDLE:
        return thrift / _MIDDLE, thrift / _MIDDLE
    return float(2.0 ** (thrift - _MIDDLE)), 1.0


def _order(options: Sequence[Option], terms: Terms) -> Sequence[Option]:
    usd_rate, ms_rate = _rates(terms)
    worst_usd = _worst([option.cost_usd for option in options])
    worst_ms = _worst([option.last_ms for option in options])

    def key(option: Option) -> tuple[float, float]:
        usd = worst_usd if option.cost_usd is None else option.cost_usd
        ms = worst_ms if option.last_ms is None else option.last_ms
        if option.holds or (option.leads and option.last_ms is not None):
            ms *= LEADER_SHARE
        if option.holds:
            usd *= LEADER_SHARE
        return usd * usd_rate + ms * ms_rate - option.quality, usd

    return sorted(options, key=key)


def _rates(terms: Terms) -> tuple[float, float]:
    """Points for a dollar, and for a millisecond."""
    money, time = weights(terms.thrift)
    settings = terms.settings
    return money / settings.usd_per_point, time / settings.seconds_per_point / 1000


def _worst(figures: list[float | None]) -> float:
    """The worst that is known, where anything is not."""
    if None not in figures:
        return 0.0
    return max((each for each in figures if each is not None), default=0.0)


def _figure(option: Option, terms: Terms) -> str:
    usd_rate, ms_rate = _rates(terms)
    usd, ms, quality = option.cost_usd, option.last_ms, option.quality
    points = quality - (usd or 0.0) * usd_rate - (ms or 0.0) * ms_rate
    money, time = _points(usd, usd_rate), _points(ms, ms_rate)
    bound = "at most " if usd is None or ms is None else ""
    told = f"{quality:.1f} points - {money} for {dollars(usd)} - {time} for {seconds(ms)}"
    return f"{bound}{points:.1f} ({told})"


def _points(figure: float | None, rate: float) -> str:
    return "?" if figure is None else f"{figure * rate:.1f}"


BALANCED: Final = Policy(order=_order, figure=_figure, by_cost=True, by_time=True, by_quality=True)
