"""How a category's models are ordered: one pure function a file, by name.

A new policy is a file of its own and its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from router_core.decide.config import ModelRef
from router_core.decide.policies.ordered import ordered

Policy = Callable[[tuple[ModelRef, ...]], tuple[ModelRef, ...]]
"""Takes the models in the users' order and returns all of them in the order of calling."""

POLICIES: Final[Mapping[str, Policy]] = MappingProxyType({"ordered": ordered})
"""The policies by the name that the config uses."""
