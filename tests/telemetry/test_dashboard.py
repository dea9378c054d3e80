"""The Grafana dashboard: it can be imported, and asks for nothing that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest

from router_core.telemetry.metrics import Metrics
from router_core.telemetry.states import ModelStanding, Spent, States
from tests.app.rig import FixedConfig, config
from tests.telemetry.records import eventful, request
from tests.telemetry.scrape import series_of

PATH = Path(__file__).parents[2] / "docs" / "grafana" / "llm-router.json"
BOARD: dict[str, Any] = json.loads(PATH.read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
VARIABLES = {each["name"]: each for each in BOARD["templating"]["list"]}
OF_THE_SCRAPE = {"instance", "job"}
"""Labels that Prometheus itself adds."""
QUERIES = [
    (f"{panel['title']} {target['refId']}", target["expr"], target["legendFormat"])
    for panel in PANELS
    for target in panel["targets"]
]


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of each series that there is after some requests, by its name."""
    states = States(
        version="1",
        models=lambda: (ModelStanding("one", "openrouter", "open"),),
        spending=lambda: (Spent("day", Decimal(1), Decimal(2)),),
    )
    metrics = Metrics(FixedConfig(config()), states)
    for record in (request(), eventful(), request(status="error", error_class="timeout")):
        metrics.record(record)
    found: dict[str, set[str]] = {}
    for name, values in series_of(metrics.text()):
        found.setdefault(name, set()).update(label for label, _ in values)
    return found


def parsed(query: str) -> promql.Expr:
    """The query, with values for Grafana's variables."""
    for name, value in {"$__rate_interval": "5m", "$instance": "x", "$category": "x"}.items():
        query = query.replace(name, value)
    return promql.parse(query)


def within(expression: Any) -> Iterator[Any]:
    """An expression and all in it."""
    yield expression
    for name in ("lhs", "rhs", "expr", "vector_selector"):
        if (inner := getattr(expression, name, None)) is not None:
            yield from within(inner)
    for each in getattr(expression, "args", ()):
        yield from within(each)


def test_it_has_what_an_import_needs() -> None:
    assert BOARD["id"] is None
    assert re.fullmatch(r"[a-z0-9-]{1,40}", BOARD["uid"])
    assert BOARD["schemaVersion"] >= 39
    assert {"title", "tags", "time", "timezone", "refresh", "version", "annotations"} <= set(BOARD)
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in PANELS:
        assert panel["targets"], panel["title"]
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))


def test_panels_do_not_overlap() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_what_the_page_on_monitoring_names_is_there(labels: dict[str, set[str]]) -> None:
    page = PATH.parents[1].joinpath("monitoring.md").read_text()
    named = {name for name in re.findall(r"`(llm_router_\w+)`", page) if "_http_" not in name}
    assert len(named) > 4
    assert named <= set(labels)


def test_the_operator_chooses_the_data_source() -> None:
    assert VARIABLES["datasource"]["type"] == "datasource"
    asked = [*PANELS, *(target for panel in PANELS for target in panel["targets"])]
    asked += [each for each in VARIABLES.values() if each["type"] == "query"]
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert [each["datasource"] for each in asked] == [chosen] * len(asked)


def test_every_variable_in_a_query_is_there() -> None:
    used = {name for _, query, _ in QUERIES for name in re.findall(r"\$(\w+)", query)}
    assert used - {"__rate_interval", "1"} <= set(VARIABLES)


@pytest.mark.parametrize(("name", "query", "legend"), QUERIES, ids=[name for name, *_ in QUERIES])
def test_a_query_asks_for_series_and_labels_that_are_there(
    name: str, query: str, legend: str, labels: dict[str, set[str]]
) -> None:
    every = list(within(parsed(query)))
    selectors = [each for each in every if isinstance(each, promql.VectorSelector)]
    assert selectors
    of_all: set[str] = set(OF_THE_SCRAPE)
    for each in selectors:
        assert each.name in labels, each.name
        of_all |= labels[each.name]
        asked = {matcher.name for matcher in each.matchers.matchers}
        assert asked <= labels[each.name] | OF_THE_SCRAPE, each.name
    made = {"model"} if "label_replace" in query else set()
    for each in every:
        if isinstance(each, promql.AggregateExpr) and each.modifier is not None:
            assert set(each.modifier.labels) <= of_all | made
    assert set(re.findall(r"{{(\w+)}}", legend)) <= of_all | made


@pytest.mark.parametrize("variable", ["instance", "category"])
def test_a_variable_asks_for_a_label_that_is_there(
    variable: str, labels: dict[str, set[str]]
) -> None:
    query = VARIABLES[variable]["query"]["query"]
    found = re.fullmatch(r"label_values\((\w+), (\w+)\)", query)
    assert found is not None
    series, label = found.groups()
    assert label in labels[series] | OF_THE_SCRAPE


def test_what_operators_must_see_is_on_it(labels: dict[str, set[str]]) -> None:
    shown = {
        each.name
        for _, query, _ in QUERIES
        for each in within(parsed(query))
        if isinstance(each, promql.VectorSelector)
    }
    parts = ("_bucket", "_count", "_sum")
    families = {re.sub(f"({'|'.join(parts)})$", "", name) for name in labels if "llm" in name}
    missing = {
        each for each in families if not any(name and name.startswith(each) for name in shown)
    }
    assert missing <= {"llm_router_build_info"}
