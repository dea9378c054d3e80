"""Calls that change the config, each as REST has it and as gRPC has it.

The two forms stand side by side and are made by hand, so that neither is made by the
code under test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from hypothesis import strategies as st

from llm_router.v1 import config_categories_pb2 as pb

T = TypeVar("T")


def mostly(*good: T, bad: Sequence[T]) -> st.SearchStrategy[T]:
    """Values that are taken, and now and then one that is refused."""
    return st.integers(0, 5).flatmap(lambda n: st.sampled_from(bad if n == 3 else good))


NAMES = mostly("law", "law", "poems", "code", bad=["conversation", "No Name", "a" * 65, "é"])
MODELS = mostly(
    ["glm-5"],
    ["gpt-4o-mini", "glm-5"],
    ["z-ai/glm-5"],
    ["openrouter:x/y", "kimi-k2.5"],
    bad=[[], ["fast"], ["nowhere:x"], ["glm-5", "glm-6"], [""]],
)
ALIASES = mostly("fast", "glm-5", "spare", bad=["kimi-k2.5", "Bad", "x" * 65])
WORDS = mostly([], ["court"], ["contract", "été"], bad=[[""]])
POLICIES = mostly("", "ordered", "balanced", bad=["luck"])
POINTS = mostly({}, {"glm-5": 82.0}, {"glm-5": 0.0, "z-ai/x": 50.5}, bad=[{"glm-5": 101.0}])


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        rpc: the method of ConfigCategoriesService.
        method, path, body: the same over REST; body None: there is none.
        request: the gRPC request; ``etag`` and ``validate_only`` are added later.
        shown: the field of the gRPC answer that REST shows at the top; empty: all of it.
        etag: which one goes along: "none", "config", "category", "stale" or "made up".
        category: whose etag "category" is.
        dry_run: whether it is only tried.
    """

    rpc: str
    method: str
    path: str
    request: Message
    body: Mapping[str, Any] | None = None
    shown: str = ""
    etag: str = "none"
    category: str = "code"
    dry_run: bool = False

    @property
    def changes(self) -> bool:
        """Whether it is a change, and no look."""
        return self.method != "GET"

    def __repr__(self) -> str:
        dry = ", dry run" if self.dry_run else ""
        return f"<{self.method} {self.path} {self.body} etag {self.etag}{dry}>"


@dataclass(frozen=True)
class Edit:
    """Some of the config's or a category's keys: in JSON, as a message, and as a mask."""

    shown: dict[str, Any]
    message: Any
    paths: tuple[str, ...] = field(default=())


def _config(path: str, shown: dict[str, Any], **fields: Any) -> Edit:
    return Edit(shown, pb.RouterConfig(**fields), (path,))


