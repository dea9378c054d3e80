"""``model``: the aliases of the running core, who uses them, and changes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llm_router.client import RouterClient
from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import (
    DeleteModelRequest,
    ModelAlias,
    PutModelRequest,
    PutModelResponse,
    RouterConfig,
)
from router_core.cli.changes import made_anew, send
from router_core.cli.connect import running_core
from router_core.cli.options import Sending
from router_core.cli.printing import print_json, print_table
from router_core.errors import ConfigError


def print_models(*, core: str | None, as_json: bool) -> None:
    """Prints every alias, and what it is there for."""
    with running_core(core) as client:
        config = client.get_config().config
    if as_json:
        shown = [project(m) | {"used_by": list(users(config, m))} for m in config.models]
        print_json({"models": shown})
        return
    print_table(
        ("alias", "id", "provider", "used by"),
        [(m.alias, m.id, m.provider, ", ".join(users(config, m)) or "-") for m in config.models],
    )


def users(config: RouterConfig, model: ModelAlias) -> Iterator[str]:
    """The categories that use ``model``, then whatever else of the config does.

    An entry may name it by its alias or, without it, by its id.
    """
    default = next((p.name for p in config.providers if p.is_default), "")
    provider = model.provider or default
    names = {model.alias, f"{provider}:{model.id}"}
    if provider == default:
        names.add(model.id)
    for category in config.categories:
        if names & set(category.models):
            yield category.name
    limits = config.limits.per_request
    for what, entries in (
        ("housekeeping", config.housekeeping),
        ("last_resort", [config.last_resort]),
        ("classifiers.api", [config.classifiers.api.model]),
        ("limits.per_request", (*limits.allowed_models, *limits.excluded_models)),
    ):
        if names & set(entries):
            yield what


def add(fields: Mapping[str, Any], sending: Sending, *, replace: bool) -> None:
    """Defines an alias.

    Raises:
        ConfigError: it is there already, and ``replace`` does not say that it may be.
    """

    def put(client: RouterClient, etag: str) -> PutModelResponse:
        model = ModelAlias(**fields)
        return client.put_model(
            PutModelRequest(model=model, validate_only=sending.dry_run, etag=etag)
        )

    def put_where_none_is(client: RouterClient) -> PutModelResponse:
        read = client.get_config()
        _refuse_known(read.config, fields["alias"])
        # Nor is one replaced that somebody else defines in this very moment.
        return put(client, sending.etag or read.etag)

    if replace:
        send(sending, lambda client: put(client, sending.etag))
    else:
        send(sending, lambda client: made_anew(sending, lambda: put_where_none_is(client)))


def _refuse_known(config: RouterConfig, alias: str) -> None:
    for model in config.models:
        if model.alias == alias:
            raise ConfigError(
                f"{alias} is there already: {model.id} of {model.provider};"
                " --replace replaces it with all its settings"
            )


def remove(alias: str, sending: Sending) -> None:
    """Removes an alias."""
    send(
        sending,
        lambda client: client.delete_model(
            DeleteModelRequest(alias=alias, validate_only=sending.dry_run, etag=sending.etag)
        ),
    )
