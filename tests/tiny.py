"""A tiny conversation, a fruit shop by telephone, that does once everything that a conversation can do.

It stands for the real ones in the tests of the engine and of the edge, so that these change for their own
reasons only. Its steps are called ``tiny.<function>``.
"""

import threading

from audio.wording import Phrase
from ivr.aftersales import recordings, tasks
from ivr.aftersales.tasks import TaskKind
from ivr.dialogue.call import Call, Ended, Waiting
from ivr.dialogue.engine import at_the_end_of, step, wait_step
from ivr.dialogue.turns import (
    Ask,
    Enter,
    Goto,
    Hangup,
    Hold,
    Home,
    Join,
    Leave,
    Listen,
    Menu,
    Record,
    Resume,
    Say,
    Turn,
)
from ivr.errors import NotUnderstood

WELCOME = Phrase("tiny-welcome", "Le atiende la frutería.")
MENU = Phrase("tiny-menu", "¿Qué desea?")
FRUIT = Phrase("tiny-fruit", "¿Pera o manzana?")
AMOUNT = Phrase("tiny-amount", "¿Cuántas?")
TOO_MANY = Phrase("tiny-too-many", "No tenemos tantas.")
RECEIPT = Phrase("tiny-receipt", "Para confirmar, marque uno. Para cambiar, marque dos.")
ORDERED = Phrase("tiny-ordered", "Su pedido está listo.")
STREET = Phrase("tiny-street", "¿Qué calle?")
FLOOR = Phrase("tiny-floor", "¿Qué piso?")
DELIVERY = Phrase("tiny-delivery", "Se lo llevamos.")
BEWARE = Phrase("tiny-beware", "Cuidado.")
WET_FLOOR = Phrase("tiny-wet-floor", "El piso está mojado.")
HURRY = Phrase("tiny-hurry", "Marque uno, rápido.")
SCORE = Phrase("tiny-score", "¿Quedó contento?")
NOTICE = Phrase("tiny-notice", "Quedará grabado.")
KEPT = Phrase("tiny-kept", "Quedó guardado.")
PLEASE_WAIT = Phrase("tiny-please-wait", "Espere, por favor.")
NEXT = Phrase("tiny-next", "Usted es el siguiente.")
PERSON = Phrase("tiny-person", "Habla la dueña.")
BYE = Phrase("tiny-bye", "Hasta luego.")

FRUITS = ("pera", "manzana")
MOST = 99

#: What a test may hold a caller up with, in the middle of `confirm`: closed, nobody passes.
gate = threading.Event()
gate.set()
#: Set when somebody has come to the gate.
at_the_gate = threading.Event()


@step
def welcome(_call: Call) -> Turn:
    return Say(WELCOME, then=menu)


@step
def menu(_call: Call) -> Turn:
    keys = {"1": fruit, "2": delivery, "3": tell, "4": wait, "5": broken, "6": hurry, "7": score, "8": talk}
    return Menu(MENU, keys=keys, fresh=True)


# An order, which may be changed and so goes round in a circle.


@step
def fruit(call: Call) -> Turn:
    call.notes["asked"] = call.notes.get("asked", 0) + 1
    return Ask(FRUIT, then=choose_fruit)


@step
def choose_fruit(call: Call) -> Turn:
    call.notes["pressed"] = call.digits  # noted too early, to be forgotten if it means nothing
    call.notes["fruit"] = call.one_of(FRUITS)
    return Goto(amount)


@step
def amount(_call: Call) -> Turn:
    return Ask(AMOUNT, then=keep_amount, digits=0, speech=("una", "dos"))


@step(aliases=("tiny.count",))
def keep_amount(call: Call) -> Turn:
    if call.digits and int(call.digits) > MOST:
        raise NotUnderstood(call.digits, TOO_MANY)
    call.notes["amount"] = call.digits or call.speech
    return Goto(receipt)


@step
def receipt(_call: Call) -> Turn:
    return Menu(RECEIPT, keys={"1": confirm, "2": fruit})


