"""Due jobs: taken once, run, and written down, on both databases."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from ivr.clock import MovableClock
from ivr.errors import CarrierUnclear
from ivr.present import Present
from ivr.store.jobs import Again, Done, JobKind, Priority, call_off, schedule, schedule_all
from ivr.store.session import Store
from ivr.store.tables import Job
from ivr.telephony.carrier import TwilioCarrier
from ivr.telephony.storage import FolderStorage
from tests.watching import statements
from tests.worker.bench import make_settings
from worker.clock import look
from worker.duty import Context, Result, patience
from worker.runner import Taken, run

Doing = Callable[[int], Result]


@pytest.fixture
def ctx(store: Store, clock: MovableClock, tmp_path) -> Context:
    """A context whose only duty does nothing, and whose carrier nobody asks."""
    carrier = TwilioCarrier("AC" + "0" * 32, "token", "http://127.0.0.1:9")
    handlers = {JobKind.PLACE: lambda _ctx, _key: Done("did it")}
    return Context(store, carrier, FolderStorage(tmp_path), clock, Present(make_settings()), handlers)


def ask(ctx: Context, key: int = 1, *, after: float = 0, priority: Priority = Priority.ROUTINE) -> None:
    with ctx.store.transaction() as session:
        schedule(session, JobKind.PLACE, key, ctx.clock.now() + timedelta(seconds=after), priority)


def doing(ctx: Context, do: Doing) -> Context:
    return replace(ctx, handlers={JobKind.PLACE: lambda _ctx, key: do(key)})


def job(ctx: Context, key: int = 1) -> Job:
    with ctx.store.reading() as session:
        return session.scalars(select(Job).where(Job.key == str(key))).one()


def test_a_job_that_is_due_is_run_once(ctx: Context) -> None:
    ask(ctx)
    (taken,) = look(ctx, 10)
    assert run(ctx, taken)
    assert look(ctx, 10) == []
    done = job(ctx)
    assert (done.state, done.outcome, done.leased_until) == ("done", "did it", None)
    assert done.finished_at is not None


def test_a_job_is_not_taken_before_it_is_due(ctx: Context, clock: MovableClock) -> None:
    ask(ctx, after=60)
    assert look(ctx, 10) == []
    clock.forward(timedelta(seconds=61))
    assert len(look(ctx, 10)) == 1


def test_the_most_urgent_job_is_taken_first(ctx: Context) -> None:
    ask(ctx, 1)
    ask(ctx, 2, priority=Priority.CALLBACK)
    ask(ctx, 3, priority=Priority.URGENT)
    seen: list[int] = []

    def note(key: int) -> Result:
        seen.append(key)
        return Done("")

    for each in (*look(ctx, 2), *look(ctx, 2)):
        run(doing(ctx, note), each)
    assert seen == [3, 2, 1]


def test_a_job_that_was_handed_out_is_not_handed_out_at_the_next_look(ctx: Context) -> None:
    ask(ctx)
    assert len(look(ctx, 10)) == 1
    assert look(ctx, 10) == []


def test_a_job_whose_message_was_lost_is_handed_out_again(ctx: Context, clock: MovableClock) -> None:
    ask(ctx)
    (lost,) = look(ctx, 10)
    clock.forward(ctx.lease / 2)
    (found,) = look(ctx, 10)
    assert not run(ctx, lost)
    assert run(ctx, found)


def test_a_message_that_is_delivered_twice_does_nothing_the_second_time(ctx: Context) -> None:
    ask(ctx)
    (taken,) = look(ctx, 10)
    runs = []
    counting = doing(ctx, lambda key: runs.append(key) or Done(""))
    assert [run(counting, taken), run(counting, taken)] == [True, False]
    assert runs == [1]


def test_a_job_of_a_worker_that_died_is_taken_up_after_its_lease(ctx: Context, clock: MovableClock) -> None:
    ask(ctx)

    def die(_key: int) -> Result:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(doing(ctx, die), *look(ctx, 10))
    clock.forward(ctx.lease - timedelta(seconds=1))
    assert look(ctx, 10) == []
    clock.forward(timedelta(seconds=1))
    assert run(ctx, *look(ctx, 10))
    assert job(ctx).attempts == 2


def test_work_that_is_asked_for_again_while_it_is_done_is_done_again(ctx: Context) -> None:
    ask(ctx)

    def ask_again(_key: int) -> Result:
        ask(ctx)
        return Done("")

    run(doing(ctx, ask_again), *look(ctx, 10))
    assert job(ctx).state == "due"
    assert len(look(ctx, 10)) == 1


def test_work_that_is_called_off_is_not_begun(ctx: Context, clock: MovableClock) -> None:
    ask(ctx)
    (taken,) = look(ctx, 10)
    with ctx.store.transaction() as session:
        call_off(session, JobKind.PLACE, 1, clock.now())
    assert not run(ctx, taken)


def test_work_may_come_back_at_its_own_time(ctx: Context, clock: MovableClock) -> None:
    ask(ctx)
    at = clock.now() + timedelta(minutes=3)
    run(doing(ctx, lambda _key: Again(at, "rings")), *look(ctx, 10))
    waiting = job(ctx)
    assert (waiting.state, waiting.outcome, waiting.attempts) == ("due", "rings", 0)
    assert look(ctx, 10) == []
    clock.forward(timedelta(minutes=3))
    assert len(look(ctx, 10)) == 1


def test_failed_work_is_tried_again_more_and_more_patiently(ctx: Context, clock: MovableClock) -> None:
    ask(ctx)

    def fail(_key: int) -> Result:
        raise CarrierUnclear("no answer")

    for seconds in (5, 30, 120, 600, 600):
        before = clock.now()
        run(doing(ctx, fail), *look(ctx, 10))
        waits = (job(ctx).due_at - before).total_seconds()
        assert seconds <= waits < seconds + 5
        clock.forward(timedelta(seconds=seconds + 5))
    assert job(ctx).outcome == "CarrierUnclear: no answer"


def test_work_that_always_fails_ends_in_a_named_state(ctx: Context, clock: MovableClock) -> None:
    ask(ctx)

    def fail(_key: int) -> Result:
        raise RuntimeError("he said +56912345678")

    for _ in range(patience(JobKind.PLACE).attempts or 0):
        run(doing(ctx, fail), *look(ctx, 10))
        clock.forward(timedelta(hours=2))
    failed = job(ctx)
    assert (failed.state, failed.outcome) == ("failed", "RuntimeError")
    assert look(ctx, 10) == []


def test_two_clocks_at_the_same_moment_take_each_job_once(ctx: Context) -> None:
    with ctx.store.transaction() as session:
        for key in range(40):
            schedule(session, JobKind.PLACE, key, ctx.clock.now())
    taken: list[Taken] = []
    together = threading.Barrier(4)

    def clock() -> None:
        together.wait()
        for _ in range(5):
            taken.extend(look(ctx, 4))

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    while more := look(ctx, 40):
        taken.extend(more)
    assert len(taken) == 40
    assert len({each.id for each in taken}) == 40


def test_a_look_that_finds_nothing_is_one_query(ctx: Context) -> None:
    with statements(ctx.store) as seen:
        assert look(ctx, 10) == []
    assert len([each for each in seen if not each.startswith("PRAGMA")]) == 1


def test_work_on_several_rows_is_asked_for_in_one_order_by_all(ctx: Context) -> None:
    """So that two who ask for the same rows at the same moment do not wait in a circle."""
    with ctx.store.transaction() as session:
        schedule_all(session, JobKind.RING, [3, 1, 2], ctx.clock.now())
    with ctx.store.reading() as session:
        assert session.scalars(select(Job.key).order_by(Job.id)).all() == ["1", "2", "3"]


@pytest.mark.parametrize("kind", [JobKind.RING, JobKind.CONNECT])
def test_whoever_is_on_the_line_is_never_given_up(kind: JobKind, clock: MovableClock) -> None:
    assert patience(kind).next(1000, clock.now()) is not None
