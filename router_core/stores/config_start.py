"""What a router begins with: `router_config.json` as it finds it, or what can serve instead."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from router_core.decide.defaults import default_config
from router_core.errors import ConfigError
from router_core.stores.atomic_file import write_atomically
from router_core.stores.config_diff import changes
from router_core.stores.config_document import NotJson, parse_json
from router_core.stores.config_history import ConfigHistory
from router_core.stores.config_in_force import InForce, located, parse
from router_core.stores.config_overrides import Overrides
from router_core.stores.config_rendering import document, render, text_of
from router_core.stores.config_versions import NewerVersion, version_of

__all__ = ["Start", "begin", "created", "only_read"]

_WRITTEN: Final = ("written with the defaults",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What serves at first.

    Attributes:
        changes: what is new since the last run, a line each, for a person.
        refused: the file's text, where something else serves in its place.
        problem: why that is so, for a person.
        warnings: what does not work, a line each, likewise.
        notes: what was done that nobody may have expected, likewise.
    """

    in_force: InForce
    changes: tuple[str, ...] = ()
    refused: bytes | None = None
    problem: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def created(path: Path, overrides: Overrides, *, writes: bool) -> Start:
    """Begins with the defaults, and writes them where there is no file; it may not be writable."""
    value = render(default_config())
    in_force, text = InForce.of(value, overrides), text_of(value)
    if not writes:
        return Start(in_force=in_force)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        warning = f"cannot create {path} ({error.strerror}): the defaults are in force"
        return Start(in_force=in_force, warnings=(warning,))
    note = f"{path} was not there: it is written, with the defaults"
    return Start(in_force=replace(in_force, text=text), changes=_WRITTEN, notes=(note,))


def only_read(path: Path, text: bytes, overrides: Overrides) -> Start:
    """Begins with a file, which is left as it is.

    Raises:
        ConfigError: it is wrong.
    """
    try:
        return Start(in_force=InForce.read(text, overrides))
    except ConfigError as error:
        raise located(error, path) from None


def begin(path: Path, text: bytes, overrides: Overrides, history: ConfigHistory) -> Start:
    """Begins with a file; brings it up to date where it is of an older version.

    In the place of one that is wrong its last version serves, where one is kept; in the
    place of one that a newer router wrote, or that is damaged, else the defaults.

    Raises:
        ConfigError: it is wrong, and nothing can serve instead.
    """
    try:
        in_force = InForce.read(text, overrides)
    except ConfigError as error:
        return _instead(path, text, error, overrides, history)
    start = Start(in_force=in_force)
    if (old_version := version_of(parse_json(text))) != in_force.written.version:
        start = _brought_up(path, text, start, old_version)
    return replace(start, changes=_news(start.in_force, history))


def _instead(
    path: Path, text: bytes, error: ConfigError, overrides: Overrides, history: ConfigHistory
) -> Start:
    told = located(error, path)
    if last := _last_good(overrides, history):
        in_force, serves = last
    elif isinstance(error, NewerVersion | NotJson):
        in_force, serves = InForce.of(render(default_config()), overrides), "the built-in one"
    else:
        raise told from None
    problem = f"{told.message}; the config in force is {serves}"
    return Start(in_force=in_force, refused=text, problem=problem)


def _last_good(overrides: Overrides, history: ConfigHistory) -> tuple[InForce, str] | None:
    """The last version that is right by the rules of today, and what to call it."""
    for version, kept in history.newest_first():
        with contextlib.suppress(ConfigError):
            in_force = replace(InForce.read(kept, overrides), text=None)
            return in_force, f"version {version.number} of {version.time:%Y-%m-%d %H:%M} UTC"
    return None


def _brought_up(path: Path, text: bytes, start: Start, old_version: int) -> Start:
    """Writes a file of an older version anew, and keeps the old one."""
    kept = path.with_name(f"{path.name}.v{old_version}")
    new = start.in_force.stamped()
    assert new.text is not None
    try:
        write_atomically(kept, text)
        write_atomically(path, new.text, expected=text)
    except OSError as error:
        warning = f"cannot bring {path} up to date ({error.strerror}): it serves as it is"
        return replace(start, warnings=(warning,))
    note = f"{path} was of version {old_version}: it is brought up to date, and kept as {kept.name}"
    return replace(start, in_force=new, notes=(note,))


def _news(in_force: InForce, history: ConfigHistory) -> tuple[str, ...]:
    """What was written while no router ran."""
    last = history.last()
    if last is None:
        return ("first seen",)
    version, text = last
    if version.etag == in_force.etag:
        return ()
    try:
        return changes(document(parse(text)), document(in_force.written))
    except ConfigError:
        return ("the version before cannot be read any more",)
