"""The list as it stands: the users' own order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from router_core.decide.policies.policy import Option, Policy, Terms

__all__ = ["ORDERED"]


def _order(options: Sequence[Option], _terms: Terms) -> Sequence[Option]:
    return options


def _figure(option: Option, _terms: Terms) -> str:
    return f"number {option.place + 1} of the list"


ORDERED: Final = Policy(order=_order, figure=_figure)
