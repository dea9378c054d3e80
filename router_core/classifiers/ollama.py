"""A small model on Ollama as a classifier (DESIGN section 4).

    ollama = OllamaClassifier(settings.ollama_host, clock)
    ollama.start(config)                       # loads the model; nobody waits for it
    opinion = await ollama.classify(question)

It is asked for one letter. Where it is cold, busy, slow, wrong or away, it says why
within its deadline, and the next classifier is asked:

- cold: at once, while one load runs in the background (`ollama_warmth`);
- failing: at once, while its breaker is open;
- busy: after half the deadline;
- slow: at the deadline.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from router_core.app.ports import Clock, Opinion, Question
from router_core.classifiers.ollama_host import ollama_url
from router_core.decide.config import RoutingConfig
from router_core.decide.labels import LabelQuestion, choices_of

if TYPE_CHECKING:
    from router_core.classifiers.ollama_api import OllamaApi
    from router_core.classifiers.ollama_model import OllamaModel

__all__ = ["OllamaClassifier"]

KEEP_ALIVE_S: Final = 1800.0
"""How long Ollama keeps the model after an answer, in seconds: half an hour."""


class OllamaClassifier:
    """A model on Ollama behind `app.ports.Classifier`.

    Which model, how many calls at once and how long one may take stand in the config
    that comes with a question, and may be others with the next.

    Args:
        host: where Ollama listens, as in ``OLLAMA_HOST``.
        keep_alive_s: how long Ollama keeps the model after an answer, in seconds.

    Raises:
        ConfigError: there is no such address.
    """

    def __init__(self, host: str, clock: Clock, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self._url = ollama_url(host)
        self._api: OllamaApi | None = None
        self._keep_alive_s = keep_alive_s
        self._clock = clock
        self._models: dict[str, OllamaModel] = {}

    async def classify(self, question: Question) -> Opinion:
        """The model's opinion.

        Raises:
            ClassifierUnavailable: it has none, and why.
        """
        settings = question.config.classifiers.ollama
        return await self._model(settings.model).ask(
            _asked(question.config, question.choices),
            question.text,
            deadline_s=settings.deadline_s,
            parallel=settings.parallel,
        )

    def start(self, config: RoutingConfig) -> None:
        """Begins to load the config's model in the background; wants a running loop."""
        self._model(config.classifiers.ollama.model).load(_usual_question(config))

    async def warm_up(self, config: RoutingConfig) -> None:
        """Loads the config's model and waits until it has answered once.

        Raises:
            ClassifierUnavailable: it did not, and why.
        """
        await self._model(config.classifiers.ollama.model).warm_up(_usual_question(config))

    async def close(self) -> None:
        """Ends what runs in the background and closes the connections."""
        await asyncio.gather(*(model.close() for model in self._models.values()))
        if self._api is not None:
            await self._api.close()

    def _model(self, name: str) -> OllamaModel:
        """The model of that name, with what is known of it."""
        if name not in self._models:
            from router_core.classifiers.ollama_api import (  # noqa: PLC0415  # a fifth of the start of a command, and most ask nobody
                OllamaApi,
            )
            from router_core.classifiers.ollama_model import OllamaModel  # noqa: PLC0415  # the same

            if self._api is None:
                self._api = OllamaApi(self._url, self._keep_alive_s)
            self._models[name] = OllamaModel(self._api, name, self._keep_alive_s, self._clock)
        return self._models[name]


def _asked(config: RoutingConfig, choices: tuple[str, ...]) -> LabelQuestion:
    return LabelQuestion(tuple(config.categories[name] for name in choices))


def _usual_question(config: RoutingConfig) -> LabelQuestion:
    """The question that is put while there are not too many categories."""
    return _asked(config, choices_of(config.categories, ()))
