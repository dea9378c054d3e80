"""Turns that agent clients make themselves: results, upkeep, work, going on.

Each function reads a stripped text, and is asked in agent clients alone: what a
program writes there in a set form, another person may type. As a program speaks to a
model about a third, "the user" is often the surest sign.
"""

from __future__ import annotations

import re

from router_core.decide.envelopes.envelope import Reading
from router_core.decide.envelopes.shapes import (
    HEAD,
    asks_for_reply_token,
    clock_stamp,
    without_tail,
)
from router_core.decide.envelopes.tags import Family, first_block, may_begin_with_tag, whole_block
from router_core.decide.envelopes.upkeep import asks_for_upkeep, is_heartbeat, is_mode
from router_core.decide.envelopes.words import has
from router_core.decide.turn import TurnKind

_RESULT = re.compile(
    r"\s*(?:\[[\w.-]{2,60}(?: for '[\s\S]{0,600}?')?\] (?:Result|Output|Error)s?:"
    r"|\[Tool Results?[^\]\n]{0,60}\]"
    r"|(?:EXECUTION|TOOL) (?:RESULT|OUTPUT)S?(?: of)? \[[^\]\n]{1,80}\]:?"
    r"|(?:Tool|Command|Function) (?:result|output|response)s?(?: \([^)\n]{1,60}\))?:\n)"
)
_RESULT_BEGINS = frozenset("[<ETCF")
_RESULT_TAGS = frozenset(
    {
        "tool_result", "tool_results", "function_results", "tool_response", "tool_output",
        "function_response", "observation", "tool_use_error",
    }
)  # fmt: skip

_UPKEEP_TOPICS = ("heartbeat", "memory flush", "memories", "compaction")
_REMINDER = re.compile(r"A scheduled [^\n]{0,120}:\n+")
_REMINDER_END = re.compile(r"\n\nHandle this [^\n]{0,200}\s*\Z")

_EVENT = re.compile(
    r"\[(?:cron:[^\[\]\n]{1,200}\] ?"
    r"|(?:[A-Z]\w{2,30} )?"
    r"(?:(?:cron|exec|scheduled?|subagent|background|automation|automated|trigger|webhook)[ :_-]"
    r"[^\[\]\n]{1,200}|heartbeat[^\[\]\n]{0,80})\]:?\s*(?:\n|\Z))\s*",
    re.IGNORECASE,
)
_SCHEDULED = re.compile(
    r"\s*(?:A|The|Your) (?:scheduled|recurring|periodic) [^\n]{0,60}"
    r"\b(?:has (?:been )?(?:triggered|arrived|fired)|was triggered|is (?:now )?due|went off)\b"
    r"[^\n]{0,200}",
)
_FINISHED = re.compile(
    r"\s*(?:A|An|The|Your) (?:background|async\w*|long-running|detached) [^\n]{0,120}"
    r"\b(?:completed|finished|failed|ended|exited|triggered)\b"
)
_MEND = re.compile(
    r"\s*#{1,3} (?:Fix|Mend|Repair|Correct) (?:any|the|these) (?:\w+ ){0,2}"
    r"(?:errors|failures|problems|warnings)\b[^\n]{0,40}\bbelow\b"
)

_GOES_ON = re.compile(r"Continue if you have next steps, ")
_ADMONITION = re.compile(
    r"\s*\[(?:ERROR|SYSTEM|System|System Note|TASK RESUMPTION|RETRY|WARNING|NOTICE)(?:\]:? |: )"
    r"(?:You (?:did|previously|returned|have not|must use)|Your (?:last|previous)|This task|"
    r"Resuming|The previous (?:response|turn|answer|request))\b"
)
_CUT = re.compile(
    r"\b(?:conversation|session|context|history|chat|messages|turns?)\b[^?\n]{0,80}"
    r"\b(?:was|were|has been|have been|is being|been|:)[^?\n]{0,60}"
    r"\b(?:compacted|summari[sz]ed|condensed|truncated|continued|replaced|interrupted)\b"
    r"|\bran out of context\b|\bcontext (?:limit|window) (?:was|has been) (?:reached|exceeded)\b"
    r"|\banother (?:language )?(?:model|agent|assistant|llm) (?:started|was|has|began|worked)\b"
    r"|\A\W{0,5}(?:context|conversation|session|history) summary\b",
    re.IGNORECASE,
)
_OF_A_CUT = (
    "compact", "summar", "Summar", "condens", "truncat", "continued", "replaced", "interrupted",
    "out of context", "ontext ", "nother ",
)  # fmt: skip
_SUMMARY = re.compile(r"summar|resum", re.IGNORECASE)
_ASKED_BEFORE = re.compile(
    r"\b(?:initial|original|last) (?:user )?(?:request|prompt)[^`\n]{0,20}: ?`"
)
_RESUME = re.compile(r"\b(?:[Rr]esume|[Cc]ontinue)\b[^\n]{0,80}\bsummary (?:above|below)\b")
_SILENTLY = re.compile(
    r"\b(?:[Dd]o not|without) (?:acknowledg|re-?introduc|greet|mention|ask|recap)"
)


