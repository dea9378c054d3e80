"""Lists that come in pages (AIP-158), read to their end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

__all__ = ["async_pages", "pages"]


class _Page(Protocol):
    next_page_token: str


P = TypeVar("P", bound=_Page)


def pages(read: Callable[[str], P]) -> Iterator[P]:
    """Yields every page; ``read`` gets one by its token, which is empty for the first."""
    page = read("")
    yield page
    while page.next_page_token:
        page = read(page.next_page_token)
        yield page


async def async_pages(read: Callable[[str], Awaitable[P]]) -> AsyncIterator[P]:
    """As `pages`, where ``read`` is awaited."""
    page = await read("")
    yield page
    while page.next_page_token:
        page = await read(page.next_page_token)
        yield page
