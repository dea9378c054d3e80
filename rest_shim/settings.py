"""What the shim is told by its environment."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["DEFAULT_CORE_ADDRESS", "DEFAULT_TIMEOUT_S", "MEBIBYTE", "ShimSettings"]

MEBIBYTE: Final = 2**20
DEFAULT_CORE_ADDRESS: Final = "127.0.0.1:50051"
DEFAULT_TIMEOUT_S: Final = 600.0
"""Time for a request, in seconds; that of OpenAI's official clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShimSettings:
    """The shim's settings; read once, then frozen.

    Attributes:
        core_address: where the core listens, as gRPC writes addresses.
        max_body_bytes: largest request body, in bytes; a larger one gets 413.
        timeout_s: time for a request whose client names none, in seconds.
        body_timeout_s: how long a client may take to send its body, in seconds.
        allowed_hosts: names besides the loopback ones that a Host or Origin header
            may have, without a port.
        api_keys: who comes from another machine must show one of these, or the
            operator's; the core looks at the keys of all others.
        admin_key: the operator's key; empty: there is none.
    """

    core_address: str = DEFAULT_CORE_ADDRESS
    max_body_bytes: int = 32 * MEBIBYTE
    timeout_s: float = DEFAULT_TIMEOUT_S
    body_timeout_s: float = 120.0
    allowed_hosts: frozenset[str] = frozenset()
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    admin_key: str = field(default="", repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> ShimSettings:
        """Reads ``CORE_ADDRESS``, ``MAX_BODY_MB``, ``ALLOWED_HOSTS``, ``API_KEYS``, ``ADMIN_KEY``.

        Each with ``LLM_ROUTER_`` before it; an unset or empty one means the default.

        Raises:
            ValueError: a variable makes no sense; the message names it.
        """
        env = os.environ if env is None else env
        return cls(
            core_address=env.get("LLM_ROUTER_CORE_ADDRESS") or DEFAULT_CORE_ADDRESS,
            max_body_bytes=_mebibytes(env.get("LLM_ROUTER_MAX_BODY_MB") or "32"),
            allowed_hosts=_names(env.get("LLM_ROUTER_ALLOWED_HOSTS", "")),
            api_keys=_keys(env.get("LLM_ROUTER_API_KEYS", "")),
            admin_key=env.get("LLM_ROUTER_ADMIN_KEY", ""),
        )


def _mebibytes(text: str) -> int:
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0 < size < math.inf:
        raise ValueError(f"LLM_ROUTER_MAX_BODY_MB must be a positive number, not {text!r}")
    return math.ceil(size * MEBIBYTE)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key for key in (part.strip() for part in text.split(",")) if key)


def _names(text: str) -> frozenset[str]:
    return frozenset(name for name in (part.strip().lower() for part in text.split(",")) if name)
