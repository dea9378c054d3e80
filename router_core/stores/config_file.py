"""`router_config.json` on disk, and the changes of it.

The file is the truth: a change is in force once it is in the file, and an edit by hand
once it was seen. Between two writers the file's ``etag`` decides: an edit of a file that
was read before the last change came would undo that change, so it is put aside. One
without an etag replaces everything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

from router_core.app.ports import ConfigVersion, Proposal
from router_core.decide.config import RoutingConfig
from router_core.decide.config_edits import Edits, edited
from router_core.errors import ConfigError, ConfigUnwritable, VersionNotFound
from router_core.stores import config_schema, config_start, config_watch
from router_core.stores.atomic_file import alone_in, aside, sweep, write_atomically
from router_core.stores.config_document import NotJson
from router_core.stores.config_history import ConfigHistory
from router_core.stores.config_in_force import InForce, located
from router_core.stores.config_overrides import Overrides
from router_core.stores.config_rendering import category_etag

__all__ = ["BY_HAND", "ConfigFile"]

BY_HAND: Final = "file"
"""The author of what was written by hand."""

_READS: Final = 3
_PAUSE_S: Final = 0.1
"""An editor that writes in place shows half a file: it is read again, so often and then."""

_log = logging.getLogger("router_core.config")


class ConfigFile:
    """The `ConfigStore` port over a file; for one event loop.

    Attributes:
        path: where the file is.
        notes: what loading did that nobody may have expected, a line each, for a person.
        warnings: what does not work as configured since then, likewise.
    """

    def __init__(
        self,
        path: Path,
        *,
        history: ConfigHistory | None = None,
        mode: str | None = None,
        base_url: str | None = None,
        create: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Reads nothing yet; `load` does.

        Args:
            path: the file; its folder is made when it is missing.
            history: the versions before.
            mode: ``LLM_ROUTER_MODE``; ``None`` or empty: not set.
            base_url: ``OPENROUTER_BASE_URL``, likewise.
            create: whether files are written; else a missing one is the defaults, and a
                wrong one an error, whatever was in force before.
            now: the time of day.
        """
        self.path = path
        self.notes: tuple[str, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self._writes = create
        self._overrides = Overrides(mode=mode, base_url=base_url)
        self._history = history or ConfigHistory(None)
        self._now = now
        self._in_force: InForce | None = None
        self._refused: bytes | None = None
        self._problem = self._put_aside = ""

    def load(self) -> RoutingConfig:
        """Reads the file, or creates it with the defaults; returns what is in force.

        Raises:
            ConfigError: the file or an override is wrong, and nothing can serve instead.
        """
        start = self._start()
        self._in_force = start.in_force
        self._refused, self._problem = start.refused, start.problem
        self.notes, self.warnings = start.notes, start.warnings
        if self._writes and start.in_force.text is not None:
            if start.changes:
                self._keep(start.in_force.text, BY_HAND, start.changes)
            config_schema.put_beside(self.path)
        return self.current()

    def _start(self) -> config_start.Start:
        if self._writes:
            sweep(self.path)
            self._history.load()
        text = self._read()
        if text is None:
            return config_start.created(self.path, self._overrides, writes=self._writes)
        if not self._writes:
            return config_start.only_read(self.path, text, self._overrides)
        return config_start.begin(self.path, text, self._overrides, self._history)

    # -- what is in force

    def current(self) -> RoutingConfig:
        """The config in force.

        Raises:
            RuntimeError: nothing was loaded yet.
        """
        return self._known().effective

    @property
    def etag(self) -> str:
        """The etag of the file's own content, overrides aside."""
        return self._known().etag

    def category_etag(self, name: str) -> str:
        """Changes with every change of the category.

        Raises:
            KeyError: there is no such category.
        """
        return category_etag(self.current().categories[name])

    @property
    def overrides(self) -> tuple[str, ...]:
        """Which values come from elsewhere than the file, a line each, for a person."""
        return self._known().overrides

    @property
    def problems(self) -> tuple[str, ...]:
        """Why what the file says is not in force, and what else cannot be kept."""
        return tuple(filter(None, (self._problem, self._put_aside, self._history.problem)))

    @property
    def is_refused(self) -> bool:
        """Whether the file is wrong, so that what it says is not in force."""
        return self._refused is not None

    def versions(self) -> tuple[ConfigVersion, ...]:
        """The last versions that were in force, newest first."""
        return self._history.versions()

    def _known(self) -> InForce:
        if self._in_force is None:
            raise RuntimeError("ConfigFile.load() comes before everything else")
        return self._in_force

    # -- what may come into force

    def edits_by_hand(self) -> AsyncIterator[None]:
        """Yields when the file may have been edited."""
        return config_watch.changes_of(self.path)

    async def look(self) -> Proposal | None:
        """What the file says, where that is not in force; ``None``: it is, or it is wrong."""
        for is_last in (*(False,) * (_READS - 1), True):
            text: bytes | None = None
            try:
                text = await asyncio.to_thread(self._read)
                return await asyncio.to_thread(self._judge, text)
            except ConfigError as error:
                if is_last or not isinstance(error, NotJson):
                    self._refuse(error, text)
                    break
            await asyncio.sleep(_PAUSE_S)
        return None

    def propose(self, edits: Edits) -> Proposal:
        """What some edits would make of the config in force."""
        known = self._known()
        made = InForce.of(edited(known.value, edits), self._overrides)
        return self._proposal(made.stamped(), base=known.text)

    def propose_version(self, number: int) -> Proposal:
        """What going back to a version would make of it; a wrong file does not stand in its way."""
        text = self._history.text(number)
        if text is None:
            kept = ", ".join(str(version.number) for version in self.versions()[:10])
            raise VersionNotFound(f"there is no version {number}; kept are {kept} (newest first)")
        base = self._known().text if self._refused is None else self._refused
        return self._proposal(InForce.read(text, self._overrides).stamped(), base=base)

    async def accept(self, proposal: Proposal, author: str) -> bool:
        """Brings a proposal into force, on the disk first."""
        made = cast("InForce", proposal.snapshot)
        assert made.text is not None
        if not proposal.is_edit and not await asyncio.to_thread(self._write, made.text, proposal):
            return False
        # Not in the thread: what runs on the loop reads the config and its etag one by one.
        self._in_force = made
        self._refused, self._problem, self._put_aside = None, "", ""
        if proposal.changes:
            await asyncio.to_thread(self._keep, made.text, author, proposal.changes)
        for line in proposal.changes:
            _log.info("the config changed (by %s): %s", author, line)
        return True

    def _judge(self, text: bytes | None) -> Proposal | None:
        """What to do about the text that the file has now; ``None``: it is gone.

        Raises:
            ConfigError: it is wrong.
        """
        known = self._known()
        if text is None:
            self._miss()
        elif text == known.text:
            self._refused, self._problem = None, ""
        elif text != self._refused:
            made = InForce.read(text, self._overrides)
            if known.may_become(made):
                return self._proposal(made, base=text, is_edit=True)
            self._undo(text)
        return None

    def _miss(self) -> None:
        """Takes note that the file is gone, where it was there."""
        known = self._known()
        if known.text is None and self._refused is None:
            return
        self._in_force, self._refused = replace(known, text=None), None
        self._problem = f"{self.path} is gone; the next change writes it anew"
        _log.warning("%s", self._problem)

    def _refuse(self, error: ConfigError, text: bytes | None) -> None:
        """Takes note that the file is wrong with that text; ``None``: it cannot be read."""
        told = error if text is None else located(error, self.path)
        problem = f"{told.message}; what was in force before stays in force"
        if problem != self._problem:
            _log.warning("%s", problem)
        self._problem = problem
        if text is not None:
            self._refused = text

    def _undo(self, text: bytes) -> None:
        """Puts an edit aside that was begun before the last change."""
        known = self._known()
        assert known.text is not None
        try:
            with alone_in(self.path.parent):
                kept = aside(self.path, "stale", self._now())
                write_atomically(kept, text)
                if not write_atomically(self.path, known.text, expected=text):
                    return
        except OSError as error:
            raise ConfigError(f"cannot be written ({error.strerror})") from None
        self._put_aside = (
            f"an edit of {self.path} was begun before the last change, which it would undo: it is"
            f" put aside as {kept.name}; edit the file anew, or leave its etag out to replace all"
        )
        _log.warning("%s", self._put_aside)

    def _proposal(self, made: InForce, *, base: bytes | None, is_edit: bool = False) -> Proposal:
        return Proposal(
            config=made.effective,
            etag=made.etag,
            changes=self._known().changes_to(made),
            snapshot=made,
            base=base,
            is_edit=is_edit,
        )

    def _write(self, text: bytes, proposal: Proposal) -> bool:
        """Writes what a proposal says; not where the file has been edited meanwhile."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone_in(self.path.parent):
                if self._read() != proposal.base:
                    return False
                if proposal.base is not None and proposal.base == self._refused:
                    kept = aside(self.path, "refused", self._now())
                    write_atomically(kept, self._refused)
                    _log.warning("%s, which was wrong, is put aside as %s", self.path, kept.name)
                return write_atomically(self.path, text, expected=proposal.base)
        except OSError as error:
            why = error.strerror or "it cannot be written"
            raise ConfigUnwritable(f"cannot write {self.path}: {why}; nothing is changed") from None

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ConfigError(f"cannot read {self.path}: {error.strerror}") from error

    def _keep(self, text: bytes, author: str, told: tuple[str, ...]) -> None:
        etag = self._known().etag
        self._history.add(text, time=self._now(), author=author, changes=told, etag=etag)
