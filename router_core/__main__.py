"""``python -m router_core``: the same as the ``llm-router`` command."""

from router_core.cli import main

if __name__ == "__main__":
    main()