CONFIG_EDITS = [
    _config("mode", {"mode": "keywords"}, mode="keywords"),
    _config("mode", {"mode": "guess"}, mode="guess"),
    _config("mode", {"mode": None}),
    _config("tools_rule", {"tools_rule": "present"}, tools_rule="present"),
    _config("version", {"version": 1}, version=1),
    _config("version", {"version": 2}, version=2),
    _config(
        "deadlines.first_token",
        {"deadlines": {"first_token_s": 20}},
        deadlines=pb.Deadlines(first_token=Duration(seconds=20)),
    ),
    _config(
        "deadlines.idle",
        {"deadlines": {"idle_s": -1.5}},
        deadlines=pb.Deadlines(idle=Duration(seconds=-1, nanos=-500_000_000)),
    ),
    _config("deadlines.total", {"deadlines": {"total_s": None}}),
    _config(
        "continuity.cache",
        {"continuity": {"cache_s": 0.25}},
        continuity=pb.Continuity(cache=Duration(nanos=250_000_000)),
    ),
    _config(
        "continuity.enabled",
        {"continuity": {"enabled": False}},
        continuity=pb.Continuity(enabled=False),
    ),
    _config("limits.max_queued", {"limits": {"max_queued": 0}}, limits=pb.Limits(max_queued=0)),
    _config(
        "limits.max_concurrent",
        {"limits": {"max_concurrent": 10**6}},
        limits=pb.Limits(max_concurrent=10**6),
    ),
    _config("limits.daily_usd", {"limits": {"daily_usd": 5}}, limits=pb.Limits(daily_usd="5")),
    _config("limits.daily_usd", {"limits": {"daily_usd": None}}),
    _config("limits.daily_usd", {"limits": {"daily_usd": -5}}, limits=pb.Limits(daily_usd="-5")),
    _config(
        "limits.per_caller.monthly_usd",
        {"limits": {"per_caller": {"monthly_usd": "0.50"}}},
        limits=pb.Limits(per_caller=pb.SpendingLimits(monthly_usd="0.50")),
    ),
    _config("limits.at_limit", {"limits": {"at_limit": "nope"}}, limits=pb.Limits(at_limit="nope")),
    _config(
        "limits.per_request.max_cost_usd",
        {"limits": {"per_request": {"max_cost_usd": 0}}},
        limits=pb.Limits(per_request=pb.RequestLimits(max_cost_usd="0")),
    ),
    _config(
        "limits.per_request.allowed_models",
        {"limits": {"per_request": {"allowed_models": ["glm-5", "fast"]}}},
        limits=pb.Limits(per_request=pb.RequestLimits(allowed_models=["glm-5", "fast"])),
    ),
    _config(
        "limits.per_request.excluded_models",
        {"limits": {"per_request": {"excluded_models": ["kimi-k2.5"]}}},
        limits=pb.Limits(per_request=pb.RequestLimits(excluded_models=["kimi-k2.5"])),
    ),
    _config(
        "limits.per_request.excluded_providers",
        {"limits": {"per_request": {"excluded_providers": ["none"]}}},
        limits=pb.Limits(per_request=pb.RequestLimits(excluded_providers=["none"])),
    ),
    _config("limits.per_request.data_policy", {"limits": {"per_request": {"data_policy": None}}}),
    _config("policies.thrift", {"policies": {"thrift": 0}}, policies=pb.PolicySettings(thrift=0)),
    _config("policies.thrift", {"policies": {"thrift": 11}}, policies=pb.PolicySettings(thrift=11)),
    _config("policies.thrift", {"policies": {"thrift": None}}),
    _config(
        "policies.time_to",
        {"policies": {"time_to": "first_token"}},
        policies=pb.PolicySettings(time_to="first_token"),
    ),
    _config(
        "ledger.keep_totals_days",
        {"ledger": {"keep_totals_days": 7}},
        ledger=pb.LedgerSettings(keep_totals_days=7),
    ),
    _config(
        "classifiers.cascade_below",
        {"classifiers": {"cascade_below": 0}},
        classifiers=pb.Classifiers(cascade_below=0),
    ),
    _config(
        "classifiers.api.in_cascade",
        {"classifiers": {"api": {"in_cascade": True}}},
        classifiers=pb.Classifiers(api=pb.ApiClassifier(in_cascade=True)),
    ),
    _config("housekeeping", {"housekeeping": ["glm-5"]}, housekeeping=["glm-5"]),
    _config("housekeeping", {"housekeeping": []}),
    _config("last_resort", {"last_resort": "gpt-4o-mini"}, last_resort="gpt-4o-mini"),
    _config("last_resort", {"last_resort": "nothing"}, last_resort="nothing"),
    _config("models", {"models": []}),
    _config(
        "categories",
        {"categories": [{"name": "law", "models": ["glm-5"]}] * 2},
        categories=[pb.Category(name="law", models=["glm-5"])] * 2,
    ),
    _config(
        "providers",
        {"providers": [{"name": "local", "base_url": "http://localhost:1/v1"}]},
        providers=[pb.Provider(name="local", base_url="http://localhost:1/v1")],
    ),
]


