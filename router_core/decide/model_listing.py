"""The JSON of ``GET /models`` to a `Listing`, and a `Listing` to such JSON.

Read are OpenRouter's rich entries, and those that only have ids, as OpenAI and
Ollama send them. The text is the provider's, so nothing in it is relied upon: a
field in another form is unknown, and what has no list of models is `NoListing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from router_core.decide.catalogue import Listing
from router_core.decide.model_info import ModelInfo
from router_core.decide.model_prices import read_prices, render_prices

__all__ = ["NoListing", "read_listing", "render_listing"]

_NEVER: Final = 2090
"""From this year on an expiration date means that there is none; OpenRouter writes 2098."""

_LONGEST_ID: Final = 256
_LARGEST: Final = 2**53
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class NoListing:
    """No list of models came; ``why``: what came instead, for a person."""

    why: str


def read_listing(pages: Sequence[Any], told_at: datetime) -> Listing | NoListing:
    """Reads the pages of one listing, in their order.

    It is complete when every entry has an id, and as many came as the provider says
    that there are, up to the last page.

    Args:
        pages: each page's JSON.
        told_at: when they came, in UTC.
    """
    models: dict[str, ModelInfo] = {}
    slugs: dict[str, str] = {}
    complete = True
    for number, page in enumerate(pages, 1):
        entries = _entries(page)
        if entries is None:
            if number == 1:
                return NoListing("no list of models came")
            complete = False
            continue
        for entry in entries:
            model_id = _id(entry)
            if model_id is None:
                complete = False
                continue
            models[model_id] = _info(entry)
            if slug := _text(entry, "canonical_slug"):
                _add_slug(slugs, slug, model_id)
    if not pages:
        return NoListing("it lists no models")
    last = _object(pages[-1])
    if _object(last.get("links")).get("next") or _count(last.get("total_count"), 0) > len(models):
        complete = False
    return Listing(models=models, told_at=told_at, complete=complete, slugs=slugs)


def render_listing(listing: Listing) -> list[dict[str, Any]]:
    """The entries from which `read_listing` reads the same models again."""
    slugs = {model_id: slug for slug, model_id in listing.slugs.items()}
    return [
        dict(_entry(model_id, info, slugs.get(model_id)))
        for model_id, info in listing.models.items()
    ]


def _entries(page: Any) -> list[Any] | None:
    entries = page.get("data") if isinstance(page, dict) else page  # some send the bare list
    return entries if isinstance(entries, list) else None


def _id(entry: Any) -> str | None:
    """Its id: one word, since it goes into lines for people; ``None``: it has none."""
    model_id = _text(entry, "id")
    plain = model_id.isprintable() and " " not in model_id
    return model_id if model_id and plain and len(model_id) <= _LONGEST_ID else None


def _add_slug(slugs: dict[str, str], slug: str, model_id: str) -> None:
    """Notes a slug; where several models share it, it means the plain one of them."""
    if slug not in slugs or (":" in slugs[slug] and ":" not in model_id):
        slugs[slug] = model_id


def _info(entry: Mapping[str, Any]) -> ModelInfo:
    top = _object(entry.get("top_provider"))
    windows = [_count(entry.get("context_length")), _count(top.get("context_length"))]
    return ModelInfo(
        context_length=min((window for window in windows if window), default=None),
        max_output_tokens=_count(top.get("max_completion_tokens")) or None,
        input_modalities=_words(_object(entry.get("architecture")).get("input_modalities")),
        parameters=_words(entry.get("supported_parameters")),
        prices=read_prices(entry.get("pricing")),
        expires=_date(entry.get("expiration_date")),
    )


def _entry(model_id: str, info: ModelInfo, slug: str | None) -> Iterator[tuple[str, Any]]:
    yield "id", model_id
    if slug is not None:
        yield "canonical_slug", slug
    if info.context_length is not None:
        yield "context_length", info.context_length
    if info.max_output_tokens is not None:
        yield "top_provider", {"max_completion_tokens": info.max_output_tokens}
    if info.input_modalities is not None:
        yield "architecture", {"input_modalities": sorted(info.input_modalities)}
    if info.parameters is not None:
        yield "supported_parameters", sorted(info.parameters)
    if info.prices is not None:
        yield "pricing", render_prices(info.prices)
    if info.expires is not None:
        yield "expiration_date", info.expires.isoformat()


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(entry: Any, key: str) -> str:
    value = _object(entry).get(key)
    return value if isinstance(value, str) else ""


def _count(value: Any, unknown: int = 0) -> int:
    """A number of something, 1 or more; ``unknown``: it is none."""
    return value if type(value) is int and 0 < value <= _LARGEST else unknown


def _words(value: Any) -> frozenset[str] | None:
    """A list of words; an empty one says nothing: routers and new models have it."""
    if not isinstance(value, list) or not value or not all(isinstance(x, str) for x in value):
        return None
    return frozenset(value)


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or not _DATE.match(value):
        return None
    try:
        expires = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return expires if expires.year < _NEVER else None
