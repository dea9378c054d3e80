"""A provider that needs no key and no network, and says plainly that it is the demo.

It stands in for every model: it answers in OpenAI's exact form, streams word by
word, calls a tool only when ``tool_choice`` forces one or the user's text names it
and never after a tool's result, and fills whatever shape ``response_format`` asks
for. Nothing that it says comes from a model; its costs are 0.

    provider        the port
    conversation    what the request says
    tools           which tools to call, with what arguments
    schema          a value for a JSON schema
    numbers         a number for one
    answer          what to say
    wire            in OpenAI's form
"""

from __future__ import annotations

from router_core.providers.demo.provider import DemoProvider

__all__ = ["DemoProvider"]
