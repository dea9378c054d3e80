"""`catalogue.json`: the last good listing of each provider, kept for the next start.

It is a copy of what the providers said, so that it is never worth a failure: a file
that cannot be read is ignored, one that cannot be written is done without, and both
are told. Of each model it has only what the router reads.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from llm_router import json_text
from router_core.app.ports import KeptListing
from router_core.decide.catalogue import Listing
from router_core.decide.model_listing import read_listing, render_listing
from router_core.stores.atomic_file import write_atomically

__all__ = ["CatalogueFile"]

_VERSION: Final = 1
_MAX_BYTES: Final = 64 * 1024 * 1024

_log = logging.getLogger("router_core.catalogue")


class CatalogueFile:
    """The `ListingStore` port over a file."""

    def __init__(self, path: Path) -> None:
        """Reads nothing yet.

        Args:
            path: the file; its folder is there.
        """
        self.path = path
        self._problem = ""

    @property
    def problem(self) -> str:
        """What does not work with the file, for a person; empty: nothing."""
        return self._problem

    def load(self) -> Mapping[str, KeptListing]:
        """What the file keeps, by provider; without what is spoilt in it."""
        try:
            if self.path.stat().st_size > _MAX_BYTES:
                return self._ignore("it is too large")
            value = json_text.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            return self._ignore(error.strerror or "it cannot be read")
        except json_text.JsonTextError:
            return self._ignore("it is not JSON")
        providers = value.get("providers") if isinstance(value, dict) else None
        if not isinstance(providers, dict) or value.get("version") != _VERSION:
            return self._ignore("it is not of this router")
        kept = {name: _kept(told) for name, told in providers.items()}
        if None in kept.values():
            self._ignore("parts of it make no sense")
        return {name: listing for name, listing in kept.items() if listing is not None}

    def save(self, kept: Mapping[str, KeptListing]) -> None:
        """Writes the file, whole or not at all; where it cannot, that is said once."""
        providers = {name: _rendered(listing) for name, listing in kept.items()}
        content = json_text.dumps_bytes({"version": _VERSION, "providers": providers})
        try:
            write_atomically(self.path, content + b"\n")
        except OSError as error:
            problem = f"cannot write {self.path} ({error.strerror}): the next start knows no models"
            if problem != self._problem:
                _log.warning("%s", problem)
            self._problem = problem
        else:
            self._problem = ""

    def _ignore(self, why: str) -> Mapping[str, KeptListing]:
        self._problem = f"{self.path} is ignored: {why}"
        return {}


def _rendered(kept: KeptListing) -> dict[str, Any]:
    return {
        "base_url": kept.base_url,
        "told_at": kept.listing.told_at.astimezone(UTC).isoformat(),
        "data": render_listing(kept.listing),
    }


def _kept(told: Any) -> KeptListing | None:
    """One provider's part; ``None``: it makes no sense, or is not whole."""
    if not isinstance(told, dict) or not isinstance(base_url := told.get("base_url"), str):
        return None
    try:
        told_at = datetime.fromisoformat(told.get("told_at", ""))
    except (TypeError, ValueError):
        return None
    if told_at.tzinfo is None:
        return None
    listing = read_listing([told], told_at)
    if not isinstance(listing, Listing) or not listing.complete:
        return None
    return KeptListing(base_url=base_url, listing=listing)
