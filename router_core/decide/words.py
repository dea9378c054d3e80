"""The words of a text as the rules and the model know them."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["words_of"]

_MOST_FOLDED = 12_000

# Scripts written without spaces: kana, Han, Thai, Lao, Myanmar, Khmer.
_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Vowel signs and points that are no word characters to ``re``: Hebrew, Arabic, Indic.
_MARKS = "\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"
_ANY_WORD = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+(?:[+#]+(?![^\W_]))?")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LIGATURES = (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("ß", "ss"))


def _folded_byte(code: int) -> str:
    """A cp1252 byte as a lower-case letter without accent, a digit, "+", "#" or a space."""
    letter = unicodedata.normalize("NFKD", bytes([code]).decode("cp1252", "replace"))[:1].lower()
    return letter if letter.isascii() and (letter.isalnum() or letter in "+#") else " "


_FOLD_BYTES = "".join(map(_folded_byte, range(256))).encode("ascii")


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order.

    Western text is folded as cp1252 bytes, ten times as fast as letter by letter.
    """
    if not text.isascii():
        for ligature, letters in _LIGATURES:
            text = text.replace(ligature, letters)
    try:
        western = text.encode("cp1252").translate(_FOLD_BYTES)
    except UnicodeEncodeError:
        # Some letters unfold into a dozen.
        folded = unicodedata.normalize("NFKD", text.casefold())[:_MOST_FOLDED]
        return _ANY_WORD.findall(_ACCENTS.sub("", folded))
    if b"+" in western or b"#" in western:
        return _ANY_WORD.findall(western.decode("ascii"))
    return western.decode("ascii").split()
