"""Paging of lists that fit in memory (AIP-158)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from router_core.errors import InvalidRequest

T = TypeVar("T")

MAX_PAGE_SIZE: Final = 1000


def page_of(items: Sequence[T], page_size: int, page_token: str) -> tuple[Sequence[T], str]:
    """A page of ``items`` and the token of the next one (empty: this is the last).

    Args:
        items: all of them, in their order.
        page_size: most items of the page; 0: as many as a page may have.
        page_token: from the page before; empty: the first page.

    Raises:
        InvalidRequest: a negative size, or a token that is none of ours.
    """
    if page_size < 0:
        raise InvalidRequest("page_size must not be negative", "page_size")
    if page_token and not (page_token.isascii() and page_token.isdigit() and len(page_token) < 19):
        raise InvalidRequest("page_token is none of ours", "page_token")
    start = int(page_token or 0)
    end = start + min(page_size or MAX_PAGE_SIZE, MAX_PAGE_SIZE)
    return items[start:end], str(end) if end < len(items) else ""
