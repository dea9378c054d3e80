"""Signs in a text beyond its words: code, mathematics, length.

Each costs little: a cheap look (a count, a ``in``) comes before any expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

_FILE_NAME = re.compile(
    r"\.(?:py|js|jsx|ts|tsx|java|c|cc|cpp|h|hpp|cs|go|rs|rb|php|sh|bash|sql|html|css|scss|json|"
    r"ya?ml|toml|ini|xml|ipynb|kt|swift|vue|lua|pl|r|m|scala|tf|dockerfile|gradle|lock|log)\b",
    re.IGNORECASE,
)
_ARGUMENTS = re.compile(r"\([\w\"'., =:*\[\]-]{0,80}\)")
_STATEMENT = re.compile(
    r"^[ \t>]*(?:def \w+\(|class \w+[ :({]|import [\w.{*]|from [\w.]+ import|#include\b|using \w|"
    r"function \w*\(|(?:const|let|var) \w+ ?=|public |private |return\b.*;|SELECT\b|INSERT INTO|"
    r"CREATE TABLE|UPDATE \w+ SET|#!/|\$ \w|sudo |npm |pip |git |docker |kubectl |package \w|"
    r"fn \w+|[\w.]+ = [\w.]+\()",
    re.MULTILINE,
)
# By a character without which they cannot stand.
_MARKS = (
    ("{", ("{",)),
    ("}", ("};",)),
    ("(", (");", "()", "for(", "def ")),
    ("=", ("==", "=>", "!=")),
    (">", ("->",)),
    ("+", ("++",)),
)
_MOST_STATEMENTS = 4
_ERROR_NAMES = ("Error", "Exception")
_FRAME = re.compile(r"File \"[^\"\n]{1,200}\", line \d|\bat [\w.$]+\([\w.]+:\d+\)")
_MOST_LOOKS = 8
_TAG = re.compile(
    r"</?(?:div|span|p|a|ul|li|table|html|body|script|head|img|input|form|br)\b", re.IGNORECASE
)
# A literal first, and what stands before it after: ``re`` jumps to a literal.
_FLAG = re.compile(r"-(?<!\S-)-?[a-z][a-z-]+(?=[\s=]|$)")
_PATH = re.compile(r"/(?<![^\s\"'`(~]/)[\w.-]+/[\w./-]+")
_LATEX = re.compile(r"\\(?:frac|sum|int|sqrt|begin|mathbb|mathbf|left|lim|cdot|in)\b")
_OPERATOR = re.compile("[=^+*/\u00d7\u00f7]")
_MOST_OPERATORS = 40
_MATHS_MARKS = "∑∫√π∞≤≥≠∈∀∃∂±²³θλσ⊂\u222a∩"


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: for which category it speaks, how much, and its name for a person."""

    category: str
    weight: float
    label: str


Words = list[str]
"""A text's folded words."""


def _fence(text: str, _: Words) -> Sign | None:
    return Sign("code", 3.0, "a code fence") if "```" in text else None


def _statements(text: str, _: Words) -> Sign | None:
    found = sum(1 for _ in islice(_STATEMENT.finditer(text), _MOST_STATEMENTS))
    return Sign("code", 1.8 + 0.5 * found, "lines of code") if found else None


def _punctuation(text: str, _: Words) -> Sign | None:
    if "(" not in text and "{" not in text and ">" not in text and "=" not in text:
        return None
    if "\\" in text and _LATEX.search(text):
        return None
    marks = sum(sum(map(text.count, listed)) for needed, listed in _MARKS if needed in text)
    return Sign("code", min(3.3, 1.5 + 0.5 * marks), "code punctuation") if marks else None


def _trace(text: str, _: Words) -> Sign | None:
    if "rror" not in text and "xception" not in text and "panic" not in text:
        return None
    shown = (
        "error: " in text
        or "panic: " in text
        or any(_names_error(text, word) for word in _ERROR_NAMES)
        or _FRAME.search(text) is not None
    )
    return Sign("code", 3.0, "an error message") if shown else None


def _names_error(text: str, word: str) -> bool:
    """Whether a name such as ValueError ends in ``word``, in one of its first few places."""
    at = text.find(word)
    for _ in range(_MOST_LOOKS):
        if at < 0:
            return False
        end = at + len(word)
        before = text[max(0, at - 3) : at]
        if len(before) == 3 and before.isalnum() and not text[end : end + 1].isalnum():
            return True
        at = text.find(word, end)
    return False


