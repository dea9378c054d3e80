"""Lists in pages, read to their end."""

from __future__ import annotations

import pytest

from llm_router.pages import async_pages, pages
from llm_router.v1.config_categories_pb2 import Category, ListCategoriesResponse

NAMES = ("a", "b", "c")


class Service:
    """A category a page; the token is the number of the next one."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.asked: list[str] = []
        self._names = names

    def read(self, token: str) -> ListCategoriesResponse:
        self.asked.append(token)
        place = int(token or 0)
        more = str(place + 1) if place + 1 < len(self._names) else ""
        listed = [Category(name=name) for name in self._names[place : place + 1]]
        return ListCategoriesResponse(categories=listed, next_page_token=more)

    async def read_later(self, token: str) -> ListCategoriesResponse:
        return self.read(token)


@pytest.mark.parametrize("count", range(4))
async def test_every_page_is_read_once_and_the_end_ends_it(count: int) -> None:
    service, later = Service(NAMES[:count]), Service(NAMES[:count])
    found = [each.name for page in pages(service.read) for each in page.categories]
    found_later = [
        each.name async for page in async_pages(later.read_later) for each in page.categories
    ]

    assert found == found_later == list(NAMES[:count])
    assert service.asked == later.asked == ["", *map(str, range(1, count))]
