"""Money as the protos have it."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["usd"]


def usd(amount: Decimal | None) -> str | None:
    """The decimal string of an amount in USD, every digit of it; ``None``: unknown."""
    return None if amount is None else f"{amount:f}"
