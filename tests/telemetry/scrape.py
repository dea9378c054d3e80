"""What Prometheus would read."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def series_of(text: str) -> Series:
    """Every sample of a scrape by its name and labels; one that comes twice is refused."""
    found: Series = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def value(series: Series, name: str, **labels: str) -> float | None:
    """One sample's value; ``None``: there is none."""
    return series.get((name, frozenset(labels.items())))


def ours(series: Series) -> Series:
    """Without those of the process."""
    return {key: value for key, value in series.items() if not key[0].startswith("process_")}
