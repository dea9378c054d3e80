"""Replays a trace under several configs: what each would have cost, and how well it answers.

`trace` and `ledger` say what is known of requests, `world` what each model makes of each,
`engine` has a config decide on all of them, `figures` compares. Records in, figures out.
"""

from __future__ import annotations

from router_core.decide.simulation.engine import Played, play
from router_core.decide.simulation.figures import (
    BASELINES,
    BEST_SINGLE,
    Difference,
    Figures,
    Latency,
    Setting,
    Standings,
    baselines,
    compared,
)
from router_core.decide.simulation.ledger import rows_of_ledger
from router_core.decide.simulation.trace import Row, Told, Unplayable
from router_core.decide.simulation.world import (
    Answer,
    Case,
    Contender,
    World,
    names_in,
    ordered,
    prior,
    world_of,
)

__all__ = [
    "BASELINES",
    "BEST_SINGLE",
    "Answer",
    "Case",
    "Contender",
    "Difference",
    "Figures",
    "Latency",
    "Played",
    "Row",
    "Setting",
    "Standings",
    "Told",
    "Unplayable",
    "World",
    "baselines",
    "compared",
    "names_in",
    "ordered",
    "play",
    "prior",
    "rows_of_ledger",
    "world_of",
]
