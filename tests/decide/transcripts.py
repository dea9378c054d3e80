"""Conversations for the portability tests: ordinary, broken and odd ones, and what is legal."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_letters, digits
from typing import Any

from hypothesis import strategies as st

from router_core.decide.config import ModelRef

__all__ = [
    "GLM",
    "MISTRAL",
    "bodies",
    "call",
    "call_ids",
    "models",
    "orderly",
    "problems",
    "result",
]

_Draw = Callable[[st.SearchStrategy[Any]], Any]

GLM = ModelRef(name="glm-5", id="z-ai/glm-5", provider="openrouter")
MISTRAL = ModelRef(name="small", id="mistralai/mistral-small", provider="openrouter")

models = st.sampled_from(
    [
        GLM,
        MISTRAL,
        ModelRef(name="kimi", id="moonshotai/kimi-k2.5", provider="openrouter"),
        ModelRef(name="local", id="devstral:24b", provider="local"),
    ]
)

SIGNED = {"google": {"thought_signature": "c2ln"}}


def call(call_id: Any, name: str = "read", **more: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": '{"path":"note.txt"}'}
    return {"id": call_id, "type": "function", "function": function, **more}


def result(call_id: Any, content: Any = "BANANA", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


# -- what there is ----------------------------------------------------------------

_texts = st.sampled_from(["", "hello", "naïve", "why?", "{}", "再见"])
_ids = st.sampled_from(
    [
        *("callabc0", "call_1", "abcDEF123", "functions.read:0", "functions.ls:1"),
        *("", "x" * 41, "call_1234", "call 2", "é", "b\n", "\ud800"),
    ]
)
_good_ids = st.sampled_from(["abcDEF123", "abcDEF124", "toolu_01", "call-2", "c3", "c4"])
_parts = st.lists(
    st.one_of(
        st.builds(lambda text: {"type": "text", "text": text}, _texts),
        st.sampled_from(
            [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "redacted_thinking", "data": "d"},
            ]
        ),
    ),
    max_size=3,
)
_contents = st.one_of(_texts, st.none(), _parts, _texts)
_extras = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("someone"),
        "new_key": st.sampled_from([None, 1, {"deep": [True]}]),
        "cache_control": st.just({"type": "ephemeral"}),
    },
)
_reasoning = st.fixed_dictionaries(
    {},
    optional={
        "reasoning": st.sampled_from([None, "hm"]),
        "reasoning_content": st.just("so"),
        "reasoning_details": st.sampled_from([[], [{"type": "reasoning.encrypted", "data": "d"}]]),
        "thinking_blocks": st.just([{"type": "thinking", "signature": "s"}]),
        "reasoning_opaque": st.just("o"),
        "thought_signature": st.just("s"),
        "signature": st.just("s"),
        "extra_content": st.sampled_from(
            [SIGNED, {"google": {}}, {"google": 7}, {"x": 1, **SIGNED}]
        ),
    },
)
_signatures = st.sampled_from([{}, {}, {}, {"extra_content": SIGNED}, {"thought_signature": "s"}])
_calls = st.one_of(
    st.builds(lambda call_id, more: call(call_id, **more), _ids, _signatures),
    st.sampled_from([{"type": "function"}, call(None), call(7), call(["a"]), 7, None, "x"]),
)
_roles = st.sampled_from(["user", "system", "developer", "function"])

_messages = st.one_of(
    st.builds(
        lambda role, content, more: {**more, "role": role, "content": content},
        _roles,
        _contents,
        _extras,
    ),
    st.builds(
        lambda content, calls, reasoning, more: {
            **more,
            **reasoning,
            "role": "assistant",
            "content": content,
            **calls,
        },
        _contents,
        st.one_of(
            st.just({}),
            st.builds(lambda calls: {"tool_calls": calls}, st.lists(_calls, max_size=3)),
        ),
        st.one_of(st.just({}), _reasoning),
        _extras,
    ),
    st.builds(
        lambda call_id, content, more: result(call_id, content, **more), _ids, _contents, _extras
    ),
    st.sampled_from(
        [
            {"role": "tool", "content": "no id"},
            result(7),
            result(["a"]),
            result("call_1", {"not": "content"}),
            {"role": "assistant"},
            {"role": "assistant", "content": None, "tool_calls": 7},
            {"role": "assistant", "content": None, "tool_calls": "x"},
            {"role": "assistant", "content": 7, "tool_calls": {}},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}},
            {"role": ["user"], "content": "hello"},
            {},
            None,
            "hello",
            7,
        ]
    ),
)


@st.composite
def orderly(draw: _Draw, ids: st.SearchStrategy[str] = _ids) -> list[dict[str, Any]]:
    """A transcript that every model takes but for its ids, which are unique."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Be kind."}]
    used: set[str] = set()
    for _ in range(draw(st.integers(1, 4))):
        messages.append({"role": "user", "content": draw(_texts)})
        new = draw(st.lists(ids.filter(lambda new: new not in used), unique=True, max_size=3))
        used.update(new)
        if new:
            messages.append(
                {"role": "assistant", "content": None, "tool_calls": [call(i) for i in new]}
            )
            messages.extend(result(i, draw(_texts)) for i in draw(st.permutations(new)))
        messages.append({"role": "assistant", "content": "done", "reasoning_content": "hm"})
    return messages


