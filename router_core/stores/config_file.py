"""`router_config.json` on disk: read at the start, created with the defaults when missing."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from router_core.decide.config import RoutingConfig
from router_core.decide.defaults import default_config
from router_core.errors import ConfigError
from router_core.stores.config_document import (
    category_etag,
    config_etag,
    parse_document,
    render,
)
from router_core.stores.config_names import check_base_url, check_mode, resolve

__all__ = ["ConfigFile", "parse", "write_atomically"]


class ConfigFile:
    """The `ConfigSource` port over a file, with what the environment overrides on top.

    Attributes:
        path: where the file is.
    """

    def __init__(
        self,
        path: Path,
        *,
        mode: str | None = None,
        base_url: str | None = None,
        create: bool = True,
    ) -> None:
        """Reads nothing yet; `load` does.

        Args:
            path: the file; its folder is made when it is missing.
            mode: ``LLM_ROUTER_MODE``; ``None`` or empty: not set.
            base_url: ``OPENROUTER_BASE_URL``, for the default provider; ``None`` or
                empty: not set.
            create: whether a missing file is written; else the defaults are in force.
        """
        self.path = path
        self._may_create = create
        self._mode = mode
        self._base_url = base_url
        self._config: RoutingConfig | None = None
        self._etag = ""
        self._overrides: tuple[str, ...] = ()
        self._warnings: tuple[str, ...] = ()
        self._notes: tuple[str, ...] = ()

    def load(self) -> RoutingConfig:
        """Reads the file, or creates it with the defaults; returns what is in force.

        A file that cannot be created is a warning: the defaults serve without it.

        Raises:
            ConfigError: the file or an override is wrong. What was in force stays.
        """
        config, warnings = self._read_or_create()
        effective, overrides = self._override(config)
        self._config, self._etag = effective, config_etag(config)
        self._overrides, self._warnings = overrides, warnings
        return effective

    def current(self) -> RoutingConfig:
        """The config in force.

        Raises:
            RuntimeError: nothing was loaded yet.
        """
        if self._config is None:
            raise RuntimeError("ConfigFile.load() comes before current()")
        return self._config

    @property
    def etag(self) -> str:
        """The etag of the file's own content, overrides aside."""
        return self._etag

    def category_etag(self, name: str) -> str:
        """Changes with every change of the category.

        Raises:
            KeyError: there is no such category.
        """
        return category_etag(self.current().categories[name])

    @property
    def overrides(self) -> tuple[str, ...]:
        """Which values come from elsewhere than the file, a line each, for a person."""
        return self._overrides

    @property
    def notes(self) -> tuple[str, ...]:
        """What loading did that nobody may have expected, a line each, for a person."""
        return self._notes

    @property
    def warnings(self) -> tuple[str, ...]:
        """What does not work as configured, a line each, for a person."""
        return self._warnings

    def _read_or_create(self) -> tuple[RoutingConfig, tuple[str, ...]]:
        try:
            text = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return self._create()
        except OSError as error:
            raise ConfigError(f"cannot read {self.path}: {error.strerror}") from error
        try:
            return parse(text), ()
        except ConfigError as error:
            raise self._located(error) from None

    def _create(self) -> tuple[RoutingConfig, tuple[str, ...]]:
        config = default_config()
        if not self._may_create:
            return config, ()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, render(config))
        except OSError as error:
            warning = f"cannot create {self.path} ({error.strerror}): the defaults are in force"
            return config, (warning,)
        self._notes = (f"{self.path} was not there: it is written, with the defaults",)
        return config, ()

    def _located(self, error: ConfigError) -> ConfigError:
        """The same error with the file's path in its message; ``path`` is still the key's."""
        located = ConfigError(f"{self.path}: {error.message}")
        located.path = error.path
        return located

    def _override(self, config: RoutingConfig) -> tuple[RoutingConfig, tuple[str, ...]]:
        lines: list[str] = []
        if self._mode:
            mode = check_mode(self._mode, "LLM_ROUTER_MODE")
            lines.append(f"mode is {mode} by LLM_ROUTER_MODE (the file says {config.mode})")
            config = replace(config, mode=mode)
        if self._base_url:
            url = check_base_url(self._base_url, "OPENROUTER_BASE_URL")
            provider = config.providers[config.default_provider]
            lines.append(
                f"providers.{provider.name}.base_url is {url} by OPENROUTER_BASE_URL"
                f" (the file says {provider.base_url})"
            )
            providers = {**config.providers, provider.name: replace(provider, base_url=url)}
            config = replace(config, providers=providers)
        return config, tuple(lines)


def parse(text: bytes) -> RoutingConfig:
    """The config that the text of a file stands for.

    Raises:
        ConfigError: the text is wrong; ``path`` is the key at fault.
    """
    return resolve(parse_document(text))


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces a file, whole or not at all, readable by its owner alone (mode 0600).

    When it returns, the new content survives a power cut.

    Raises:
        OSError: it could not be written; the old file stands.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes a rename in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
