"""Hands what has ended to all who take note of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from router_core.app.ports import Recorder
from router_core.decide.records import RequestRecord

__all__ = ["Recording"]

_log = logging.getLogger("router_core.recording")


@dataclass(frozen=True, slots=True)
class Recording:
    """The `Recorder` port over several; one that fails harms neither the others nor the answer."""

    recorders: tuple[Recorder, ...]

    def record(self, record: RequestRecord) -> None:
        """Hands on one request."""
        for recorder in self.recorders:
            try:
                recorder.record(record)
            except Exception as error:
                kind = type(error).__name__
                _log.error("%s took no note of a request: %s", type(recorder).__name__, kind)
