"""What the use cases need from outside; the adapters stand behind these."""

from __future__ import annotations

from router_core.app.ports.accounts import (
    Alerts,
    Ledger,
    Listed,
    Recorder,
    SpentSource,
    Summed,
)
from router_core.app.ports.calling import (
    Clock,
    ModelCall,
    Provider,
    Providers,
)
from router_core.app.ports.catalogue import (
    CatalogueSource,
    KeptListing,
    ListingStore,
    PriceTable,
)
from router_core.app.ports.classifying import (
    Classifier,
    ClassifierUnavailable,
    Opinion,
    Question,
    Rejudge,
)
from router_core.app.ports.config import (
    ConfigSource,
    ConfigStore,
    ConfigVersion,
    Proposal,
)
from router_core.app.ports.sessions import (
    SessionStore,
)

__all__ = [
    "Alerts",
    "CatalogueSource",
    "Classifier",
    "ClassifierUnavailable",
    "Clock",
    "ConfigSource",
    "ConfigStore",
    "ConfigVersion",
    "KeptListing",
    "Ledger",
    "Listed",
    "ListingStore",
    "ModelCall",
    "Opinion",
    "PriceTable",
    "Proposal",
    "Provider",
    "Providers",
    "Question",
    "Recorder",
    "Rejudge",
    "SessionStore",
    "SpentSource",
    "Summed",
]
