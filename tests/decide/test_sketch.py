"""What is kept of a text in place of its words."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from router_core.decide.keywords import skim
from router_core.decide.sketch import Sketch, hashes_of, hidden, shown

SALT = bytes(range(32))
texts = st.text(alphabet="abc é漢 .?(){}", max_size=80)


def sketch_of(text: str) -> Sketch:
    read = skim(text)
    return Sketch(skim=read, ends=list(read.words)[-3:], lanes=7, rows=2)


def known(*words: str) -> dict[int, str]:
    return dict(zip(hashes_of(words, SALT), words, strict=True))


@given(texts)
def test_with_all_words_known_a_print_shows_what_was_hidden(text: str) -> None:
    sketch = sketch_of(text)
    assert shown(hidden(sketch, SALT), known(*sketch.skim.words)) == sketch


def test_of_words_that_are_not_known_their_places_alone_are_left() -> None:
    kept = hidden(sketch_of("when do i prune my roses"), SALT)
    assert shown(kept, known("prune")).skim.words == ["", "", "", "prune", "", ""]
    assert shown(kept, known("roses")).ends == ["", "", "roses"]


def test_with_another_salt_nothing_is_known() -> None:
    kept = hidden(sketch_of("prune"), bytes(32))
    assert shown(kept, known("prune")).skim.words == [""]


@given(st.lists(st.text(alphabet="if晩彩xé", min_size=1, max_size=3), unique=True))
@example(["if", "\u6669"])
def test_no_two_words_have_one_hash(words: list[str]) -> None:
    assert len(set(hashes_of(words, SALT))) == len(words)


def test_of_a_very_long_text_the_words_at_either_end_are_kept() -> None:
    words = [f"w{number}" for number in range(2_000)]
    sketch = Sketch(skim=skim("")._replace(words=words), ends=(), lanes=0, rows=0)
    left = shown(hidden(sketch, SALT), known(*words)).skim.words
    assert left == words[:1_000] + words[-500:]
