"""Keeps browsers of strangers and oversized bodies away from a local service.

A page from anywhere may make a visitor's browser call 127.0.0.1. Three checks
stop it: the Host header must be one of our names (DNS rebinding), the Origin must
not be foreign, and bodies must be ``application/json``, which a foreign page
cannot send without asking first. No CORS headers are ever sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rest_shim.counting import note_refusal
from rest_shim.errors import ErrorAnswer, RequestRefused

__all__ = ["RequestSafety", "hostname"]

_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_AUTHORITY: Final = re.compile(r"(\[[^\[\]]+\]|[^\[\]:@/]+)(?::[0-9]*)?")
_IPV6_LOOPBACK: Final = IPv6Address("::1")


class RequestSafety:
    """ASGI middleware: refuses foreign hosts and origins, other content types, big bodies.

    And whoever comes in by another address than a loopback one without a key: a core
    on this machine takes the shim's word for it that its callers are local.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        allowed_hosts: Iterable[str] = (),
        api_keys: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._keys = tuple(map(_digest, api_keys))
        self._max_body_bytes = max_body_bytes
        names = (hostname(name.lower()) or name.lower() for name in allowed_hosts)
        self._names = _LOOPBACK_NAMES | frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            note_refusal(scope, refusal.code)
            await refusal.response()(scope, receive, send)
            return
        await self._app(scope, self._bounded(receive), send)

    def _refusal(self, scope: Scope) -> ErrorAnswer | None:
        server = scope.get("server")
        if server is not None and not _is_local(server[0]) and not self._has_key(scope):
            return _NO_KEY
        has_host = False
        content_type: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"host":
                has_host = True
                if not self._is_ours(value):
                    return _forbidden(
                        "this Host is not served here; LLM_ROUTER_ALLOWED_HOSTS adds names",
                        "foreign_host",
                    )
            elif name == b"origin":
                if not self._is_ours(value.partition(b"://")[2]):
                    return _forbidden("this Origin may not call the router", "foreign_origin")
            elif name == b"sec-fetch-site":
                if value == b"cross-site":
                    return _forbidden("pages of other sites may not call the router", "cross_site")
            elif name == b"content-type":
                content_type = value
            elif name == b"content-length" and int(value) > self._max_body_bytes:
                return self._too_large()
        if not has_host:
            return _forbidden("the Host header is missing", "foreign_host")
        if _may_have_body(scope, content_type) and not _is_json(content_type):
            return ErrorAnswer(
                status=415,
                type="invalid_request_error",
                code="unsupported_media_type",
                message="the body must be sent as Content-Type: application/json",
            )
        return None

    def _has_key(self, scope: Scope) -> bool:
        sent = next((v for k, v in scope["headers"] if k == b"authorization"), b"")
        scheme, _, key = sent.partition(b" ")
        digest = _digest(key.strip().decode("latin-1")) if scheme.lower() == b"bearer" else b""
        # All of them, so that the time taken tells nothing of any.
        matches = [hmac.compare_digest(digest, known) for known in self._keys]
        return any(matches)

    def _is_ours(self, authority: bytes) -> bool:
        host = hostname(authority.decode("latin-1").lower())
        return host is not None and (host in self._names or _is_loopback(host))

    def _bounded(self, receive: Receive) -> Receive:
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise RequestRefused(self._too_large())
            return message

        return bounded

    def _too_large(self) -> ErrorAnswer:
        return ErrorAnswer(
            status=413,
            type="invalid_request_error",
            code="request_too_large",
            message=f"the body is larger than {self._max_body_bytes} bytes",
        )


def hostname(authority: str) -> str | None:
    """The host of ``host[:port]``, IPv6 addresses in brackets; None: malformed."""
    match = _AUTHORITY.fullmatch(authority)
    return None if match is None else match[1]


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


@lru_cache(maxsize=64)
def _is_local(address: str) -> bool:
    """Whether a listening address is a loopback one, or none of a network at all."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


_NO_KEY: Final = ErrorAnswer(
    status=401,
    type="invalid_request_error",
    code="invalid_api_key",
    message="from other machines the router takes one of the keys in LLM_ROUTER_API_KEYS",
)


def _is_loopback(host: str) -> bool:
    try:
        if host.startswith("["):
            return IPv6Address(host.strip("[]")) == _IPV6_LOOPBACK
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return False


def _may_have_body(scope: Scope, content_type: bytes | None) -> bool:
    if scope["method"] not in _BODY_METHODS:
        return False
    return content_type is not None or any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _is_json(content_type: bytes | None) -> bool:
    if content_type is None:
        return False
    return content_type.partition(b";")[0].strip().lower() == b"application/json"


def _forbidden(message: str, code: str) -> ErrorAnswer:
    return ErrorAnswer(status=403, type="permission_error", code=code, message=message)
