"""Requests that wait: none is left out of what is told, and the oldest go first."""

from __future__ import annotations

from collections.abc import Sequence

from router_core.stores.ledger_waiting import Counted, Waiting
from tests.stores.ledger import a_record


def waiting(count: int, most: int = 100) -> Waiting:
    queue = Waiting(most)
    for n in range(1, count + 1):
        queue.append(a_record(n))
    return queue


def places(some: Sequence[Counted]) -> list[int]:
    assert [record.id for _, record in some] == [f"r{place}" for place, _ in some]
    return [place for place, _ in some]


def test_they_are_taken_in_order_and_those_that_are_being_written_wait_still() -> None:
    queue = waiting(5)

    assert places(queue.take(2)) == [1, 2]
    assert (places(queue.all()), len(queue)) == ([1, 2, 3, 4, 5], 5)
    queue.done()
    assert (places(queue.all()), len(queue)) == ([3, 4, 5], 3)


def test_what_is_given_back_is_first_again() -> None:
    queue = waiting(5)
    queue.take(3)
    queue.append(a_record(6))
    queue.give_back()

    assert places(queue.take(9)) == [1, 2, 3, 4, 5, 6]


def test_the_oldest_go_where_there_is_no_more_room_and_never_those_being_written() -> None:
    queue = waiting(5, most=5)
    queue.take(2)
    for n in range(6, 9):
        queue.append(a_record(n))

    assert (places(queue.all()), queue.lost, len(queue)) == ([1, 2, 6, 7, 8], 3, 5)


def test_where_all_are_being_written_none_is_lost_for_the_next() -> None:
    queue = waiting(2, most=2)
    queue.take(2)
    queue.append(a_record(3))

    assert queue.lost == 1
    assert places(queue.all()) == [1, 2]
