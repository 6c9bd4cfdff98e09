"""Calls and their turns in the database: one row each, whoever comes first."""

from datetime import timedelta
from typing import Any

import pytest

from ivr.dialogue import ledger
from ivr.dialogue.ledger import Entry
from ivr.dialogue.standing import Standing
from ivr.store.session import Store
from ivr.store.tables import CallRow
from ivr.switchboard.moving import overtake
from tests.conftest import TUESDAY_AT_TEN
from tests.line import KNOWN, LINE, MOBILE_LINE, STRANGER
from tests.watching import contents

LINES = (LINE, MOBILE_LINE)
SID = "CA" + "1" * 32
FORM = {"CallSid": SID, "From": KNOWN, "To": LINE, "Direction": "inbound", "CallStatus": "ringing"}

STANDING = Standing(
    turn=3,
    asks="tiny.floor",
    question={"kind": "gather", "keys": {"1": "tiny.bye"}},
    tries=2,
    stack=("tiny.delivered", "tiny.address_complete"),
    trail=(("tiny.menu", ()), ("tiny.street", ("tiny.delivered",))),
    notes={"street": "77", "offered": [["a", 1], None]},
)


def begin(store: Store, *, answered: bool = True, **form: str) -> CallRow:
    with store.transaction() as session:
        entry = ledger.begin(session, FORM | form, LINES, TUESDAY_AT_TEN, answered=answered)
    assert entry is not None
    return entry.call


def write(store: Store, after: Standing = STANDING, **columns: Any) -> bool:
    trace = {
        "at": TUESDAY_AT_TEN,
        "step": "tiny.keep_street",
        "heard": ["¿Qué piso?"],
        "reply": "<Response/>",
    }
    with store.transaction() as session:
        return ledger.write(session, found(session), after, **trace | columns)


def found(session: Any) -> CallRow:
    entry = ledger.find(session, SID)
    assert entry is not None
    return entry.call


def test_a_call_that_speaks_with_us_is_in_progress_from_its_first_webhook(store: Store) -> None:
    call = begin(store)
    assert (call.sid, call.direction, call.purpose) == (SID, "inbound", "inbound")
    assert (call.status, call.answered_at, call.started_at) == ("in-progress", TUESDAY_AT_TEN, TUESDAY_AT_TEN)
    assert (call.sequence, call.urgent, call.ended_at) == (-1, False, None)


def test_a_call_that_we_only_hear_of_was_not_answered_for_that(store: Store) -> None:
    call = begin(store, answered=False)
    assert (call.status, call.answered_at) == ("queued", None)


def test_a_call_is_begun_once(store: Store) -> None:
    begin(store)
    with store.transaction() as session:
        assert ledger.begin(session, FORM, LINES, TUESDAY_AT_TEN, answered=True) is None


@pytest.mark.parametrize(
    ("from_", "caller"),
    [(KNOWN, KNOWN), ("anonymous", None), ("+14155550100", None), (LINE, None), ("", None)],
)
def test_only_a_valid_chilean_number_is_the_callers(
    sqlite_store: Store, from_: str, caller: str | None
) -> None:
    call = begin(sqlite_store, From=from_)
    assert (call.from_number, call.caller) == (from_, caller)


def test_of_a_call_that_we_placed_the_other_party_is_whom_we_called(sqlite_store: Store) -> None:
    call = begin(sqlite_store, Direction="outbound-api", From=LINE, To=KNOWN)
    assert (call.direction, call.purpose, call.caller) == ("outbound", "unknown", KNOWN)


def test_what_is_too_long_for_a_number_is_cut(store: Store) -> None:
    call = begin(store, From="sip:" + "x" * 1000, To="y" * 1000)
    assert (len(call.from_number), len(call.to_number)) == (64, 64)


@pytest.mark.parametrize(
    ("to", "forwarded", "channel"),
    [
        (LINE, "", "phone"),
        (MOBILE_LINE, "", "mobile"),
        (LINE, MOBILE_LINE, "phone"),
        (STRANGER, MOBILE_LINE, "mobile"),
        ("+56225550100", LINE, "phone"),
        ("+56225550100", "", "phone"),
    ],
)
def test_the_channel_is_the_lines_number_that_was_dialled_or_passed_the_call_on(
    to: str, forwarded: str, channel: str
) -> None:
    assert ledger.channel(to, forwarded, LINES) == channel


def test_where_a_conversation_stands_is_found_again_as_it_was_written(store: Store) -> None:
    begin(store)
    assert write(store)
    with store.transaction() as session:
        entry = ledger.find(session, SID)
        assert entry is not None
        assert entry.standing == STANDING


def test_a_call_without_a_turn_stands_at_the_beginning(store: Store) -> None:
    begin(store)
    with store.transaction() as session:
        entry = ledger.find(session, SID)
        assert entry is not None
        assert (entry.last, entry.standing) == (None, Standing())


def test_of_several_turns_the_last_counts(store: Store) -> None:
    begin(store)
    for turn in (1, 3, 2):
        write(store, Standing(turn=turn, asks=f"tiny.step_{turn}"))
    with store.transaction() as session:
        entry = ledger.find(session, SID)
        assert entry is not None
        assert entry.standing.asks == "tiny.step_3"


def test_a_turn_is_written_once_and_never_changed(store: Store) -> None:
    begin(store)
    assert write(store)
    before = contents(store)
    assert not write(store, reply="<Response><Hangup/></Response>")
    assert contents(store) == before


def test_the_reply_of_each_turn_is_kept(store: Store) -> None:
    begin(store)
    write(store, Standing(turn=1), reply="first")
    write(store, Standing(turn=2), reply="second")
    with store.reading() as session:
        call = found(session)
        assert [ledger.reply_of(session, call, turn) for turn in (0, 1, 2)] == ["first", "second", None]


def test_an_overtaken_turn_has_no_reply(store: Store) -> None:
    begin(store)
    write(store, Standing(turn=1), reply="first")
    with store.transaction() as session:
        call = found(session)
        assert overtake(session, call, "tiny.talk", TUESDAY_AT_TEN) == 2
        assert ledger.reply_of(session, call, 1) is None


def test_a_call_is_found_by_its_sid_or_by_the_token_of_its_addresses(store: Store) -> None:
    call = begin(store)
    with store.transaction() as session:
        session.add(
            CallRow(
                token="t" * 32,
                direction="outbound",
                purpose="agent",
                from_number=LINE,
                to_number=KNOWN,
                channel="phone",
                status="placing",
                started_at=TUESDAY_AT_TEN + timedelta(minutes=1),
            )
        )
    with store.transaction() as session:
        by_sid, by_token = ledger.find(session, SID), ledger.find(session, "CA-unheard-of", "t" * 32)
        assert isinstance(by_sid, Entry)
        assert by_sid.call.id == call.id
        assert isinstance(by_token, Entry)
        assert by_token.call.token == "t" * 32
        assert ledger.find(session, "CA-unheard-of") is None
        assert ledger.find(session, "CA-unheard-of", "another") is None
