"""What the model reads of a text: the words at its ends, and a few signs of its form.

People say what they want at the beginning or at the end, and paste what it is about
in between. So the first `HEAD` and the last `TAIL` words count, singly, in pairs and
by their beginnings and endings; of the rest only the form does: code, formulas,
lists, length. A text of any length is read in bounded time.

Features are strings. Words and pairs are folded as `decide.words.words_of` does;
all others begin with a character that no word has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from router_core.decide.excerpts import ends_of
from router_core.decide.words import words_of

__all__ = ["HEAD", "TAIL", "affixes", "form_of", "pairs_of", "words_at_ends"]

HEAD: Final = 16
TAIL: Final = 10
"""How many words are read at either end."""

_HEAD_LETTERS = 600
_TAIL_LETTERS = 400
_FORM_HEAD = 1_000
_FORM_TAIL = 400
_MOST_DIGITS = 5
_GAP = "~"
_EXTENSIONS = "py|js|ts|java|cpp|c|h|sh|sql|json|ya?ml|css|html|php|rb|go|rs|xml|csv|txt"


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign of a text's form.

    Attributes:
        needs: characters of which a text with the sign has at least one; most texts
            have none, which is cheap to tell.
        pattern: what has to be found as well; ``None``: nothing.
    """

    name: str
    needs: frozenset[str]
    pattern: re.Pattern[str] | None


def _sign(name: str, needs: str, pattern: str | None = None) -> _Sign:
    return _Sign(f"!{name}", frozenset(needs), re.compile(pattern) if pattern else None)


_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NUMERALS = "0123456789"

_SIGNS: Final = (
    _sign("fence", "`", r"```"),
    _sign("braces", "{}"),
    _sign("semicolon", ";", r";[ \t]*(?:\n|$)"),
    _sign("call", "(", r"\w\("),
    _sign("operator", "=>", r"[=!<>:]=|[=-]>"),
    _sign("equals", "="),
    _sign("tag", "<", r"</?[a-z]+[ >]"),
    _sign("formula", "+*/^×÷²=-", r"\d ?[-+*/^×÷] ?[\dxyn(]|[xyn] ?[\^²]"),
    _sign("symbols", "∫∑√≤≥\\", r"[∫∑√≤≥]|\\(?:frac|sqrt|int|sum)"),
    _sign("money", "$€£", r"[$€£] ?\d|\d ?[€£$]"),
    _sign("percent", "%", r"\d ?%"),
    _sign("asks", "?？؟", r"[?？؟]\s*$"),
    _sign("asked", "?？؟"),
    _sign("exclaims", "!！"),
    _sign("path", "/", r"(?:^|\s)[~.]?/\w"),
    _sign("file", ".", rf"\.(?:{_EXTENSIONS})\b"),
    _sign("snake", "_", r"[a-z]_[a-z]"),
    _sign("camel", _CAPITALS, r"[a-z][A-Z][a-z]"),
    _sign("scope", ":", r"::\w"),
    _sign("member", "(", r"\.[a-z]+\("),
    _sign("options", "\n", r"\n[ \t]*\(?[A-Da-d][).] "),
    _sign("list", "\n", r"\n[ \t]*(?:[-*•]|\d+[.)])\s"),
    _sign("quoted", '"“«'),
    _sign("colon", "\n", r":[ \t]*\n"),
    _sign("error", "EW", r"(?:Error|Exception|Warning)\b"),
    _sign("shouts", _CAPITALS, r"[A-Z]{2}[^A-Za-z]+[A-Z]{2}"),
    _sign("number", _NUMERALS),
    _sign("dots", ".…", r"\.{3}|…"),
)


def words_at_ends(text: str) -> list[str]:
    """The folded words at either end, in order, a gap marked; numbers by their length."""
    if len(text) <= _HEAD_LETTERS + _TAIL_LETTERS:
        words = words_of(text)
        if len(words) > HEAD + TAIL:
            words = [*words[:HEAD], _GAP, *words[-TAIL:]]
    else:
        # The tail's first word may be half a word.
        tail = words_of(text[-_TAIL_LETTERS:])[1:]
        words = [*words_of(text[:_HEAD_LETTERS])[:HEAD], _GAP, *tail[-TAIL:]]
    return [_digits(word) if word[0].isdigit() else word for word in words]


def _digits(word: str) -> str:
    return "0" * min(len(word), _MOST_DIGITS) if word.isdecimal() else word


def pairs_of(words: list[str]) -> list[str]:
    """The neighbouring words, the ends marked; and both first and both last ones as such."""
    bounded = ["<", *words, ">"]
    pairs = [f"{first} {second}" for first, second in pairwise(bounded)]
    if len(words) > 1:
        pairs += [f"<< {words[0]} {words[1]}", f">> {words[-2]} {words[-1]}"]
    return pairs


def affixes(word: str) -> list[str]:
    """The beginnings and endings by which an unknown word may be told."""
    length = len(word)
    if length < 4:
        return []
    found = [f"^{word[:4]}", f"${word[-3:]}"]
    if length > 5:
        found.append(f"^{word[:5]}")
    if length > 6:
        found.append(f"${word[-4:]}")
    return found


def form_of(text: str) -> list[str]:
    """The signs of a text's form, and its length and lines by orders of magnitude."""
    read = ends_of(text, _FORM_HEAD, _FORM_TAIL)
    letters = frozenset(read)
    found = [
        sign.name
        for sign in _SIGNS
        if not sign.needs.isdisjoint(letters)
        and (sign.pattern is None or sign.pattern.search(read))
    ]
    found.append(f"#{len(text).bit_length()}")
    found.append(f"|{min(read.count(chr(10)), 5)}")
    return found
