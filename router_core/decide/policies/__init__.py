"""How a category's models are ordered: one pure policy a file, by name.

A new policy is a file of its own and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from router_core.decide.policies.balanced import BALANCED
from router_core.decide.policies.cheapest import CHEAPEST
from router_core.decide.policies.fastest import FASTEST
from router_core.decide.policies.ordered import ORDERED
from router_core.decide.policies.policy import Option, Policy, Terms

__all__ = ["POLICIES", "Option", "Policy", "Terms"]

POLICIES: Final[Mapping[str, Policy]] = MappingProxyType(
    {"ordered": ORDERED, "cheapest": CHEAPEST, "fastest": FASTEST, "balanced": BALANCED}
)
"""The policies by the name that the config uses."""
