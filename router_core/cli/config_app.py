"""The options of ``llm-router config``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from router_core.cli.options import AsJson, CoreAddress, DryRun, Etag, Sending

app = typer.Typer(
    name="config",
    no_args_is_help=True,
    help="See and change the routing config of the running core, and go back.",
)

File = Annotated[
    Path | None, typer.Argument(help="A routing config; router_config.json in the home by default.")
]


@app.command()
def show(as_json: AsJson = False, core: CoreAddress = None) -> None:
    """Show the config in force."""
    from router_core.cli.config import show as show_config

    show_config(core=core, as_json=as_json)


@app.command("set")
def set_value(
    key: Annotated[str, typer.Argument(help="As `config show` names it: deadlines.idle_s.")],
    value: Annotated[str, typer.Argument(help='Lists with commas; "": the default.')],
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Set KEY to VALUE."""
    from router_core.cli.config import set_value as set_config_value

    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    set_config_value(key, value, sending)


@app.command()
def validate(file: File = None) -> None:
    """Tell whether FILE is right; needs no running core."""
    from router_core.cli.config import validate as validate_file

    validate_file(file)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a routing config; needs no running core."""
    from router_core.cli.config import print_schema

    print_schema()


@app.command()
def diff(file: File = None, as_json: AsJson = False, core: CoreAddress = None) -> None:
    """Tell what would change, and what that would do, if FILE were in force."""
    from router_core.cli.config import diff as diff_file

    diff_file(file, Sending(core=core, dry_run=True, as_json=as_json))


@app.command()
def history(as_json: AsJson = False, core: CoreAddress = None) -> None:
    """List the last versions: when they came, who made them, what changed."""
    from router_core.cli.config import history as list_history

    list_history(core=core, as_json=as_json)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(min=1, help="As `config history` numbers them.")],
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Go back to VERSION."""
    from router_core.cli.config import rollback as roll_back

    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    roll_back(version, sending)
