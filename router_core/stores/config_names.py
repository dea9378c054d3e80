"""Resolves the names of a `Document`: aliases, providers, modes. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from router_core.decide.config import (
    ApiSettings,
    AtLimit,
    Category,
    ClassifierSettings,
    ContinuitySettings,
    DeadlineOverrides,
    Deadlines,
    Limits,
    Mode,
    ModelRef,
    OllamaSettings,
    Provider,
    RoutingConfig,
    ToolsRule,
)
from router_core.decide.defaults import (
    API_CLASSIFIER,
    BUILT_IN_CATEGORIES,
    BUILT_IN_MODELS,
    OPENROUTER,
    default_description,
    default_keywords,
)
from router_core.decide.envelopes import CLIENTS
from router_core.decide.likeness import did_you_mean
from router_core.decide.policies import POLICIES
from router_core.decide.policy_settings import TimeTo
from router_core.decide.request_limits import DataPolicy
from router_core.decide.target import AUTOMATIC_NAMES, resolve_model
from router_core.errors import ConfigError
from router_core.stores.config_document import (
    CategoryPart,
    ClassifiersPart,
    Document,
    ProviderPart,
    join_path,
)
from router_core.stores.config_limits import LimitsPart, ledger_settings, spending_limits
from router_core.stores.config_models import ModelPart, model_settings
from router_core.stores.config_policies import policy_settings, request_limits

__all__ = ["check_base_url", "check_mode", "resolve"]

_Choice = TypeVar("_Choice", bound=StrEnum)


def resolve(document: Document) -> RoutingConfig:
    """The config that a document stands for.

    A built-in category that the document lacks has its defaults, and so has a
    built-in alias that a list uses and ``models`` lacks.

    Raises:
        ConfigError: a name in it stands for nothing.
    """
    providers = _providers(document)
    names = _Names(providers=providers, aliases=_aliases(document, providers))
    return RoutingConfig(
        providers=providers,
        aliases=names.aliases,
        categories=_categories(document, names),
        mode=check_mode(document.mode, "mode"),
        tools_rule=_choose(ToolsRule, document.tools_rule, "tools_rule"),
        housekeeping=_models(document.housekeeping, "housekeeping", names),
        last_resort=_last_resort(document.last_resort, names),
        disabled_envelopes=_clients(document.disabled_envelopes, "disabled_envelopes"),
        continuity=ContinuitySettings(**document.continuity.model_dump()),
        deadlines=Deadlines(**document.deadlines.model_dump()),
        classifiers=_classifiers(document.classifiers, names),
        limits=_limits(document.limits, names),
        model_settings={
            alias: settings
            for alias, part in document.models.items()
            if (settings := model_settings(part))
        },
        ledger=ledger_settings(document.ledger),
        policies=policy_settings(
            document.policies, _choose(TimeTo, document.policies.time_to, "policies.time_to")
        ),
        version=document.version,
    )


def check_mode(mode: str, path: str) -> Mode:
    """The mode of that name, from the key or variable at ``path``.

    Raises:
        ConfigError: there is none.
    """
    return _choose(Mode, mode, path)


def check_base_url(url: str, path: str) -> str:
    """The URL without its trailing "/".

    Raises:
        ConfigError: it is no plain http or https URL. The message does not repeat
            it: it may hold a password.
    """
    if not url.isprintable() or " " in url:
        raise ConfigError("must be a URL without spaces or control characters", path)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigError("must be an http:// or https:// URL", path) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError("must be an http:// or https:// URL", path)
    if parts.username is not None or parts.password is not None:
        raise ConfigError("must not hold a user or a password; keys go by api_key_env", path)
    if parts.query or parts.fragment:
        raise ConfigError("must not have a query or a fragment", path)
    return url.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What an entry may refer to; built-in aliases join ``aliases`` as they are used."""

    providers: Mapping[str, Provider]
    aliases: dict[str, ModelRef]


def _providers(document: Document) -> dict[str, Provider]:
    if not document.providers:
        return {OPENROUTER.name: OPENROUTER}
    return {name: _provider(name, part) for name, part in document.providers.items()}


