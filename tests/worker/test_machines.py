"""Machines that answer: told who called, once, and never in place of a person who presses a key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import CallRow, PlannedCall, TurnRow
from tests.outgoing import Outgoing, greeted, open_outgoing


@pytest.fixture
def life(sqlite_store: Store, tmp_path: Path, clock: MovableClock) -> Iterator[Outgoing]:
    with open_outgoing(sqlite_store, tmp_path, clock) as opened:
        yield opened


def test_a_machine_is_told_who_called_and_the_attempt_counts_as_unanswered(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    call = rung.answer()
    assert life.machine(rung) == 204
    life.work()
    message = life.follow(call)
    assert message.heard == ["Le llamamos de Postventa. Puede devolvernos la llamada al " + spoken_800()]
    assert message.silence().over
    life.over(rung)
    assert life.outcomes() == ["machine"]
    assert (life.plan.state, life.plan.attempts) == ("planned", 1)


def spoken_800() -> str:
    return "ochocientos, cuatro dos dos, siete dos siete."


def test_a_machine_is_told_once_a_case_and_the_next_time_the_call_ends(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    call = rung.answer()
    life.machine(rung)
    life.work()
    life.follow(call).silence()
    life.over(rung)
    life.later(minutes=31)
    rung = life.rings()
    rung.answer()
    life.machine(rung)
    life.work()
    assert life.carrier.hung_up == [rung.sid]
    life.over(rung)
    assert life.outcomes() == ["machine", "machine"]


def test_a_pressed_key_outranks_the_verdict(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    call = greeted(rung)
    life.machine(rung)
    life.work()
    assert life.carrier.moved == []
    assert call.press("1", "1").hears("Listo. Los trabajos")


def test_a_person_who_was_taken_for_a_machine_may_still_press_a_key(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    call = rung.answer()
    life.machine(rung)
    life.work()
    assert life.follow(call).press("1").hears("La garantía cubre")


@pytest.mark.parametrize("verdict", ["human", "unknown"])
def test_any_other_verdict_changes_nothing(life: Outgoing, verdict: str) -> None:
    life.inspected(True)
    rung = life.rings()
    rung.answer()
    assert life.machine(rung, verdict) == 204
    life.work()
    assert (life.carrier.moved, life.carrier.hung_up) == ([], [])


def test_a_fax_is_not_talked_to_for_long(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    rung.answer()
    life.machine(rung, "fax")
    life.work()
    assert len(life.carrier.moved) == 1


def test_a_verdict_that_cannot_be_stored_is_asked_for_again(life: Outgoing) -> None:
    life.inspected(True)
    rung = life.rings()
    with life.store.transaction() as session:
        session.query(PlannedCall).update({"call_id": None})
        session.query(TurnRow).delete()
        session.query(CallRow).delete()
    assert life.machine(rung) == 503


def test_a_message_is_left_also_by_a_worker_that_died_before_it_moved_the_call(
    life: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Died

    life.inspected(True)
    rung = life.rings()
    call = rung.answer()
    life.machine(rung)
    monkeypatch.setattr(life.carrier, "move", die)
    with pytest.raises(Died):
        life.work()
    monkeypatch.undo()
    life.later(seconds=61)
    assert life.follow(call).hears("Puede devolvernos la llamada")
