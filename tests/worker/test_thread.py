"""Without a broker, one thread of one web process does what is due."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ivr.store.session import Store
from tests.worker.bench import Bench
from tests.worker.test_texts import queue
from tests.worker.waiting import eventually
from worker.clock import Ticker
from worker.duty import Context
from worker.thread import Seat, WorkerThread, start_worker_thread


@contextmanager
def working(ctx: Context) -> Iterator[WorkerThread]:
    thread = start_worker_thread(ctx)
    try:
        yield thread
    finally:
        thread.stop(10)


def test_a_commit_that_leaves_something_to_do_wakes_the_thread(bench: Bench) -> None:
    with working(bench.ctx):
        text_id = queue(bench)
        eventually(lambda: bench.text(text_id).sid)
    assert len(bench.mock.messages) == 1


def test_what_another_process_left_to_do_is_found_without_being_woken(bench: Bench) -> None:
    with working(bench.ctx):
        bench.store.on_due = lambda: None
        text_id = queue(bench)
        eventually(lambda: bench.text(text_id).sid)


def test_of_several_processes_one_has_the_seat(bench: Bench) -> None:
    first, second = Seat(bench.ctx), Seat(bench.ctx)
    assert first.hold()
    assert not second.hold()
    assert first.hold()


def test_the_seat_is_renewed_while_its_holder_lives(bench: Bench) -> None:
    first, second = Seat(bench.ctx), Seat(bench.ctx)
    for _ in range(5):
        assert first.hold()
        assert not second.hold()
        bench.later(seconds=4)


def test_the_seat_of_a_process_that_died_is_taken_by_another(bench: Bench) -> None:
    first, second = Seat(bench.ctx), Seat(bench.ctx)
    first.hold()
    bench.later(seconds=7)
    assert second.hold()
    assert not first.hold()


def test_a_process_that_ends_leaves_its_seat_at_once(bench: Bench) -> None:
    first, second = Seat(bench.ctx), Seat(bench.ctx)
    first.hold()
    first.leave()
    assert second.hold()


def test_a_process_without_the_seat_does_nothing(bench: Bench) -> None:
    other = Store(str(bench.store.url))
    Seat(bench.ctx).hold()
    with working(replace(bench.ctx, store=other)) as idle:
        text_id = queue(bench)
        idle.wake()
        idle.stop(10)
        assert bench.text(text_id).sid is None
    other.close()


def test_a_clock_goes_on_after_an_error() -> None:
    steps: list[int] = []

    def step() -> bool:
        steps.append(len(steps))
        if len(steps) == 1:
            raise RuntimeError("the database is away")
        return len(steps) < 4

    ticker = Ticker("test", step, every=0.01)
    ticker.start()
    eventually(lambda: len(steps) > 4)
    ticker.stop(10)
