"""A routing config together with the text of the file that it came from. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from router_core.decide.config import RoutingConfig
from router_core.errors import ConfigError
from router_core.stores.config_diff import changes
from router_core.stores.config_document import parse_document, parse_json
from router_core.stores.config_names import resolve
from router_core.stores.config_overrides import Overrides
from router_core.stores.config_rendering import config_etag, document, text_of
from router_core.stores.config_versions import brought_up

__all__ = ["InForce", "located", "parse"]


def parse(text: bytes) -> RoutingConfig:
    """The config that the text of a file stands for.

    Raises:
        ConfigError: the text is wrong; ``path`` is the key at fault.
    """
    return resolve(parse_document(brought_up(parse_json(text))))


def located(error: ConfigError, file: object) -> ConfigError:
    """The same error with the file's path in its message; ``path`` is still the key's."""
    told = ConfigError(f"{file}: {error.message}")
    told.path = error.path
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """An immutable snapshot, swapped as a whole.

    Attributes:
        text: of the file; ``None``: there is none.
        value: its JSON object, in the present version.
        written: the config as the file says.
        effective: with what the environment overrides.
        etag: of what is written.
        overrides: what the environment overrides, a line each, for a person.
    """

    text: bytes | None
    value: Mapping[str, Any]
    written: RoutingConfig
    effective: RoutingConfig
    etag: str
    overrides: tuple[str, ...]

    @classmethod
    def read(cls, text: bytes, overrides: Overrides) -> Self:
        """What the text of a file stands for, whatever its version.

        Raises:
            ConfigError: it is wrong; ``path`` is the key at fault.
        """
        return replace(cls.of(brought_up(parse_json(text)), overrides), text=text)

    @classmethod
    def of(cls, value: Mapping[str, Any], overrides: Overrides) -> Self:
        """What a JSON object in the present version stands for; it is in no file yet.

        Raises:
            ConfigError: it is wrong; ``path`` is the key at fault.
        """
        written = resolve(parse_document(value))
        effective, told = overrides.over(written)
        return cls(
            text=None,
            value=value,
            written=written,
            effective=effective,
            etag=config_etag(written),
            overrides=told,
        )

    def changes_to(self, other: InForce) -> tuple[str, ...]:
        """What is different in another one, a line each, for a person."""
        return changes(document(self.written), document(other.written))

    def stamped(self) -> Self:
        """The same in a file as a router writes it, with its etag before everything else."""
        rest = {key: each for key, each in self.value.items() if key not in ("$schema", "etag")}
        about = {"$schema": self.value["$schema"]} if "$schema" in self.value else {}
        value = about | {"etag": self.etag} | rest
        return replace(self, value=value, text=text_of(value))

    def may_become(self, edit: InForce) -> bool:
        """Whether an edit of the file undoes nothing that its author did not see.

        It was begun from this file, or does not tell; or nobody edited it: what bears its
        own etag was written by a router, and put here as a whole. Where there is no file
        of ours, as after a start with a wrong one, there is nothing to undo.
        """
        seen = edit.value.get("etag")
        return self.text is None or not seen or seen in (self.value.get("etag", seen), edit.etag)
