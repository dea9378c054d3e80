"""The shape of `router_config.json` (DESIGN section 8).

No I/O. Reading goes text -> JSON -> `Document` (the file's shape) -> `RoutingConfig`
(names resolved, in `config_names`); whatever is wrong on the way is a `ConfigError`
with the path of the key at fault, such as ``categories.code.models[1]``. Values are
not repeated in the message where they could be a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from router_core.decide.config import (
    ClassifierSettings,
    ContinuitySettings,
    Deadlines,
    Mode,
    ToolsRule,
)
from router_core.decide.likeness import did_you_mean
from router_core.decide.request_limits import DataPolicy
from router_core.errors import ConfigError
from router_core.stores import config_limits, config_models, config_policies
from router_core.stores.config_limits import LedgerPart, LimitsPart
from router_core.stores.config_models import (
    DeadlineOverridesPart,
    ModelPart,
    Points,
    Seconds,
    Text,
)
from router_core.stores.config_policies import PoliciesPart, Thrift

__all__ = [
    "NAME",
    "SCHEMA",
    "VERSION",
    "Document",
    "NotJson",
    "join_path",
    "parse_document",
    "parse_json",
]

VERSION: Final = 1
"""The version of the format that this router reads and writes."""

NAME: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
"""Names of categories, aliases and providers: they stand in URLs and in ``model``."""

SCHEMA: Final = "./router_config.schema.json"
"""Where the file's own schema lies, for editors."""

MOST_CATEGORIES: Final = 5_000
MOST_MODELS: Final = 100
"""In one list."""
MOST_KEYWORDS: Final = 2_000
"""Of one category; and as many examples."""

Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
EnvironmentName = Annotated[str, StringConstraints(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
Entries = Annotated[list[Text], Field(min_length=1, max_length=MOST_MODELS)]
Keyword = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Example = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]

ClassifierSeconds = Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)]
"""Less than a breaker's probe may take: a longer one would let a second one in."""

_DEADLINES: Final = Deadlines()
_CLASSIFIERS: Final = ClassifierSettings()
_CONTINUITY: Final = ContinuitySettings()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ProviderPart(_Part):
    """An OpenAI-compatible API."""

    base_url: Text
    api_key_env: EnvironmentName | None = None
    deadlines: DeadlineOverridesPart = DeadlineOverridesPart()
    data_policy: str = DataPolicy.ALLOW.value


class CategoryPart(_Part):
    """A category; what a built-in one leaves out has its default."""

    models: Entries = []
    keywords: Annotated[list[Keyword], Field(max_length=MOST_KEYWORDS)] = []
    description: Annotated[str, StringConstraints(max_length=4_000)] = ""
    examples: Annotated[list[Example], Field(max_length=MOST_KEYWORDS)] = []
    policy: Text = "ordered"
    quality: Annotated[dict[str, Points], Field(max_length=MOST_MODELS)] = {}
    floor: Points | None = None
    thrift: Thrift | None = None


class DeadlinesPart(_Part):
    """How long to wait, in seconds."""

    connect_s: Seconds = _DEADLINES.connect_s
    first_token_s: Seconds = _DEADLINES.first_token_s
    idle_s: Seconds = _DEADLINES.idle_s
    total_s: Seconds = _DEADLINES.total_s


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

    schema_: Annotated[Text, Field(alias="$schema")] = SCHEMA
    etag: str = ""
    version: Annotated[int, Field(ge=VERSION, le=VERSION)] = VERSION
    mode: Text = Mode.CASCADE.value
    tools_rule: Text = ToolsRule.AUTO.value
    providers: Annotated[dict[Name, ProviderPart], Field(min_length=1)] = {}
    models: dict[Name, ModelPart] = {}
    categories: Annotated[dict[Name, CategoryPart], Field(max_length=MOST_CATEGORIES)] = {}
    housekeeping: Annotated[list[Text], Field(max_length=MOST_MODELS)] = []
    last_resort: Text | None = None
    disabled_envelopes: Annotated[list[Text], Field(max_length=MOST_MODELS)] = []
    limits: LimitsPart = LimitsPart()
    continuity: ContinuityPart = ContinuityPart()
    deadlines: DeadlinesPart = DeadlinesPart()
    classifiers: ClassifiersPart = ClassifiersPart()
    ledger: LedgerPart = LedgerPart()
    policies: PoliciesPart = PoliciesPart()


