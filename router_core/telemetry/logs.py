"""The log: JSON lines for programs, text for a terminal; one structlog formatter for all.

Whoever logs does it with `logging`; what libraries log comes out here too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import orjson
import structlog

from router_core.telemetry.log_queue import LogThread, QueueHandler, write_all
from router_core.telemetry.request_line import line_of, request_in

__all__ = ["Logging", "formatter", "lines_lost", "start_logging"]

_STDERR: Final = 2
_OURS: Final = ("router_core", "rest_shim")

_Fields = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Logging:
    """The log of this process, from its making to `stop`."""

    thread: LogThread
    handler: QueueHandler

    def stop(self) -> None:
        """Writes all that was logged, and ends."""
        logging.getLogger().removeHandler(self.handler)
        self.thread.stop()


def start_logging(
    level: str, *, as_json: bool, colours: bool = False, write: Callable[[str], None] | None = None
) -> Logging:
    """Logs to stderr: ours from ``level`` on, what libraries say from warnings on.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        as_json: a JSON object a line; else text for a person.
        colours: whether the text has colours.
        write: takes the lines instead of stderr.
    """
    thread = LogThread(
        formatter(as_json=as_json, colours=colours), write or partial(write_all, _STDERR)
    )
    handler = QueueHandler(thread)
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.addHandler(handler)
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level)
    return Logging(thread, handler)


def lines_lost() -> int:
    """How many lines of the log of this process were thrown away: nobody took them in time."""
    handlers = logging.getLogger().handlers
    return sum(handler.lost for handler in handlers if isinstance(handler, QueueHandler))


def formatter(*, as_json: bool, colours: bool = False) -> logging.Formatter:
    """What makes lines of log records; see `start_logging`."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=(_facts,),
        processors=(
            structlog.processors.JSONRenderer(serializer=_dumps)
            if as_json
            else structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0, sort_keys=False),
        ),
    )


def _facts(_logger: Any, _method: str, fields: _Fields) -> _Fields:
    """All that is told of a log record, in the order in which it is read."""
    entry: logging.LogRecord = fields["_record"]
    facts: _Fields = {
        "timestamp": _moment(entry.created),
        "level": entry.levelname.lower(),
        "logger": entry.name,
        "event": fields["event"],
    }
    if (request := request_in(entry)) is not None:
        facts.update(line_of(request))
    if entry.exc_text:
        facts["exception"] = entry.exc_text
    return facts


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _dumps(fields: _Fields, **_: Any) -> str:
    try:
        return orjson.dumps(fields).decode()
    except TypeError:  # half a surrogate pair, which orjson takes for no text
        return json.dumps(fields)
