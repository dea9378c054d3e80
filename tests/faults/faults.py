"""All the faults there are."""

from __future__ import annotations

from itertools import chain
from typing import Final

from tests.faults.bodies import bodies
from tests.faults.connections import connections
from tests.faults.fault import Fault
from tests.faults.refusals import refusals

FAULTS: Final[tuple[Fault, ...]] = tuple(chain(refusals(), connections(), bodies()))
