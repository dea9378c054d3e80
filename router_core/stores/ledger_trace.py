"""The requests of a `router.db` that is not ours to write: a router may be using it."""

from __future__ import annotations

from pathlib import Path

from router_core.decide.records import RequestRecord
from router_core.errors import ConfigError
from router_core.stores.database import Database
from router_core.stores.ledger_reading import newest

__all__ = ["read_ledger"]


def read_ledger(path: Path, most: int) -> list[RequestRecord]:
    """The newest requests, oldest first; nothing is written.

    Args:
        path: the file.
        most: how many.

    Raises:
        ConfigError: it cannot be read, or is no `router.db` of this version.
    """
    if not path.is_file():
        raise ConfigError(f"cannot read {path}: there is no such file")
    found = Database(path).glance(lambda rows: newest(rows, most), with_log=True)
    if found is None:
        raise ConfigError(f"{path} is no router.db that this version can read")
    return found
