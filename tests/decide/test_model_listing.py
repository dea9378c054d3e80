"""What is read from a provider's list of models, and what never breaks it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.catalogue import Listing
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.model_listing import NoListing, read_listing, render_listing
from tests.decide.model_entries import NOW, entry

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
FIELDS = list(entry())
ODD_ENTRY = st.dictionaries(st.sampled_from(FIELDS), JSON) | st.builds(
    lambda whole, odd: {**whole, **odd},
    st.just(entry()),
    st.dictionaries(st.sampled_from(FIELDS), JSON),
)


def read(*entries: Any, **page: Any) -> Listing:
    listing = read_listing([{"data": list(entries), **page}], NOW)
    assert isinstance(listing, Listing)
    return listing


def only(told: Any) -> ModelInfo:
    (info,) = read(told).models.values()
    return info


def test_a_rich_entry_tells_windows_abilities_and_prices() -> None:
    listing = read(entry("lab/one", expiration_date="2026-12-31"))

    assert listing == Listing(
        models={
            "lab/one": ModelInfo(
                context_length=128_000,
                max_output_tokens=32_000,
                input_modalities=frozenset({"text", "image"}),
                parameters=frozenset({"tools", "max_tokens"}),
                prices=Prices(
                    prompt=Decimal("0.000001"), completion=Decimal("0.0000032"), request=Decimal(0)
                ),
                expires=date(2026, 12, 31),
            )
        },
        told_at=NOW,
        complete=True,
        slugs={"lab/one-20260101": "lab/one"},
    )


@pytest.mark.parametrize(
    "page",
    [
        {"object": "list", "data": [{"id": "gpt-4o", "object": "model", "owned_by": "openai"}]},
        {"data": [{"id": "gpt-4o", "created": 1_780_000_000}]},
        [{"id": "gpt-4o"}],
    ],
    ids=["openai", "ollama", "bare"],
)
def test_entries_that_have_only_ids_are_a_whole_listing(page: Any) -> None:
    listing = read_listing([page], NOW)

    assert listing == Listing(models={"gpt-4o": ModelInfo()}, told_at=NOW, complete=True)


@pytest.mark.parametrize(
    ("told", "of_top", "window"),
    [(128_000, 64_000, 64_000), (32_000, 64_000, 32_000), (None, 64_000, 64_000), (8, None, 8)],
)
def test_of_two_windows_the_smaller_one_that_is_known_counts(
    told: int | None, of_top: int | None, window: int
) -> None:
    info = only(entry(context_length=told, top_provider={"context_length": of_top}))

    assert info.context_length == window


@pytest.mark.parametrize("value", [0, -5, 1.5, "128000", True, 2**60, None, []])
def test_a_window_that_is_no_number_of_tokens_is_unknown(value: Any) -> None:
    assert only(entry(context_length=value, top_provider=value)).context_length is None


@pytest.mark.parametrize("value", ["tools", [], ["tools", 3], None, {"tools": True}])
def test_abilities_in_another_form_are_unknown_and_forbid_nothing(value: Any) -> None:
    info = only(entry(supported_parameters=value, architecture={"input_modalities": value}))

    assert (info.parameters, info.input_modalities) == (None, None)


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        ("2026-08-31", date(2026, 8, 31)),
        ("2026-08-31T23:59:59Z", date(2026, 8, 31)),
        ("2098-12-31", None),
        ("2026-13-01", None),
        ("soon", None),
        (1_780_000_000, None),
        ("", None),
    ],
)
def test_a_date_far_off_or_in_another_form_is_none(written: Any, expires: date | None) -> None:
    assert only(entry(expiration_date=written)).expires == expires


def test_a_slug_that_variants_share_means_the_plain_model() -> None:
    variants = [entry(model_id, canonical_slug="lab/s") for model_id in ("a:free", "a", "a:batch")]

    assert read(*variants).slugs == {"lab/s": "a"}


@pytest.mark.parametrize(
    "broken",
    [
        *({}, {"id": ""}, {"id": 3}, None, "lab/two", {"id": "x" * 257}),
        *({"id": "lab/two\nERROR all is lost"}, {"id": "lab two"}, {"id": "\x1b[31mlab/two"}),
    ],
)
def test_an_entry_without_an_id_makes_it_half_a_listing(broken: Any) -> None:
    listing = read(entry("lab/one"), broken, entry("lab/three"))

    assert list(listing.models) == ["lab/one", "lab/three"]
    assert not listing.complete


@pytest.mark.parametrize(
    ("page", "complete"),
    [
        ({"total_count": 2}, True),
        ({"total_count": 3}, False),
        ({"total_count": "3"}, True),
        ({"links": {"next": None}}, True),
        ({"links": {"next": "?offset=2"}}, False),
        ({"links": []}, True),
    ],
)
def test_fewer_than_there_are_is_half_a_listing(page: dict[str, Any], complete: bool) -> None:
    assert read(entry("lab/one"), entry("lab/two"), **page).complete is complete


def test_an_entry_that_came_twice_counts_once() -> None:
    assert not read(entry("lab/one"), entry("lab/one"), total_count=2).complete


def test_pages_are_one_listing() -> None:
    pages = [
        {"data": [entry("lab/one")], "total_count": 2, "links": {"next": "?offset=1"}},
        {"data": [entry("lab/two")], "total_count": 2, "links": {"next": None}},
    ]

    whole = read_listing(pages, NOW)
    spoilt = read_listing([*pages[:1], {"error": "no"}, *pages[1:]], NOW)

    assert isinstance(whole, Listing)
    assert isinstance(spoilt, Listing)
    assert (list(whole.models), whole.complete) == (["lab/one", "lab/two"], True)
    assert (list(spoilt.models), spoilt.complete) == (["lab/one", "lab/two"], False)


@pytest.mark.parametrize(
    "pages", [[], [None], [{}], ["no"], [{"error": {"code": 401}}], [{"data": {}}]]
)
def test_what_holds_no_list_is_told_as_such(pages: list[Any]) -> None:
    assert isinstance(read_listing(pages, NOW), NoListing)


@given(st.lists(JSON | st.fixed_dictionaries({"data": st.lists(ODD_ENTRY | JSON)}), max_size=3))
def test_any_json_is_a_listing_or_none(pages: list[Any]) -> None:
    listing = read_listing(pages, NOW)

    if isinstance(listing, Listing):
        for info in listing.models.values():
            prices = info.prices or Prices()
            assert type(prices.prompt) in (Decimal, type(None))
            assert info.context_length is None or info.context_length > 0


@given(st.lists(ODD_ENTRY, max_size=5))
def test_a_listing_is_read_as_it_was_rendered(entries: list[Any]) -> None:
    listing = read(*entries)
    rendered = json.loads(json.dumps(render_listing(listing)))

    again = read_listing([rendered], NOW)

    assert isinstance(again, Listing)
    assert again.models == listing.models
    assert again.slugs.items() <= listing.slugs.items()
