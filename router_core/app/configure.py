"""Changes the routing config while the router runs.

One change at a time: look whether the file was edited by hand, try the change on what is
then in force, get ready for it, write it, swap it in. Requests under way keep the config
that they began with.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from router_core.app.ports import ConfigStore, Proposal
from router_core.decide.config import Category, RoutingConfig
from router_core.decide.config_edits import LEFT_OUT, Edits
from router_core.decide.config_uses import users_of
from router_core.decide.config_warnings import Surroundings, warnings
from router_core.decide.likeness import did_you_mean
from router_core.decide.replay import ReplayReport
from router_core.errors import (
    CategoryExists,
    CategoryNotFound,
    ConfigConflict,
    ConfigError,
    ConfigLocked,
    InvalidRequest,
    ModelNotFound,
)

__all__ = ["Change", "Changed", "Configure"]

BY_HAND: Final = "file"
"""The author of what was edited by hand."""
_TRIES: Final = 20
"""How often a change is tried anew because the file was edited meanwhile."""
_MEND_FIRST: Final = "mend the file first, or go back to a version"
_PUT_ASIDE: Final = "the file was wrong: it is put aside (*.refused-*), and written anew"

_log = logging.getLogger("router_core.config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a change is asked for.

    Attributes:
        author: who asks, for the history.
        etag: the config's, or that of the category in question, that the caller has seen;
            empty: whatever it is now.
        validate_only: check and report, change nothing.
    """

    author: str
    etag: str = ""
    validate_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change did, or would do.

    Attributes:
        config: with the change.
        etag: of it.
        changes: a line each, for a person; empty: nothing changed.
        warnings: what to watch out for, likewise.
        replay: what it would do to requests; ``None``: it was made, not tried.
    """

    config: RoutingConfig
    etag: str
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    replay: ReplayReport | None = None


_Propose = Callable[[RoutingConfig], Proposal]
"""Makes a proposal of what is in force at that moment; raises where that cannot be."""


@dataclass(slots=True, kw_only=True, eq=False)
class Configure:
    """The use case; its methods take one change each.

    Attributes:
        around: what is known beside the config; asked in a thread.
        replay: what requests would become under another config.
        prepare: gets ready for a config before it comes into force.
        on_change: is called with the config before and the one now in force.

    Raises:
        ConfigConflict: the config has changed since the etag.
        ConfigLocked: something else has to be mended first.
        ConfigUnwritable: it cannot be kept; nothing was changed.
        InvalidRequest: the change would make a wrong config; ``param`` is the path of the
            key at fault in `router_config.json`.
    """

    store: ConfigStore
    around: Surroundings
    replay: Callable[[RoutingConfig, RoutingConfig], Awaitable[ReplayReport]]
    prepare: Callable[[RoutingConfig], Awaitable[None]]
    on_change: Callable[[RoutingConfig, RoutingConfig], None]
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _replaying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _watching: asyncio.Task[None] | None = None
    _changing: set[asyncio.Task[Any]] = field(default_factory=set)

    # -- categories

    async def create_category(self, name: str, fields: dict[str, Any], change: Change) -> Changed:
        """Adds a category; keys as in the file.

        Raises:
            CategoryExists: there is one of that name.
        """

        def propose(config: RoutingConfig) -> Proposal:
            if name in config.categories:
                raise CategoryExists(f"there is a category {name!r} already")
            return self._edit({("categories", name): fields})

        return await self._change(propose, change)

    async def update_category(self, name: str, fields: Edits, change: Change) -> Changed:
        """Changes some fields of a category.

        Raises:
            CategoryNotFound: there is none of that name.
        """

        def propose(config: RoutingConfig) -> Proposal:
            self._category(name, config)
            return self._edit({("categories", name, *key): fields[key] for key in fields})

        return await self._change(propose, change, name)

    async def delete_category(self, name: str, change: Change) -> Changed:
        """Removes a category.

        Raises:
            CategoryNotFound: there is none of that name.
            ConfigLocked: it is a built-in one.
        """

        def propose(config: RoutingConfig) -> Proposal:
            if self._category(name, config).built_in:
                raise ConfigLocked(f"{name} is built in and cannot be removed")
            return self._edit({("categories", name): LEFT_OUT})

        return await self._change(propose, change, name)

    # -- models, and all the rest

    async def put_model(self, alias: str, model: dict[str, Any], change: Change) -> Changed:
        """Defines an alias, or replaces what it says; keys as in the file."""
        return await self._change(lambda _: self._edit({("models", alias): model}), change)

    async def delete_model(self, alias: str, change: Change) -> Changed:
        """Removes an alias.

        Raises:
            ModelNotFound: there is none of that name.
            ConfigLocked: something uses it.
        """

        def propose(config: RoutingConfig) -> Proposal:
            if alias not in config.aliases:
                hint = did_you_mean(alias, config.aliases)
                raise ModelNotFound(f"there is no alias {alias!r:.80}{hint}")
            if users := users_of(alias, config):
                raise ConfigLocked(f"{alias} is in use: {', '.join(users[:5])}")
            return self._edit({("models", alias): LEFT_OUT})

        return await self._change(propose, change)

    async def update(self, edits: Edits, change: Change) -> Changed:
        """Changes any keys of the config."""
        return await self._change(lambda _: self._edit(edits), change)

    async def roll_back(self, number: int, change: Change) -> Changed:
        """Goes back to a version; a file that is wrong is put aside for that.

        Raises:
            VersionNotFound: it is not kept.
        """
        return await self._change(
            lambda _: self.store.propose_version(number), change, mends_file=True
        )

    # -- edits by hand

    def start(self) -> None:
        """Begins to take up edits by hand; wants a loop."""
        self._watching = asyncio.create_task(self._watch(), name="edits of the config")

    async def close(self) -> None:
        """Ends that; a change that is being made is made."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await asyncio.gather(*self._changing, return_exceptions=True)

    async def _watch(self) -> None:
        problem = ""
        async for _ in self.store.edits_by_hand():
            try:
                async with self._alone:
                    await self._catch_up()
                problem = ""
            except Exception as error:  # the next edit is taken up all the same
                if repr(error) != problem:
                    problem = repr(error)
                    _log.error("an edit of the config could not be taken up: %s", problem)

    async def _catch_up(self) -> None:
        """Brings an edit by hand into force."""
        if (proposal := await self.store.look()) is not None:
            await self._accept(proposal, BY_HAND)

    # -- one change

    async def _change(
        self, propose: _Propose, change: Change, category: str = "", *, mends_file: bool = False
    ) -> Changed:
        """Makes a change, or tries it.

        Args:
            propose: makes the proposal.
            change: how it is asked for.
            category: the one in question, whose etag will do as well.
            mends_file: whether it may be made although the file is wrong.
        """
        # Once it is begun it is made, whether or not the caller still waits.
        making = asyncio.create_task(
            self._make(propose, change, category, mends_file=mends_file), name="change the config"
        )
        self._changing.add(making)
        making.add_done_callback(self._changed)
        before, changed = await asyncio.shield(making)
        if not change.validate_only:
            return changed
        # Nobody's change waits for that, and it ends when its caller leaves.
        async with self._replaying:
            report = await self.replay(before, changed.config)
        return replace(changed, replay=report)

    async def _make(
        self, propose: _Propose, change: Change, category: str, *, mends_file: bool
    ) -> tuple[RoutingConfig, Changed]:
        """Makes a change, or finds out that it can be; returns what was before it, too."""
        async with self._alone:
            for _ in range(_TRIES):
                await self._catch_up()
                if self.store.is_refused and not mends_file:
                    raise ConfigLocked("; ".join((*self.store.problems, _MEND_FIRST)))
                before = self.store.current()
                self._require(change.etag, category)
                # In a thread: with thousands of categories it would hold up requests.
                proposal, told = await asyncio.to_thread(self._proposed, propose, before)
                changes_nothing = not proposal.changes and not self.store.is_refused
                if (
                    change.validate_only
                    or changes_nothing
                    or await self._accept(proposal, change.author)
                ):
                    return before, _changed(proposal, told)
        raise ConfigConflict("the file is being edited all the time; try again")

    def _proposed(
        self, propose: _Propose, before: RoutingConfig
    ) -> tuple[Proposal, tuple[str, ...]]:
        """A proposal, and what to watch out for in it."""
        proposal = propose(before)
        told = (
            *((_PUT_ASIDE,) if self.store.is_refused else ()),
            *self._overruled(proposal),
            *warnings(before, proposal.config, self.around),
        )
        return proposal, told

    async def _accept(self, proposal: Proposal, author: str) -> bool:
        before = self.store.current()
        await self.prepare(proposal.config)
        if not await self.store.accept(proposal, author):
            return False
        self.on_change(before, self.store.current())
        return True

    def _changed(self, making: asyncio.Task[Any]) -> None:
        """Lets go of a change that was made; its caller, who may have left, got its error."""
        self._changing.discard(making)
        if not making.cancelled():
            making.exception()

    def _require(self, etag: str, category: str) -> None:
        """Raises where the caller has seen another config, and another category."""
        if not etag or etag == self.store.etag:
            return
        if category in self.store.current().categories:
            if etag == self.store.category_etag(category):
                return
            raise ConfigConflict(f"the category {category} has changed since; read it again")
        raise ConfigConflict("the config has changed since; read it again")

    def _overruled(self, proposal: Proposal) -> Iterator[str]:
        """What the environment says instead of what is changed."""
        for line in self.store.overrides:
            key, _, _ = line.partition(" is ")
            if any(change.startswith(f"{key}:") for change in proposal.changes):
                yield f"without effect while the environment overrides it: {line}"

    def _edit(self, edits: Edits) -> Proposal:
        try:
            return self.store.propose(edits)
        except ConfigError as error:
            raise InvalidRequest(error.message, error.path) from None

    @staticmethod
    def _category(name: str, config: RoutingConfig) -> Category:
        category = config.categories.get(name)
        if category is None:
            hint = did_you_mean(name, config.categories)
            raise CategoryNotFound(f"there is no category {name!r:.80}{hint}")
        return category


def _changed(proposal: Proposal, told: tuple[str, ...]) -> Changed:
    return Changed(
        config=proposal.config,
        etag=proposal.etag,
        changes=proposal.changes,
        warnings=told,
    )
