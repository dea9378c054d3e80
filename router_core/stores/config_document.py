"""The text of `router_config.json` (DESIGN section 8) to and from a `RoutingConfig`.

No I/O. Reading goes text -> JSON -> `Document` (the file's shape) -> `RoutingConfig`
(names resolved); whatever is wrong on the way is a `ConfigError` with the path of
the key at fault, such as ``categories.code.models[1]``. Values are not repeated in
the message where they could be a secret.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from router_core.decide.config import (
    Category,
    ClassifierSettings,
    ContinuitySettings,
    Deadlines,
    Limits,
    Mode,
    Provider,
    RoutingConfig,
    ToolsRule,
)
from router_core.errors import ConfigError
from router_core.stores.config_models import (
    PARTS,
    DeadlineOverridesPart,
    ModelPart,
    Seconds,
    Text,
    render_settings,
)

__all__ = [
    "Document",
    "category_etag",
    "config_etag",
    "did_you_mean",
    "parse_document",
    "render",
]

NAME: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
"""Names of categories, aliases and providers."""

Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
EnvironmentName = Annotated[str, StringConstraints(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
Entries = Annotated[list[Text], Field(min_length=1)]

ClassifierSeconds = Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)]
"""Less than a breaker's probe may take: a longer one would let a second one in."""

_DEADLINES: Final = Deadlines()
_CLASSIFIERS: Final = ClassifierSettings()
_LIMITS: Final = Limits()
_CONTINUITY: Final = ContinuitySettings()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ProviderPart(_Part):
    """An OpenAI-compatible API."""

    base_url: Text
    api_key_env: EnvironmentName | None = None
    deadlines: DeadlineOverridesPart = DeadlineOverridesPart()


class CategoryPart(_Part):
    """A category; what a built-in one leaves out has its default."""

    models: Entries = []
    keywords: list[Text] = []
    description: str = ""
    examples: list[Text] = []
    policy: Text = "ordered"


class DeadlinesPart(_Part):
    """How long to wait, in seconds."""

    connect_s: Seconds = _DEADLINES.connect_s
    first_token_s: Seconds = _DEADLINES.first_token_s
    idle_s: Seconds = _DEADLINES.idle_s
    total_s: Seconds = _DEADLINES.total_s


class LimitsPart(_Part):
    """How many calls of each model run at once, and how many more wait."""

    max_concurrent: Annotated[int, Field(ge=1, le=100_000)] = _LIMITS.max_concurrent
    max_queued: Annotated[int, Field(ge=0, le=100_000)] = _LIMITS.max_queued


class ContinuityPart(_Part):
    """How conversations are followed."""

    enabled: bool = _CONTINUITY.enabled
    cache_s: Seconds = _CONTINUITY.cache_s
    max_sessions: Annotated[int, Field(ge=1, le=10_000_000)] = _CONTINUITY.max_sessions


class OllamaPart(_Part):
    """The small model on Ollama that classifies."""

    model: Text = _CLASSIFIERS.ollama.model
    deadline_s: ClassifierSeconds = _CLASSIFIERS.ollama.deadline_s
    parallel: Annotated[int, Field(ge=1, le=64)] = _CLASSIFIERS.ollama.parallel


class ApiPart(_Part):
    """The API model that classifies; left out, it is the default one, where that is defined."""

    model: Text | None = None
    deadline_s: ClassifierSeconds = _CLASSIFIERS.api.deadline_s
    in_cascade: bool = _CLASSIFIERS.api.in_cascade


class ClassifiersPart(_Part):
    """The classifiers that are models, and when ``cascade`` asks them."""

    cascade_below: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = (
        _CLASSIFIERS.cascade_below
    )
    ollama: OllamaPart = OllamaPart()
    api: ApiPart = ApiPart()


class Document(_Part):
    """The file as it is written.

    ``model_fields_set`` tells what it leaves out; a null is not the same, but a
    wrong type.
    """

    version: Annotated[int, Field(ge=1, le=1)] = 1
    mode: Text = Mode.CASCADE.value
    tools_rule: Text = ToolsRule.AUTO.value
    providers: Annotated[dict[Name, ProviderPart], Field(min_length=1)] = {}
    models: dict[Name, ModelPart] = {}
    categories: dict[Name, CategoryPart] = {}
    housekeeping: list[Text] = []
    last_resort: Text | None = None
    limits: LimitsPart = LimitsPart()
    continuity: ContinuityPart = ContinuityPart()
    deadlines: DeadlinesPart = DeadlinesPart()
    classifiers: ClassifiersPart = ClassifiersPart()


_PARTS: Final[dict[str, type[BaseModel]]] = {
    **PARTS,
    "providers": ProviderPart,
    "categories": CategoryPart,
    "limits": LimitsPart,
    "continuity": ContinuityPart,
    "deadlines": DeadlinesPart,
    "classifiers": ClassifiersPart,
}


def parse_document(text: bytes) -> Document:
    """Reads the text of the file; names in it are not resolved yet.

    Raises:
        ConfigError: it is not JSON, repeats a key, or has not the file's shape.
    """
    value = _parse_json(text)
    for path in _repeated_keys(value, ""):
        raise ConfigError("this key is there twice", path)
    if not isinstance(value, dict):
        raise ConfigError("the file must hold a JSON object")
    try:
        return Document.model_validate(value)
    except ValidationError as error:
        raise _config_error(error) from None


