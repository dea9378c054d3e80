"""The providers that configs mean, made when they are first called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from router_core.app.ports import Clock, Provider
from router_core.decide.config import Provider as ProviderConfig

__all__ = ["ProviderPool"]

_Key = tuple[str, str, str | None]


class ProviderPool:
    """The `Providers` port: one provider for each name, address and key.

    A request under way may still call what the config that it began with means, so what
    is not configured any more is closed only when such requests are over.
    """

    def __init__(self, make: Callable[[ProviderConfig], Provider], clock: Clock) -> None:
        """Makes none yet.

        Args:
            make: makes the provider of a config.
            clock: the time.
        """
        self._make = make
        self._clock = clock
        self._made: dict[_Key, Provider] = {}
        self._closing: dict[asyncio.Task[None], Provider] = {}
        self._over_at = clock.monotonic()

    def __call__(self, config: ProviderConfig) -> Provider:
        """The provider that ``config`` means."""
        key = _key(config)
        if key not in self._made:
            self._made[key] = self._make(config)
        return self._made[key]

    def retire_others(self, wanted: Iterable[ProviderConfig], after_s: float) -> None:
        """Closes those that are not among ``wanted``, once nobody can call them; wants a loop.

        Args:
            wanted: what the config now in force has; called at each change of it.
            after_s: how long a request may take that began with the one before. One that
                began with an earlier one may take longer, and is waited for too.
        """
        now = self._clock.monotonic()
        self._over_at = max(self._over_at, now + after_s)
        keys = {_key(config) for config in wanted}
        for key in self._made.keys() - keys:
            provider = self._made.pop(key)
            task = asyncio.create_task(self._close(provider, self._over_at - now))
            self._closing[task] = provider
            task.add_done_callback(self._closing.pop)

    async def close(self) -> None:
        """Closes all, at once."""
        closing = dict(self._closing)
        for task in closing:
            task.cancel()
        await asyncio.gather(*closing, return_exceptions=True)
        made, self._made = self._made, {}
        await asyncio.gather(*(each.close() for each in (*closing.values(), *made.values())))

    async def _close(self, provider: Provider, after_s: float) -> None:
        await self._clock.sleep(after_s)
        await provider.close()


def _key(config: ProviderConfig) -> _Key:
    return config.name, config.base_url, config.api_key_env
