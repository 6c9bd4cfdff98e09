"""What every conversation has in common (contract, section 2): keys, tries, ways back, and what is heard."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from audio import phrases
from ivr.dialogue import engine
from ivr.dialogue.call import Heard
from ivr.dialogue.engine import END_OF_ENTRY, LONGEST_CALL, LONGEST_TRAIL
from ivr.dialogue.reply import End, Gather, Queue, Recorder, Room
from ivr.dialogue.turns import Goto, Step, Turn
from ivr.errors import DialogueError, NotUnderstood, UnknownStep
from ivr.store.session import Store
from ivr.store.tables import CallRow, Recording, TurnRow
from tests import tiny
from tests.conftest import TUESDAY_AT_TEN
from tests.dialogue.talk import Talk

WRONG = phrases.NO_SUCH_KEY.words
NOTHING = phrases.NOTHING_PRESSED.words
SID = "RE" + "a" * 32

AT_FRUIT = ("1",)
AT_AMOUNT = ("1", "2")
AT_RECEIPT = ("1", "2", "5")
AT_STREET = ("2",)
AT_FLOOR = ("2", "77")


# --- Tries -------------------------------------------------------------------------------------------------


def test_a_wrong_key_is_named_and_the_question_asked_again() -> None:
    talk = Talk().press("9")
    assert talk.heard == [WRONG, tiny.MENU.words]
    assert talk.asks == "tiny.menu"


def test_silence_is_named_and_the_question_asked_again() -> None:
    assert Talk().press("").heard == [NOTHING, tiny.MENU.words]


def test_a_question_is_heard_three_times_in_all_and_then_a_person_comes() -> None:
    talk = Talk()
    assert tiny.MENU.words in talk.heard
    assert tiny.MENU.words in talk.press("9").heard
    assert tiny.MENU.words in talk.press("9").heard
    assert talk.press("9").heard == [tiny.PERSON.words]


def test_silence_and_wrong_keys_count_together() -> None:
    assert Talk().press("", "9", "").heard == [tiny.PERSON.words]


def test_a_question_may_have_its_own_number_of_tries_and_its_own_way_out() -> None:
    talk = Talk().press("6", "5")
    assert talk.heard == [WRONG, tiny.HURRY.words]
    assert talk.press("5").row.outcome == "gave_up"


def test_tries_begin_anew_at_each_question() -> None:
    talk = Talk().press("9", "9", "1", "9", "9")
    assert talk.heard == [WRONG, tiny.FRUIT.words]


def test_tries_begin_anew_when_a_question_comes_again() -> None:
    talk = Talk().press(*AT_RECEIPT, "9", "9", "2", "2", "5", "9", "9")
    assert talk.asks == "tiny.receipt"


def test_an_answering_step_may_say_itself_what_was_wrong() -> None:
    talk = Talk().press(*AT_AMOUNT, "100")
    assert talk.heard == [tiny.TOO_MANY.words, tiny.AMOUNT.words]


def test_what_a_misunderstood_answer_noted_is_forgotten() -> None:
    talk = Talk().press("1", "7")
    assert talk.asks == "tiny.fruit"
    assert "pressed" not in talk.notes
    assert talk.notes["asked"] == 2


def test_a_step_that_understands_nothing_where_nothing_was_asked_is_a_fault() -> None:
    with pytest.raises(NotUnderstood):
        Talk("tiny.choose_fruit")


# --- A person ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [(), AT_FRUIT, AT_AMOUNT, AT_RECEIPT, AT_FLOOR])
def test_zero_leads_to_a_person_from_any_question(keys: tuple[str, ...]) -> None:
    assert Talk().press(*keys, "0").heard == [tiny.PERSON.words]


def test_where_zero_leads_to_nobody_it_is_a_key_like_any_other() -> None:
    assert Talk().press("6", "0").heard == [WRONG, tiny.HURRY.words]


# --- The way back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "previous"),
    [
        (AT_FRUIT, "tiny.menu"),
        (AT_AMOUNT, "tiny.fruit"),
        (AT_RECEIPT, "tiny.amount"),
        (AT_STREET, "tiny.menu"),
        (AT_FLOOR, "tiny.street"),
        ((*AT_FLOOR, "3"), "tiny.floor"),
    ],
)
def test_an_asterisk_leads_to_the_previous_question(keys: tuple[str, ...], previous: str) -> None:
    assert Talk().press(*keys, "*").asks == previous


def test_asterisks_lead_back_to_the_main_menu_and_no_further() -> None:
    talk = Talk().press(*AT_RECEIPT, "*", "*", "*", "*", "*")
    assert talk.heard == [tiny.MENU.words]


def test_an_asterisk_at_the_main_menu_is_no_try() -> None:
    assert Talk().press("*", "*", "*", "*").heard == [tiny.MENU.words]


def test_going_on_after_going_back_leads_through_the_same_questions() -> None:
    talk = Talk().press(*AT_RECEIPT, "*", "*", "1", "7")
    assert talk.asks == "tiny.receipt"
    assert (talk.notes["fruit"], talk.notes["amount"]) == ("pera", "7")


def test_back_into_an_entered_conversation_keeps_its_way_home() -> None:
    talk = Talk().press(*AT_FLOOR, "3")
    assert (talk.asks, talk.at.stack) == ("tiny.delivered", ())
    talk.press("*")
    assert (talk.asks, talk.at.stack) == ("tiny.floor", ("tiny.delivered", "tiny.address_complete"))
    assert talk.press("4").asks == "tiny.delivered"


def test_back_out_of_an_entered_conversation_forgets_its_way_home() -> None:
    talk = Talk().press(*AT_FLOOR, "*")
    assert (talk.asks, talk.at.stack) == ("tiny.street", ("tiny.delivered",))
    talk.press("*")
    assert (talk.asks, talk.at.stack) == ("tiny.menu", ())


def test_after_a_circle_an_asterisk_leads_to_what_was_before_it() -> None:
    talk = Talk().press(*AT_RECEIPT, "2", "1", "5", "2")
    assert talk.asks == "tiny.fruit"
    assert talk.press("*").asks == "tiny.menu"


def test_a_question_asked_again_is_not_its_own_previous_question() -> None:
    assert Talk().press("1", "9", "9", "*").asks == "tiny.menu"


def test_the_questions_that_are_remembered_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LONGEST_TRAIL", 2)
    talk = Talk().press(*AT_RECEIPT, "*", "*", "*")
    assert talk.asks == "tiny.amount"
    assert LONGEST_TRAIL >= 20


# --- Gato, and entries of several digits -------------------------------------------------------------------


def test_a_lone_gato_in_a_menu_is_no_try_and_no_mistake() -> None:
    talk = Talk().press("9", "9", END_OF_ENTRY, END_OF_ENTRY)
    assert talk.heard == [tiny.MENU.words]
    assert talk.press("9").heard == [tiny.PERSON.words]


@pytest.mark.parametrize(
    ("entered", "kept"), [("12", "12"), ("12#", "12"), ("99*12", "12"), ("1*2*12", "12"), ("10", "10")]
)
def test_an_entry_is_what_follows_the_last_asterisk(entered: str, kept: str) -> None:
    assert Talk().press(*AT_AMOUNT, entered).notes["amount"] == kept


@pytest.mark.parametrize("entered", ["12*", "1*2*", "**"])
def test_an_entry_that_was_cleared_and_not_begun_anew_is_no_try(entered: str) -> None:
    talk = Talk().press(*AT_AMOUNT, entered, entered, entered)
    assert talk.heard == [tiny.AMOUNT.words]
    assert talk.at.tries == 0


def test_zero_and_asterisk_act_in_an_entry_only_alone() -> None:
    assert Talk().press(*AT_AMOUNT, "20").notes["amount"] == "20"
    assert Talk().press(*AT_AMOUNT, "0").heard == [tiny.PERSON.words]
    assert Talk().press(*AT_AMOUNT, "*").asks == "tiny.fruit"
    assert Talk().press(*AT_AMOUNT, "12*0").heard == [tiny.PERSON.words]


def test_words_answer_a_question_that_listens() -> None:
    talk = Talk().press(*AT_AMOUNT)
    assert talk.gather.speech == ("una", "dos")
    assert talk.say("dos").notes["amount"] == "dos"


# --- Other keys, silence -----------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["5", ""])
def test_a_question_without_a_wrong_answer_goes_on_with_any_key_and_with_none(answer: str) -> None:
    talk = Talk().press("7", answer)
    assert talk.heard == [tiny.BYE.words]
    assert isinstance(talk.reply.end, End)


def test_a_question_without_a_wrong_answer_still_knows_its_keys_and_the_general_ones() -> None:
    assert Talk().press("7", "1").asks == "tiny.fruit"
    assert Talk().press("7", "0").heard == [tiny.PERSON.words]
    assert Talk().press("7", "*").asks == "tiny.menu"
    assert Talk().press("7", "#").heard == [tiny.SCORE.words]


def test_silence_may_lead_on_at_once() -> None:
    assert Talk().press("6", "").row.outcome == "too_slow"


# --- What is heard -----------------------------------------------------------------------------------------


def test_what_is_said_before_a_question_is_cut_short_by_its_answer() -> None:
    talk = Talk()
    assert talk.reply.said == ()
    assert talk.gather.prompts == (tiny.WELCOME, tiny.MENU)


def test_firm_words_and_what_came_before_them_are_heard_to_their_end() -> None:
    talk = Talk("tiny.beware")
    assert talk.reply.said == (tiny.BEWARE, tiny.WET_FLOOR)
    assert talk.gather.prompts == (tiny.BEWARE, tiny.MENU)


def test_several_sentences_may_make_one_prompt() -> None:
    assert Talk("tiny.ordered").gather.prompts == (tiny.ORDERED, tiny.DELIVERY)


def test_a_question_of_one_key_and_an_entry_differ() -> None:
    assert Talk().press("1").gather == Gather((tiny.FRUIT,), 1, 5, None)
    assert Talk().press(*AT_AMOUNT).gather == Gather((tiny.AMOUNT,), 0, 5, ("una", "dos"))


def test_the_reply_names_the_step_and_the_turn_that_come_next() -> None:
    talk = Talk()
    assert (talk.reply.next_step, talk.reply.next_turn) == ("tiny.menu", 1)
    talk.press("1")
    assert (talk.reply.next_step, talk.reply.next_turn) == ("tiny.choose_fruit", 2)


def test_a_queue_a_room_and_a_recording_end_a_reply(sqlite_store: Store) -> None:
    talk = Talk("tiny.wait")
    assert (talk.reply.end, talk.heard) == (Queue("fruit", "tiny.music"), [tiny.PLEASE_WAIT.words])
    assert (talk.reply.next_step, talk.asks) == ("tiny.left", None)
    with sqlite_store.transaction() as db:
        talk = Talk("tiny.talk", db=db, row=caller_of(db))
    assert (talk.reply.end, talk.reply.next_step) == (Room("room-1", ends=True, record=True), "tiny.talked")
    talk = Talk("tiny.tell")
    assert (talk.reply.end, talk.heard) == (Recorder(30), [tiny.NOTICE.words])
    assert (talk.reply.next_step, talk.asks) == ("tiny.keep_told", "tiny.tell")


def test_hanging_up_may_say_a_last_word_and_gives_the_call_its_outcome() -> None:
    talk = Talk("tiny.too_slow")
    assert (talk.heard, talk.row.outcome, talk.asks) == ([tiny.BYE.words], "too_slow", None)
    talk = Talk("tiny.talked")
    assert (talk.heard, talk.row.outcome) == ([], "talked")


def test_hanging_up_without_an_outcome_keeps_the_one_that_was_reached() -> None:
    talk = Talk(row=CallRow(direction="inbound", outcome="booked"))
    assert talk.press("7", "").row.outcome == "booked"


# --- Entered conversations ---------------------------------------------------------------------------------


def test_entered_conversations_lead_home_one_by_one() -> None:
    talk = Talk().press("2")
    assert talk.at.stack == ("tiny.delivered",)
    talk.press("77")
    assert talk.at.stack == ("tiny.delivered", "tiny.address_complete")
    talk.press("3")
    assert (talk.asks, talk.at.stack) == ("tiny.delivered", ())
    assert (talk.notes["street"], talk.notes["floor"]) == ("77", "3")


def test_a_conversation_may_be_entered_again() -> None:
    talk = Talk().press("2", "77", "3", "2", "88", "4")
    assert (talk.asks, talk.at.stack, talk.notes["street"]) == ("tiny.delivered", (), "88")


def test_home_without_having_left_is_a_fault() -> None:
    with pytest.raises(DialogueError, match="was not entered"):
        Talk("tiny.home_without_having_left")


# --- Recordings --------------------------------------------------------------------------------------------


def caller_of(db: Session, sid: str = "CA1") -> CallRow:
    """A call that a recording can be of."""
    row = CallRow(
        sid=sid,
        direction="inbound",
        purpose="tiny",
        from_number="+56961234567",
        to_number="+56800422727",
        channel="phone",
        status="in-progress",
        started_at=TUESDAY_AT_TEN,
    )
    db.add(row)
    db.flush()
    return row


def told(db: Session, key: str) -> Talk:
    talk = Talk(db=db, row=caller_of(db)).press("3")
    return talk.hear(Heard(digits=key, recording_sid=SID, recording_seconds=7))


@pytest.mark.parametrize("key", ["#", "hangup", ""])
def test_however_a_recording_ends_it_is_kept_and_the_talk_goes_on(sqlite_store: Store, key: str) -> None:
    with sqlite_store.transaction() as db:
        talk = told(db, key)
        assert talk.heard == [tiny.KEPT.words, tiny.MENU.words]
        assert talk.notes["told"] == SID
        recording = db.scalars(select(Recording)).one()
        assert (recording.sid, recording.purpose, recording.call_id) == (SID, "comment", talk.row.id)


def test_zero_ends_a_recording_which_is_kept_and_leads_to_a_person(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as db:
        talk = told(db, "0")
        assert (talk.heard, talk.notes["told"]) == ([tiny.PERSON.words], SID)


def test_an_asterisk_ends_a_recording_which_is_kept_and_leads_back(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as db:
        talk = told(db, "*")
        assert (talk.heard, talk.notes["told"]) == ([tiny.MENU.words], SID)


def test_nothing_recorded_leads_on_without_a_recording() -> None:
    talk = Talk().press("3", "")
    assert (talk.asks, talk.notes["told"]) == ("tiny.menu", None)


# --- Going on where a call stopped -------------------------------------------------------------------------


def test_a_call_goes_on_at_the_question_of_an_earlier_one_with_its_ways_back(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as db:
        row = caller_of(db)
        earlier = Talk(db=db, row=row).press(*AT_FLOOR)
        stopped = TurnRow(
            call_id=row.id,
            turn=2,
            at=TUESDAY_AT_TEN,
            step="tiny.keep_street",
            asks=earlier.asks,
            question=earlier.at.question,
            heard=[],
            reply="",
            stack=list(earlier.at.stack),
            trail=[list(entry) for entry in earlier.at.trail],
            notes=earlier.notes,
        )
        db.add(stopped)
        db.flush()
        talk = Talk("tiny.go_on", db=db, row=row, notes={"stopped": stopped.id})
        assert talk.heard == [tiny.FLOOR.words]
        assert (talk.notes["street"], talk.at.stack) == ("77", earlier.at.stack)
        assert talk.press("*").asks == "tiny.street"
        assert talk.press("78", "3").asks == "tiny.delivered"


def test_a_turn_without_a_question_cannot_be_gone_on_with(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as db:
        row = caller_of(db)
        stopped = TurnRow(
            call_id=row.id,
            turn=0,
            at=TUESDAY_AT_TEN,
            step="tiny.bye",
            question={},
            heard=[],
            reply="",
            stack=[],
            trail=[],
            notes={},
        )
        db.add(stopped)
        db.flush()
        with pytest.raises(DialogueError, match="no open question"):
            Talk("tiny.go_on", db=db, row=row, notes={"stopped": stopped.id})


# --- Names of steps ----------------------------------------------------------------------------------------


def test_a_renamed_step_is_found_by_the_name_that_it_had() -> None:
    talk = Talk().press(*AT_AMOUNT).hear(Heard(digits="3"), "tiny.count")
    assert talk.asks == "tiny.receipt"
    assert engine.find("tiny.count") is tiny.keep_amount
    assert "tiny.count" not in engine.all_steps()


def test_a_step_that_is_no_longer_there_is_unknown() -> None:
    talk = Talk().press("1")
    with pytest.raises(UnknownStep):
        talk.hear(Heard(digits="1"), "tiny.of_last_year")
    with pytest.raises(UnknownStep):
        engine.find_wait("tiny.of_last_year")


def test_two_steps_of_one_name_are_a_fault() -> None:
    def menu(_call: object) -> Turn:
        return Goto(tiny.bye)

    menu.__module__ = "somewhere.else.tiny"
    with pytest.raises(DialogueError, match=r"tiny\.menu"):
        engine.step(menu)


def test_a_step_cannot_be_called() -> None:
    assert isinstance(tiny.menu, Step)
    assert not callable(tiny.menu)


# --- Bounds, and faults ------------------------------------------------------------------------------------


def test_steps_that_lead_in_a_circle_without_asking_are_a_fault() -> None:
    with pytest.raises(DialogueError, match=r"tiny\.circle"):
        Talk("tiny.circle")


def test_a_call_that_never_comes_to_an_end_is_ended() -> None:
    talk = Talk()
    turns = 1
    while not isinstance(talk.reply.end, End):
        talk.press("*")
        turns += 1
        assert turns <= LONGEST_CALL + 1
    assert (turns, talk.row.outcome) == (LONGEST_CALL + 1, "endless")
    assert talk.heard == [phrases.GOODBYE.words]


def test_an_apology_leads_a_caller_to_a_person_whatever_was_entered() -> None:
    talk = Talk().press(*AT_FLOOR).apologise()
    assert talk.heard == [phrases.APOLOGY.words, tiny.PERSON.words]
    assert (talk.at.stack, talk.at.trail) == ((), ())


def test_an_apology_to_somebody_whom_we_called_is_the_last_word() -> None:
    talk = Talk(row=CallRow(direction="outbound")).apologise()
    assert talk.heard == [phrases.OUTBOUND_APOLOGY.words]
    assert isinstance(talk.reply.end, End)
    assert talk.row.outcome == "failed"
