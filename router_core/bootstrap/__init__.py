"""The composition root: the only part that knows every other and puts them together.

`core` makes a core, of `parts` and `telemetry`; `shim` the REST shim; `config` answers the
commands that need neither.
"""

from __future__ import annotations

from router_core.bootstrap.config import config_schema, read_config_message, require_default_key
from router_core.bootstrap.core import Core, build_core
from router_core.bootstrap.shim import build_shim
from router_core.bootstrap.telemetry import log_to_stderr

__all__ = [
    "Core",
    "build_core",
    "build_shim",
    "config_schema",
    "log_to_stderr",
    "read_config_message",
    "require_default_key",
]
