"""Whether traces are wanted, and where they go: OpenTelemetry's own environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["TraceSettings", "read_trace_settings"]

_SERVICE: Final = "llm-router"
_PROTOCOL: Final = "http/protobuf"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSettings:
    """Where spans go, and as whose.

    Attributes:
        endpoint: the URL that takes them.
        headers: to be sent along, as their variable has them; a key may be among them.
        service: the service's name; ``None``: it is in `OTEL_RESOURCE_ATTRIBUTES`.
        problem: what asks for more than there is, for a person; empty: nothing.
    """

    endpoint: str
    headers: str = ""
    service: str | None = _SERVICE
    problem: str = ""


def read_trace_settings(env: Mapping[str, str]) -> TraceSettings | None:
    """What an environment says of traces; ``None``: there are to be none."""
    own, common = _of(env, "TRACES_ENDPOINT"), _of(env, "ENDPOINT")
    if not (own or common) or _word(env, "OTEL_SDK_DISABLED") == "true":
        return None
    if _word(env, "OTEL_TRACES_EXPORTER") == "none":
        return None
    protocol = _of(env, "TRACES_PROTOCOL") or _of(env, "PROTOCOL") or _PROTOCOL
    named = "service.name=" in env.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return TraceSettings(
        endpoint=own or f"{common.rstrip('/')}/v1/traces",
        headers=_of(env, "TRACES_HEADERS") or _of(env, "HEADERS"),
        service=env.get("OTEL_SERVICE_NAME") or (None if named else _SERVICE),
        problem=""
        if protocol == _PROTOCOL
        else f"traces are sent as {_PROTOCOL}; OTEL_EXPORTER_OTLP_PROTOCOL asks for another way",
    )


def _of(env: Mapping[str, str], name: str) -> str:
    return env.get(f"OTEL_EXPORTER_OTLP_{name}", "").strip()


def _word(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip().lower()
