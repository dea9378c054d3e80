"""The options of ``llm-router category``."""

from __future__ import annotations

from typing import Annotated

import typer

from router_core.cli.options import AsJson, CoreAddress, DryRun, Etag, Sending

app = typer.Typer(
    name="category",
    no_args_is_help=True,
    help="See and change the categories of the running core.",
)

Name = Annotated[str, typer.Argument(help="The category.")]
_MODEL = "An alias, an id, or provider:id."
_POLICY = "How its models are ordered: ordered, cheapest, fastest or balanced."
Quality = Annotated[
    list[str] | None,
    typer.Option(metavar="MODEL=POINTS", help="How well a model of it does, 0 to 100. Repeatable."),
]


@app.command("list")
def list_categories(as_json: AsJson = False, core: CoreAddress = None) -> None:
    """List the categories."""
    from router_core.cli.category import print_categories

    print_categories(core=core, as_json=as_json)


@app.command()
def add(  # noqa: PLR0913  # typer makes an option of each parameter
    name: Annotated[str, typer.Argument(help="Its name: a-z, 0-9, and . _ - inside.")],
    *,
    model: Annotated[list[str], typer.Option(help=f"{_MODEL} Repeat it, best first.")],
    keyword: Annotated[
        list[str] | None, typer.Option(help="A word or phrase that speaks for it. Repeatable.")
    ] = None,
    description: Annotated[str, typer.Option(help="What belongs to it.")] = "",
    example: Annotated[
        list[str] | None, typer.Option(help="A prompt that belongs to it. Repeatable.")
    ] = None,
    policy: Annotated[str, typer.Option(help=_POLICY)] = "",
    quality: Quality = None,
    floor: Annotated[
        float | None, typer.Option(help="Models of fewer points come after the others.")
    ] = None,
    thrift: Annotated[
        float | None, typer.Option(help="How balanced weighs: 0 (quality) to 10 (thrift).")
    ] = None,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Add a category."""
    from router_core.cli.category import add as add_category
    from router_core.cli.category import points_of

    fields = {
        "name": name,
        "models": model,
        "keywords": keyword or [],
        "description": description,
        "examples": example or [],
        "policy": policy,
        "quality": points_of(quality or ()),
        "floor": floor,
        "thrift": thrift,
    }
    add_category(fields, Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json))


@app.command()
def edit(  # noqa: PLR0913  # typer makes an option of each parameter
    name: Name,
    *,
    policy: Annotated[str | None, typer.Option(help=_POLICY)] = None,
    quality: Quality = None,
    floor: Annotated[
        str | None, typer.Option(help='Models of fewer points come after the others; "": none.')
    ] = None,
    thrift: Annotated[
        str | None,
        typer.Option(help='How balanced weighs: 0 (quality) to 10; "": as everywhere.'),
    ] = None,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Change how a category chooses among its models; MODEL= forgets what was said of one."""
    from router_core.cli.category import edit_choice

    told = {"policy": policy, "floor": floor, "thrift": thrift}
    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    edit_choice(name, told, quality or (), sending)


@app.command()
def models(
    name: Name,
    model: Annotated[list[str] | None, typer.Argument(help=f"{_MODEL} Best first.")] = None,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Show a category's models, or replace them by those that are named."""
    from router_core.cli.category import print_list, replace_models

    if not model:
        print_list(name, "models", core=core, as_json=as_json)
        return
    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    replace_models(name, model, sending)


@app.command()
def keywords(  # noqa: PLR0913  # typer makes an option of each parameter
    name: Name,
    *,
    add: Annotated[list[str] | None, typer.Option(help="One to add. Repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="One to remove. Repeatable.")] = None,
    whole: Annotated[
        list[str] | None, typer.Option("--set", help="One of those that replace them. Repeatable.")
    ] = None,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Show a category's keywords, or change them."""
    from router_core.cli.category import edit_keywords, edit_of, print_list

    if not (add or remove or whole):
        print_list(name, "keywords", core=core, as_json=as_json)
        return
    edit = edit_of(name, add or (), remove or (), whole or ())
    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    edit_keywords(name, edit, sending)


@app.command()
def remove(
    name: Name,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Remove a category; the built-in ones stay."""
    from router_core.cli.category import remove as remove_category

    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    remove_category(name, sending)