def _provider(name: str, part: ProviderPart) -> Provider:
    base_url = check_base_url(part.base_url, f"providers.{name}.base_url")
    return Provider(
        name=name,
        base_url=base_url,
        api_key_env=part.api_key_env,
        deadlines=DeadlineOverrides(**part.deadlines.model_dump()),
        data_policy=_choose(DataPolicy, part.data_policy, f"providers.{name}.data_policy"),
    )


def _aliases(document: Document, providers: Mapping[str, Provider]) -> dict[str, ModelRef]:
    for alias, part in document.models.items():
        _check_name(alias, f"models.{alias}")
        # Aliases of aliases would run in circles; a server may name its model like its alias.
        if part.id in document.models and part.id != alias:
            wanted = f"{part.id!r} is an alias itself; write the provider's id of the model"
            raise ConfigError(wanted, f"models.{alias}.id")
    return {alias: _alias(alias, part, providers) for alias, part in document.models.items()}


def _check_name(name: str, path: str) -> None:
    if name in AUTOMATIC_NAMES:
        raise ConfigError("this name lets the router choose; take another", path)


def _alias(alias: str, part: ModelPart, providers: Mapping[str, Provider]) -> ModelRef:
    provider = part.provider or next(iter(providers))
    if provider == OPENROUTER.name and part.id == alias:
        wanted = f"{part.id!r} is the alias itself; write OpenRouter's id, which has a '/'"
        raise ConfigError(wanted, f"models.{alias}.id")
    _check_provider(provider, f"models.{alias}.provider", providers)
    return ModelRef(name=alias, id=part.id, provider=provider)


def _check_provider(name: str, path: str, providers: Mapping[str, Provider]) -> None:
    if name not in providers:
        raise ConfigError(f"no provider {name!r}{did_you_mean(name, providers)}", path)


def _built_in_model(alias: str, providers: Mapping[str, Provider]) -> ModelRef:
    """A built-in alias, at OpenRouter if that is configured, else at the default provider."""
    provider = OPENROUTER.name if OPENROUTER.name in providers else next(iter(providers))
    return ModelRef(name=alias, id=BUILT_IN_MODELS[alias], provider=provider)


def _categories(document: Document, names: _Names) -> dict[str, Category]:
    for name in document.categories:
        _check_name(name, f"categories.{name}")
    parts = {name: CategoryPart() for name in BUILT_IN_CATEGORIES} | document.categories
    return {name: _category(name, part, names) for name, part in parts.items()}


def _category(name: str, part: CategoryPart, names: _Names) -> Category:
    path = f"categories.{name}"
    entries = part.models or BUILT_IN_CATEGORIES.get(name)
    if not entries:
        raise ConfigError("is missing", f"{path}.models")
    if part.policy not in POLICIES:
        raise ConfigError(_unknown("policy", part.policy, POLICIES), f"{path}.policy")
    written = part.model_fields_set
    models = _models(entries, f"{path}.models", names)
    return Category(
        name=name,
        models=models,
        keywords=tuple(part.keywords) if "keywords" in written else default_keywords(name),
        description=part.description if "description" in written else default_description(name),
        examples=tuple(part.examples),
        policy=part.policy,
        quality=_quality(part.quality, models, path, names),
        floor=part.floor,
        thrift=part.thrift,
        built_in=name in BUILT_IN_CATEGORIES,
    )


def _quality(
    told: Mapping[str, float], models: Collection[ModelRef], category: str, names: _Names
) -> dict[str, float]:
    """What a category says of its models, by their names in its list.

    Args:
        told: by any name of a model, as an entry of the list could have it.
        models: the list.
        category: its path.
    """
    listed = {model.key: model.name for model in reversed(list(models))}
    listed_names = {model.name for model in models}
    resolved: dict[str, float] = {}
    for entry, points in told.items():
        path = join_path(f"{category}.quality", entry)
        name = entry if entry in listed_names else listed.get(_model(entry, path, names).key)
        if name is None:
            raise ConfigError(f"{entry!r} is not in {category}.models", path)
        if name in resolved:
            raise ConfigError(f"{name} is there twice, under another name", path)
        resolved[name] = points
    return resolved


