"""The JSON Schema of `router_config.json`, by which editors help whoever writes it."""

from __future__ import annotations

import contextlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from router_core.decide.config import AtLimit, Mode, ToolsRule
from router_core.decide.envelopes import CLIENTS
from router_core.decide.policies import POLICIES
from router_core.decide.policy_settings import TimeTo
from router_core.decide.request_limits import DataPolicy
from router_core.stores.atomic_file import write_atomically
from router_core.stores.config_document import NAME, SCHEMA, Document

__all__ = ["put_beside", "schema", "schema_text"]

_CHOICES: Final[tuple[tuple[str, str, type[StrEnum]], ...]] = (
    ("LimitsPart", "at_limit", AtLimit),
    ("PerRequestPart", "data_policy", DataPolicy),
    ("PoliciesPart", "time_to", TimeTo),
    ("ProviderPart", "data_policy", DataPolicy),
)
"""Keys of parts that take a word of an enumeration."""


def schema() -> dict[str, Any]:
    """The schema; it refuses nothing that the router takes, and tells less than the router."""
    made = Document.model_json_schema(by_alias=True)
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | made
    made["title"], made["description"] = "router_config.json", "What LLM Router decides by."
    properties = made["properties"]
    properties["$schema"]["description"] = "Where this schema lies."
    properties["etag"]["description"] = (
        "Of the config that this file was written with. An edit that keeps it is refused where"
        " the config has changed since; one without it replaces everything."
    )
    properties["mode"]["enum"] = [mode.value for mode in Mode]
    properties["tools_rule"]["enum"] = [rule.value for rule in ToolsRule]
    properties["disabled_envelopes"]["items"]["enum"] = list(CLIENTS)
    made["$defs"]["CategoryPart"]["properties"]["policy"]["enum"] = list(POLICIES)
    for part, key, choices in _CHOICES:
        made["$defs"][part]["properties"][key]["enum"] = [choice.value for choice in choices]
    for named in ("providers", "models", "categories"):
        properties[named]["propertyNames"] = {"pattern": f"^{NAME}$"}
    return made


def schema_text() -> str:
    """The schema as the text of a file."""
    return json.dumps(schema(), indent=2) + "\n"


def put_beside(path: Path) -> None:
    """Writes the schema where a config file says that it lies, unless it is there."""
    beside, text = path.parent / SCHEMA, schema_text().encode()
    with contextlib.suppress(OSError):  # an editor that does not help is no loss
        if not beside.exists() or beside.read_bytes() != text:
            write_atomically(beside, text)
