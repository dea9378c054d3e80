"""Answers of one model, so many times as long as usual, and what is made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Pace, Paces
from tests.decide.conversations import model
from tests.decide.model_entries import NOW
from tests.decide.slowdowns import a_record

ONE, TWO = model("one"), model("two")
NOTHING = ModelInfo()
WELL = Pace(1000.0, 10.0)


def slower(times: float) -> Pace:
    return Pace(WELL.first_ms * times, WELL.token_ms * times)


def after(*times: float, paces: Paces | None = None, when: datetime = NOW, **answer: Any) -> Paces:
    """What is known after answers of so many times as long as usual."""
    paces = paces or Paces()
    for each in times:
        paces.record(a_record(ONE, slower(each), when, **answer))
    return paces


def how_slow(paces: Paces, category: str = "code", later_s: float = 0.0) -> float:
    """How many times as long as usual it is taken to need."""
    pace = paces.of(ONE, NOTHING, category, NOW.timestamp() + later_s)
    assert pace is not None
    assert pace.first_ms / WELL.first_ms == pytest.approx(pace.token_ms / WELL.token_ms)
    return pace.first_ms / WELL.first_ms


def decide(paces: Paces, times: int, category: str = "code", *, free: bool = True) -> None:
    for _ in range(times):
        paces.begins(category, TWO, free=free)