def _merged(into: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        inner = into.get(key)
        both = isinstance(inner, dict) and isinstance(value, dict)
        into[key] = _merged(dict(inner), value) if both else value  # type: ignore[arg-type]  # both are
    return into


def update_config(edits: list[Edit]) -> Call:
    asked = pb.UpdateConfigRequest(config=pb.RouterConfig(), update_mask=FieldMask())
    body: dict[str, Any] = {}
    for edit in edits:
        asked.config.MergeFrom(edit.message)
        asked.update_mask.paths.extend(edit.paths)
        body = _merged(body, edit.shown)
    return Call("UpdateConfig", "PATCH", "/config", asked, body)


def update_category(name: str, fields: dict[str, Any]) -> Call:
    told = {key: value for key, value in fields.items() if value is not None}
    asked = pb.UpdateCategoryRequest(
        category=pb.Category(name=name, **told), update_mask=FieldMask(paths=list(fields))
    )
    path = f"/config/category/{name}"
    return Call("UpdateCategory", "PATCH", path, asked, fields, "category", category=name)


def create(name: str, models: list[str], keywords: list[str], policy: str) -> Call:
    fields = {"name": name, "models": models, "keywords": keywords, "policy": policy}
    asked = pb.CreateCategoryRequest(category=pb.Category(**fields))  # type: ignore[arg-type]  # a keyword bag
    return Call("CreateCategory", "POST", "/config/category", asked, fields, "category")


def replace(name: str, models: list[str]) -> Call:
    asked = pb.ReplaceModelsRequest(category=name, models=models)
    body = {"category": name, "models": models}
    path = "/config/model-mapping"
    return Call("ReplaceModels", "POST", path, asked, body, "category", category=name)


def delete(name: str) -> Call:
    asked = pb.DeleteCategoryRequest(name=name)
    return Call("DeleteCategory", "DELETE", f"/config/category/{name}", asked, category=name)


MODEL_EDITS = [
    Edit({"id": "z-ai/glm-5"}, pb.ModelAlias(id="z-ai/glm-5")),
    Edit(
        {"id": "x/y", "provider": "openrouter", "max_concurrent": 4, "quality": 0, "ttft_ms": 9.5},
        pb.ModelAlias(id="x/y", provider="openrouter", max_concurrent=4, quality=0, ttft_ms=9.5),
    ),
    Edit({"id": "x/y", "provider": "none"}, pb.ModelAlias(id="x/y", provider="none")),
    Edit({}, pb.ModelAlias()),
    Edit(
        {"id": "x/y", "deadlines": {"first_token_s": 2.5}, "context_length": 2**33},
        pb.ModelAlias(
            id="x/y",
            deadlines=pb.Deadlines(first_token=Duration(seconds=2, nanos=500_000_000)),
            context_length=2**33,
        ),
    ),
    Edit(
        {
            "id": "x/y",
            "pricing": {"prompt": "0.001", "overrides": [{"min_prompt_tokens": 9, "prompt": "1"}]},
            "input_modalities": ["text", "image"],
        },
        pb.ModelAlias(
            id="x/y",
            pricing=pb.Pricing(
                prompt="0.001", overrides=[pb.PriceOverride(min_prompt_tokens=9, prompt="1")]
            ),
            input_modalities=["text", "image"],
        ),
    ),
    Edit(
        {"id": "x/y", "pricing": {"prompt": "dear"}},
        pb.ModelAlias(id="x/y", pricing=pb.Pricing(prompt="dear")),
    ),
]


def put(alias: str, edit: Edit) -> Call:
    asked = pb.PutModelRequest(model=pb.ModelAlias(alias=alias))
    asked.model.MergeFrom(edit.message)
    return Call("PutModel", "PUT", f"/config/model/{alias}", asked, edit.shown, "model")


def delete_model(alias: str) -> Call:
    asked = pb.DeleteModelRequest(alias=alias)
    return Call("DeleteModel", "DELETE", f"/config/model/{alias}", asked)


def roll_back(version: int) -> Call:
    asked = pb.RollbackConfigRequest(version=version)
    return Call("RollbackConfig", "POST", "/config/rollback", asked, {"version": version})


LOOKS = [
    Call("GetConfig", "GET", "/config", pb.GetConfigRequest()),
    Call("ListCategories", "GET", "/config/category", pb.ListCategoriesRequest()),
    Call("ListConfigVersions", "GET", "/config/versions", pb.ListConfigVersionsRequest()),
]


def get(name: str) -> Call:
    asked = pb.GetCategoryRequest(name=name)
    return Call("GetCategory", "GET", f"/config/category/{name}", asked, shown="category")


CATEGORY_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "models": MODELS,
        "keywords": WORDS,
        "examples": WORDS,
        "description": st.none() | st.sampled_from(["", "Courts"]),
        "policy": st.none() | POLICIES,
        "quality": st.none() | POINTS,
        "floor": st.none() | mostly(0.0, 70.0, bad=[-1.0]),
        "thrift": st.none() | mostly(0.0, 10.0, bad=[10.5]),
    },
)
_CHANGES = st.one_of(
    st.builds(create, NAMES, MODELS, WORDS, POLICIES),
    st.builds(update_category, NAMES, CATEGORY_FIELDS),
    st.builds(replace, NAMES, MODELS),
    st.builds(delete, NAMES),
    st.builds(put, ALIASES, st.sampled_from(MODEL_EDITS)),
    st.builds(delete_model, ALIASES),
    # Of two edits of one key, JSON has the last and a message whatever both leave in it.
    st.builds(
        update_config,
        st.lists(st.sampled_from(CONFIG_EDITS), max_size=2, unique_by=lambda edit: edit.paths),
    ),
    st.builds(roll_back, st.integers(-1, 6)),
)
_ETAGS = mostly("none", "config", "category", bad=["stale", "made up"])


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """A call of any kind, good or bad, with any etag."""
    if draw(st.integers(0, 5)) == 3:
        return draw(st.sampled_from(LOOKS) | st.builds(get, NAMES))
    made = draw(_CHANGES)
    with_etag = {"etag": draw(_ETAGS), "dry_run": draw(st.integers(0, 5)) == 3}
    return Call(**(vars(made) | with_etag))