def render(config: RoutingConfig) -> bytes:
    """The text of a file that reads back as ``config``."""
    return json.dumps(_document(config), indent=2, ensure_ascii=False).encode() + b"\n"


def config_etag(config: RoutingConfig) -> str:
    """16 hex digits that change with every change of the config."""
    return _etag(_document(config))


def category_etag(category: Category) -> str:
    """16 hex digits that change with every change of the category or of its models."""
    resolved = [model.key for model in category.models]
    return _etag([category.name, _category(category), resolved])


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A question to end a message with; empty when nothing known is like ``word``."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


# -- reading -----------------------------------------------------------------------


class _Object(dict[str, Any]):
    """A JSON object that remembers a key which was there twice."""

    repeated: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object()
    for key, value in pairs:
        if key in made:
            made.repeated = key
        made[key] = value
    return made


def _refuse_constant(name: str) -> Any:
    raise ConfigError(f"not JSON: {name} is no JSON number")


def _parse_json(text: bytes) -> Any:
    try:
        # Editors on Windows put a byte order mark first.
        decoded = text.decode("utf-8-sig")
        return json.loads(decoded, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"not JSON: {error.msg} ({place})") from None
    except RecursionError:
        raise ConfigError("not a config: nested too deep") from None
    except ValueError:  # an integer of more digits than Python converts
        raise ConfigError("not a config: a number has too many digits") from None


def _repeated_keys(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, _Object):
        if value.repeated is not None:
            yield _join(path, value.repeated)
        for key, child in value.items():
            yield from _repeated_keys(child, _join(path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _repeated_keys(child, _join(path, index))


def _join(path: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not re.fullmatch(r"[\w.-]+", step):
        return f"{path}[{json.dumps(step)}]"
    return f"{path}.{step}" if path else step


def _config_error(error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    # Pydantic marks an error of a key itself, rather than of its value, with a last "[key]".
    location = [step for step in first["loc"] if step != "[key]"]
    path = ""
    for step in location:
        path = _join(path, step)
    kind = first["type"]
    if kind == "extra_forbidden":
        key = str(location[-1])
        return ConfigError(f"unknown key{did_you_mean(key, _known_keys(location))}", path)
    if "[key]" in first["loc"]:
        return ConfigError(f"a name must match {NAME}", path)
    if path == "version":
        return ConfigError("must be 1, the only version that this router reads", path)
    return ConfigError(_WORDS.get(kind) or _plain(first["msg"]), path)


def _known_keys(location: list[Any]) -> Collection[str]:
    for step in reversed(location[:-1]):
        if step in _PARTS:
            return _PARTS[str(step)].model_fields
    return Document.model_fields


# By pydantic's error types; where its own words would say what nobody wrote, or too little.
_WORDS: Final = {
    "dict_type": "must be an object",
    "missing": "is missing",
    "model_type": "must be an object",
    "string_pattern_mismatch": "must be the name of an environment variable",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}


def _plain(message: str) -> str:
    plain = re.sub("^Input should be (a valid )?", r"must be \1", message)
    return plain.replace("a valid integer", "an integer").replace("a valid", "a")


# -- writing -----------------------------------------------------------------------


def _document(config: RoutingConfig) -> dict[str, Any]:
    classifiers = config.classifiers
    api_model = classifiers.api.model
    return {
        "version": config.version,
        "mode": config.mode.value,
        "tools_rule": config.tools_rule.value,
        "providers": {provider.name: _provider(provider) for provider in config.providers.values()},
        "models": {
            alias: {"id": model.id, "provider": model.provider}
            | render_settings(config.model_settings.get(alias))
            for alias, model in config.aliases.items()
        },
        "categories": {
            category.name: _category(category) for category in config.categories.values()
        },
        "housekeeping": [model.name for model in config.housekeeping],
        "last_resort": config.last_resort.name if config.last_resort else None,
        "limits": asdict(config.limits),
        "continuity": asdict(config.continuity),
        "deadlines": asdict(config.deadlines),
        "classifiers": {
            "cascade_below": classifiers.cascade_below,
            "ollama": {
                "model": classifiers.ollama.model,
                "deadline_s": classifiers.ollama.deadline_s,
                "parallel": classifiers.ollama.parallel,
            },
            "api": ({"model": api_model.name} if api_model else {})
            | {
                "deadline_s": classifiers.api.deadline_s,
                "in_cascade": classifiers.api.in_cascade,
            },
        },
    }


def _provider(provider: Provider) -> dict[str, Any]:
    shown: dict[str, Any] = {"base_url": provider.base_url}
    if provider.api_key_env:
        shown["api_key_env"] = provider.api_key_env
    own = {name: value for name, value in asdict(provider.deadlines).items() if value is not None}
    return shown | {"deadlines": own} if own else shown


def _category(category: Category) -> dict[str, Any]:
    return {
        "models": [model.name for model in category.models],
        "keywords": list(category.keywords),
        "description": category.description,
        "examples": list(category.examples),
        "policy": category.policy,
    }


def _etag(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
