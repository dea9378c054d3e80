"""Where Ollama listens: ``OLLAMA_HOST`` as Ollama itself reads it."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from router_core.errors import ConfigError

__all__ = ["ollama_url"]

_SETTING: Final = "OLLAMA_HOST"
_PORTS: Final = {"": "11434", "http": "80", "https": "443"}
"""The port where none is given, by the scheme that is."""
_LABEL: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_LIKE_IP: Final = re.compile(r"[0-9.]+")
"""What is made of digits and dots alone has to be an address."""
_PATH: Final = re.compile(r"[A-Za-z0-9._~/-]*")


def ollama_url(value: str) -> str:
    """The URL that ``/api/chat`` is appended to.

    Any part may be missing: ``host``, ``host:port``, ``:port``, with a scheme and a
    path or without, quoted or not. The address of a server that listens everywhere
    (``0.0.0.0``, ``::``) means this machine. A URL with a scheme and without a port
    has the scheme's own port, as everywhere.

    Raises:
        ConfigError: there is no such address.
    """
    bare = value.strip().strip("\"'").strip()
    scheme, mark, rest = bare.rpartition("://")
    scheme = scheme.lower()
    if mark and scheme not in ("http", "https"):
        raise ConfigError("the scheme is http or https", _SETTING)
    address, _, path = rest.partition("/")
    if "@" in address:
        raise ConfigError("a user and a password have no place in it", _SETTING)
    if not _PATH.fullmatch(path):
        raise ConfigError("the path has letters, digits and ._~/- alone", _SETTING)
    host, port = _split(address)
    url = f"{scheme or 'http'}://{_reachable(host)}:{_port(port or _PORTS[scheme])}"
    return f"{url}/{path}".rstrip("/")


def _split(address: str) -> tuple[str, str]:
    """The host and the port of an address; ``""``: it has none."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ConfigError("a '[' wants an IPv6 address and a ']'", _SETTING)
        return host, rest[1:]
    if address.count(":") > 1:  # an IPv6 address without its brackets
        return address, ""
    host, _, port = address.partition(":")
    return host, port


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise ConfigError("the port is a number from 1 to 65535", _SETTING)
    return int(text)


def _reachable(host: str) -> str:
    """The host as a URL names it."""
    if not host:
        return "127.0.0.1"
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        if not _NAME.fullmatch(host) or _LIKE_IP.fullmatch(host):
            raise ConfigError("that is no host name and no address", _SETTING) from None
        return host
    if ip.version == 4:
        return "127.0.0.1" if ip.is_unspecified else str(ip)
    if "%" in host:
        raise ConfigError("an IPv6 address with a zone cannot be used", _SETTING)
    return "[::1]" if ip.is_unspecified else f"[{ip}]"
