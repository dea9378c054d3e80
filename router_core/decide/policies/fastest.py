"""By the time that the answer is expected to take; what is not known to be quick comes last.

A warm cache elsewhere counts as time, too: by the settings' rates, so many dollars are
worth so many seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router_core.decide.policies.policy import LEADER_SHARE, Option, Policy, Terms, seconds
from router_core.decide.policy_settings import TimeTo

__all__ = ["FASTEST"]


def _order(options: Sequence[Option], terms: Terms) -> Sequence[Option]:
    settings = terms.settings
    ms_per_usd = 1000 * settings.seconds_per_point / settings.usd_per_point

    def key(option: Option) -> tuple[bool, float]:
        ms = _ms(option, terms)
        if ms is None:
            return True, 0.0
        if option.leads or option.holds:
            ms *= LEADER_SHARE
        return False, ms + max(0.0, option.switch_usd) * ms_per_usd

    return sorted(options, key=key)


def _ms(option: Option, terms: Terms) -> float | None:
    to_first = terms.settings.time_to is TimeTo.FIRST
    return option.first_ms if to_first else option.last_ms


def _figure(option: Option, terms: Terms) -> str:
    return f"est. {seconds(_ms(option, terms))}"


FASTEST: Final = Policy(order=_order, figure=_figure, by_time=True)
