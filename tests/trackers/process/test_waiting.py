"""The queue and the slots, as data."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from wflpy_trackers._local.waiting import Candidate, Queue, Throttle


@dataclass
class Wish:
    number: int
    priority: int = 0
    min_slots: int = 1
    max_slots: int = 1


def job(number: int, priority: int = 0, least: int = 1, most: int | None = None) -> Candidate:
    return Candidate(Wish(number, priority, least, most or least))


def take_all(queue: Queue[Candidate]) -> list[Candidate]:
    taken: list[Candidate] = []
    while (granted := queue.take()) is not None:
        taken.append(granted[0])
    return taken


def test_higher_priority_comes_first_and_then_the_older() -> None:
    queue: Queue[Candidate] = Queue(10)
    jobs = [job(1), job(2, priority=5), job(3), job(4, priority=5), job(5, priority=-1)]
    for one in reversed(jobs):
        queue.add(one)
    assert [one.asked.number for one in take_all(queue)] == [2, 4, 1, 3, 5]


def test_nothing_passes_a_big_job_at_the_head() -> None:
    queue: Queue[Candidate] = Queue(4)
    small, big, last = job(1, least=2), job(2, least=4), job(3)
    for one in (small, big, last):
        queue.add(one)
    assert take_all(queue) == [small]
    assert queue.free == 2
    queue.give_back(small, 2)
    assert take_all(queue) == [big]
    queue.give_back(big, 4)
    assert take_all(queue) == [last]


def test_a_job_gets_as_many_slots_as_are_free_up_to_its_maximum() -> None:
    queue: Queue[Candidate] = Queue(5)
    first, second, third = job(1, least=1, most=3), job(2, least=1, most=8), job(3)
    for one in (first, second, third):
        queue.add(one)
    assert queue.take() == (first, 3)
    assert queue.take() == (second, 2)
    assert queue.take() is None


def test_a_removed_job_does_not_run_until_it_is_added_again() -> None:
    queue: Queue[Candidate] = Queue(4)
    jobs = [job(1), job(2)]
    for one in jobs:
        queue.add(one)
    queue.remove(jobs[0])
    assert take_all(queue) == [jobs[1]]
    queue.add(jobs[0])
    queue.add(jobs[0])
    assert take_all(queue) == [jobs[0]]


def test_a_full_array_is_in_nobodys_way() -> None:
    queue: Queue[Candidate] = Queue(10)
    throttle: Throttle[Candidate] = Throttle(2)
    wish = Wish(1, priority=9)
    elements = [Candidate(wish, index, throttle) for index in range(1, 6)]
    other = job(2)
    for one in (*elements, other):
        queue.add(one)
    assert take_all(queue) == [elements[0], elements[1], other]
    queue.give_back(elements[1], 1)
    assert take_all(queue) == [elements[2]]


def test_elements_start_in_the_order_of_their_indices_also_after_a_hold() -> None:
    queue: Queue[Candidate] = Queue(1)
    throttle: Throttle[Candidate] = Throttle(None)
    elements = [Candidate(Wish(1), index, throttle) for index in range(1, 5)]
    for one in elements:
        queue.add(one)
    queue.remove(elements[1])
    order: list[int] = []
    for _ in range(2):
        granted = queue.take()
        assert granted is not None
        order.append(granted[0].index)
        queue.give_back(*granted)
    queue.add(elements[1])
    while (granted := queue.take()) is not None:
        order.append(granted[0].index)
        queue.give_back(*granted)
    assert order == [1, 3, 2, 4]


def test_fewer_slots_than_are_held_leave_none_free() -> None:
    queue: Queue[Candidate] = Queue(4)
    first, second = job(1, least=3), job(2)
    queue.add(first)
    queue.take()
    queue.resize(2)
    queue.add(second)
    assert queue.take() is None
    queue.give_back(first, 3)
    assert queue.take() == (second, 1)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4), st.integers(0, 4)), max_size=30), st.integers(4, 8))
def test_every_job_runs_exactly_once_and_slots_never_run_out(wishes: list[tuple[int, int, int]], total: int) -> None:
    queue: Queue[Candidate] = Queue(total)
    jobs = [job(n, priority, least, least + more) for n, (priority, least, more) in enumerate(wishes)]
    for one in jobs:
        queue.add(one)
    running: list[tuple[Candidate, int]] = []
    order: list[Candidate] = []
    while len(order) < len(jobs):
        granted = queue.take()
        if granted is None:
            queue.give_back(*running.pop(0))
            continue
        running.append(granted)
        order.append(granted[0])
        assert granted[0].asked.min_slots <= granted[1] <= granted[0].asked.max_slots
        assert sum(slots for _, slots in running) + queue.free == total
        assert queue.free >= 0
    assert order == sorted(jobs, key=lambda one: (-one.asked.priority, one.asked.number))


class QueueMachine(RuleBasedStateMachine):
    """Against a list that is sorted for every question."""

    jobs: Bundle[Candidate] = Bundle("jobs")

    @initialize(total=st.integers(1, 5))
    def begin(self, total: int) -> None:
        self.queue: Queue[Candidate] = Queue(total)
        self.waiting: set[Candidate] = set()
        self.running: dict[Candidate, int] = {}
        self.numbers = 0

    @rule(target=jobs, priority=st.integers(-1, 1), least=st.integers(1, 3))
    def submit(self, priority: int, least: int) -> Candidate:
        self.numbers += 1
        one = job(self.numbers, priority, min(least, self.queue.total))
        self.queue.add(one)
        self.waiting.add(one)
        return one

    arrays: Bundle[list[Candidate]] = Bundle("arrays")

    @rule(target=arrays, priority=st.integers(-1, 1), size=st.integers(1, 4), limit=st.none() | st.integers(1, 3))
    def submit_array(self, priority: int, size: int, limit: int | None) -> list[Candidate]:
        self.numbers += 1
        throttle: Throttle[Candidate] = Throttle(limit)
        elements = [Candidate(Wish(self.numbers, priority), index, throttle) for index in range(size)]
        for one in elements:
            self.queue.add(one)
            self.waiting.add(one)
        return elements

    @rule(one=jobs)
    def toggle(self, one: Candidate) -> None:
        self._toggle(one)

    @rule(elements=arrays, index=st.integers(0, 3))
    def toggle_element(self, elements: list[Candidate], index: int) -> None:
        self._toggle(elements[index % len(elements)])

    def _toggle(self, one: Candidate) -> None:
        if one in self.waiting:
            self.queue.remove(one)
            self.waiting.discard(one)
        elif one not in self.running:
            self.queue.add(one)
            self.waiting.add(one)

    @rule()
    def take(self) -> None:
        expected = self._expected()
        granted = self.queue.take()
        assert (None if granted is None else granted[0]) is expected
        if granted is not None:
            self.waiting.discard(granted[0])
            self.running[granted[0]] = granted[1]

    def _expected(self) -> Candidate | None:
        eligible = [one for one in self.waiting if one.throttle is None or self._room(one.throttle)]
        if not eligible:
            return None
        head = min(eligible, key=lambda one: (-one.asked.priority, one.asked.number, one.index))
        free = self.queue.total - sum(self.running.values())
        return head if head.asked.min_slots <= free else None

    def _room(self, throttle: Throttle[Candidate]) -> bool:
        running = sum(1 for one in self.running if one.throttle is throttle)
        return throttle.max_parallel is None or running < throttle.max_parallel

    @precondition(lambda self: bool(self.running))
    @rule(number=st.integers(0, 9))
    def end(self, number: int) -> None:
        one = list(self.running)[number % len(self.running)]
        self.queue.give_back(one, self.running.pop(one))

    @invariant()
    def slots_add_up(self) -> None:
        if hasattr(self, "queue"):
            assert self.queue.free == self.queue.total - sum(self.running.values())


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
