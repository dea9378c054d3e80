"""Notices edits of `router_config.json`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Final

__all__ = ["changes_of"]

_OURS: Final = ("router.db", ".router_config.json.")
"""What the router itself writes there all the time."""
_GATHER_MS: Final = 400
"""An editor does several things to a file in one go."""
_AT_LEAST_S: Final = 5.0

_log = logging.getLogger("router_core.config")


async def changes_of(path: Path, at_least_s: float = _AT_LEAST_S) -> AsyncIterator[None]:
    """Yields when a file may have changed, at the start, and every few seconds; never ends.

    Its folder is watched: editors put another file in its place, and a mounted one may
    be a link to a link; and the folder that a link leads to. A folder may go and come,
    and some cannot be watched: then the pause alone tells when to look.

    Args:
        path: the file.
        at_least_s: the longest pause, in seconds.
    """
    problem = ""
    yield
    while True:
        try:
            async with aclosing(_watched(path, at_least_s)) as changes:
                async for _ in changes:
                    yield
        except (OSError, RuntimeError) as error:  # the latter is the library's own
            if str(error) != problem:
                problem = str(error)
                _log.warning("edits of %s are noticed late: %s", path, problem)
            await asyncio.sleep(at_least_s)
        yield


async def _watched(path: Path, at_least_s: float) -> AsyncGenerator[None, None]:
    """Yields as above, until there are other folders to watch.

    Raises:
        OSError: they cannot be watched.
    """
    from watchfiles import awatch  # noqa: PLC0415  # the commands, which watch nothing, go without

    folders = _folders(path)
    watching = awatch(
        *(folders or (path.parent,)),
        watch_filter=_is_not_ours,
        debounce=_GATHER_MS,
        rust_timeout=round(at_least_s * 1000),
        yield_on_timeout=True,
        recursive=False,
    )
    async with aclosing(watching) as changes:
        async for _ in changes:
            if _folders(path) != folders:
                return
            yield


def _folders(path: Path) -> Mapping[Path, tuple[int, int]]:
    """The folders to watch that are there, and what tells each from another in its place."""
    found: dict[Path, tuple[int, int]] = {}
    for folder in (path.parent, path.resolve().parent):
        if folder.is_dir():
            there = folder.stat()
            found[folder] = there.st_dev, there.st_ino
    return found


def _is_not_ours(_change: object, name: str) -> bool:
    return not Path(name).name.startswith(_OURS)
