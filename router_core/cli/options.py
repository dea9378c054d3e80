"""The options that several commands have, and how a change is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

CoreAddress = Annotated[
    str | None,
    typer.Option("--core", help="Address of the core (LLM_ROUTER_CORE_ADDRESS)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Tell what the change would do, and do not make it.")
]
Etag = Annotated[
    str,
    typer.Option("--etag", help="Only if what is in force still has this etag (--json shows it)."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a change is sent, and how its outcome is printed.

    Attributes:
        core: the core's address; ``None``: the settings'.
        dry_run: whether it is tried only.
        etag: of what the change builds on; empty: whatever is in force.
        as_json: whether to print the core's answer itself.
    """

    core: str | None = None
    dry_run: bool = False
    etag: str = ""
    as_json: bool = False
