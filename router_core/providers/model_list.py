"""``GET /models`` of an OpenAI-compatible API: its pages, within bounds.

OpenRouter tells where the next page is in ``links.next``; the others have one page.
Of such a link only ``offset`` and ``limit`` are taken: the key goes nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp

from llm_router import json_text
from router_core.decide.failures import Failure
from router_core.errors import UpstreamFailure
from router_core.providers.http_session import TRANSPORT_ERRORS, explain, read_up_to
from router_core.providers.upstream_errors import invalid_answer

__all__ = ["fetch_models"]

_MAX_BYTES: Final = 16 * 1024 * 1024
"""Of all pages together, unpacked."""
_MAX_PAGES: Final = 50
_MAX_ERROR: Final = 64 * 1024
_TIME_S: Final = 10.0
"""How long all pages together may take, in seconds."""

_LISTS_NOTHING: Final = frozenset({404, 405, 501})
"""What APIs without such an endpoint answer."""

Refusal = Callable[[aiohttp.ClientResponse, bytes], Failure]
"""The failure that an error response means."""


async def fetch_models(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    refusal: Refusal,
    *,
    time_s: float = _TIME_S,
    max_bytes: int = _MAX_BYTES,
) -> list[Any]:
    """Returns the pages' JSON, in order; none: the API lists no models.

    Pages beyond the fiftieth are left out; the last one that came tells of more.

    Raises:
        UpstreamFailure: whatever went wrong upstream, too much of it included.
    """
    pages: list[Any] = []
    query: dict[str, str] = {}
    left = max_bytes
    try:
        async with asyncio.timeout(time_s):
            while len(pages) < _MAX_PAGES:
                raw = await _page(session, url, headers, refusal, query=query, limit=left)
                if raw is None:
                    return pages
                # In a thread: a large list would hold up the requests under way.
                page = await asyncio.to_thread(_parsed, raw)
                pages.append(page)
                left -= len(raw)
                query, before = _next(page), query
                if not query or query == before:
                    break
    except TRANSPORT_ERRORS as error:
        # Without its cause: aiohttp's errors hold the request's headers.
        raise UpstreamFailure(explain(error, f"no list of models within {time_s:g} s")) from None
    return pages


async def _page(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    refusal: Refusal,
    *,
    query: Mapping[str, str],
    limit: int,
) -> bytes | None:
    """The bytes of one page; ``None``: there is no such endpoint."""
    response = await session.get(url, params=query, headers=headers, allow_redirects=False)
    try:
        if response.status in _LISTS_NOTHING:
            return None
        if not 200 <= response.status < 300:
            start, _ = await read_up_to(_MAX_ERROR, response)
            raise UpstreamFailure(refusal(response, start))
        raw, whole = await read_up_to(limit, response)
        if not whole:
            raise UpstreamFailure(invalid_answer("the list of models is too long"))
        return raw
    finally:
        response.close()


def _parsed(raw: bytes) -> Any:
    try:
        return json_text.loads(raw)
    except json_text.JsonTextError:
        raise UpstreamFailure(invalid_answer("the list of models is not JSON")) from None


_PLACE: Final[tuple[str, ...]] = ("offset", "limit")


def _next(page: Any) -> dict[str, str]:
    """Where the next page is; empty: this was the last."""
    links = page.get("links") if isinstance(page, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    if not isinstance(link, str):
        return {}
    try:
        told = parse_qs(urlsplit(link).query)
    except ValueError:
        return {}
    query: dict[str, str] = {key: told[key][0] for key in _PLACE if key in told}
    numbers = all(text.isascii() and text.isdecimal() for text in query.values())
    return query if "offset" in query and numbers else {}
