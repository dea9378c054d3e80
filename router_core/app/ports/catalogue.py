"""Where what is known of the models comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from router_core.decide.catalogue import Catalogue, Listing
from router_core.decide.config import Provider as ProviderConfig
from router_core.decide.model_info import ModelInfo

__all__ = [
    "CatalogueSource",
    "KeptListing",
    "ListingStore",
    "PriceTable",
]


class CatalogueSource(Protocol):
    """Where what is known of the models comes from."""

    def current(self) -> Catalogue:
        """What is known now: an immutable snapshot, swapped as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptListing:
    """A provider's last good listing, and the ``base_url`` that told it."""

    base_url: str
    listing: Listing


class ListingStore(Protocol):
    """Keeps the last good listing of each provider, for the next start."""

    def load(self) -> Mapping[str, KeptListing]:
        """What is kept, by provider; empty where there is nothing, or nothing readable."""

    def save(self, kept: Mapping[str, KeptListing]) -> None:
        """Keeps ``kept`` instead; never raises."""

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""


class PriceTable(Protocol):
    """Prices and windows that are known without asking anyone."""

    def load(self) -> None:
        """Reads it, which takes a while.

        Raises:
            ImportError: it is not there.
        """

    def models(self, provider: ProviderConfig, day: date) -> Mapping[str, ModelInfo]:
        """What holds for a provider's models on a day, by id; empty until it is read."""

    def source(self, day: date) -> str:
        """Which table it is, and how new on a day, for a person."""
