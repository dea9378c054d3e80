"""Which tools the demo calls, and with what arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from router_core.decide.chat import JsonObject
from router_core.providers.demo.conversation import Conversation
from router_core.providers.demo.schema import TextFor, instance

__all__ = ["ToolCall", "choose_calls", "text_for"]

_LEAST_NAME: Final = 3
"""Shorter names of tools ("ls", "cp") are too likely to be meant otherwise."""

_READ_LIMIT: Final = 20_000
"""How much of the user's text is looked through, in characters."""

_FILE_NAME: Final = re.compile(
    r"(?<![\w/.~:-])[\w/.~-]*(?:\w\w\.[A-Za-z]|\w\.[A-Za-z]\w)\w{0,6}\b(?!/|:\S)"
)
_PLACE: Final = re.compile(r"\b(?:in|for|at|of|to|near)\s+([A-Z][\w'-]*(?:\s[A-Z][\w'-]*)?)")
_QUERY_LIMIT: Final = 200

_CHANGES_FILES: Final = re.compile(
    r"write|edit|patch|creat|save|append|replace|insert|delet|remove|move|rename|update|str_"
    r"|clear|clean|trash|truncate|(?<![a-z])rm(?![a-z])",
    re.IGNORECASE,
)
"""Names of tools that get a file of the demo's own: an agent carries the call out."""


def _property(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{pattern})", re.IGNORECASE)


_FILE: Final = re.compile(r"(?<![a-z])file|path(?![a-z])", re.IGNORECASE)
_FOLDER: Final = _property(r"(?:dir(?:ectory|path|name)?|folder|cwd)(?![a-z])")
_PLACES: Final = _property(r"location|city|place")
_QUERIES: Final = _property(r"q$|query|question|search")
_OTHERS: Final = (
    (_property(r"ur[il]|link"), "https://example.com/"),
    (_property(r"e?mail"), "demo@example.com"),
    (_property(r"command|cmd|script"), "echo demo"),
    (_property(r"date"), "2026-01-01"),
)
"""Harmless texts for properties by their names: agents carry the calls out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of a tool.

    Attributes:
        custom: whether the tool is of the type ``custom``: its input is free text.
        arguments: JSON text of an object; for a custom tool the input itself.
    """

    name: str
    arguments: str
    custom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    name: str
    schema: Any
    custom: bool


def choose_calls(body: JsonObject, conversation: Conversation) -> tuple[ToolCall, ...]:
    """The calls that answer a request; none where text does.

    A tool is called when ``tool_choice`` forces one or the user's text names it,
    and never after a tool's result, so that no agent goes round for ever.
    """
    if conversation.after_tool:
        return ()
    forced, tools = _permitted(body)
    text = conversation.user_text[:_READ_LIMIT]
    chosen = [tool for tool in tools if _is_named(tool.name, text)]
    if forced and not chosen:
        chosen = tools[:1]
    if body.get("parallel_tool_calls") is False:
        chosen = chosen[:1]
    return tuple(_call(tool, conversation.user_text) for tool in chosen)


def text_for(user_text: str, *, may_name_files: bool = True) -> TextFor:
    """A function from a property's name to a plausible text for it.

    Args:
        user_text: where file names, places and queries are looked for.
        may_name_files: whether a file that the user named may be taken.
    """
    user_text = user_text[:_READ_LIMIT]
    file_name = _FILE_NAME.search(user_text) if may_name_files else None
    place = _PLACE.search(user_text)
    own_file = "README.md" if may_name_files else "llm-router-demo.txt"
    own_folder = "." if may_name_files else "llm-router-demo"

    def text(name: str) -> str:
        if _FOLDER.search(name):
            return own_folder
        if _FILE.search(name):
            return file_name.group() if file_name else own_file
        if _PLACES.search(name):
            return place.group(1) if place else "Paris"
        if _QUERIES.search(name):
            return user_text[:_QUERY_LIMIT] or "demo"
        return next((told for mark, told in _OTHERS if mark.search(name)), "demo")

    return text


def _permitted(body: JsonObject) -> tuple[bool, list[_Tool]]:
    """Whether a tool must be called, and the tools that may be."""
    tools = _tools(body.get("tools"))
    choice = body.get("tool_choice")
    if choice == "none":
        return False, []
    if not isinstance(choice, Mapping):
        return choice == "required", tools
    if isinstance(allowed := choice.get("allowed_tools"), Mapping):
        listed = allowed.get("tools")
        names = {_name_in(tool) for tool in listed} if isinstance(listed, list) else set()
        permitted = [tool for tool in tools if tool.name in names]
        return allowed.get("mode") == "required", permitted
    name = _name_in(choice)
    return True, [tool for tool in tools if tool.name == name][:1]


def _tools(offered: Any) -> list[_Tool]:
    """The tools on offer that have a name, each name once."""
    tools: dict[str, _Tool] = {}
    for tool in offered if isinstance(offered, list) else []:
        if name := _name_in(tool):
            function = tool.get("function")
            schema = function.get("parameters") if isinstance(function, Mapping) else None
            custom = tool.get("type") == "custom"
            tools.setdefault(name, _Tool(name=name, schema=schema, custom=custom))
    return list(tools.values())


def _name_in(tool: Any) -> str:
    """The name in a tool, a choice of one, or a mention of one."""
    if not isinstance(tool, Mapping):
        return ""
    for holder in (tool.get("function"), tool.get("custom"), tool):
        if isinstance(holder, Mapping) and isinstance(name := holder.get("name"), str):
            return name
    return ""


def _is_named(name: str, text: str) -> bool:
    if len(name) < _LEAST_NAME:
        return False
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE))


def _call(tool: _Tool, user_text: str) -> ToolCall:
    if tool.custom:
        return ToolCall(name=tool.name, arguments="demo", custom=True)
    # An agent carries the call out: the demo must not overwrite a file of the user's.
    text = text_for(user_text, may_name_files=not _CHANGES_FILES.search(tool.name))
    schema = tool.schema if isinstance(tool.schema, Mapping) else {"type": "object"}
    value = instance({"type": "object", **schema}, text)
    arguments = json.dumps(value if isinstance(value, dict) else {}, ensure_ascii=False)
    return ToolCall(name=tool.name, arguments=arguments)
