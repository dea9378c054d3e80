"""Conversations in memory: which are kept, and which go first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router_core.app.ports import SessionStore
from router_core.decide.session import Session
from router_core.stores.session_memory import PASSED_EACH, MemorySessions
from tests.stores.sessions import KEY, a_name, a_session, known, put, talk


def a_memory(limit: int) -> MemorySessions:
    return MemorySessions(KEY, lambda: limit)


def test_a_conversation_is_known_by_each_of_its_names() -> None:
    memory = a_memory(5)
    store: SessionStore = memory
    store.put((a_name(1), a_name(2)), a_session("a"))

    assert store.get(a_name(1)) == store.get(a_name(2)) == a_session("a")
    assert store.get(a_name(3)) is None
    assert (memory.conversations, memory.names) == (1, 2)
    assert (store.key, store.problem) == (KEY, "")


def test_a_conversation_is_known_at_the_points_that_it_has_passed() -> None:
    memory = a_memory(5)
    talk(memory, "a", 1, 2, 3)

    assert memory.get(a_name(1)) == a_session("a", answers=1)
    assert memory.get(a_name(3)) == a_session("a", answers=3)
    assert (memory.conversations, memory.names) == (1, 3)


def test_the_conversation_that_was_put_longest_ago_goes_first() -> None:
    memory = a_memory(2)
    put(memory, "a", 1)
    put(memory, "b", 2)
    put(memory, "a", 1)
    put(memory, "c", 3)

    assert known(memory, range(5)) == [1, 3]


def test_to_ask_for_a_conversation_does_not_keep_it() -> None:
    memory = a_memory(2)
    put(memory, "a", 1)
    put(memory, "b", 2)
    memory.get(a_name(1))
    put(memory, "c", 3)

    assert known(memory, range(4)) == [2, 3]


def test_a_long_conversation_pushes_out_no_other_one() -> None:
    memory = a_memory(2)
    put(memory, "short", 100)
    talk(memory, "long", *range(50))

    assert known(memory, range(101)) == [*range(50 - 1 - 2 * PASSED_EACH, 50), 100]


def test_all_names_of_a_point_are_passed_at_once() -> None:
    memory = a_memory(1)
    memory.put((a_name(1), a_name(2)), a_session("a"))
    memory.put((a_name(3),), a_session("a"), after=a_name(2))

    assert memory.conversations == 1
    assert known(memory, range(5)) == [1, 2, 3]


def test_conversations_that_part_are_as_many_as_there_are() -> None:
    memory = a_memory(3)
    talk(memory, "a", 1, 2)
    memory.put((a_name(3),), a_session("b"), after=a_name(1))
    memory.put((a_name(4),), a_session("c"), after=a_name(1))

    assert memory.conversations == 3
    assert known(memory, range(5)) == [1, 2, 3, 4]


def test_a_name_that_another_conversation_took_over_does_not_go_with_the_first() -> None:
    memory = a_memory(2)
    memory.put((a_name(1), a_name(2)), a_session("a"))
    put(memory, "b", 2)
    put(memory, "c", 3)

    assert known(memory, range(4)) == [2, 3]
    assert memory.get(a_name(2)) == a_session("b", answers=2)


def test_a_conversation_that_lost_its_only_name_is_gone() -> None:
    memory = a_memory(2)
    put(memory, "a", 1)
    put(memory, "b", 1)

    assert (memory.conversations, memory.names) == (1, 1)


def test_how_many_are_kept_may_change_while_running() -> None:
    limits = [3]
    memory = MemorySessions(KEY, lambda: limits[0])
    for n in range(3):
        put(memory, str(n), n)
    limits[0] = 1
    put(memory, "2", 3)
    assert known(memory, range(4)) == [3]

    limits[0] = 0
    put(memory, "3", 4)
    assert (memory.conversations, memory.names) == (0, 0)


class Naive:
    """The same with lists, looking through everything at each step."""

    def __init__(self) -> None:
        self.last: list[tuple[list[bytes], Session]] = []
        self.passed: list[tuple[list[bytes], Session]] = []

    def put(self, names: list[bytes], session: Session, after: bytes, limit: int) -> None:
        for point in [point for point in self.last if after in point[0]]:
            self.last.remove(point)
            self.passed.append(point)
        for points in (self.last, self.passed):
            for point in points:
                point[0][:] = [name for name in point[0] if name not in names]
            points[:] = [point for point in points if point[0]]
        self.last.append((list(names), session))
        self.last = self.last[max(0, len(self.last) - max(0, limit)) :]
        self.passed = self.passed[max(0, len(self.passed) - PASSED_EACH * max(0, limit)) :]

    def entries(self) -> list[tuple[bytes, Session, bool]]:
        return [
            (name, session, points is self.passed)
            for points in (self.passed, self.last)
            for names, session in points
            for name in names
        ]


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 30), min_size=1, max_size=3, unique=True),
            st.integers(0, 30),  # a name that it may go on from
            st.sampled_from([9, 9, 9, 9, 3, 1, 0, -1]),  # the limit
        ),
        max_size=150,
    )
)
def test_it_does_what_a_naive_one_does(steps: list[tuple[list[int], int, int]]) -> None:
    limit = 0
    told: dict[bytes, tuple[Session, bool]] = {}

    def changed(name: bytes, session: Session | None, passed: bool) -> None:
        told.pop(name, None)
        if session is not None:
            told[name] = (session, passed)

    memory = MemorySessions(KEY, lambda: limit, changed)
    naive = Naive()
    for at, (names, after, limit) in enumerate(steps):  # `limit` is read by the memory
        session = a_session(answers=at)
        memory.put([a_name(n) for n in names], session, a_name(after))
        naive.put([a_name(n) for n in names], session, a_name(after), limit)

        assert list(memory.snapshot()) == naive.entries()
        assert told == {name: (kept, passed) for name, kept, passed in naive.entries()}
        assert memory.conversations == len(naive.last)
