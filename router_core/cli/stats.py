"""``stats``: what was served, from the running core."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.client import RouterClient
from llm_router.moments import read_moment
from llm_router.projection import enum_slug
from llm_router.v1.stats_pb2 import GetStatsRequest, ListRequestsRequest, StatsDimension
from router_core.cli.connect import running_core
from router_core.cli.printing import plain, print_json, print_table, table_of
from router_core.cli.stats_page import Page, Room, Section, page_of, requests_section
from router_core.errors import ConfigError

if TYPE_CHECKING:  # only a terminal needs it
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["Asked", "end_of", "print_requests", "print_stats", "renderable", "table"]

_MOST: Final = 20
"""How many groups a person is shown."""
_DIMENSIONS: Final = {
    slug: number
    for number in StatsDimension.values()
    if (slug := enum_slug(StatsDimension.DESCRIPTOR, number))
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for, in the user's words; empty: nothing in particular."""

    since: str = ""
    until: str = ""
    by: str = ""
    category: str = ""
    model: str = ""
    status: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def check(self, *, requests: bool, watch: bool) -> None:
        """Looks at what the core would not.

        Args:
            requests: whether single requests are asked for.
            watch: whether they are to be followed.

        Raises:
            ConfigError: an option has a wrong value, or does not go with the others.
        """
        if self.by and self.by not in _DIMENSIONS:
            raise ConfigError(f"--by takes one of {', '.join(_DIMENSIONS)}, not {self.by!r}")
        self.sums()
        if requests and watch:
            raise ConfigError("--requests and --watch do not go together")
        if (self.category or self.model) and not (requests or watch):
            raise ConfigError("--category and --model go with --requests or --watch")
        if self.status and not requests:
            raise ConfigError("--status goes with --requests")
        if self.by and requests:
            raise ConfigError("--by goes without --requests")

    def sums(self, most: int = 0) -> GetStatsRequest:
        """The sums that are asked for; ``most`` groups of them."""
        return GetStatsRequest(
            start_time=_moment("--since", self.since, self.now),
            end_time=_moment("--until", self.until, self.now),
            group_by=_DIMENSIONS.get(self.by, StatsDimension.STATS_DIMENSION_UNSPECIFIED),
            max_groups=most,
        )

    def requests(self, most: int) -> ListRequestsRequest:
        """The last requests that are asked for."""
        return ListRequestsRequest(
            page_size=most,
            category=self.category,
            model=self.model,
            status=self.status,
            start_time=_moment("--since", self.since, self.now),
            end_time=_moment("--until", self.until, self.now),
        )


def _moment(option: str, written: str, now: datetime) -> Timestamp | None:
    if not written:
        return None
    timestamp = Timestamp()
    try:
        timestamp.FromDatetime(read_moment(written, now))
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None
    return timestamp


def print_stats(asked: Asked, *, core: str | None, as_json: bool) -> None:
    """Prints the sums."""
    with running_core(core) as client:
        if as_json:  # as GET /stats has it
            print_json(client.get_stats(asked.sums()))
            return
        page = read_page(client, asked)
    if sys.stdout.isatty():
        _show(renderable(page))
        return
    for line in _plain_lines(page):
        print(line)
    for section in page.sections:
        print()
        print_table(section.headings, section.rows, right=section.right)
    if page.notes:
        print()
    for note in page.notes:
        print(f"note: {plain(note)}")


def read_page(client: RouterClient, asked: Asked) -> Page:
    """Reads the sums as a page."""
    sums = asked.sums(_MOST)
    stats = client.get_stats(sums)
    return page_of(stats, client.get_server_info(), by=asked.by, until=end_of(sums))


def end_of(sums: GetStatsRequest) -> Timestamp | None:
    """Where a range of time ends; ``None``: now."""
    return sums.end_time if sums.HasField("end_time") else None


def print_requests(asked: Asked, *, core: str | None, as_json: bool, most: int = 50) -> None:
    """Prints the last requests."""
    with running_core(core) as client:
        listed = client.list_requests(asked.requests(most))
    if as_json:  # as GET /stats/requests has it
        print_json(listed)
        return
    if sys.stdout.isatty():
        _show(table(requests_section(listed.requests, Room.SCREEN)))
        return
    section = requests_section(listed.requests, Room.LINE)
    print_table(section.headings, section.rows, right=section.right)


def _show(shown: RenderableType) -> None:
    from rich.console import Console

    Console(markup=False, emoji=False, highlight=False).print(shown)


def _plain_lines(page: Page) -> Iterator[str]:
    yield page.headline
    for label, words in page.facts:
        yield f"  {label:11}  {plain(words)}"


def renderable(page: Page) -> RenderableType:
    """The page for a terminal."""
    from rich import table as tables
    from rich.console import Group
    from rich.text import Text

    facts = tables.Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for label, words in page.facts:
        facts.add_row(label, Text(plain(words)))
    parts: list[RenderableType] = [Text(page.headline, style="bold"), facts]
    for section in page.sections:
        parts += [Text(), table(section)]
    if page.notes:
        parts += [Text(), *(Text(f"note: {plain(note)}", style="yellow") for note in page.notes)]
    return Group(*parts)


def table(section: Section, *, is_cut: bool = False) -> Table:
    """A table for a terminal; as of `table_of`."""
    return table_of(
        section.headings, section.rows, right=section.right, whole=section.whole, is_cut=is_cut
    )
