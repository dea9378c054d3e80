"""What the environment says instead of `router_config.json`. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

from router_core.decide.config import RoutingConfig
from router_core.stores.config_names import check_base_url, check_mode

__all__ = ["Overrides"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What wins over the file.

    Attributes:
        mode: ``LLM_ROUTER_MODE``; ``None`` or empty: not set.
        base_url: ``OPENROUTER_BASE_URL``, for the default provider; ``None`` or empty:
            not set.
    """

    mode: str | None = None
    base_url: str | None = None

    def over(self, config: RoutingConfig) -> tuple[RoutingConfig, tuple[str, ...]]:
        """The config that is in force, and what is not the file's in it, for a person.

        Raises:
            ConfigError: a variable is wrong; the path is its name.
        """
        lines: list[str] = []
        if self.mode:
            mode = check_mode(self.mode, "LLM_ROUTER_MODE")
            lines.append(f"mode is {mode} by LLM_ROUTER_MODE (the file says {config.mode})")
            config = replace(config, mode=mode)
        if self.base_url:
            url = check_base_url(self.base_url, "OPENROUTER_BASE_URL")
            provider = config.providers[config.default_provider]
            lines.append(
                f"providers.{provider.name}.base_url is {url} by OPENROUTER_BASE_URL"
                f" (the file says {provider.base_url})"
            )
            providers = {**config.providers, provider.name: replace(provider, base_url=url)}
            config = replace(config, providers=providers)
        return config, tuple(lines)
