"""POST /voice/…: each turn answered once, repeats told the same, and an answer whatever fails."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest
from sqlalchemy import event, select, update

from audio import phrases
from ivr.aftersales.life import Priority
from ivr.dialogue import engine
from ivr.store.session import Store
from ivr.store.tables import CallRow, Task, TurnRow, Wait
from ivr.switchboard import queue
from ivr.switchboard.moving import overtake
from tests import tiny
from tests.carrier.oracle import Context, check_house_rules, check_twiml
from tests.line import KNOWN, LINE, TestCall, TestLine
from tests.servers import Postgres
from tests.telephony.tiny_line import closed_gate, tiny_line
from tests.watching import contents, statements

NOBODY_LISTENS = "postgresql://nobody@127.0.0.1:9/nothing"
SHORT = 0.4


@pytest.fixture
def line(store: Store) -> TestLine:
    return tiny_line(store)


@pytest.fixture
def sqlite_line(sqlite_store: Store) -> TestLine:
    return tiny_line(sqlite_store)


def said(document: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(document).iter("Say")]  # noqa: S314 -- our own document


def tasks_of(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Task.detail)))


# --- A turn is answered once -------------------------------------------------------------------------------

#: A way through every kind of turn there is.
JOURNEY = ["1", "2", "12#", "1", "1", "77#", "4", "*", "9", "4", "2", "0"]


def test_a_webhook_repeated_at_any_turn_gets_the_same_bytes_and_changes_nothing(line: TestLine) -> None:
    call = line.dial()
    for keys in ["", *JOURNEY]:
        if keys:
            call.press(keys)
        before, document = contents(line.store), call.document
        assert call.again() == document
        assert contents(line.store) == before
    assert call.hears(tiny.PERSON.words)


def test_a_silence_a_recording_and_the_end_of_a_wait_are_repeated_like_keys(line: TestLine) -> None:
    call = line.dial()
    for turn in (
        call.silence,
        lambda: call.press("3"),
        call.record,
        lambda: call.press("4"),
        call.leave_queue,
        lambda: call.press("1", "2").say("dos"),
    ):
        turn()
        before, document = contents(line.store), call.document
        assert call.again() == document
        assert contents(line.store) == before


def test_a_repeat_is_known_by_its_turn_and_not_by_what_it_brings(line: TestLine) -> None:
    call = line.dial().press("1")
    before, document = contents(line.store), call.document
    url, form = call.last
    assert line.post(url, form | {"Digits": "2"}).text == document
    assert contents(line.store) == before


def test_a_late_repeat_of_an_older_turn_gets_the_reply_of_that_turn(line: TestLine) -> None:
    call = line.dial()
    first = (call.last, call.document)
    call.press("1")
    second = (call.last, call.document)
    call.press("2", "12#")
    before = contents(line.store)
    for asked, document in (first, second):
        assert line.post(*asked).text == document
    assert contents(line.store) == before


@pytest.mark.parametrize("times", [2, 4])
def test_the_same_webhook_at_the_same_moment_is_answered_once(line: TestLine, times: int) -> None:
    """The one that comes first is held up in the middle of its step until the others have come, too."""
    call = line.dial().press("1", "2", "12#")
    asked = (call.waits_for.attrib["action"], call.form(Digits="1"))
    came = Event()
    arrived = 0

    def note(*_connection: Any) -> None:
        nonlocal arrived
        arrived += 1
        came.set()

    with closed_gate(), ThreadPoolExecutor(times) as pool:
        first = pool.submit(line.post, *asked)
        tiny.at_the_gate.wait()
        event.listen(line.store.engine, "checkout", note)
        others = [pool.submit(line.post, *asked) for _ in range(times - 1)]
        assert came.wait(10)
        tiny.gate.set()
        answers = [answer.result().text for answer in (first, *others)]
    event.remove(line.store.engine, "checkout", note)
    assert arrived >= 1
    assert len(set(answers)) == 1
    assert said(answers[0]) == [tiny.ORDERED.words, tiny.DELIVERY.words]
    assert tasks_of(line.store) == ["manzana"]


def test_the_first_webhook_of_a_call_at_the_same_moment_makes_one_call(line: TestLine) -> None:
    call = TestCall(line, from_=KNOWN, to=LINE)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(line.post, line.entry, call.form()) for _ in range(4)]
        documents = {answer.result().text for answer in answers}
    assert len(documents) == 1
    with line.store.reading() as session:
        assert len(session.scalars(select(CallRow)).all()) == 1
        assert len(session.scalars(select(TurnRow)).all()) == 1


def test_of_two_different_answers_to_one_question_the_first_counts(line: TestLine) -> None:
    call = line.dial().press("1")
    url = call.waits_for.attrib["action"]
    pears = line.post(url, call.form(Digits="1")).text
    assert line.post(url, call.form(Digits="2")).text == pears
    with line.store.reading() as session:
        assert session.scalars(select(TurnRow).order_by(TurnRow.turn.desc())).first().notes["fruit"] == "pera"  # type: ignore[union-attr]


# --- A call that was moved ---------------------------------------------------------------------------------


def move(line: TestLine, call: TestCall, to: str) -> str:
    """Move a live call, as the switchboard does; the address that the carrier is given."""
    with line.store.transaction() as session:
        row = session.scalars(select(CallRow).where(CallRow.sid == call.sid)).one()
        turn = overtake(session, row, to, line.clock.now())
    return f"/voice/{to}?turn={turn}"


def test_a_turn_that_was_overtaken_leads_to_where_the_call_was_moved(line: TestLine) -> None:
    call = line.dial().press("4")
    leaving = call.waits_for.attrib["action"]
    address = move(line, call, "tiny.talk")
    call.ask(leaving, QueueResult="leave")
    redirect = call.xml.find("Redirect")
    assert redirect is not None
    assert (redirect.text or "").endswith(address)
    assert call.ask(redirect.text or "").waits_for.tag == "Dial"


def test_a_turn_that_was_overtaken_gets_the_reply_that_is_present_by_then(line: TestLine) -> None:
    call = line.dial().press("4")
    leaving = call.waits_for.attrib["action"]
    address = move(line, call, "tiny.talk")
    present = call.ask(address).document
    assert call.ask(leaving, QueueResult="leave").document == present


def test_what_was_answered_before_a_call_was_moved_is_repeated_as_it_was(line: TestLine) -> None:
    call = line.dial().press("4")
    asked, document = call.last, call.document
    address = move(line, call, "tiny.talk")
    call.ask(address)
    assert line.post(*asked).text == document


@pytest.mark.parametrize(
    "result", ["redirected", "redirected-from-bridged", "bridged", "bridging-in-process", "hangup"]
)
def test_the_end_of_a_wait_for_a_caller_who_is_elsewhere_is_only_news(
    sqlite_line: TestLine, result: str
) -> None:
    call = sqlite_line.dial().press("4")
    before = contents(sqlite_line.store)
    answer = sqlite_line.post(call.waits_for.attrib["action"], call.form(QueueResult=result))
    assert (answer.status_code, list(ET.fromstring(answer.text))) == (200, [])  # noqa: S314 -- our own document
    assert contents(sqlite_line.store) == before


@pytest.mark.parametrize("result", ["leave", "error", "queue-full", "system-error"])
def test_the_end_of_a_wait_for_a_caller_who_is_still_here_goes_on(sqlite_line: TestLine, result: str) -> None:
    call = sqlite_line.dial().press("4")
    call.ask(call.waits_for.attrib["action"], QueueResult=result)
    assert call.heard == [tiny.BYE.words, tiny.MENU.words]


# --- The wait ----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(line: TestLine) -> TestCall:
    """A caller who waits in the queue."""
    call = line.dial().press("4")
    with line.store.transaction() as session:
        row = session.scalars(select(CallRow)).one()
        queue.enter(session, call=row, case=None, priority=Priority.STANDARD, now=line.clock.now())
    return call


def in_the_queue(call: TestCall, **form: str) -> TestCall:
    url = f"/voice/{tiny.music.name}?wait=2"
    return call.ask(url, Context.QUEUE_WAIT, QueueTime="30", **form)


def test_the_queue_is_asked_over_and_over_and_writes_nothing(waiting: TestCall) -> None:
    before = contents(waiting.line.store)
    for _ in range(3):
        assert in_the_queue(waiting).heard == [tiny.NEXT.words]
    assert contents(waiting.line.store) == before


def test_the_queue_speaks_though_somebody_else_holds_the_call(waiting: TestCall) -> None:
    store = waiting.line.store
    with statements(store) as asked:
        assert in_the_queue(waiting).heard == [tiny.NEXT.words]
    assert not [each for each in asked if "UPDATE" in each or "IMMEDIATE" in each]
    with store.transaction() as session:
        session.execute(update(CallRow).values(status=CallRow.status))
        assert in_the_queue(waiting).heard == [tiny.NEXT.words]


def test_a_key_that_leads_out_of_the_queue_is_written_down_first(
    waiting: TestCall,
) -> None:
    in_the_queue(waiting, Digits="1")
    assert [verb.tag for verb in waiting.xml] == ["Leave"]
    with waiting.line.store.reading() as session:
        assert session.scalars(select(Wait.pressed)).one() == "1"


def test_somebody_who_has_no_wait_is_led_out_of_the_queue(sqlite_line: TestLine) -> None:
    call = sqlite_line.dial().press("4")
    assert [verb.tag for verb in in_the_queue(call).xml] == ["Leave"]


def test_a_hiccup_costs_nobody_their_place_and_a_lasting_fault_leads_out_of_the_queue(
    waiting: TestCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(engine._WAITS, tiny.music.name)
    before = contents(waiting.line.store)
    assert [verb.tag for verb in in_the_queue(waiting).xml] == ["Pause", "Redirect"]
    waiting.ask(waiting.xml.findtext("Redirect") or "", Context.QUEUE_WAIT)
    assert [verb.tag for verb in waiting.xml] == ["Leave"]
    assert contents(waiting.line.store) == before


# --- Steps that are gone, and steps that fail --------------------------------------------------------------


def test_a_step_of_another_version_is_found_by_its_old_name(line: TestLine) -> None:
    call = line.dial().press("1", "2")
    call.ask(call.waits_for.attrib["action"].replace("tiny.keep_amount", "tiny.count"), Digits="5")
    assert call.heard == [tiny.RECEIPT.words]


def test_a_step_that_no_version_knows_is_an_apology_and_a_person(line: TestLine) -> None:
    call = line.dial().press("1", "2")
    call.ask(call.waits_for.attrib["action"].replace("keep_amount", "of_last_year"), Digits="5")
    assert call.heard == [phrases.APOLOGY.words, tiny.PERSON.words]
    assert call.again() == call.document


def test_a_step_that_fails_is_an_apology_and_a_person_once(line: TestLine) -> None:
    call = line.dial().press("5")
    assert call.heard == [phrases.APOLOGY.words, tiny.PERSON.words]
    before, document = contents(line.store), call.document
    assert call.again() == document
    assert contents(line.store) == before


def test_nothing_of_a_step_that_failed_is_kept(line: TestLine) -> None:
    call = line.dial().press("1")
    call.ask(call.waits_for.attrib["action"].replace("choose_fruit", "half_done"), Digits="1")
    assert call.heard == [phrases.APOLOGY.words, tiny.PERSON.words]
    assert tasks_of(line.store) == []


def test_an_apology_to_somebody_whom_we_called_is_no_queue(line: TestLine) -> None:
    call = line.dial(LINE, KNOWN, Direction="outbound-api").press("5")
    assert call.heard == [phrases.OUTBOUND_APOLOGY.words]
    assert call.over


def test_where_the_apology_fails_too_the_backup_number_is_dialled(store: Store) -> None:
    line = tiny_line(store, person=tiny.broken)
    call = line.dial()
    before = contents(store)
    assert_last_resort(call.press("5"))
    assert contents(store) == before


def assert_last_resort(call: TestCall) -> None:
    assert call.heard == [phrases.LAST_RESORT.words, phrases.LAST_RESORT_OVER.words]
    assert call.xml.findtext("Dial") == call.line.settings.backup_number


# --- The fallback address ----------------------------------------------------------------------------------


def test_after_a_document_that_was_of_no_use_there_is_an_apology_and_a_person(
    line: TestLine,
) -> None:
    call = line.dial().press("1")
    call.ask("/voice/fallback", ErrorCode="11200", ErrorUrl=call.last[0])
    assert call.heard == [phrases.APOLOGY.words, tiny.PERSON.words]


def test_the_fallback_asked_for_again_is_the_same(line: TestLine) -> None:
    call = line.dial().press("1").ask("/voice/fallback", ErrorCode="11200")
    before, document = contents(line.store), call.document
    assert call.again() == document
    assert contents(line.store) == before


def test_the_fallback_of_a_call_that_never_reached_us_is_a_person(line: TestLine) -> None:
    call = TestCall(line, from_=KNOWN, to=LINE).ask("/voice/fallback", ErrorCode="11205")
    assert call.heard == [phrases.APOLOGY.words, tiny.PERSON.words]


def test_the_fallback_of_a_call_that_we_placed_is_an_apology_and_a_goodbye(line: TestLine) -> None:
    call = line.dial(LINE, KNOWN, Direction="outbound-api").ask("/voice/fallback", ErrorCode="11200")
    assert call.heard == [phrases.OUTBOUND_APOLOGY.words]
    assert call.over


# --- Without the database ----------------------------------------------------------------------------------


def test_a_database_that_cannot_be_reached_leaves_the_backup_number() -> None:
    store = Store(NOBODY_LISTENS)
    line = tiny_line(store)
    assert_last_resort(line.dial())
    assert_last_resort(TestCall(line, from_=KNOWN, to=LINE).ask("/voice/fallback"))
    store.close()


def test_without_database_and_backup_number_there_is_an_honest_word() -> None:
    store = Store(NOBODY_LISTENS)
    call = tiny_line(store, backup_number=None).dial()
    assert call.heard == [phrases.CALL_AGAIN.words]
    assert call.over
    store.close()


def test_whom_we_called_without_a_database_hears_an_apology_and_goodbye() -> None:
    store = Store(NOBODY_LISTENS)
    call = tiny_line(store).dial(LINE, KNOWN, Direction="outbound-api")
    assert call.heard == [phrases.OUTBOUND_APOLOGY.words]
    assert call.over
    store.close()


def test_a_queue_without_a_database_leads_out_of_it() -> None:
    store = Store(NOBODY_LISTENS)
    call = in_the_queue(TestCall(tiny_line(store), from_=KNOWN, to=LINE))
    call.ask(call.xml.findtext("Redirect") or "", Context.QUEUE_WAIT)
    assert [verb.tag for verb in call.xml] == ["Leave"]
    store.close()


@pytest.mark.parametrize("keys", ["1", "5"])
def test_a_table_that_somebody_holds_locked_leaves_the_backup_number_and_changes_nothing(
    store: Store, keys: str
) -> None:
    line = tiny_line(store, patience=SHORT)
    call = line.dial()
    before = contents(store)
    with store.transaction() as session, ThreadPoolExecutor(1) as pool:
        session.execute(update(CallRow).values(status=CallRow.status))
        assert_last_resort(pool.submit(call.press, keys).result())
    assert contents(store) == before


def test_a_lock_that_ends_in_time_is_waited_for(store: Store) -> None:
    line = tiny_line(store)
    call = line.dial()
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as session:
            session.execute(update(CallRow).values(status=CallRow.status))
            answer = pool.submit(line.post, call.waits_for.attrib["action"], call.form(Digits="1"))
        assert said(answer.result().text) == [tiny.FRUIT.words]


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    """A PostgreSQL that neither answers nor refuses: every process of it stands still."""
    with psycopg.connect(postgres.url("postgres")) as asking:
        backends = [
            pid for (pid,) in asking.execute("SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL")
        ]
        folder = asking.execute("SHOW data_directory").fetchone()
    assert folder is not None
    postmaster = int((Path(folder[0]) / "postmaster.pid").read_text().split()[0])
    still = []
    for pid in (postmaster, *backends):
        with suppress(ProcessLookupError):  # the connection that asked is gone by now
            os.kill(pid, signal.SIGSTOP)
            still.append(pid)
    try:
        yield
    finally:
        for pid in still:
            with suppress(ProcessLookupError):  # a stopped one may have been told to end meanwhile
                os.kill(pid, signal.SIGCONT)


def test_a_database_that_stands_still_leaves_the_backup_number_and_then_goes_on(
    postgresql_url: str, postgres: Postgres
) -> None:
    store = Store(postgresql_url)
    line = tiny_line(store, patience=SHORT)
    call = line.dial()
    asked = (call.waits_for.attrib["action"], call.form(Digits="1"))
    before = contents(store)
    with stopped(postgres):
        assert_last_resort(call.press("1"))
        assert_last_resort(line.dial())
    assert contents(store) == before
    assert said(line.post(*asked).text) == [tiny.FRUIT.words]
    assert len(contents(store)["turns"]) == 2
    store.close()


def test_a_connection_that_was_cut_while_nobody_used_it_is_replaced(
    postgresql_url: str, postgres: Postgres
) -> None:
    store = Store(postgresql_url)
    call = tiny_line(store).dial()
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
    assert call.press("1").heard == [tiny.FRUIT.words]
    store.close()


# --- Whatever is sent --------------------------------------------------------------------------------------

LONG = "9" * 100_000
GARBAGE: dict[str, dict[str, str]] = {
    "no call": {"CallSid": ""},
    "NUL bytes": {"Digits": "1\0", "SpeechResult": "\0\0", "From": "+569\0", "CallStatus": "\0"},
    "long keys": {"Digits": LONG},
    "long words": {"SpeechResult": "ñ" * 100_000},
    "long numbers": {"From": LONG, "To": LONG, "ForwardedFrom": LONG, "CallStatus": LONG},
    "long call": {"CallSid": "CA" + LONG},
    "long counts": {"RecordingDuration": LONG, "RecordingUrl": LONG, "QueueTime": LONG},
    "counts that are none": {"RecordingDuration": "²", "QueueTime": "-1", "Confidence": "NaN"},
    "keys that are none": {"Digits": "²"},
    "letters as keys": {"Digits": "abc"},
    "markup": {"Digits": "<Hangup/>", "SpeechResult": "]]><Dial>+1900</Dial>", "From": "&amp;"},
    "an unknown result": {"DialCallStatus": "?", "QueueSid": "'; DROP TABLE calls; --"},
    "unknown fields": {"Nombre": "ñandú", "": "empty"},
    "surrogates": {"SpeechResult": "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")},
}


@pytest.mark.parametrize("before", [(), ("1",), ("1", "2"), ("1", "2", "12#"), ("3",), ("4",)], ids=str)
def test_whatever_the_carrier_signs_at_a_turn_is_answered_with_a_document(
    line: TestLine, before: tuple[str, ...]
) -> None:
    for garbage in GARBAGE.values():
        call = line.dial().press(*before)
        answer = line.post(call.waits_for.attrib["action"], call.form() | garbage)
        assert answer.status_code == 200
        check_twiml(answer.text, Context.CALL)
        check_house_rules(answer.text)


def test_whatever_the_carrier_signs_at_the_beginning_is_answered_with_a_document(line: TestLine) -> None:
    for garbage in GARBAGE.values():
        TestCall(line, from_=KNOWN, to=LINE, more=garbage).ask(line.entry)


@pytest.mark.parametrize("form", [{}, {"Digits": "1"}, {"CallSid": "", "From": ""}])
@pytest.mark.parametrize(
    "url", ["/voice/tiny.menu?turn=x", "/voice/tiny.menu", "/voice/tiny.menu?turn=-1", "/voice/fallback"]
)
def test_a_form_without_anything_of_use_is_answered_with_a_document(
    sqlite_line: TestLine, url: str, form: dict[str, str]
) -> None:
    answer = sqlite_line.post(url, form)
    assert answer.status_code == 200
    check_twiml(answer.text, Context.CALL)


def test_an_empty_parameter_is_the_same_as_an_absent_one(line: TestLine) -> None:
    call = line.dial()
    call.ask(call.waits_for.attrib["action"], Digits="", SpeechResult="")
    assert call.heard == [phrases.NOTHING_PRESSED.words, tiny.MENU.words]


def test_a_nul_in_the_keys_is_nobodys(line: TestLine) -> None:
    call = line.dial()
    call.ask(call.waits_for.attrib["action"], Digits="\x001")
    assert call.heard == [tiny.FRUIT.words]


def test_the_sid_of_a_recording_is_found_in_its_address_where_it_is_not_named(line: TestLine) -> None:
    call = line.dial().press("3")
    sid = "RE" + "b" * 32
    call.ask(
        call.waits_for.attrib["action"],
        RecordingUrl=f"https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/{sid}",
        RecordingDuration="4",
        Digits="#",
    )
    with line.store.reading() as session:
        last = session.scalars(select(TurnRow).order_by(TurnRow.turn.desc())).first()
        assert last is not None
        assert last.notes["told"] == sid