def _limits(part: LimitsPart, names: _Names) -> Limits:
    path, each = "limits.per_request", part.per_request
    for key, entries in (
        ("allowed_providers", each.allowed_providers),
        ("excluded_providers", each.excluded_providers),
    ):
        for index, name in enumerate(entries):
            _check_provider(name, f"{path}.{key}[{index}]", names.providers)
    models = {
        "allowed_models": _limited(each.allowed_models, f"{path}.allowed_models", names),
        "excluded_models": _limited(each.excluded_models, f"{path}.excluded_models", names),
    }
    data_policy = _choose(DataPolicy, each.data_policy, f"{path}.data_policy")
    at_limit = _choose(AtLimit, part.at_limit, "limits.at_limit")
    limits = request_limits(each.model_copy(update=models), data_policy)
    return spending_limits(part, at_limit, limits)


def _limited(entries: Collection[str], path: str, names: _Names) -> list[str]:
    """The models that a limit names, as written.

    It brings no built-in alias into the config: one that no list uses is written out.
    """
    alone = _Names(providers=names.providers, aliases=dict(names.aliases))
    return [
        f"{model.provider}:{model.id}"
        if entry in alone.aliases and entry not in names.aliases
        else entry
        for entry, model in zip(entries, _models(entries, path, alone), strict=True)
    ]


def _models(entries: Collection[str], path: str, names: _Names) -> tuple[ModelRef, ...]:
    return tuple(_model(entry, f"{path}[{i}]", names) for i, entry in enumerate(entries))


def _model(entry: str, path: str, names: _Names) -> ModelRef:
    """The model of one entry: an alias, ``provider:id``, or an id of the default provider."""
    prefix, colon, model_id = entry.partition(":")
    # No id has a ":" before its first "/", so such a prefix was meant as a provider.
    if colon and "/" not in prefix and prefix not in names.providers:
        hint = did_you_mean(prefix, names.providers)
        raise ConfigError(f"no provider {prefix!r} (in {entry!r}){hint}", path)
    if colon and not model_id:
        raise ConfigError(f"{entry!r} names no model", path)
    if model := resolve_model(entry, names.providers, names.aliases):
        return model
    if entry in BUILT_IN_MODELS:
        names.aliases[entry] = _built_in_model(entry, names.providers)
        return names.aliases[entry]
    hint = did_you_mean(entry, names.aliases)
    raise ConfigError(f"no alias {entry!r} in models, and no id (it has no '/'){hint}", path)


def _last_resort(entry: str | None, names: _Names) -> ModelRef | None:
    return None if entry is None else _model(entry, "last_resort", names)


def _clients(names: Collection[str], path: str) -> frozenset[str]:
    for index, name in enumerate(names):
        if name not in CLIENTS:
            raise ConfigError(_unknown("client", name, CLIENTS), f"{path}[{index}]")
    return frozenset(names)


def _classifiers(part: ClassifiersPart, names: _Names) -> ClassifierSettings:
    model = names.aliases.get(API_CLASSIFIER)
    if part.api.model is not None:
        model = _model(part.api.model, "classifiers.api.model", names)
    api = ApiSettings(model=model, deadline_s=part.api.deadline_s, in_cascade=part.api.in_cascade)
    ollama = OllamaSettings(**part.ollama.model_dump())
    return ClassifierSettings(cascade_below=part.cascade_below, ollama=ollama, api=api)


def _choose(choices: type[_Choice], word: str, path: str) -> _Choice:
    try:
        return choices(word)
    except ValueError:
        known = [choice.value for choice in choices]
        raise ConfigError(_unknown("value", word, known), path) from None


def _unknown(what: str, word: str, known: Collection[str]) -> str:
    return f"unknown {what} {word!r}; there is: {', '.join(known)}{did_you_mean(word, known)}"
