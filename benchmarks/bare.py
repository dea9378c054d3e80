"""The yardstick: the least a FastAPI gateway can do, and nothing that the router does.

Reads the request's bytes, posts them with aiohttp, hands the answer's bytes back;
streams as they come. No JSON, no protobuf, no decision, no accounts.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse


def create_app(upstream: str) -> FastAPI:
    """The pass-through to ``upstream``, the base URL of an OpenAI-compatible API."""
    url = f"{upstream}/chat/completions"
    headers = {"content-type": "application/json", "authorization": "Bearer bench"}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            app.state.session = session
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/chat/completions")
    async def pass_on(request: Request) -> Response:
        session: aiohttp.ClientSession = request.app.state.session
        answer = await session.post(url, data=await request.body(), headers=headers)
        kind = answer.content_type
        if kind == "text/event-stream":
            return StreamingResponse(_bytes_of(answer), answer.status, media_type=kind)
        async with answer:
            body = await answer.read()
        return Response(body, answer.status, media_type=kind)

    return app


async def _bytes_of(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with answer:
        async for data in answer.content.iter_any():
            yield data


def main() -> None:
    """``python -m benchmarks.bare --port N --upstream URL``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    options = parser.parse_args()
    uvicorn.run(
        create_app(options.upstream),
        host="127.0.0.1",
        port=options.port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
