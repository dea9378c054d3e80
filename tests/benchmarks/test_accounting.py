"""The benchmark of what taking note costs measures each sink, and all of them."""

from __future__ import annotations

import logging

from benchmarks import accounting
from benchmarks.options import Options


def test_every_sink_is_measured_alone_and_together() -> None:
    loggers = [logging.getLogger(name) for name in (None, "router_core", "opentelemetry")]
    levels = [logger.level for logger in loggers]
    try:
        table = accounting.run(Options(rounds=1, quick=True))
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert not table.errors
    measured = {row.measure: row.values["us"].median for row in table.rows}
    assert measured.keys() >= {"metrics", "log", "traces", "ledger", "yardstick", "nothing"}
    assert measured.keys() >= {"what is usual", "how fast models are"}
    assert all(us > 0 for us in measured.values())
    assert [goal.name for goal in table.goals] == [accounting.ALL, accounting.ALL_TRACED]
