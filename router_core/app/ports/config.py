"""Where the routing config is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from router_core.decide.config import RoutingConfig
from router_core.decide.config_edits import Edits

__all__ = [
    "ConfigSource",
    "ConfigStore",
    "ConfigVersion",
    "Proposal",
]


class ConfigSource(Protocol):
    """Where the routing config in force comes from."""

    def current(self) -> RoutingConfig:
        """The config in force: an immutable snapshot, swapped as a whole."""

    @property
    def etag(self) -> str:
        """Changes with every change of the config."""

    @property
    def overrides(self) -> tuple[str, ...]:
        """Which values come from elsewhere than the file, a line each, for a person."""

    def category_etag(self, name: str) -> str:
        """Changes with every change of the category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVersion:
    """A config that came into force.

    Attributes:
        number: counts up from 1.
        author: "admin", "local" (nobody needs a key) or "file" (an edit by hand).
        changes: what was changed, a line each, for a person.
    """

    number: int
    time: datetime
    author: str
    changes: tuple[str, ...]
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A config that may come into force.

    Attributes:
        config: with what the environment overrides.
        etag: of it.
        changes: what it changes, a line each, for a person; empty: nothing.
        snapshot: what the store itself knows of it, for the store alone.
        base: what the file must still hold when it comes into force.
        is_edit: whether the file says so already, by hand.
    """

    config: RoutingConfig
    etag: str
    changes: tuple[str, ...]
    snapshot: object
    base: bytes | None
    is_edit: bool = False


class ConfigStore(ConfigSource, Protocol):
    """Keeps the routing config, and what it was."""

    @property
    def is_refused(self) -> bool:
        """Whether the file is wrong, so that what it says is not in force."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file or with keeping it, a line each, for a person."""

    def edits_by_hand(self) -> AsyncIterator[None]:
        """Yields when the file may have been edited; at once for edits that came before."""

    async def look(self) -> Proposal | None:
        """What the file says, where that is not in force; ``None``: it is.

        A file that is wrong is a problem and no proposal; so is one that would undo
        a change made since it was read, which is put aside.
        """

    def propose(self, edits: Edits) -> Proposal:
        """What some edits would make of the config in force; makes none.

        Raises:
            ConfigError: that would be wrong; the path is the key's in the file.
        """

    def propose_version(self, number: int) -> Proposal:
        """What going back to a version would make of it.

        Raises:
            VersionNotFound: it is not kept.
            ConfigError: it would be wrong today.
        """

    async def accept(self, proposal: Proposal, author: str) -> bool:
        """Brings a proposal into force, on the disk first.

        Returns:
            False: the file has been edited meanwhile; nothing was done.

        Raises:
            ConfigUnwritable: it cannot be kept; nothing was done.
        """

    def versions(self) -> tuple[ConfigVersion, ...]:
        """The last versions that were in force, newest first."""
