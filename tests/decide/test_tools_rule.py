"""When tools on offer mean the category ``tools``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import ToolsRule
from router_core.decide.tools_rule import action_in, tools_verdict
from router_core.decide.turn import Turn, TurnKind

TOOLS = ("read", "exec", "web_search")


def a_turn(text: str, client: str | None = "openclaw", **kind: TurnKind) -> Turn:
    return Turn(kind=kind.get("kind", TurnKind.USER_TURN), text=text, client=client)


def test_without_tools_the_classifier_decides() -> None:
    for rule in ToolsRule:
        assert tools_verdict(rule, a_turn("run the tests"), ()) is None


def test_present_takes_tools_at_their_word() -> None:
    verdict = tools_verdict(ToolsRule.PRESENT, a_turn("hello"), TOOLS)
    assert verdict is not None
    assert (verdict.scores[0].category, verdict.scores[0].confidence) == ("tools", 1.0)
    assert (verdict.source, verdict.evidence) == ("tools", ("the request offers 3 tools",))


def test_auto_takes_anyone_elses_tools_at_their_word() -> None:
    verdict = tools_verdict(ToolsRule.AUTO, a_turn("hello", client=None), ("read",))
    assert verdict is not None
    assert verdict.evidence == ("the request offers a tool",)


def test_auto_decides_a_follow_up_like_its_turn() -> None:
    for text in ("what is in note.txt?", "hello"):
        first = tools_verdict(ToolsRule.AUTO, a_turn(text), TOOLS)
        later = tools_verdict(ToolsRule.AUTO, a_turn(text, kind=TurnKind.TOOL_FOLLOWUP), TOOLS)
        assert first == later


@pytest.mark.parametrize(
    "text",
    [
        "what is in note.txt?",
        "what colour is red.png?",
        "explain @calc.py briefly",
        "fix the bug in parser.py",
        "look at ~/projects/site please",
        "open https://example.com and tell me the title",
        "run the tests",
        "please run the background build",
        "Please list the files with ls, then tell me what is here",
        "could you check my calendar for tomorrow?",
        "fix the failing tests",
        "delete the old branches",
        "search the web for cheap flights",
        "send an email to Bob saying that I am late",
        "remind me to call mum at 5",
        "add a meeting with Tom on Friday",
        "hey, commit the changes and push",
        "which files changed?",
        "is the server running?",
        "what time is it",
        "what's the weather in Paris",
        "use the web_search tool",
        "ouvre le fichier des notes",
        "peux-tu lister les fichiers du dossier ?",
        "quelle heure est-il ?",
        "envoie un message à Paul",
        "cherche sur internet le prix du billet",
        "lance les tests",
        "résume mes mails",
    ],
)
def test_an_action_with_the_tools_at_hand_is_tools(text: str) -> None:
    verdict = tools_verdict(ToolsRule.AUTO, a_turn(text), TOOLS)
    assert verdict is not None
    assert verdict.scores[0].category == "tools"
    assert verdict.evidence


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "thanks, and in French?",
        "write a python function that reverses a string",
        "écris une fonction python qui trie une liste",
        "how should we add a subtract function?",
        "how do I read a file in python?",
        "what does git rebase do?",
        "what is node.js?",
        "why is the sky blue, and how do social networks share news?",
        "find the derivative of x^2",
        "set x to 3 and solve for y",
        "read the following passage carefully",
        "list three benefits of exercise",
        "write a poem about files",
        "change the tone of this sentence",
        "tell me about the plan for the garden",
        "Plan a three day trip to Lisbon with two kids",
        "how does the weather form?",
        "explique moi la relativité",
        "bonjour, comment ça va ?",
    ],
)
def test_what_the_answer_alone_fulfils_is_left_to_the_classifier(text: str) -> None:
    assert tools_verdict(ToolsRule.AUTO, a_turn(text), TOOLS) is None


def test_an_order_at_either_end_of_pasted_text_is_seen() -> None:
    pasted = "lorem ipsum dolor\n" * 200
    assert action_in(f"run the tests\n{pasted}") is not None
    assert action_in(f"{pasted}run the tests") is not None
    assert action_in(pasted) is None


@given(st.text(max_size=300), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_and_tool_names_are_decided(text: str, tools: list[str]) -> None:
    verdict = tools_verdict(ToolsRule.AUTO, a_turn(text), tools)
    assert verdict is None or verdict.scores[0].category == "tools"
