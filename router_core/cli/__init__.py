"""The ``llm-router`` command: one subcommand a file, imported when it is called."""

from router_core.cli.app import main

__all__ = ["main"]
