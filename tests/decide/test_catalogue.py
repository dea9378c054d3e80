"""What is known of a model, when it is out, and what is named in its stead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.catalogue import Catalogue, Listing
from router_core.decide.model_info import ModelInfo, Prices
from tests.decide.model_entries import NOW, a_catalogue, a_listing, of, ref

HOUR = timedelta(hours=1)
GONE = ref("lab/gone")
A_PRICE = Prices(prompt=Decimal(1), completion=Decimal(2))


def tooled(price: str) -> ModelInfo:
    """A model that can call tools, and costs so much a token, half of it each way."""
    half = Decimal(price) / 2
    return ModelInfo(parameters=frozenset({"tools"}), prices=Prices(prompt=half, completion=half))


def test_the_config_wins_over_the_provider_and_that_over_the_table_field_by_field() -> None:
    catalogue = Catalogue(
        overrides={"mine": ModelInfo(context_length=1)},
        listings={
            "openrouter": Listing(
                models={"lab/one": ModelInfo(context_length=2, max_output_tokens=2)},
                told_at=NOW,
                complete=True,
            )
        },
        table={
            "openrouter": {
                "lab/one": ModelInfo(context_length=3, max_output_tokens=3, prices=A_PRICE)
            }
        },
    )

    assert catalogue.info(ref("lab/one", name="mine")) == ModelInfo(
        context_length=1, max_output_tokens=2, prices=A_PRICE
    )
    assert catalogue.info(ref("lab/one")).context_length == 2
    assert catalogue.info(ref("lab/one", provider="other")) == ModelInfo()


def test_prices_of_two_sources_are_not_mixed() -> None:
    listed = Prices(prompt=Decimal(1))
    catalogue = Catalogue(
        listings=of({"lab/one": ModelInfo(prices=listed)}).listings,
        table={"openrouter": {"lab/one": ModelInfo(prices=A_PRICE)}},
    )

    assert catalogue.info(ref("lab/one")).prices == listed


def test_nothing_is_known_of_a_model_that_nobody_tells_of() -> None:
    assert Catalogue().info(GONE) == ModelInfo()
    assert Catalogue().absence(GONE, NOW) is None
    assert Catalogue().alternatives(GONE) == ()


def test_a_whole_fresh_listing_that_lacks_a_model_takes_it_out() -> None:
    catalogue = a_catalogue(a_listing("lab/one"))

    assert catalogue.absence(ref("lab/one"), NOW) is None
    why = catalogue.absence(ref("acme/else"), NOW)
    assert why == "not in openrouter's catalogue of 2026-11-27"
    assert catalogue.absence(ref("acme/else", provider="other"), NOW) is None


@pytest.mark.parametrize(
    ("listing", "takes_out"),
    [
        (a_listing("lab/one"), True),
        (a_listing("lab/one", told_at=NOW - 24 * HOUR), True),
        (a_listing("lab/one", told_at=NOW - 24.01 * HOUR), False),
        (a_listing("lab/one", told_at=NOW + HOUR), True),
        (a_listing("lab/one", told_at=NOW + 25 * HOUR), False),
        (a_listing("lab/one", complete=False), False),
        (a_listing(), False),
    ],
    ids=["now", "a day old", "older", "clock set back", "far set back", "half", "empty"],
)
def test_only_a_whole_fresh_listing_with_something_in_it_does(
    listing: Listing, takes_out: bool
) -> None:
    assert (a_catalogue(listing).absence(GONE, NOW) is not None) is takes_out


def test_the_price_table_takes_nothing_out() -> None:
    catalogue = Catalogue(table={"openrouter": {"lab/one": ModelInfo(prices=A_PRICE)}})

    assert catalogue.absence(GONE, NOW) is None


def test_a_model_that_has_expired_is_out_from_the_next_day_on_however_old_the_news() -> None:
    expiring = ModelInfo(expires=date(2026, 11, 27))
    old = Listing(models={"lab/one": expiring}, told_at=NOW - timedelta(days=90), complete=False)
    catalogue = a_catalogue(old)
    last_minute = datetime(2026, 11, 27, 23, 59, tzinfo=UTC)

    assert catalogue.absence(ref("lab/one"), last_minute) is None
    why = catalogue.absence(ref("lab/one"), last_minute + timedelta(minutes=1))
    assert why == "expired on 2026-11-27, by openrouter's catalogue"


@pytest.mark.parametrize(
    "model_id",
    [
        "lab/one",
        "lab/one-20260101",
        "lab/one:nitro",
        "lab/one:online",
        "lab/one-20260101:floor",
        "lab/one:thinking",
        "lab/one:latest",
        "lab/two:free",
        "lab/two:free:online",
        "@preset/mine",
        "lab/three@preset/mine",
        "~lab/one-latest",
    ],
)
def test_ids_that_mean_a_listed_model_or_are_never_listed_are_not_out(model_id: str) -> None:
    listing = Listing(
        models={"lab/one": ModelInfo(context_length=7), "lab/two:free": ModelInfo()},
        told_at=NOW,
        complete=True,
        slugs={"lab/one-20260101": "lab/one"},
    )

    assert a_catalogue(listing).absence(ref(model_id), NOW) is None
    if model_id.startswith("lab/one"):
        assert a_catalogue(listing).info(ref(model_id)).context_length == 7


def test_a_listing_holds_the_ids_that_mean_one_of_its_models() -> None:
    listing = a_listing("lab/one")

    assert "lab/one:nitro" in listing
    assert "lab/one:free" not in listing
    assert 1 not in listing


@pytest.mark.parametrize("model_id", ["lab/one:free", "lab/one:batch", "lab/two", "lab/two:nitro"])
def test_free_and_batch_are_models_of_their_own(model_id: str) -> None:
    catalogue = a_catalogue(a_listing("lab/one", "lab/two:free"))

    assert catalogue.absence(ref(model_id), NOW) is not None


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("qwen3", True),
        ("qwen3:latest", True),
        ("qwen2.5:0.5b", True),
        ("qwen2.5", False),
        ("qwen2.5:7b", False),
        ("llama3", True),
        ("llama3:latest", True),
    ],
)
def test_a_name_of_ollamas_without_a_tag_means_the_latest(wanted: str, there: bool) -> None:
    listing = a_listing("qwen3:latest", "qwen2.5:0.5b", "llama3")
    catalogue = Catalogue(listings={"local": listing})

    assert (catalogue.absence(ref(wanted, provider="local"), NOW) is None) is there


def test_what_is_named_instead_is_the_vendors_and_likest_then_cheap_with_tools() -> None:
    catalogue = of(
        {
            "z-ai/glm-4.5-air": ModelInfo(),
            "z-ai/glm-5.1": ModelInfo(),
            "z-ai/cogview": ModelInfo(),
            "copy/glm-5": ModelInfo(),
            "cheap/one": tooled("0.2"),
            "cheap/two": tooled("0.1"),
            "free/one": tooled("0"),
            "dear/one": tooled("9"),
            "cheap/no-tools": ModelInfo(prices=A_PRICE),
        }
    )

    assert catalogue.alternatives(ref("z-ai/glm-5"), most=5) == (
        "z-ai/glm-5.1",
        "z-ai/glm-4.5-air",
        "cheap/two",
        "cheap/one",
        "dear/one",
    )
    why = catalogue.absence(ref("z-ai/glm-5"), NOW)
    assert why is not None
    assert why.endswith("; live ones like it: z-ai/glm-5.1, z-ai/glm-4.5-air, cheap/two")


def test_neither_the_model_itself_nor_an_expired_or_batch_one_is_named() -> None:
    yesterday = NOW.date() - timedelta(days=1)
    catalogue = of(
        {
            "lab/one": ModelInfo(expires=yesterday),
            "lab/one-b": ModelInfo(expires=yesterday),
            "lab/one-c": ModelInfo(expires=NOW.date()),
            "lab/one:batch": ModelInfo(),
        }
    )

    assert catalogue.alternatives(ref("lab/one")) == ("lab/one-c",)
    assert catalogue.alternatives(ref("lab/one"), now=NOW + timedelta(days=1)) == ()


@given(st.integers(0, 5), st.lists(st.sampled_from(["lab/a", "lab/ab", "lab/abc", "x/y", "ab"])))
def test_there_are_never_more_than_asked_for_nor_one_twice(most: int, ids: list[str]) -> None:
    named = of(dict.fromkeys(ids, tooled("1"))).alternatives(ref("lab/ab"), most)

    assert len(named) <= most
    assert len(set(named)) == len(named)
    assert set(named) <= set(ids) - {"lab/ab"}


def many(count: int, *, complete: bool = True) -> Listing:
    return a_listing(*(f"lab/{number}" for number in range(count)), complete=complete)


def test_a_whole_listing_replaces_what_was_known() -> None:
    new = a_listing("lab/b", told_at=NOW + HOUR)

    assert new.after(None) is new
    assert new.after(a_listing("lab/a")) is new


@pytest.mark.parametrize(
    ("before", "new", "replaces"),
    [
        (many(50), many(25), True),
        (many(50), many(24), False),
        (many(49), many(1), True),
        (many(50), many(50, complete=False), False),
        (many(3), many(0), False),
        (many(100, complete=False), many(1, complete=False), True),
    ],
    ids=["half", "less than half", "few anyway", "broken", "empty", "nothing whole before"],
)
def test_one_that_is_broken_or_has_shrunk_only_adds(
    before: Listing, new: Listing, replaces: bool
) -> None:
    assert (new.after(before) is new) is replaces


def test_what_a_broken_one_adds_is_there_and_what_it_lacks_stays() -> None:
    before = a_listing("lab/a", "lab/b", told_at=NOW - HOUR)
    new = Listing(
        models={"lab/b": ModelInfo(context_length=5), "lab/c": ModelInfo()},
        told_at=NOW,
        complete=False,
        slugs={"c": "lab/c"},
    )

    known = new.after(before)

    assert set(known.models) == {"lab/a", "lab/b", "lab/c"}
    assert known.models["lab/b"].context_length == 5
    assert (known.told_at, known.complete, known.slugs) == (NOW - HOUR, True, {"c": "lab/c"})
    assert a_catalogue(known).absence(ref("acme/else"), NOW) is not None
