"""A deploy during a call: it begins on one version of the line and ends well on the next.

What a process knows of conversations is its register of steps. Two registers here are two versions, and a
webhook goes to whichever is in place. Calls stand in the database only, as always.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from ivr.aftersales.life import Priority
from ivr.dialogue import engine
from ivr.dialogue.turns import Step, WaitStep
from ivr.store.session import Store
from ivr.store.tables import CallRow
from ivr.switchboard import queue
from tests import tiny
from tests.line import TestCall
from tests.telephony.tiny_line import tiny_line

IMPORTS = """
from audio.wording import Phrase
from ivr.dialogue.engine import step, wait_step
from ivr.dialogue.turns import Ask, Enter, Goto, Hangup, Hold, Home, Leave, Listen, Menu
WELCOME, STREET, FLOOR = (Phrase(f"shop-{word}", word) for word in ("welcome", "street", "floor"))
RECEIPT, MUSIC, BYE = (Phrase(f"shop-{word}", word) for word in ("receipt", "music", "bye"))
"""

#: A delivery: street, receipt, confirmed; or a wait in the queue.
OLD = """
@step
def welcome(_call): return Menu(WELCOME, keys={"1": deliver, "2": wait}, fresh=True)
@step
def deliver(_call): return Enter(street, then=receipt)
@step
def street(_call): return Ask(STREET, then=keep_street, digits=0)
@step
def keep_street(call): call.notes["street"] = call.digits; return Home()
@step
def receipt(_call): return Menu(RECEIPT, keys={"1": confirm, "2": deliver})
@step
def confirm(call): return Hangup(BYE, outcome="ordered " + call.notes["street"])
@step
def wait(_call): return Hold("shop", wait=music, then=left)
@wait_step()
def music(waiting): return Leave() if waiting.digits == "1" else Listen(MUSIC, 5)
@step
def left(_call): return Hangup(BYE, outcome="left")
"""

#: The same with a question more, and every step but the first under another name.
NEW = """
@step
def welcome(_call): return Menu(WELCOME, keys={"1": bring, "2": queue}, fresh=True)
@step(aliases=("shop.deliver",))
def bring(_call): return Enter(road, then=summary)
@step(aliases=("shop.street",))
def road(_call): return Ask(STREET, then=keep_road, digits=0)
@step(aliases=("shop.keep_street",))
def keep_road(call): call.notes["street"] = call.digits; return Goto(floor)
@step
def floor(_call): return Ask(FLOOR, then=keep_floor)
@step
def keep_floor(call): call.notes["floor"] = call.one_of(("1", "2", "3")); return Home()
@step(aliases=("shop.receipt",))
def summary(_call): return Menu(RECEIPT, keys={"1": agree, "2": bring})
@step(aliases=("shop.confirm",))
def agree(call): return Hangup(BYE, outcome="ordered " + call.notes["street"] + call.notes.get("floor", ""))
@step
def queue(_call): return Hold("shop", wait=sound, then=away)
@wait_step(aliases=("shop.music",))
def sound(waiting): return Leave() if waiting.digits == "1" else Listen(MUSIC, 5)
@step(aliases=("shop.left",))
def away(_call): return Hangup(BYE, outcome="left")
"""

#: The new one by somebody who forgot the aliases.
FORGETFUL = NEW.replace("@step(aliases=", "@step  # (").replace("@wait_step(aliases=", "@wait_step()  # (")

#: The old one, told of the new names before anybody uses them: two versions may then answer in any order.
FOREWARNED = (
    OLD.replace("@step\ndef receipt", '@step(aliases=("shop.summary",))\ndef receipt')
    .replace("@step\ndef confirm", '@step(aliases=("shop.agree",))\ndef confirm')
)  # fmt: skip

Version = tuple[dict[str, Step], dict[str, WaitStep]]
Deploy = Callable[[str], None]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """Puts a version in place: what it does not define besides `tiny` is unknown from then on."""
    steps, waits = dict(engine._STEPS), dict(engine._WAITS)

    def put(source: str) -> None:
        monkeypatch.setattr(engine, "_STEPS", dict(steps))
        monkeypatch.setattr(engine, "_WAITS", dict(waits))
        exec(compile(IMPORTS + source, "shop", "exec"), {"__name__": "callflows.shop"})  # noqa: S102 -- above

    return put


@pytest.fixture
def dial(sqlite_store: Store) -> Callable[[], TestCall]:
    line = tiny_line(sqlite_store)
    line.entry = "/voice/shop.welcome?turn=0"
    return line.dial


def outcome(call: TestCall) -> str | None:
    with call.line.store.reading() as session:
        return session.scalars(select(CallRow.outcome).where(CallRow.sid == call.sid)).one()


@pytest.mark.parametrize("keys_before", [0, 1, 2])
def test_a_call_that_a_deploy_interrupts_at_any_question_ends_well(
    dial: Callable[[], TestCall], deploy: Deploy, keys_before: int
) -> None:
    deploy(OLD)
    call = dial()
    for key in ["1", "77#"][:keys_before]:
        call.press(key)
    deploy(NEW)
    for key in ["1", "77#", "2"][keys_before:] if keys_before < 2 else []:
        call.press(key)
    assert call.hears("receipt")
    call.press("1")
    assert outcome(call) == ("ordered 772" if keys_before < 2 else "ordered 77")
    assert call.over


def test_a_wrong_key_and_the_way_back_find_the_renamed_question(
    dial: Callable[[], TestCall], deploy: Deploy
) -> None:
    deploy(OLD)
    call = dial().press("1", "77#")
    deploy(NEW)
    assert call.press("9").hears("receipt")
    assert call.press("*").hears("street")
    assert call.press("5#").hears("floor")
    call.press("1", "1")
    assert outcome(call) == "ordered 51"


def test_who_waits_goes_on_waiting_and_gets_out(dial: Callable[[], TestCall], deploy: Deploy) -> None:
    deploy(OLD)
    call = dial().press("2")
    with call.line.store.transaction() as session:
        row = session.scalars(select(CallRow)).one()
        queue.enter(session, call=row, case=None, priority=Priority.STANDARD, now=call.line.clock.now())
    deploy(NEW)
    address = call.waits_for.attrib["waitUrl"]
    assert "shop.music" in address
    assert "music" in call.line.post(address, call.form(QueueTime="5")).text
    call.leave_queue()
    assert outcome(call) == "left"


def test_a_rename_without_an_alias_is_an_apology_and_a_person(
    dial: Callable[[], TestCall], deploy: Deploy
) -> None:
    deploy(OLD)
    call = dial().press("1", "77#")
    deploy(FORGETFUL)
    call.press("1")
    assert call.hears(tiny.PERSON.words)


def test_two_versions_side_by_side_answer_one_call_if_the_old_one_was_told_of_the_new_names(
    dial: Callable[[], TestCall], deploy: Deploy
) -> None:
    deploy(FOREWARNED)
    call = dial().press("1")
    deploy(NEW)
    call.press("77#", "2")
    assert call.hears("receipt")
    deploy(FOREWARNED)
    call.press("1")
    assert outcome(call) == "ordered 77"


def test_an_alias_is_nobody_elses_name(deploy: Deploy) -> None:
    twice = OLD.replace("@step\ndef left", '@step(aliases=("shop.wait",))\ndef left')
    with pytest.raises(Exception, match=r"two steps are called shop\.wait"):
        deploy(twice)
    voices = "@wait_step(aliases=('shop.music',))\ndef other(waiting): return Leave()\n"
    with pytest.raises(Exception, match=r"two steps are called shop\.music"):
        deploy(OLD + voices)
