"""What an operator must see at once: models and providers that drop out."""

from __future__ import annotations

import logging

from router_core.decide.config import ModelRef
from router_core.decide.health import Change

__all__ = ["recovered", "shed", "sound"]

_log = logging.getLogger("router_core.calls")


def sound(change: Change | None, model: ModelRef) -> None:
    """Logs what a failure of ``model`` has changed, without what the upstream said."""
    match change:
        case Change.OPENED:
            _log.warning("%s at %s fails again and again: off for now", model.id, model.provider)
        case Change.GONE:
            _log.warning("%s at %s is gone: out", model.id, model.provider)
        case Change.PROVIDER_OUT:
            _log.error(
                "%s REFUSES OUR KEY, or its credit is spent: every model of it is out, but"
                " for a probe every five minutes",
                model.provider,
            )
        case Change.BENCHED | None:
            pass


def recovered(model: ModelRef) -> None:
    """Logs that a model that was off answers again."""
    _log.info("%s at %s answers again: on", model.id, model.provider)


def shed(model: ModelRef) -> None:
    """Logs that a call of a model was not made for the router's own limit."""
    _log.warning(
        "%s at %s is not called: as many calls run and wait as may", model.id, model.provider
    )
