"""Arithmetic of money, which is never rounded."""

from __future__ import annotations

from decimal import Context
from typing import Final

__all__ = ["MONEY"]

MONEY: Final = Context(prec=60)
"""For whatever is done with prices and costs. The catalogue's prices have some 20 digits,
counts of tokens have 13, so that no product is rounded, nor any sum of them."""
