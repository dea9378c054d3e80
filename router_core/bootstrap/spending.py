"""Limits of spending, made of the settings and the config."""

from __future__ import annotations

from router_core.alerts.webhook import Webhook
from router_core.app.ports import Clock, ConfigSource, SpentSource
from router_core.app.spending import NoAlerts, Spending
from router_core.decide.spending import Books
from router_core.settings import Settings

__all__ = ["build_spending"]


def build_spending(
    settings: Settings, config: ConfigSource, clock: Clock, ledger: SpentSource
) -> Spending:
    """What holds spending within limits; it knows what the ledger does."""
    url = settings.alert_webhook
    spending = Spending(
        config=config,
        clock=clock,
        books=Books(clock.now(), knows_callers=bool(settings.api_keys)),
        alerts=NoAlerts() if url is None else Webhook(url.get_secret_value(), clock),
    )
    spending.open(ledger)
    return spending
