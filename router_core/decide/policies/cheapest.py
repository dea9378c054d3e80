"""By what the request is expected to cost; what is not known to be cheap comes last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router_core.decide.policies.policy import LEADER_SHARE, Option, Policy, Terms, dollars

__all__ = ["CHEAPEST"]


def _order(options: Sequence[Option], _terms: Terms) -> Sequence[Option]:
    return sorted(options, key=_cost)


def _cost(option: Option) -> tuple[bool, float]:
    usd = option.cost_usd
    if usd is None:
        return True, 0.0
    return False, usd * LEADER_SHARE if option.holds else usd


def _figure(option: Option, _terms: Terms) -> str:
    return f"est. {dollars(option.cost_usd)}"


CHEAPEST: Final = Policy(order=_order, figure=_figure, by_cost=True)