@step
def confirm(call: Call) -> Turn:
    """Writes something that would stand there twice if it were done twice."""
    at_the_gate.set()
    gate.wait()
    tasks.open_task(call.db, TaskKind.CALLBACK, now=call.now, call=call.row, detail=call.notes["fruit"])
    call.row.outcome = "ordered"
    return Goto(ordered)


@step
def ordered(_call: Call) -> Turn:
    return Menu((ORDERED, DELIVERY), keys={"1": delivery}, otherwise=bye)


# An address, which two conversations could share, and within it a floor.


@step
def delivery(_call: Call) -> Turn:
    return Enter(street, then=delivered)


@step
def street(_call: Call) -> Turn:
    return Ask(STREET, then=keep_street, digits=0)


@step
def keep_street(call: Call) -> Turn:
    call.notes["street"] = call.digits
    return Enter(floor, then=address_complete)


@step
def floor(_call: Call) -> Turn:
    return Ask(FLOOR, then=keep_floor)


@step
def keep_floor(call: Call) -> Turn:
    call.notes["floor"] = call.digits
    return Home()


@step
def address_complete(_call: Call) -> Turn:
    return Home()


@step
def delivered(_call: Call) -> Turn:
    return Menu(DELIVERY, keys={"1": bye, "2": delivery})


# Questions that treat silence and other keys in their own way.


@step
def hurry(_call: Call) -> Turn:
    return Menu(HURRY, keys={"1": bye}, silent=too_slow, failed=gave_up, tries=2, operator=False)


@step
def too_slow(call: Call) -> Turn:
    return Hangup(BYE, outcome="too_slow")


@step
def gave_up(call: Call) -> Turn:
    return Hangup(BYE, outcome="gave_up")


@step
def score(_call: Call) -> Turn:
    return Menu(SCORE, keys={"1": fruit}, otherwise=bye)


@step
def beware(_call: Call) -> Turn:
    """Words that a key may cut short, before and after words that no key cuts short."""
    return Say(BEWARE, then=wet_floor)


@step
def wet_floor(_call: Call) -> Turn:
    return Say(WET_FLOOR, then=careful, firm=True)


@step
def careful(_call: Call) -> Turn:
    return Say(BEWARE, then=menu)


# A recording, a queue, a room, and a person.


@step
def tell(_call: Call) -> Turn:
    return Record(NOTICE, then=keep_told, seconds=30, purpose="comment")


@step
def keep_told(call: Call) -> Turn:
    call.notes["told"] = call.recording.sid if call.recording else None
    return Say(KEPT, then=menu)


@step
def wait(_call: Call) -> Turn:
    return Hold("fruit", wait=music, then=left, prompt=PLEASE_WAIT)


@wait_step()
def music(waiting: Waiting) -> Listen | Leave:
    return Leave() if waiting.digits == "1" else Listen(NEXT, 20)


@step
def left(_call: Call) -> Turn:
    return Say(BYE, then=menu)


@step
def talk(call: Call) -> Turn:
    recordings.expect_talk(call.db, call.row, "room-1", now=call.now)
    return Join("room-1", then=talked, prompt=PLEASE_WAIT, record=True)


@step
def talked(_call: Call) -> Turn:
    return Hangup(outcome="talked")


@step
def person(_call: Call) -> Turn:
    return Hangup(PERSON, outcome="person")


@step
def bye(_call: Call) -> Turn:
    return Hangup(BYE)


# What must not happen.


@step
def broken(_call: Call) -> Turn:
    raise RuntimeError("this step is broken")


@step
def half_done(call: Call) -> Turn:
    tasks.open_task(call.db, TaskKind.CALLBACK, now=call.now, call=call.row, detail="half done")
    return Goto(broken)


@step
def circle(_call: Call) -> Turn:
    return Goto(circle)


@step
def home_without_having_left(_call: Call) -> Turn:
    return Home()


@step
def go_on(call: Call) -> Turn:
    return Resume(call.notes["stopped"])


@at_the_end_of("tiny")
def ended(over: Ended) -> None:
    """Writes down what it was told, once for each time that it is called."""
    detail = f"{over.asks} {over.notes.get('fruit', '')}".strip()
    tasks.open_task(over.db, TaskKind.CALL_LOST, now=over.now, call=over.row, detail=detail)
