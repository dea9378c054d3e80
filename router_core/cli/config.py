"""``config``: the whole config of the running core, changes of it, and its versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.client import RouterClient
from llm_router.pages import pages
from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import (
    ConfigVersion,
    GetConfigResponse,
    ModelAlias,
    RollbackConfigRequest,
    RouterConfig,
    UpdateConfigRequest,
)
from router_core.cli.category import choice
from router_core.cli.changes import send
from router_core.cli.config_keys import key_of, known_keys
from router_core.cli.connect import running_core
from router_core.cli.options import Sending
from router_core.cli.printing import plain, print_json, print_table
from router_core.errors import ConfigError
from router_core.settings import environment, read_settings

_MOST_CHANGES: Final = 5
"""Of a version in the list of them; --json has them all."""


def show(*, core: str | None, as_json: bool) -> None:
    """Prints the config that is in force."""
    with running_core(core) as client:
        read = client.get_config()
    config = read.config
    if as_json:  # as GET /config has it
        whole = project(read)
        print_json(whole.pop("config") | whole)
        return
    print_table(("key", "value"), [(n, k.show(config) or "-") for n, k in known_keys().items()])
    print()
    print_table(
        ("provider", "base URL", "key from", "data policy"),
        [(p.name, p.base_url, p.api_key_env or "-", p.data_policy) for p in config.providers],
    )
    print()
    print_table(
        ("alias", "id", "provider", "quality"),
        [(m.alias, m.id, m.provider, _quality(m)) for m in config.models],
    )
    print()
    print_table(
        ("category", "models", "policy"),
        [(c.name, ", ".join(c.models), choice(c)) for c in config.categories],
    )
    print()
    print("\n".join(_notes(read)))


def _quality(model: ModelAlias) -> str:
    return f"{model.quality:g}" if model.HasField("quality") else "-"


def _notes(read: GetConfigResponse) -> Iterator[str]:
    yield f"etag {read.etag}"
    for line in read.overrides:
        yield f"note: {plain(line)}"
    for line in read.problems:
        yield f"wrong: {plain(line)}"


def set_value(key: str, text: str, sending: Sending) -> None:
    """Sets a single value; empty: its default.

    Raises:
        ConfigError: there is no such key, or that is no value of it.
    """
    found = key_of(key)
    config = found.read(text)
    send(
        sending,
        lambda client: client.update_config(
            UpdateConfigRequest(
                config=config,
                update_mask=FieldMask(paths=[found.mask]),
                validate_only=sending.dry_run,
                etag=sending.etag,
            )
        ),
    )


def validate(file: Path | None) -> None:
    """Prints that a file is right; asks no core.

    Raises:
        ConfigError: it is not, or not there.
    """
    path = _path(file)
    _read(path)
    print(f"{path} is a valid config")


def print_schema() -> None:
    """Prints the JSON Schema of the file."""
    from router_core.bootstrap import config_schema

    print(config_schema(), end="")


def diff(file: Path | None, sending: Sending) -> None:
    """Prints what would change if a file were in force.

    Raises:
        ConfigError: the file is wrong, no core answers, or it refuses.
    """
    config = _read(_path(file))
    send(
        sending,
        lambda client: client.update_config(
            UpdateConfigRequest(
                config=config, update_mask=FieldMask(paths=["*"]), validate_only=True
            )
        ),
    )


def history(*, core: str | None, as_json: bool) -> None:
    """Prints the versions that are kept, newest first."""
    with running_core(core) as client:
        versions = list(_all_versions(client))
    if as_json:  # as GET /config/versions has it
        print_json({"versions": [project(version) for version in versions]})
        return
    print_table(("version", "time", "who", "changes"), map(_row, versions))


def _all_versions(client: RouterClient) -> Iterator[ConfigVersion]:
    for page in pages(lambda token: client.list_config_versions(page_token=token)):
        yield from page.versions


def _row(version: ConfigVersion) -> tuple[str, ...]:
    at = version.time.ToDatetime().isoformat(" ", "seconds") + "Z"
    told = "; ".join(version.changes[:_MOST_CHANGES]) or "-"
    more = len(version.changes) - _MOST_CHANGES
    if more > 0:
        told += f"; and {more} more"
    return str(version.version), at, version.author, told


def rollback(version: int, sending: Sending) -> None:
    """Goes back to a version."""
    send(
        sending,
        lambda client: client.rollback_config(
            RollbackConfigRequest(version=version, validate_only=sending.dry_run, etag=sending.etag)
        ),
    )


def _path(file: Path | None) -> Path:
    return file or read_settings(environment()).config_path


def _read(path: Path) -> RouterConfig:
    from router_core.bootstrap import read_config_message

    if not path.exists():  # which would stand for the defaults
        raise ConfigError(f"{path} is not there")
    return read_config_message(path)