@st.composite
def _broken(draw: _Draw) -> list[Any]:
    """An orderly one with messages lost, doubled, moved and put in between."""
    messages: list[Any] = draw(orderly() | orderly(_good_ids))
    for _ in range(draw(st.integers(1, 4))):
        at, to = draw(st.integers(0, len(messages))), draw(st.integers(0, len(messages)))
        match draw(st.sampled_from(["lose", "double", "move", "insert"])):
            case "lose":
                del messages[at : at + 1]
            case "double":
                messages[to:to] = messages[at : at + 1]
            case "move":
                moved = messages[at : at + 1]
                del messages[at : at + 1]
                messages[to:to] = moved
            case _:
                messages.insert(at, draw(_messages))
    return messages


bodies = st.builds(
    lambda messages, more: {"model": "router", "messages": messages, **more},
    st.one_of(orderly(), _broken(), st.lists(_messages, max_size=8)),
    st.sampled_from([{}, {"tools": [{"type": "function"}], "stream": True}]),
)
"""Bodies with a list of messages, of which any may be anything."""


# -- what is legal ----------------------------------------------------------------

_WORD = set(ascii_letters + digits)


def problems(messages: list[Any], target: ModelRef) -> list[str]:
    """What ``target`` would refuse in ``messages``, as far as their shapes are known ones."""
    found: list[str] = []
    strict = "stral" in target.id
    known: set[str] = set()
    open_ids: set[str] = set()
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role != "tool":
            found += [f"[{at}] {i} has no result" for i in sorted(open_ids)]
            open_ids = set()
        elif message.get("tool_call_id") in _strings(open_ids):
            open_ids.remove(message["tool_call_id"])
        elif _is_result(message):
            found.append(f"[{at}] a result without a call")
        if role == "assistant":
            found += [f"[{at}] {problem}" for problem in _foreign(message)]
            for made in _known_calls(message):
                open_ids.add(str(made.get("id")))
                found += [f"[{at}] {problem}" for problem in _id_problems(made, known, strict)]
                known.add(str(made.get("id")))
        before = messages[at - 1] if at else None
        if strict and isinstance(before, dict) and before.get("role") == "tool":
            found += [f"[{at}] {role} after a result"] * (role not in ("tool", "assistant"))
    return found + [f"{i} has no result" for i in sorted(open_ids)]


def _foreign(message: dict[str, Any]) -> list[str]:
    """What only the model that made it can read."""
    keys = {"reasoning_details", "thinking_blocks", "reasoning_opaque", "signature"}
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    kinds = [part.get("type") for part in parts if isinstance(part, dict)]
    return [
        *sorted(keys & message.keys()),
        *[kind for kind in kinds if kind in ("thinking", "redacted_thinking")],
        *["thought_signature"] * ("thought_signature" in str(message)),
    ]


def call_ids(messages: list[Any]) -> list[Any]:
    """The ids of all calls, in order."""
    return [
        made.get("id")
        for message in messages
        if isinstance(message, dict) and message.get("role") == "assistant"
        for made in _known_calls(message)
    ]


def _known_calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    calls = message.get("tool_calls")
    return [
        made
        for made in (calls if isinstance(calls, list) else [])
        if isinstance(made, dict) and isinstance(made.get("id"), str | None)
    ]


def _is_result(message: dict[str, Any]) -> bool:
    return isinstance(message.get("tool_call_id"), str | None) and isinstance(
        message.get("content"), str | list | None
    )


def _id_problems(made: dict[str, Any], known: set[str], strict: bool) -> list[str]:
    call_id = made.get("id")
    if not isinstance(call_id, str):
        return ["no id"]
    found = ["twice"] * (call_id in known)
    if strict:
        return found + ["not nine"] * (len(call_id) != 9 or not set(call_id) <= _WORD)
    return found + ["not an id"] * (
        not 1 <= len(call_id) <= 40 or not set(call_id) <= _WORD | set("_-")
    )


def _strings(ids: set[str]) -> list[str]:
    """``in`` a list asks for no hash, so that an id of any type may be looked for."""
    return list(ids)
