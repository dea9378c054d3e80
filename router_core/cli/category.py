"""``category``: the categories of the running core, and changes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.client import RouterClient
from llm_router.pages import pages
from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import (
    Category,
    CreateCategoryRequest,
    DeleteCategoryRequest,
    ReplaceModelsRequest,
    UpdateCategoryRequest,
    UpdateCategoryResponse,
)
from router_core.cli.changes import made_anew, send
from router_core.cli.connect import running_core
from router_core.cli.options import Sending
from router_core.cli.printing import plain, print_json, print_table
from router_core.errors import ConfigError

Edit = Callable[[Sequence[str]], list[str]]
"""What becomes of a category's keywords."""


def print_categories(*, core: str | None, as_json: bool) -> None:
    """Prints every category."""
    with running_core(core) as client:
        categories = list(_all_categories(client))
    if as_json:  # as GET /config/category has it
        print_json({"categories": [project(category) for category in categories]})
        return
    headings = ("category", "models", "keywords", "examples", "policy", "built in")
    print_table(headings, map(_row, categories))


def _all_categories(client: RouterClient) -> Iterator[Category]:
    for page in pages(lambda token: client.list_categories(page_token=token)):
        yield from page.categories


def _row(category: Category) -> tuple[str, ...]:
    return (
        category.name,
        ", ".join(category.models),
        str(len(category.keywords)),
        str(len(category.examples)),
        choice(category),
        "yes" if category.built_in else "no",
    )


def choice(category: Category) -> str:
    """How a category chooses among its models: ``balanced (floor 70, glm-5 82)``."""
    told = [
        f"{key} {getattr(category, key):g}" for key in ("floor", "thrift") if category.HasField(key)
    ]
    told += [f"{name} {points:g}" for name, points in sorted(category.quality.items())]
    return f"{category.policy} ({', '.join(told)})" if told else category.policy


def print_list(name: str, field: str, *, core: str | None, as_json: bool) -> None:
    """Prints a category's ``models`` or ``keywords``, a line each."""
    with running_core(core) as client:
        category = client.get_category(name).category
    if as_json:
        print_json(category)
        return
    for entry in getattr(category, field):
        print(plain(entry))


def add(fields: Mapping[str, Any], sending: Sending) -> None:
    """Adds a category with these fields."""
    send(
        sending,
        lambda client: client.create_category(
            CreateCategoryRequest(
                category=Category(**fields), validate_only=sending.dry_run, etag=sending.etag
            )
        ),
    )


def replace_models(name: str, models: Sequence[str], sending: Sending) -> None:
    """Gives a category another list of models."""
    send(
        sending,
        lambda client: client.replace_models(
            ReplaceModelsRequest(
                category=name, models=models, validate_only=sending.dry_run, etag=sending.etag
            )
        ),
    )


def remove(name: str, sending: Sending) -> None:
    """Removes a category."""
    send(
        sending,
        lambda client: client.delete_category(
            DeleteCategoryRequest(name=name, validate_only=sending.dry_run, etag=sending.etag)
        ),
    )


def edit_keywords(name: str, edit: Edit, sending: Sending) -> None:
    """Changes a category's keywords, those that are in force when it is done.

    Raises:
        ConfigError: others change the category all the time, or ``edit`` refuses.
    """
    send(
        sending,
        lambda client: made_anew(sending, lambda: _edit_keywords(client, name, edit, sending)),
    )


def _edit_keywords(
    client: RouterClient, name: str, edit: Edit, sending: Sending
) -> UpdateCategoryResponse:
    category = client.get_category(name).category
    return client.update_category(
        UpdateCategoryRequest(
            category=Category(name=name, keywords=edit(category.keywords)),
            update_mask=FieldMask(paths=["keywords"]),
            validate_only=sending.dry_run,
            etag=sending.etag or category.etag,
        )
    )


def edit_choice(
    name: str, told: Mapping[str, str | None], quality: Iterable[str], sending: Sending
) -> None:
    """Changes how a category chooses among its models.

    Args:
        told: the new policy, floor and thrift; empty: the default, ``None``: as it is.
        quality: as of `points_of`; what is said of other models stays.

    Raises:
        ConfigError: there is nothing to change, or something is no number; or others change
            the category all the time.
    """
    paths = [field for field, value in told.items() if value is not None]
    new: dict[str, Any] = {field: _read(field, value) for field, value in told.items() if value}
    points = points_of(quality, may_forget=True)
    if not paths and not points:
        raise ConfigError("nothing to change: say --policy, --quality, --floor or --thrift")

    def change(client: RouterClient) -> UpdateCategoryResponse:
        etag, asked = sending.etag, Category(name=name, **new)
        if points:
            category = client.get_category(name).category
            kept = dict(category.quality) | points
            asked.quality.update({key: each for key, each in kept.items() if each is not None})
            etag = etag or category.etag
        mask = FieldMask(paths=[*paths, *(["quality"] if points else [])])
        return client.update_category(
            UpdateCategoryRequest(
                category=asked, update_mask=mask, validate_only=sending.dry_run, etag=etag
            )
        )

    send(sending, lambda client: made_anew(sending, lambda: change(client)))


def _read(field: str, value: str) -> str | float:
    return value if field == "policy" else _number(value, f"--{field}")


def points_of(told: Iterable[str], *, may_forget: bool = False) -> dict[str, float | None]:
    """What ``MODEL=POINTS``, as ``--quality`` has it, says of each model.

    Args:
        may_forget: whether there may be no points, which is ``None``.

    Raises:
        ConfigError: it is something else.
    """
    points: dict[str, float | None] = {}
    for each in told:
        model, equals, value = each.rpartition("=")
        if not (model and equals) or not (value or may_forget):
            raise ConfigError(f"--quality wants MODEL=POINTS, such as glm-5=82, not {each!r}")
        points[model] = _number(value, "--quality") if value else None
    return points


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{option} wants a number, not {text!r}") from None


def edit_of(name: str, added: Iterable[str], removed: Iterable[str], whole: Sequence[str]) -> Edit:
    """The edit that ``--add``, ``--remove`` or ``--set`` of ``category keywords`` ask for.

    Raises:
        ConfigError: ``--set`` goes alone; and, when it is made, there is no such
            keyword to remove.
    """
    added, removed = list(added), list(removed)
    if whole and (added or removed):
        raise ConfigError("--set goes without --add and --remove")

    def edit(keywords: Sequence[str]) -> list[str]:
        if whole:
            return list(dict.fromkeys(whole))
        for keyword in removed:
            if keyword not in keywords:
                raise ConfigError(f"{name} has no keyword {keyword!r}")
        kept = [keyword for keyword in keywords if keyword not in removed]
        return list(dict.fromkeys((*kept, *added)))

    return edit
