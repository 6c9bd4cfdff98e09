"""Moving live calls between steps: once, whatever comes at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from ivr.store.session import Store
from ivr.store.tables import CallRow, TurnRow
from ivr.switchboard.moving import bound_for, overtake

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)


def a_call(store: Store, turns: int) -> int:
    with store.transaction() as session:
        call = CallRow(
            sid="CA1",
            direction="inbound",
            purpose="inbound",
            from_number="+56961234567",
            to_number="+56800422727",
            channel="phone",
            status="in-progress",
            started_at=NOW,
        )
        session.add(call)
        session.flush()
        for turn in range(turns):
            session.add(
                TurnRow(
                    call_id=call.id,
                    turn=turn,
                    at=NOW,
                    step="waiting.person",
                    asks=None,
                    question={},
                    heard=[],
                    reply="<Response/>",
                    stack=["a.step"],
                    trail=[],
                    notes={"kept": turn},
                )
            )
        return call.id


def test_the_call_goes_on_with_the_turn_after_the_overtaken_one(store: Store) -> None:
    call_id = a_call(store, 2)

    with store.transaction() as session:
        call = session.get_one(CallRow, call_id)
        assert overtake(session, call, "waiting.talk", NOW) == 3
        assert bound_for(session, call) == "waiting.talk"

    with store.reading() as session:
        last = session.query(TurnRow).order_by(TurnRow.turn.desc()).limit(1).one()
        assert (last.turn, last.reply, last.notes, last.stack) == (2, "", {"kept": 1}, ["a.step"])


def test_asked_again_before_the_call_came_it_is_the_same_turn(store: Store) -> None:
    call_id = a_call(store, 1)

    def move(_: int) -> int | None:
        with store.transaction() as session:
            return overtake(session, session.get_one(CallRow, call_id), "waiting.talk", NOW)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(move, range(4))) == [2, 2, 2, 2]


def test_a_call_that_is_moved_on_before_it_came_is_bound_for_the_last_step(store: Store) -> None:
    call_id = a_call(store, 1)

    with store.transaction() as session:
        call = session.get_one(CallRow, call_id)
        overtake(session, call, "waiting.talk", NOW)
        assert overtake(session, call, "waiting.alone", NOW) == 3
        assert bound_for(session, call) == "waiting.alone"


def test_a_call_without_a_conversation_cannot_be_moved(store: Store) -> None:
    call_id = a_call(store, 0)

    with store.transaction() as session:
        call = session.get_one(CallRow, call_id)
        assert overtake(session, call, "waiting.talk", NOW) is None
        assert bound_for(session, call) is None
