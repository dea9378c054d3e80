"""``stats --watch``: requests as they end, below sums that are kept fresh."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from llm_router.aio import AsyncRouterClient
from llm_router.errors import RouterClientError, Unauthenticated, Unavailable
from llm_router.projection import project
from llm_router.v1.stats_pb2 import RequestRecord, WatchRequestsResponse
from router_core.cli.connect import REACH_S, admin_hint, connect, refusal
from router_core.cli.printing import plain
from router_core.cli.stats import Asked, end_of, renderable, table
from router_core.cli.stats_page import Page, Room, page_of, requests_section
from router_core.errors import ConfigError
from router_core.settings import environment, read_settings

if TYPE_CHECKING:  # only a terminal needs it
    from rich.console import Console, RenderableType

__all__ = ["watch"]

_FRESH_S: Final = 2.0
"""How old sums on the screen may be, in seconds."""
_SHOWN: Final = 50
"""How many requests are kept for a tall terminal."""
_FEWEST: Final = 5
"""How many are shown on a low one."""
_AROUND: Final = 5
"""Lines that are neither sums nor requests."""


def watch(asked: Asked, *, core: str | None, as_json: bool) -> None:
    """Follows requests until Ctrl-C.

    Args:
        asked: which of them, and the sums above.
        core: the core's address.
        as_json: whether to print a JSON object a line instead of a table.

    Raises:
        ConfigError: no core answers, it refuses us, or it ends.
    """
    try:
        asyncio.run(_watch(asked, core, as_json=as_json))
    except KeyboardInterrupt:
        return


async def _watch(asked: Asked, core: str | None, *, as_json: bool) -> None:
    settings = read_settings(environment())
    address = core or settings.core_address
    async with connect(settings, address) as client:
        try:
            if as_json or not sys.stdout.isatty():
                await _print_lines(client, asked, as_json=as_json)
            else:
                await _Screen(client, asked).run()
        except Unavailable as error:
            if error.reason:
                raise refusal(error, address) from None
            raise ConfigError(f"no core answers at {address}, or it has ended") from None
        except Unauthenticated as error:
            told = f"the core at {address} says: {error.message}{admin_hint(error)}"
            raise ConfigError(told) from None
        except RouterClientError as error:
            raise refusal(error, address) from None
    raise ConfigError(f"the core at {address} stops")


# -- lines -----------------------------------------------------------------------------


async def _print_lines(client: AsyncRouterClient, asked: Asked, *, as_json: bool) -> None:
    async with _following(client, asked) as ended:
        async for event in ended:
            if as_json:
                shown = json.dumps(project(event.request), ensure_ascii=False)
            else:
                (row,) = requests_section([event.request], Room.LINE).rows
                shown = "  ".join(map(plain, row))
            if event.missed:
                print(f"{event.missed:,} missed", file=sys.stderr)
            print(shown, flush=True)


@asynccontextmanager
async def _following(
    client: AsyncRouterClient, asked: Asked
) -> AsyncIterator[AsyncIterator[WatchRequestsResponse]]:
    stream = client.watch_requests(category=asked.category, model=asked.model)
    async with aclosing(stream) as ended:
        yield ended


# -- screen ----------------------------------------------------------------------------


@dataclass
class _Screen:
    """A live page on a terminal.

    Attributes:
        page: the sums; ``None``: they are not there yet.
        last: the requests that ended, newest first.
    """

    client: AsyncRouterClient
    asked: Asked
    page: Page | None = None
    last: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=_SHOWN))

    async def run(self) -> None:
        """Shows it until the core ends the stream."""
        from rich.console import Console
        from rich.live import Live

        console = Console(markup=False, emoji=False, highlight=False)
        await self._read()
        async with AsyncExitStack() as stack:
            live = stack.enter_context(
                Live(console=console, get_renderable=lambda: self._picture(console))
            )
            freshening = asyncio.create_task(self._freshen())
            stack.callback(freshening.cancel)
            following = asyncio.create_task(self._follow())
            stack.callback(following.cancel)
            done, _ = await asyncio.wait(
                (freshening, following), return_when=asyncio.FIRST_COMPLETED
            )
            live.refresh()
            for task in done:
                await task

    async def _follow(self) -> None:
        async with _following(self.client, self.asked) as ended:
            async for event in ended:
                self.last.appendleft(event.request)

    async def _freshen(self) -> None:
        while True:
            await asyncio.sleep(_FRESH_S)
            await self._read()

    async def _read(self) -> None:
        """Reads the sums, and the last requests: what the stream left out is in the list."""
        sums = self.asked.sums(_FEWEST)
        stats = await self.client.get_stats(sums, timeout_s=REACH_S)
        info = await self.client.get_server_info(timeout_s=REACH_S)
        self.page = page_of(stats, info, by=self.asked.by, until=end_of(sums))
        listed = await self.client.list_requests(self.asked.requests(_SHOWN), timeout_s=REACH_S)
        self.last = deque(listed.requests, maxlen=_SHOWN)

    def _picture(self, console: Console) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        above, height = _fitting(self.page, console) if self.page else (Text(), 1)
        room = max(_FEWEST, console.height - height - _AROUND)
        section = requests_section(list(self.last)[:room], Room.LIVE)
        below = table(section, is_cut=True)
        # The terminal shows ^C where the cursor is: on a line of its own, so that nothing moves.
        return Group(above, Text(), below, Text())


def _fitting(page: Page, console: Console) -> tuple[RenderableType, int]:
    """As much of the page as leaves room for requests, and how many lines that is.

    What is left out first are the notes, then the last tables.
    """
    for kept in (page, *(_shortened(page, count) for count in range(len(page.sections), 0, -1))):
        shown, height = _measured(kept, console)
        if height + _AROUND + _FEWEST <= console.height:
            return shown, height
    return _measured(_shortened(page, 0), console)


def _measured(page: Page, console: Console) -> tuple[RenderableType, int]:
    shown = renderable(page)
    return shown, len(console.render_lines(shown, pad=False))


def _shortened(page: Page, sections: int) -> Page:
    return replace(page, sections=page.sections[:sections], notes=())
