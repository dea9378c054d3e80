"""A fake Ollama: a real HTTP server with the manners of version 0.33.

    async with FakeOllama(clock) as ollama:
        ollama.says = "B"
        ...                                   # a client that calls ollama.url
        assert ollama.loads_begun == 1

What matters here is done as the real one does it: a model is loaded when it is asked,
by the request that asks, and the load is given up when that requester leaves, so that
the next one begins anew; another ``num_ctx`` loads anew; an idle model leaves after its
``keep_alive`` (by the clock that is passed in); so many generations run at once, and
the others wait; the list of models in memory waits for a load under way.

Nothing sleeps: loads and generations take until the test opens their gate.
"""

from __future__ import annotations

from tests.fakes.ollama.answers import Fault
from tests.fakes.ollama.server import MODEL, QUEUE_FULL, Asked, FakeOllama

__all__ = ["MODEL", "QUEUE_FULL", "Asked", "FakeOllama", "Fault"]
