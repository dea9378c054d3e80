"""What the upstream answers unscripted, in the manners of a dialect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.upstream.completions import (
    CREATED,
    GENERATION_ID,
    Dialect,
    completion,
    completion_stream,
)
from tests.fakes.upstream.errors import error, openai_error
from tests.fakes.upstream.protocol import Recorded
from tests.fakes.upstream.replies import Reply, json_reply


class Unscripted:
    """The API without a script.

    Args:
        dialect: whose manners the answers have.
        api_key: the only key it takes; ``None``: it does not look.
        models: ids of the models that ``GET /models`` tells.
    """

    def __init__(self, dialect: Dialect, api_key: str | None, models: Sequence[str]) -> None:
        self._dialect = dialect
        self._api_key = api_key
        self._models = models

    def answer(self, request: Recorded, path: str) -> Reply:
        """The answer to a request for ``path``, below the base path."""
        key = request.headers.get("authorization", "")
        if self._api_key is not None and key != f"Bearer {self._api_key}":
            return self._error(401, "No auth credentials found", "invalid_api_key")
        answers: dict[tuple[str, str], Callable[[Recorded], Reply]] = {
            ("POST", "/chat/completions"): self._complete,
            ("GET", "/models"): self._list_models,
            ("GET", "/key"): self._key,
            ("GET", "/generation"): self._generation,
        }
        if answer := answers.get((request.method, path)):
            return answer(request)
        for model in self._models:
            if request.method == "GET" and path in (f"/models/{model}", f"/model/{model}"):
                told = self._model(model)
                return json_reply({"data": told} if path.startswith("/model/") else told)
        return self._error(404, "Not found", "not_found")

    def _complete(self, request: Recorded) -> Reply:
        body = request.json
        if not isinstance(body, dict) or not body.get("messages"):
            return self._error(400, "Input required: specify messages", "invalid_request")
        words = f"Hello from {request.model}.".split(" ")
        model = request.model or ""
        if not body.get("stream"):
            return completion(" ".join(words), model=model, dialect=self._dialect)
        openrouter = self._dialect is Dialect.OPENROUTER
        return completion_stream(
            [words[0], *(f" {word}" for word in words[1:])],
            model=model,
            dialect=self._dialect,
            include_usage=openrouter
            or bool((body.get("stream_options") or {}).get("include_usage")),
        )

    def _list_models(self, request: Recorded) -> Reply:
        models = [self._model(model) for model in self._models]
        if self._dialect is Dialect.OPENAI:
            return json_reply({"object": "list", "data": models})
        query = parse_qs(urlsplit(request.target).query)
        offset = int(query.get("offset", ["0"])[0])
        limit = int(query.get("limit", ["500"])[0])
        page = models[offset : offset + limit]
        more = f"?offset={offset + limit}" if offset + limit < len(models) else None
        return json_reply({"data": page, "total_count": len(models), "links": {"next": more}})

    def _model(self, model: str) -> dict[str, Any]:
        if self._dialect is Dialect.OPENAI:
            return {"id": model, "object": "model", "created": CREATED, "owned_by": "fake"}
        text = {"modality": "text->text", "input_modalities": ["text"]}
        return {
            "id": model,
            "canonical_slug": model,
            "name": model,
            "created": CREATED,
            "description": "",
            "context_length": 128_000,
            "architecture": {**text, "output_modalities": ["text"], "tokenizer": "Other"},
            "pricing": {"prompt": "0.000001", "completion": "0.0000032", "request": "0"},
            "top_provider": {"context_length": 128_000, "max_completion_tokens": 32_000},
            "per_request_limits": None,
            "supported_parameters": ["tools", "tool_choice", "response_format", "max_tokens"],
            "expiration_date": None,
        }

    def _key(self, _request: Recorded) -> Reply:
        free = {"limit": None, "limit_remaining": None, "limit_reset": None}
        return json_reply({"data": {"label": "fake", **free, "usage": 0, "usage_daily": 0}})

    def _generation(self, request: Recorded) -> Reply:
        wanted = parse_qs(urlsplit(request.target).query).get("id", [""])[0]
        if wanted != GENERATION_ID[self._dialect]:
            return self._error(404, "Generation not found", "not_found")
        told = {"id": wanted, "total_cost": 0.000014, "provider_name": "Fake", "cancelled": False}
        return json_reply({"data": {**told, "tokens_prompt": 12, "tokens_completion": 3}})

    def _error(self, status: int, message: str, word: str) -> Reply:
        if self._dialect is Dialect.OPENAI:
            return openai_error(status, message, code=word)
        return error(status, message)
