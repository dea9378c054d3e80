"""The options of ``llm-router model``."""

from __future__ import annotations

from typing import Annotated

import typer

from router_core.cli.options import AsJson, CoreAddress, DryRun, Etag, Sending

app = typer.Typer(
    name="model",
    no_args_is_help=True,
    help="See and change the models' aliases of the running core.",
)

Alias = Annotated[str, typer.Argument(help="The alias.")]
_TOLD = "By default what the provider tells."


@app.command("list")
def list_models(as_json: AsJson = False, core: CoreAddress = None) -> None:
    """List the aliases, and which categories use them."""
    from router_core.cli.model import print_models

    print_models(core=core, as_json=as_json)


@app.command()
def add(  # noqa: PLR0913  # typer makes an option of each parameter
    alias: Annotated[str, typer.Argument(help="Its name: a-z, 0-9, and . _ - inside.")],
    model_id: Annotated[str, typer.Argument(metavar="ID", help="The provider's id of the model.")],
    *,
    provider: Annotated[str, typer.Option(help="By its name in the config.")] = "",
    context_length: Annotated[
        int | None, typer.Option(min=1, max=2**53, help=f"In tokens. {_TOLD}")
    ] = None,
    max_output_tokens: Annotated[
        int | None, typer.Option(min=1, max=2**53, help=f"In tokens. {_TOLD}")
    ] = None,
    price_prompt: Annotated[
        str | None, typer.Option(metavar="USD", help="Per token, such as 0.000001.")
    ] = None,
    price_completion: Annotated[
        str | None, typer.Option(metavar="USD", help="Per token, such as 0.000001.")
    ] = None,
    max_concurrent: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Calls of it at once.")
    ] = None,
    quality: Annotated[
        float | None,
        typer.Option(help="How well it does where a category does not say, 0 to 100."),
    ] = None,
    ttft_ms: Annotated[
        float | None, typer.Option(help="To its first token, usually; until it is measured.")
    ] = None,
    tokens_per_s: Annotated[
        float | None, typer.Option(help="Tokens a second, usually; until it is measured.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the alias that is there, as a whole.")
    ] = False,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Define an alias of a model."""
    from router_core.cli.model import add as add_model

    prices = {"prompt": price_prompt, "completion": price_completion}
    fields = {
        "alias": alias,
        "id": model_id,
        "provider": provider,
        "context_length": context_length,
        "max_output_tokens": max_output_tokens,
        "max_concurrent": max_concurrent,
        "quality": quality,
        "ttft_ms": ttft_ms,
        "tokens_per_s": tokens_per_s,
        "pricing": prices if any(prices.values()) else None,
    }
    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    add_model(fields, sending, replace=replace)


@app.command()
def remove(
    alias: Alias,
    dry_run: DryRun = False,
    etag: Etag = "",
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Remove an alias that nothing uses."""
    from router_core.cli.model import remove as remove_model

    sending = Sending(core=core, dry_run=dry_run, etag=etag, as_json=as_json)
    remove_model(alias, sending)