def result_of_a_tool(text: str) -> Reading | None:
    """``[read_file for 'a.py'] Result:``: tools whose results are written as text."""
    if text[:40].lstrip()[:1] not in _RESULT_BEGINS:
        return None
    if _RESULT.match(text, 0, 800) is not None:
        return Reading(kind=TurnKind.TOOL_FOLLOWUP, text="")
    if may_begin_with_tag(text):
        block = whole_block(text)
        if block is not None and block.tag.lower() in _RESULT_TAGS:
            return Reading(kind=TurnKind.TOOL_FOLLOWUP, text="")
    return None


def clocked(text: str) -> Reading | None:
    """A prompt over a clock stamp: a poll, a flush, a reminder, a finished command."""
    stamp = clock_stamp(text)
    if stamp is None:
        return None
    prompt = text[: stamp.start()]
    if is_about_upkeep(prompt[:HEAD]) and asks_for_reply_token(prompt):
        return Reading(kind=TurnKind.HOUSEKEEPING, text=prompt)
    reminder = _REMINDER.match(prompt)
    task = without_tail(prompt[reminder.end() :], _REMINDER_END) if reminder else prompt
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=task)


def is_about_upkeep(topic: str) -> bool:
    """Whether a clocked prompt or a named event is for the client's own upkeep."""
    lowered = topic.lower()
    return any(named in lowered for named in _UPKEEP_TOPICS)


def upkeep(text: str) -> Reading | None:
    """An instruction for the client's own upkeep, or a heartbeat."""
    if is_mode(text) or asks_for_upkeep(text) or is_heartbeat(text):
        return Reading(kind=TurnKind.HOUSEKEEPING, text=text)
    return None


def work(text: str) -> Reading | None:
    """A scheduled task, a finished background command, errors that a linter found."""
    begins = text[:40].lstrip()[:1]
    if begins == "<":
        block = first_block(text)
        if block is not None and block.family is Family.NEWS:
            return Reading(kind=TurnKind.BACKGROUND_WORK, text=text)
    elif begins == "[":
        event = _EVENT.match(text, 0, 260)
        if event is not None:
            polls = is_about_upkeep(event[0])
            kind = TurnKind.HOUSEKEEPING if polls else TurnKind.BACKGROUND_WORK
            return Reading(kind=kind, text=text[event.end() :] or text)
    elif begins == "#":
        if _MEND.match(text, 0, 200) is not None and "\n## " in text:
            return Reading(kind=TurnKind.BACKGROUND_WORK, text=text)
    elif "the user" in text:
        if _FINISHED.match(text, 0, 300) is not None:
            return Reading(kind=TurnKind.BACKGROUND_WORK, text=text)
        scheduled = _SCHEDULED.match(text, 0, 360)
        if scheduled is not None:
            task = text[scheduled.end() :].strip("\n") or text
            return Reading(kind=TurnKind.BACKGROUND_WORK, text=task)
    return None


def going_on(text: str) -> Reading | None:
    """What follows a compaction, an interruption or an answer that the client cannot use."""
    if _GOES_ON.match(text) or _ADMONITION.match(text, 0, 200):
        return Reading(kind=TurnKind.CONTINUATION, text=text)
    if len(text) < 80:
        return None
    if _tells_of_a_cut(text):
        asked = _ASKED_BEFORE.search(text, 0, 400)
        if asked is not None:
            return Reading(kind=TurnKind.CONTINUATION, text=text[asked.end() :].rpartition("`")[0])
        if _SUMMARY.search(text, 0, 1_000) is not None:
            return Reading(kind=TurnKind.CONTINUATION, text=text)
    if _resumes(text[-400:]):
        return Reading(kind=TurnKind.CONTINUATION, text=text)
    return None


def _tells_of_a_cut(text: str) -> bool:
    first = text[:240].lstrip("\n").partition("\n")[0]
    return has(first, _OF_A_CUT) and _CUT.search(first) is not None


def _resumes(tail: str) -> bool:
    return "summary" in tail and _RESUME.search(tail) is not None and bool(_SILENTLY.search(tail))


GOINGS_ON = (result_of_a_tool, clocked, upkeep, work, going_on)
"""In the order in which they are asked."""
