"""An answer in time, and nothing stored of which the carrier was not told."""

from collections.abc import Callable
from threading import Event

import pytest

from ivr.telephony import deadline
from ivr.telephony.deadline import Deadline, TooLate

Commit = Callable[[], None]
SHORT = 0.05


def test_caller_and_carrier_have_their_answer_within_five_seconds() -> None:
    """The contract's bound (section 1), with something left for the way."""
    assert deadline.PATIENCE + deadline.GRACE < 5


def test_what_is_ready_in_time_is_answered() -> None:
    patient = Deadline(1)

    def work(commit: Commit) -> str:
        commit()
        return "done"

    assert patient.run(work, patient.start()) == "done"


def test_a_fault_of_the_work_is_the_callers() -> None:
    patient = Deadline(1)

    def work(_commit: Commit) -> str:
        raise ValueError("as it happens")

    with pytest.raises(ValueError, match="as it happens"):
        patient.run(work, patient.start())


def test_work_that_nobody_waits_for_any_more_may_not_commit() -> None:
    hurried = Deadline(1, patience=SHORT)
    release, ended = Event(), Event()
    outcome: list[str] = []

    def work(commit: Commit) -> None:
        release.wait()
        try:
            commit()
        except TooLate:
            outcome.append("undone")
        ended.set()

    with pytest.raises(TooLate):
        hurried.run(work, hurried.start())
    release.set()
    ended.wait()
    assert outcome == ["undone"]


def test_a_commit_that_has_begun_is_waited_for() -> None:
    hurried = Deadline(1, patience=SHORT)
    release = Event()

    def work(commit: Commit) -> str:
        commit()
        release.wait(SHORT * 2)
        return "committed"

    assert hurried.run(work, hurried.start()) == "committed"


def test_a_commit_that_hangs_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "GRACE", SHORT)
    hurried = Deadline(1, patience=SHORT)
    release = Event()

    def work(commit: Commit) -> None:
        commit()
        release.wait()

    with pytest.raises(TooLate):
        hurried.run(work, hurried.start())
    release.set()


def test_a_commit_that_broke_may_be_tried_again() -> None:
    """The connection may be lost in the middle of the commit; the second try is as good as the first."""
    patient = Deadline(1)

    def work(commit: Commit) -> str:
        commit()
        commit()
        return "committed"

    assert patient.run(work, patient.start()) == "committed"


def test_several_tries_at_one_answer_share_its_time() -> None:
    hurried = Deadline(2, patience=SHORT)
    until = hurried.start()
    release = Event()
    for _ in range(2):
        with pytest.raises(TooLate):
            hurried.run(lambda _commit: release.wait(), until)
    release.set()


def test_work_that_nobody_came_to_in_time_is_never_begun() -> None:
    hurried = Deadline(1, patience=SHORT)
    release, ended = Event(), Event()
    begun: list[str] = []
    with pytest.raises(TooLate):
        hurried.run(lambda _commit: release.wait(), hurried.start())
    with pytest.raises(TooLate):
        hurried.run(lambda _commit: begun.append("late"), hurried.start())
    release.set()
    hurried.run(lambda _commit: ended.set(), hurried.start() + 60)
    assert ended.is_set()
    assert begun == []
