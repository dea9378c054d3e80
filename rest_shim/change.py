"""What a request that changes the config brings along, whatever it changes.

``If-Match`` is the etag that the change builds on, ``?dry_run=true`` asks what it
would do. The body says what is new, in the vocabulary in which GET shows it; what GET
showed, sent back whole, has its etag in it, which counts like the header.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypedDict

from fastapi import Request, Response
from google.protobuf.message import Message

from llm_router.projection import JsonObject, project
from llm_router.unprojection import ProjectionError, unproject
from llm_router.v1.config_categories_pb2 import ConfigChange
from rest_shim.call import CallContext, Metadata, printable, read_json_object
from rest_shim.core import OPERATOR_TIMEOUT_S
from rest_shim.errors import ErrorAnswer, RequestRefused
from rest_shim.json_answer import json_answer

__all__ = ["Change", "etag_header"]

_DRY_RUN: Final = {"true": True, "1": True, "false": False, "0": False}

# RFC 9110, 8.8.3 and 13.1.1; of several tags the core could compare one alone.
_ENTITY_TAG: Final = re.compile(r'(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e\x80-\xff]*)"')


class CallOptions(TypedDict):
    """How the core is called."""

    timeout: float
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change as it was asked for.

    Attributes:
        body: what is new; empty where the request has no body.
        validate_only: whether it is only tried.
        etag: what it builds on; empty: anything.
        context: what goes to the core besides.
    """

    body: JsonObject
    validate_only: bool
    etag: str
    context: CallContext

    @classmethod
    async def read(
        cls, request: Request, *, has_body: bool = True, shows_etag: bool = False
    ) -> Change:
        """Reads ``request``.

        Args:
            has_body: whether the change needs a body; otherwise one may say nothing.
            shows_etag: whether the body may be what GET showed, whose etag counts where
                there is no ``If-Match``.

        Raises:
            RequestRefused: the query, a header or the body is malformed.
        """
        validate_only, etag = _dry_run(request), _etag(request)
        body, waited_s = await read_json_object(request, optional=not has_body)
        if etag is None:
            etag = _shown_etag(body) if shows_etag else ""
        context = CallContext.of(request, waited_s=waited_s)
        change = cls(body=body, validate_only=validate_only, etag=etag, context=context)
        if not has_body:
            # So that nobody who hides a dry run in there is taken at more than his word.
            change.fill(ConfigChange(), only=(), ignored=())
        return change

    def fill(
        self,
        message: Message,
        *,
        only: Collection[str] | None = None,
        ignored: Collection[str] = ("change",),
    ) -> tuple[str, ...]:
        """Fills ``message`` from the body; arguments and answer as of `unproject`.

        Raises:
            RequestRefused: the body shows no such message.
        """
        try:
            return unproject(self.body, message, only=only, ignored=ignored)
        except ProjectionError as error:
            raise _refused(str(error), error.path) from None

    def check_name(self, key: str, name: str) -> None:
        """Raises `RequestRefused` where the body's ``key`` is not the path's ``name``."""
        if self.body.get(key, name) != name:
            raise _refused(f"{key}: the path says {name!r:.80}; nothing is renamed", key)

    def call(self) -> CallOptions:
        """How the core is called; to be read just before the call."""
        return CallOptions(timeout=OPERATOR_TIMEOUT_S, metadata=self.context.metadata())

    def answer(
        self, shown: JsonObject, change: ConfigChange, *, etag: str = "", status: int = 200
    ) -> Response:
        """What is in force after the change, or would be.

        Args:
            shown: what was changed; empty: it is gone.
            etag: its own; empty: it has none.
            status: where the change was made; a dry run is always 200.
        """
        if self.validate_only:
            # Nothing has this etag yet, so it is in the body alone.
            return json_answer(shown | {"change": project(change)})
        if not shown:
            return Response(status_code=204)
        return json_answer(
            shown | {"change": project(change)}, status=status, headers=etag_header(etag)
        )


def etag_header(etag: str) -> dict[str, str]:
    """The headers that tell ``etag``; none where it is empty."""
    # An entity tag stands in quotes (RFC 9110, 8.8.3).
    return {"etag": f'"{printable(etag)}"'} if etag else {}


def _dry_run(request: Request) -> bool:
    if unknown := next((key for key in request.query_params if key != "dry_run"), None):
        # Who misspells it would be taken at more than his word.
        raise _refused(f"unknown parameter {unknown!r:.80}; there is dry_run", "dry_run")
    asked = {_DRY_RUN.get(value.lower()) for value in request.query_params.getlist("dry_run")}
    if not asked:
        return False
    wanted = asked.pop()
    if wanted is None or asked:
        raise _refused("dry_run must be true, false, 1 or 0", "dry_run")
    return wanted


def _etag(request: Request) -> str | None:
    """The etag that ``If-Match`` names, as the core compares it; ``None``: it is not there."""
    headers = request.headers.getlist("if-match")
    if not headers:
        return None
    if headers == ["*"]:
        return ""
    match = _ENTITY_TAG.fullmatch(", ".join(headers).strip())
    if match is None:
        raise _refused('If-Match must be * or one etag in quotes, such as "0123abcd"', "If-Match")
    if match["weak"] or not match["tag"]:
        return match[0]  # as it stands, which no etag of the core is equal to
    return match["tag"]


def _shown_etag(body: JsonObject) -> str:
    """The etag in the body, as the core compares it; empty: there is none."""
    shown = body.get("etag")
    if shown is None:
        return ""
    if not isinstance(shown, str):
        raise _refused("etag: must be a string", "etag")
    return shown.encode(errors="replace").decode()  # it may hold half a surrogate pair


def _refused(message: str, param: str) -> RequestRefused:
    answer = ErrorAnswer(
        status=400,
        type="invalid_request_error",
        code="invalid_request",
        message=message,
        param=param or None,
    )
    return RequestRefused(answer)
