"""What a request asks of a model: abilities, media, room for the prompt and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from router_core.decide.chat import ChatRequest

__all__ = ["IMAGE_TOKENS", "Demands", "demands_of", "estimated_tokens"]

IMAGE_TOKENS: Final = 4_000
"""What an image is taken to cost, in tokens; its size is not looked at.

A 12-megapixel photo is 1,065 tokens on Gemini 3, 1,661 on Claude Haiku 4.5 and 4,005
on Claude 5.5, a screen of 1920x1080 is 1,101 to 2,768 (the data set
JOHNISKING/image-token-cost on Hugging Face, 2026). OpenAI's largest models, asked for
no detail, count up to 14,364 for such a photo: that alone is under-estimated.
"""

_MODALITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "image_url": "image",
        "image": "image",
        "input_image": "image",
        "input_audio": "audio",
        "audio_url": "audio",
        "file": "file",
        "input_file": "file",
        "video_url": "video",
        "input_video": "video",
    }
)
"""Types of content parts, and what a model must take to read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a model must be able to do.

    Attributes:
        tools: whether there are tools on offer.
        images, audio, files, video: parts of that kind in the whole conversation,
            0 or more; a model that takes none of a kind refuses old ones too.
        output_format: "text", "json_object" or "json_schema".
        max_output_tokens: most tokens that the caller wants back; ``None``: not said.
        answers: how many it is to answer with, 1 or more.
        prompt_tokens: estimated, rather too many than too few.
    """

    tools: bool = False
    images: int = 0
    audio: int = 0
    files: int = 0
    video: int = 0
    output_format: str = "text"
    max_output_tokens: int | None = None
    answers: int = 1
    prompt_tokens: int = 0


def demands_of(request: ChatRequest) -> Demands:
    """What ``request`` asks of the model that answers it.

    Audio, files and video add nothing to the estimate: how long they are is not known.
    """
    counts = {"image": 0, "audio": 0, "file": 0, "video": 0}
    for message in request.messages:
        for kind in message.other_parts:
            modality = _MODALITIES.get(kind)
            if modality is not None:
                counts[modality] += 1
    return Demands(
        tools=bool(request.tools),
        images=counts["image"],
        audio=counts["audio"],
        files=counts["file"],
        video=counts["video"],
        output_format=request.output_format,
        max_output_tokens=request.max_output_tokens,
        answers=request.answers,
        prompt_tokens=estimated_tokens(request.prompt_bytes) + IMAGE_TOKENS * counts["image"],
    )


def estimated_tokens(text_bytes: int) -> int:
    """Tokens of so many bytes of UTF-8: two for every five bytes, rounded up.

    Measured with the tokenizers cl100k and o200k, whichever makes more tokens, the
    estimate is this multiple of the truth: English 2.1, agents' system prompts 1.8,
    tool schemas 1.6 to 1.9, Python 1.6, Markdown 1.4, French 1.5, Russian 1.5,
    Japanese, Korean 1.2, Chinese, Hindi, Arabic 1.0. It is too low for what nobody
    writes: logs 0.9, tables of numbers and ids 0.7, hexadecimal 0.7, base64, emoji 0.6.
    """
    return -(-text_bytes * 2 // 5)
