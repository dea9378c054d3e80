"""Which version of the format a `router_config.json` has, and how an older one becomes a new one.

Version 0, of before the first release, had less to say:

    {"version": 0, "aliases": {"glm-5": "z-ai/glm-5"}, "categories": {"code": ["glm-5"]}}

No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from router_core.errors import ConfigError
from router_core.stores.config_document import VERSION

__all__ = ["NewerVersion", "brought_up", "version_of"]


class NewerVersion(ConfigError):
    """A newer router wrote the file; what it says may mean something else there."""


def version_of(value: Mapping[str, Any]) -> int:
    """The version that a file says it has; the present one where it says nothing readable.

    Raises:
        NewerVersion: it is one that this router does not read.
    """
    version = value.get("version", VERSION)
    if type(version) is not int or version < 0:
        return VERSION
    if version > VERSION:
        raise NewerVersion(
            f"a newer router wrote this; this one reads version {VERSION} and older", "version"
        )
    return version


def brought_up(value: Mapping[str, Any]) -> dict[str, Any]:
    """The file's JSON object in the present version.

    Raises:
        ConfigError: it is newer, or makes no sense in the version that it says it has.
    """
    made = dict(value)
    for version in range(version_of(value), VERSION):
        made = _STEPS[version](made)
    return made


def _from_0(value: dict[str, Any]) -> dict[str, Any]:
    made = value | {"version": 1}
    aliases = made.pop("aliases", {})
    models, categories = made.get("models", {}), made.get("categories", {})
    for part, path in ((aliases, "aliases"), (models, "models"), (categories, "categories")):
        if not isinstance(part, dict):
            raise ConfigError("must be an object", path)
    made["models"] = {alias: {"id": model_id} for alias, model_id in aliases.items()} | models
    made["categories"] = {
        name: {"models": part} if isinstance(part, list) else part
        for name, part in categories.items()
    }
    return made


_STEPS: Final[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType(
    {0: _from_0}
)
"""From each older version to the next."""
