"""The subcommands and their options; each imports what it needs when it runs."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from router_core import __version__
from router_core.cli import category_app, config_app, model_app
from router_core.cli.options import AsJson, CoreAddress
from router_core.errors import ConfigError

app = typer.Typer(
    name="llm-router",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(category_app.app)
app.add_typer(model_app.app)
app.add_typer(config_app.app)

Host = Annotated[str, typer.Option("--host", help="Address of the REST shim.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the REST shim.")]
GrpcAddress = Annotated[str, typer.Option("--grpc-address", help="Address of the gRPC core.")]
ConfigPath = Annotated[
    Path | None,
    typer.Option("--config", help="The routing config; router_config.json in the home by default."),
]
Demo = Annotated[bool, typer.Option("--demo", help="Answer by the demo provider: no key needed.")]

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3456
DEFAULT_GRPC_ADDRESS = "127.0.0.1:50051"


def main() -> None:
    """Runs the command; what the user got wrong is one line, not a traceback."""
    # Importing makes a hundred thousand objects and no garbage; `serve` collects again
    # once it has started, and no other command lives long enough to need it.
    gc.disable()
    # gRPC's C core logs to stderr by itself; what matters of it comes as an exception.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        app()
    except ConfigError as error:
        sys.exit(f"llm-router: {error}")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"llm-router {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Chooses, for every request, the LLM that answers it best for the least money."""


@app.command()
def serve(
    demo: Demo = False,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    grpc_address: GrpcAddress = DEFAULT_GRPC_ADDRESS,
    config: ConfigPath = None,
) -> None:
    """Serve both halves in one process: REST for OpenAI clients, gRPC for the rest."""
    from router_core.cli.serve import run_both

    run_both(demo=demo, host=host, port=port, grpc_address=grpc_address, config=config)


@app.command()
def core(
    demo: Demo = False,
    grpc_address: GrpcAddress = DEFAULT_GRPC_ADDRESS,
    config: ConfigPath = None,
) -> None:
    """Serve the gRPC core alone."""
    from router_core.cli.serve import run_core

    run_core(demo=demo, grpc_address=grpc_address, config=config)


@app.command()
def shim(
    core: CoreAddress = None,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
) -> None:
    """Serve the REST shim alone, over a core elsewhere."""
    from router_core.cli.serve import run_shim

    run_shim(core=core, host=host, port=port)


@app.command()
def route(
    text: Annotated[str | None, typer.Argument(help="What a user would type.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A chat completion request in JSON; - is standard input."),
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", help="The caller's id of the conversation.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
    core: CoreAddress = None,
    config: ConfigPath = None,
) -> None:
    """Explain which model would answer TEXT, or the request in a FILE, and call none."""
    from router_core.cli.route import explain, read_request

    chat = read_request(text, file)
    explain(chat, session=session, as_json=as_json, core=core, config=config)


@app.command()
def classify(
    text: Annotated[str | None, typer.Argument(help="What a user would type.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help='Labelled texts, JSON Lines: {"text": ..., "category": ...}.'),
    ] = None,
    mode: Annotated[
        str | None, typer.Option("--mode", help="Classify this way, not as configured.")
    ] = None,
    merge: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="LABEL=CATEGORY", help="Count a label as a category."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    core: CoreAddress = None,
    config: ConfigPath = None,
) -> None:
    """Tell the category of TEXT, or how well a FILE of labelled texts is classified."""
    from router_core.cli.classify import classify_file, classify_text

    if (text is None) is (file is None):
        raise ConfigError("classify takes either TEXT or --file")
    if file is None:
        assert text is not None
        if merge:
            raise ConfigError("--as goes with --file")
        classify_text(text, mode=mode, as_json=as_json, core=core, config=config)
        return
    merges = dict(_pair(each) for each in merge or ())
    classify_file(file, mode=mode, merges=merges, as_json=as_json, core=core, config=config)


def _pair(written: str) -> tuple[str, str]:
    label, equals, category = written.partition("=")
    if not (label and equals and category):
        raise ConfigError(f"--as takes LABEL=CATEGORY, not {written!r}")
    return label, category


@app.command()
def stats(  # noqa: PLR0913  # typer makes an option of each parameter
    *,
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="From here on: 24h, 7d, 2026-11-01.")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Up to here.")] = "",
    by: Annotated[
        str,
        typer.Option("--by", help="Sort by category, model, provider, mode, caller or session."),
    ] = "",
    category: Annotated[
        str, typer.Option("--category", help="With --requests or --watch: only of this one.")
    ] = "",
    model: Annotated[
        str, typer.Option("--model", help="With --requests or --watch: only answered by it.")
    ] = "",
    status: Annotated[
        str, typer.Option("--status", help="With --requests: only ok, error or cancelled.")
    ] = "",
    requests: Annotated[
        bool, typer.Option("--requests", help="List the last 50 requests instead.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow requests as they end, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    core: CoreAddress = None,
) -> None:
    """Tell what was served, what it cost and what was saved."""
    from router_core.cli.stats import Asked, print_requests, print_stats

    asked = Asked(since=since, until=until, by=by, category=category, model=model, status=status)
    asked.check(requests=requests, watch=watch)
    if watch:
        from router_core.cli.stats_watch import watch as follow

        follow(asked, core=core, as_json=as_json)
    elif requests:
        print_requests(asked, core=core, as_json=as_json)
    else:
        print_stats(asked, core=core, as_json=as_json)


@app.command()
def simulate(  # noqa: PLR0913  # typer makes an option of each parameter
    trace: Annotated[
        Path | None,
        typer.Argument(help="Requests, JSON Lines, with what models made of each."),
    ] = None,
    *,
    config: Annotated[
        list[Path] | None,
        typer.Option("--config", help="A routing config to play; again for another."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", help="Replay a router.db instead, which is only read."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of all that is drawn.")] = 0,
    resamples: Annotated[
        int, typer.Option("--resamples", min=0, help="How many, for the intervals.")
    ] = 1000,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="Only so many requests; of a ledger the last."),
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="Play configs with a thrift at all of it, 0 to 10.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Draw cost against quality into an .svg or .png."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay a TRACE under several configs, and compare what each costs and is worth."""
    from router_core.cli.simulate import asked_for, replay

    asked = asked_for(
        trace=trace,
        ledger=ledger,
        configs=config or (),
        seed=seed,
        resamples=resamples,
        limit=limit,
        turns_dial=curve or plot is not None,
    )
    replay(asked, plot=plot, as_json_text=as_json)


@app.command()
def check(config: ConfigPath = None, core: CoreAddress = None) -> None:
    """Print the settings and the config in force, and what is wrong with them."""
    from router_core.cli.check import report

    report(config=config, core=core)
