"""Process settings: the environment and ``.env``, read once, then frozen.

Everything that decisions rest on is in ``router_config.json`` instead; here is
what belongs to the machine: keys, addresses, folders.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from router_core.decide.config import Mode
from router_core.errors import ConfigError

_PREFIX = "LLM_ROUTER_"
_USERINFO = re.compile(r"//[^/@]*@")
"""A user and a password in a URL."""


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _sendable(key: SecretStr) -> SecretStr:
    """A key that a header can carry."""
    if not re.fullmatch(r"[\x21-\x7e]+", key.get_secret_value()):
        raise ValueError("a key must be printable ASCII without spaces")
    return key


Key = Annotated[SecretStr, AfterValidator(_sendable)]


def _postable(url: SecretStr) -> SecretStr:
    """An http or https URL; the message does not repeat it."""
    if not re.fullmatch(r"https?://[^\s/?#][^\s]*", url.get_secret_value()):
        raise ValueError("must be an http:// or https:// URL")
    return url


WebhookUrl = Annotated[SecretStr, AfterValidator(_postable)]
"""Secret: whoever knows it may post there."""


class Settings(BaseModel):
    """Every setting, under the name of its environment variable.

    A variable that is set to nothing counts as not set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        Path(),
        alias="LLM_ROUTER_HOME",
        description="folder of router_config.json, catalogue.json and router.db",
    )
    core_address: str = Field(
        "127.0.0.1:50051",
        alias="LLM_ROUTER_CORE_ADDRESS",
        description="where the shim and the commands find the core",
    )
    api_keys: Annotated[tuple[Key, ...], BeforeValidator(_split)] = Field(
        (),
        alias="LLM_ROUTER_API_KEYS",
        description="keys that clients must show, comma separated; none: anyone on this machine",
    )
    admin_key: Key | None = Field(
        None,
        alias="LLM_ROUTER_ADMIN_KEY",
        description="key that changes of the config need; none: anyone on this machine",
    )
    mode: Mode | None = Field(
        None,
        alias="LLM_ROUTER_MODE",
        description="how requests are classified; wins over the config's mode",
    )
    keep_texts: bool = Field(
        False,
        alias="LLM_ROUTER_KEEP_TEXTS",
        description="whether a dry run may show the beginnings of recent requests; in memory alone",
    )
    alert_webhook: WebhookUrl | None = Field(
        None,
        alias="LLM_ROUTER_ALERT_WEBHOOK",
        description="URL that is told when a spending limit comes near and when it is reached",
    )
    log_level: str = Field(
        "INFO",
        alias="LLM_ROUTER_LOG_LEVEL",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="DEBUG, INFO, WARNING or ERROR",
    )
    log_format: str = Field(
        "auto",
        alias="LLM_ROUTER_LOG_FORMAT",
        pattern="^(auto|json|text)$",
        description="auto, json or text; auto: text on a terminal, else JSON lines",
    )
    max_body_mb: int = Field(
        32,
        alias="LLM_ROUTER_MAX_BODY_MB",
        ge=1,
        le=1024,
        description="largest body that the REST shim takes, in MiB",
    )
    grace_s: int = Field(
        30,
        alias="LLM_ROUTER_GRACE_S",
        ge=0,
        le=3600,
        description="how long running requests may go on once it is told to stop, in seconds",
    )
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(
        (),
        alias="LLM_ROUTER_ALLOWED_HOSTS",
        description="host names beside the loopback ones that the REST shim answers to",
    )
    openrouter_api_key: Key | None = Field(
        None,
        alias="OPENROUTER_API_KEY",
        description="key of OpenRouter; serve needs it, serve --demo does not",
    )
    openrouter_base_url: str | None = Field(
        None,
        alias="OPENROUTER_BASE_URL",
        description="another OpenAI-compatible API in OpenRouter's place",
    )
    ollama_host: str = Field(
        "http://127.0.0.1:11434",
        alias="OLLAMA_HOST",
        description="where Ollama listens, for the modes that ask it",
    )

    @property
    def config_path(self) -> Path:
        """Where the routing config is."""
        return self.home / "router_config.json"

    @property
    def database_path(self) -> Path:
        """Where what is remembered of conversations is kept."""
        return self.home / "router.db"

    @property
    def catalogue_path(self) -> Path:
        """Where what the providers list of their models is kept."""
        return self.home / "catalogue.json"

    def in_force(self) -> dict[str, str]:
        """Every variable with its value, secrets masked."""
        return {
            field.alias or name: _shown(getattr(self, name))
            for name, field in type(self).model_fields.items()
        }


def environment(dotenv: Path = Path(".env")) -> dict[str, str]:
    """The process environment over the values of a ``.env`` file."""
    from_file = {key: value for key, value in dotenv_values(dotenv).items() if value is not None}
    return {**from_file, **os.environ}


def read_settings(env: Mapping[str, str]) -> Settings:
    """Reads the settings from an environment.

    Raises:
        ConfigError: a value is wrong; the path is the variable's name.
    """
    aliases = {field.alias for field in Settings.model_fields.values()}
    try:
        return Settings.model_validate({k: v for k, v in env.items() if k in aliases and v})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ConfigError(first["msg"], str(first["loc"][0])) from None


def misspelt_settings(env: Mapping[str, str]) -> tuple[str, ...]:
    """What looks like a setting and is none, a line each, for a person."""
    known = [field.alias or name for name, field in Settings.model_fields.items()]
    unknown = [name for name in env if name.startswith(_PREFIX) and name not in known]
    return tuple(
        f"there is no setting {name}; the nearest is {_nearest(name, known)}" for name in unknown
    )


def _nearest(name: str, known: Sequence[str]) -> str:
    return difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]


def _shown(value: Any) -> str:
    match value:
        case None | () | "":
            return ""
        case bool():
            return str(value).lower()
        case SecretStr():
            return "****"
        case tuple():
            return ", ".join(_shown(item) for item in value)
        case _:
            return _USERINFO.sub("//****@", str(value))