def _file_name(text: str, _: Words) -> Sign | None:
    return Sign("code", 2.6, "a source file's name") if _FILE_NAME.search(text) else None


def _call(text: str, _: Words) -> Sign | None:
    at = text.find("(")
    for _place in range(_MOST_LOOKS):
        if at < 0:
            return None
        name = text[max(0, at - 3) : at].replace("_", "x")
        if len(name) == 3 and name.isalnum() and _ARGUMENTS.match(text, at):
            return Sign("code", 2.5, "a function call")
        at = text.find("(", at + 1)
    return None


def _identifiers(text: str, _: Words) -> Sign | None:
    return Sign("code", 2.8, "names as in code") if _snake(text) else None


def _snake(text: str) -> bool:
    at = text.find("_")
    while at > 0:
        if text[at - 1].isalnum() and text[at + 1 : at + 2].isalpha() and "^" not in text:
            return True
        at = text.find("_", at + 1)
    return False


def _markup(text: str, _: Words) -> Sign | None:
    return Sign("code", 2.0, "markup") if "<" in text and _TAG.search(text) else None


def _shell(text: str, _: Words) -> Sign | None:
    if "-" in text and _FLAG.search(text):
        return Sign("code", 1.2, "command-line flags")
    if "/" in text and _PATH.search(text):
        return Sign("code", 1.5, "a file path")
    return None


def _formula(text: str, _: Words) -> Sign | None:
    if not text.isascii() and any(mark in text for mark in _MATHS_MARKS):
        return Sign("reasoning", 1.8, "a formula")
    if ("\\" in text and _LATEX.search(text)) or _has_operation(text):
        return Sign("reasoning", 1.8, "a formula")
    return None


def _has_operation(text: str) -> bool:
    """Whether an operator stands between numbers, or a number and a one-letter name."""
    operators = zip(_OPERATOR.finditer(text), range(_MOST_OPERATORS), strict=False)
    return any(_joins_operands(text, found.start()) for found, _ in operators)


def _joins_operands(text: str, at: int) -> bool:
    before, after = text[max(0, at - 3) : at].rstrip(" "), text[at + 1 : at + 4].lstrip(" ")
    if not before or not after:
        return False
    if text[at] == "/":
        return before[-1].isdigit() and after[0].isdigit()
    number = before[-1].isdigit() or after[0].isdigit()
    left = before[-1].isdigit() or before[-1] == ")" or _is_name(before[::-1])
    right = after[0].isdigit() or after[0] in "(-" or _is_name(after)
    return left and right and (number or text[at] == "^" or before[-1] == ")")


def _is_name(nearest_first: str) -> bool:
    """Whether a one-letter name is nearest."""
    return nearest_first[0].isalpha() and not nearest_first[1:2].isalnum()


def _numbers(text: str, words: Words) -> Sign | None:
    if not any(digit in text for digit in "0123456789"):
        return None
    count = len([word for word in words if word[0] <= "9"])
    count += text.count("$") + text.count("%")
    if count < 2:
        return None
    return Sign("reasoning", min(2.7, 0.3 + 0.6 * count), "numbers to reckon with")


def _choices(text: str, _: Words) -> Sign | None:
    lettered = "\nA)" in text or "\nA." in text if "\n" in text else False
    if lettered or "(A)" in text:
        return Sign("reasoning", 2.5, "a choice of answers")
    return None


def _brevity(_: str, words: Words) -> Sign | None:
    if not words or len(words) > 9:
        return None
    return Sign("conversation", 0.7 if len(words) <= 4 else 0.3, "a short message")


def _no_small_talk(text: str, words: Words) -> Sign | None:
    """Length speaks against small talk, whatever greeting a long message begins with."""
    if len(words) >= 40 or len(text) >= 400:
        return Sign("conversation", -2.0, "a long message")
    return None


_SIGNS: tuple[Callable[[str, Words], Sign | None], ...] = (
    _fence,
    _statements,
    _punctuation,
    _trace,
    _file_name,
    _call,
    _identifiers,
    _markup,
    _shell,
    _formula,
    _numbers,
    _choices,
    _brevity,
    _no_small_talk,
)


def signs_in(text: str, words: Words) -> Iterator[Sign]:
    """The signs that a text shows."""
    for look in _SIGNS:
        sign = look(text, words)
        if sign is not None:
            yield sign
