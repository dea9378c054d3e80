"""Every endpoint that changes the config, with a good request for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from google.protobuf.message import Message

from tests.rest_shim.scripted_core import ScriptedCore
from tests.rest_shim.scripted_core import config_categories_pb2 as pb

CHANGE = pb.ConfigChange(changes=["category law: added"], warnings=["mind"])
CHANGE_JSON = {"changes": ["category law: added"], "warnings": ["mind"], "replay": None}
LAW = pb.Category(name="law", models=["glm-5"], etag="c1")
GLM = pb.ModelAlias(alias="glm-5", id="z-ai/glm-5")
CONFIG = pb.RouterConfig(version=1, mode="keywords")


@dataclass(frozen=True)
class Write:
    """One of them.

    Attributes:
        body: None: it has none.
        call: the core's method that it becomes.
        request: what the core is asked, without etag.
        answer: what the core answers.
        status: where the change was made.
        etag: in the answer's header; None: there is none.
    """

    method: str
    path: str
    body: dict[str, Any] | None
    call: str
    request: Message
    answer: Message
    status: int = 200
    etag: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    async def send(self, client: httpx.AsyncClient, prefix: str = "", **options: Any) -> Any:
        """Sends it; ``options`` as of `httpx.AsyncClient.request`."""
        if self.body is not None and "content" not in options:
            options.setdefault("json", self.body)
        return await client.request(self.method, prefix + self.path, **options)

    def script(self, core: ScriptedCore) -> None:
        """Makes the core answer."""
        core.answers(self.call, self.answer)


_UPDATE = pb.UpdateConfigRequest(config=CONFIG)
_UPDATE.config.ClearField("version")
_UPDATE.config.deadlines.first_token.seconds = 20
_UPDATE.update_mask.paths.extend(["mode", "deadlines.first_token"])
_PATCH = pb.UpdateCategoryRequest(category=pb.Category(name="law", keywords=["court"]))
_PATCH.update_mask.paths.append("keywords")

WRITES = [
    Write(
        "POST",
        "/config/category",
        {"name": "law", "models": ["glm-5"]},
        "CreateCategory",
        pb.CreateCategoryRequest(category=pb.Category(name="law", models=["glm-5"])),
        pb.CreateCategoryResponse(category=LAW, change=CHANGE),
        status=201,
        etag="c1",
    ),
    Write(
        "POST",
        "/config/model-mapping",
        {"category": "law", "models": ["glm-5"]},
        "ReplaceModels",
        pb.ReplaceModelsRequest(category="law", models=["glm-5"]),
        pb.ReplaceModelsResponse(category=LAW, change=CHANGE),
        etag="c1",
    ),
    Write(
        "PATCH",
        "/config/category/law",
        {"keywords": ["court"]},
        "UpdateCategory",
        _PATCH,
        pb.UpdateCategoryResponse(category=LAW, change=CHANGE),
        etag="c1",
    ),
    Write(
        "DELETE",
        "/config/category/law",
        None,
        "DeleteCategory",
        pb.DeleteCategoryRequest(name="law"),
        pb.DeleteCategoryResponse(change=CHANGE),
        status=204,
    ),
    Write(
        "PUT",
        "/config/model/glm-5",
        {"id": "z-ai/glm-5"},
        "PutModel",
        pb.PutModelRequest(model=GLM),
        pb.PutModelResponse(model=GLM, change=CHANGE),
    ),
    Write(
        "DELETE",
        "/config/model/glm-5",
        None,
        "DeleteModel",
        pb.DeleteModelRequest(alias="glm-5"),
        pb.DeleteModelResponse(change=CHANGE),
        status=204,
    ),
    Write(
        "PATCH",
        "/config",
        {"mode": "keywords", "deadlines": {"first_token_s": 20}},
        "UpdateConfig",
        _UPDATE,
        pb.UpdateConfigResponse(config=CONFIG, etag="e2", change=CHANGE),
        etag="e2",
    ),
    Write(
        "POST",
        "/config/rollback",
        {"version": 3},
        "RollbackConfig",
        pb.RollbackConfigRequest(version=3),
        pb.RollbackConfigResponse(config=CONFIG, etag="e2", change=CHANGE),
        etag="e2",
    ),
]