_PARTS: Final[dict[str, type[BaseModel]]] = {
    **config_models.PARTS,
    **config_limits.PARTS,
    **config_policies.PARTS,
    "providers": ProviderPart,
    "categories": CategoryPart,
    "continuity": ContinuityPart,
    "deadlines": DeadlinesPart,
    "classifiers": ClassifiersPart,
}


class NotJson(ConfigError):
    """The file holds no JSON object: it was damaged, or is half written."""


def parse_json(text: bytes) -> dict[str, Any]:
    """Reads the text of the file as a JSON object, whatever is in it.

    Raises:
        ConfigError: it is none, or repeats a key.
    """
    try:
        value = _parse_json(text)
        for path in _repeated_keys(value, ""):
            raise ConfigError("this key is there twice", path)
    except RecursionError:  # in reading, or later: newer Pythons read deeper than they call
        raise ConfigError("not a config: nested too deep") from None
    if not isinstance(value, dict):
        raise NotJson("the file must hold a JSON object")
    return value


def parse_document(value: Mapping[str, Any]) -> Document:
    """Reads the JSON object of the file; names in it are not resolved yet.

    Raises:
        ConfigError: it has not the file's shape.
    """
    try:
        return Document.model_validate(value)
    except ValidationError as error:
        raise _config_error(error) from None


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
    raise NotJson(f"not JSON: {name} is no JSON number")


def _parse_json(text: bytes) -> Any:
    try:
        # Editors on Windows put a byte order mark first.
        decoded = text.decode("utf-8-sig")
        return json.loads(decoded, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"not JSON: {error.msg} ({place})") from None
    except ValueError:  # an integer of more digits than Python converts
        raise ConfigError("not a config: a number has too many digits") from None


def _repeated_keys(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, _Object):
        if value.repeated is not None:
            yield join_path(path, value.repeated)
        for key, child in value.items():
            yield from _repeated_keys(child, join_path(path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _repeated_keys(child, join_path(path, index))


def join_path(path: str, step: str | int) -> str:
    """The path of a key or of a place in a list below ``path``."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not re.fullmatch(r"\w[\w.-]*", step):
        return f"{path}[{json.dumps(step)}]"
    return f"{path}.{step}" if path else step


def _config_error(error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    # Pydantic marks an error of a key itself, rather than of its value, with a last "[key]".
    location = [step for step in first["loc"] if step != "[key]"]
    path = ""
    for step in location:
        path = join_path(path, step)
    kind = first["type"]
    if kind == "extra_forbidden":
        key = str(location[-1])
        return ConfigError(f"unknown key{did_you_mean(key, _known_keys(location))}", path)
    if "[key]" in first["loc"]:
        return ConfigError(f"a name must match {NAME}", path)
    if path == "version":
        return ConfigError(f"must be {VERSION}, the version that this router reads", path)
    if kind == "too_long":
        return ConfigError(f"must have {first['ctx']['max_length']:,} entries at the most", path)
    return ConfigError(_WORDS.get(kind) or _plain(first["msg"]), path)


def _known_keys(location: list[Any]) -> Collection[str]:
    for step in reversed(location[:-1]):
        if step in _PARTS:
            return _PARTS[str(step)].model_fields
    return [field.alias or name for name, field in Document.model_fields.items()]


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
    plain = re.sub("^[A-Z][a-z]+ should have ", "must have ", plain)
    return plain.replace("a valid integer", "an integer").replace("a valid", "a")
