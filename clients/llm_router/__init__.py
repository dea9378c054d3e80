"""Typed clients for LLM Router.

`RouterClient` and `AsyncRouterClient` have a method for every RPC, deadlines, and
typed errors; ``llm_router.v1`` has the generated messages and stubs.
"""

from llm_router.aio import AsyncRouterClient
from llm_router.client import RouterClient
from llm_router.errors import RouterClientError, error_from

__all__ = ["AsyncRouterClient", "RouterClient", "RouterClientError", "error_from"]
