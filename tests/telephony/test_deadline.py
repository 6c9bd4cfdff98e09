"""An answer in time, and nothing stored of which the carrier was not told."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, get_ident

import pytest

from ivr.telephony import deadline
from ivr.telephony.deadline import Deadline, TooLate

Commit = Callable[[], None]
SHORT = 0.05
#: Seconds after which a wait that nobody cuts has failed its test.
NEVER = 10


class Cut(Exception):
    """What work that waits is ended with."""


class Waiting:
    """Something that work waits for, and that is cut like the database (`ivr.store.session.Store.cut`)."""

    def __init__(self) -> None:
        self.cuts: list[int] = []
        self._end = Event()

    def cut(self, thread: int) -> None:
        self.cuts.append(thread)
        self._end.set()

    def wait(self, seconds: float = NEVER) -> None:
        """Wait for nothing. Raises `Cut`."""
        self._end.clear()
        if self._end.wait(seconds):
            raise Cut


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def hurried(waiting: Waiting) -> Deadline:
    return Deadline(patience=SHORT, cut=waiting.cut)


@pytest.fixture
def patient(waiting: Waiting) -> Deadline:
    return Deadline(cut=waiting.cut)


def test_caller_and_carrier_have_their_answer_within_five_seconds() -> None:
    """The contract's bound (section 1), with something left for the way."""
    assert deadline.PATIENCE + deadline.GRACE < 5


def test_what_is_ready_in_time_is_answered(patient: Deadline) -> None:
    def work(commit: Commit) -> str:
        commit()
        return "done"

    assert patient.run(work, patient.start()) == "done"


def test_a_fault_of_the_work_is_the_callers(patient: Deadline) -> None:
    def work(_commit: Commit) -> str:
        raise ValueError("as it happens")

    with pytest.raises(ValueError, match="as it happens"):
        patient.run(work, patient.start())


def test_what_work_waits_for_ends_at_the_deadline(hurried: Deadline, waiting: Waiting) -> None:
    with pytest.raises(TooLate):
        hurried.run(lambda _commit: waiting.wait(), hurried.start())
    assert waiting.cuts == [get_ident()]


def test_work_that_waits_again_is_cut_again(hurried: Deadline, waiting: Waiting) -> None:
    """Whoever undoes what was begun, or tries anew, waits for the same thing once more."""

    def work(_commit: Commit) -> None:
        with pytest.raises(Cut):
            waiting.wait()
        waiting.wait()

    with pytest.raises(TooLate):
        hurried.run(work, hurried.start())
    assert len(waiting.cuts) >= 2


def test_work_that_nobody_waits_for_any_more_may_not_commit(hurried: Deadline, waiting: Waiting) -> None:
    outcome: list[str] = []

    def work(commit: Commit) -> None:
        with pytest.raises(Cut):
            waiting.wait()
        try:
            commit()
        except TooLate:
            outcome.append("undone")
            raise

    with pytest.raises(TooLate):
        hurried.run(work, hurried.start())
    assert outcome == ["undone"]


def test_a_commit_that_has_begun_is_waited_for(hurried: Deadline, waiting: Waiting) -> None:
    def work(commit: Commit) -> str:
        commit()
        waiting.wait(SHORT * 3)
        return "committed"

    assert hurried.run(work, hurried.start()) == "committed"
    assert waiting.cuts == []


def test_a_commit_that_hangs_is_not_waited_for_for_ever(
    hurried: Deadline, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "GRACE", SHORT)

    def work(commit: Commit) -> None:
        commit()
        waiting.wait()

    with pytest.raises(TooLate):
        hurried.run(work, hurried.start())


def test_a_commit_that_broke_may_be_tried_again(patient: Deadline) -> None:
    """The connection may be lost in the middle of the commit; the second try is as good as the first."""

    def work(commit: Commit) -> str:
        commit()
        commit()
        return "committed"

    assert patient.run(work, patient.start()) == "committed"


def test_several_tries_at_one_answer_share_its_time(hurried: Deadline, waiting: Waiting) -> None:
    until, began = hurried.start(), []
    for _ in range(2):
        with pytest.raises(TooLate):
            hurried.run(lambda _commit: began.append(waiting.wait()), until)
    assert waiting.cuts == [get_ident()], "the second did not begin"


def test_the_second_try_is_watched_by_the_deadline_of_the_first(patient: Deadline, waiting: Waiting) -> None:
    """Even though the watch has seen meanwhile that all others have longer."""
    until = time.monotonic() + 4 * SHORT
    with _another(patient):
        with pytest.raises(ValueError, match="first"):
            patient.run(_first, until)
        time.sleep(SHORT)
        with pytest.raises(TooLate):
            patient.run(lambda _commit: waiting.wait(), until)


def _first(_commit: Commit) -> None:
    raise ValueError("first")


@contextmanager
def _another(patient: Deadline) -> Iterator[None]:
    """Meanwhile somebody else's work goes on."""
    begun, over = Event(), Event()

    def work(_commit: Commit) -> bool:
        begun.set()
        return over.wait(NEVER)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(patient.run, work, patient.start())
        begun.wait()
        try:
            yield
        finally:
            over.set()
        assert other.result()


def test_only_what_is_late_is_cut(waiting: Waiting) -> None:
    """Neither what others do, nor what the thread does that was late before."""
    cut: list[int] = []

    def end(thread: int) -> None:
        cut.append(thread)
        waiting.cut(thread)

    both = Deadline(cut=end)
    with _another(both):
        with pytest.raises(TooLate):
            both.run(lambda _commit: waiting.wait(), time.monotonic() + SHORT)
        so_far = list(cut)
        assert both.run(lambda _commit: time.sleep(SHORT * 4), both.start()) is None
    assert set(cut) == {get_ident()}
    assert cut == so_far


def test_the_watch_goes_home_when_there_is_nothing_to_do_and_comes_back(
    hurried: Deadline, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "_IDLE", SHORT)
    others = set(threading.enumerate())
    for _ in range(2):
        with pytest.raises(TooLate):
            hurried.run(lambda _commit: waiting.wait(), hurried.start())
        until = time.monotonic() + NEVER
        while any(thread.name == "deadline" for thread in set(threading.enumerate()) - others):
            assert time.monotonic() < until
            time.sleep(SHORT)
