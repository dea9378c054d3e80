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
        category.policy,
        "yes" if category.built_in else "no",
    )


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
