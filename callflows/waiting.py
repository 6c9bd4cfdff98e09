"""Waiting for a person, and what is left where nobody comes: to be called back, or to leave a message."""

from sqlalchemy.orm import Session

from audio import phrases
from audio.wording import Prompt
from callflows import contact, inbound
from ivr.aftersales import cases, events, tasks
from ivr.aftersales.events import EventKind
from ivr.aftersales.life import Channel, Priority, Status
from ivr.aftersales.tasks import TaskKind
from ivr.dialogue.call import Call, Ended, Waiting
from ivr.dialogue.engine import step, wait_step
from ivr.dialogue.turns import Enter, Goto, Hangup, Hold, Join, Leave, Listen, Menu, Record, Say, Turn
from ivr.store.tables import CallRow, Case, Wait
from ivr.switchboard import office, owners, queue, talking, waits
from ivr.switchboard.queue import Position
from ivr.switchboard.waits import WaitState

CALLBACK = "1"
MESSAGE = "2"
MAIN_MENU = "*"

MESSAGE_SECONDS = 120

#: Purposes of calls whose other party is no caller: an agent, or an owner whom an agent rings.
BY_A_PERSON = frozenset({"agent", "owner", "guest"})


@step
def person(call: Call) -> Turn:
    """Somebody wants, or needs, a person."""
    if call.row.purpose in BY_A_PERSON:
        return Hangup(phrases.OUTBOUND_APOLOGY, outcome="failed")
    if _is_urgent(call):
        return Goto(urgent)
    if not office.open_now(call.db, call.settings, call.now):
        return Goto(closed)
    expected = queue.outlook(call.db, Priority.STANDARD, call.now)
    if expected is None:
        return Say(phrases.NOBODY_PRESENT, then=choose)
    case = call.case if call.has_case else None
    return _hold(call, case, Priority.STANDARD, expected, phrases.LOOKING_FOR_A_PERSON)


def _is_urgent(call: Call) -> bool:
    if call.urgent or not call.has_case:
        return call.urgent
    case = call.case
    return case.priority == Priority.URGENT and case.status == Status.OPEN


@step
def urgent(call: Call) -> Turn:
    """Whoever is urgent waits at any hour, and has a case whose rounds go on without them too."""
    if not call.has_case:
        contacts = [call.caller] if call.caller else []
        channel = Channel(call.row.channel)
        made = cases.open_urgent(call.db, None, channel, now=call.now, by=events.OWNER, contacts=contacts)
        call.about(made)
        call.row.urgent = True
    if call.notes.get("number_spoken"):
        return Goto(wait_urgently)
    call.notes["number_spoken"] = True
    case = call.case
    events.record(call.db, case, EventKind.URGENT_NUMBER_GIVEN, by=events.LINE, now=call.now)
    return Say(phrases.URGENT_NUMBER(number=case.number), then=wait_urgently)


@step
def wait_urgently(call: Call) -> Turn:
    expected = queue.outlook(call.db, Priority.URGENT, call.now)
    return _hold(call, call.case, Priority.URGENT, expected, phrases.LOOKING_FOR_URGENT_HELP)


def _hold(
    call: Call, case: Case | None, priority: Priority, expected: Position | None, prompt: Prompt
) -> Turn:
    promised = expected.minutes if expected else None
    wait = queue.enter(call.db, call=call.row, case=case, priority=priority, now=call.now, promised=promised)
    return Hold(wait.priority, wait=announce, then=left, prompt=(prompt, phrases.TALK_NOTICE))


@wait_step()
def announce(waiting: Waiting) -> Listen | Leave:
    """Place and estimate, at entry and again and again. Keys that lead on take the caller away."""
    if waiting.digits in {CALLBACK, MESSAGE, MAIN_MENU}:
        return Leave()
    wait = waiting.db.get_one(Wait, waiting.row.wait_id)
    remaining = waiting.settings.longest_wait - waiting.seconds
    if wait.state != WaitState.WAITING or remaining <= 0:
        return Leave()  # also to an agent who has accepted, should nobody have come to fetch the caller
    return Listen(_where_they_stand(waiting, wait), min(waiting.settings.wait_notice, remaining))


def _where_they_stand(waiting: Waiting, wait: Wait) -> tuple[Prompt, ...]:
    """Never a wait that grows without a word of excuse."""
    position = queue.position(waiting.db, wait, waiting.now)
    said: list[Prompt] = []
    until = waiting.seconds // 60 + (position.minutes or 0)
    if wait.promised is not None and until > wait.promised:
        said.append(phrases.WAIT_LONGER)
    if position.place == 1:
        said.append(phrases.WAIT_IS_NEXT)
    else:
        said.append(phrases.WAIT_PLACE(ahead=position.place - 1))
    if position.minutes == 1:
        said.append(phrases.WAIT_ONE_MINUTE)
    elif position.minutes is not None:
        said.append(phrases.WAIT_MINUTES(wait=position.minutes))
    return (*said, phrases.WAIT_KEYS)


@step
def left(call: Call) -> Turn:
    """The caller is out of the queue: by a key, because an agent accepted, or because nobody did."""
    wait = waits.of_call(call.db, call.row)
    if wait is None:
        return Goto(choose)
    if wait.state == WaitState.RESERVED:
        return Say(phrases.CONNECTING, then=talk)
    if wait.pressed == CALLBACK:
        queue.pause(call.db, wait, call.now)
        return Goto(callback)
    if wait.pressed == MESSAGE:
        queue.leave(call.db, wait, WaitState.LEFT, call.now)
        return Goto(message)
    if wait.pressed == MAIN_MENU:
        queue.leave(call.db, wait, WaitState.LEFT, call.now)
        return Goto(inbound.main_menu)
    if wait.state == WaitState.SERVED:
        return Hangup((phrases.ALREADY_ATTENDED, phrases.GOODBYE), outcome="attended")
    queue.leave(call.db, wait, WaitState.EXPIRED, call.now)
    return Say(phrases.NOBODY_CAME, then=choose)


@step
def called_back(call: Call) -> Turn:
    """Whoever kept their place by telephone, and was rung before any agent, is in the queue again with it."""
    case = call.case if call.has_case else None
    expected = queue.outlook(call.db, Priority.STANDARD, call.now)
    return _hold(call, case, Priority.STANDARD, expected, phrases.LOOKING_FOR_A_PERSON)


@step
def again(call: Call) -> Turn:
    """An agent has handed the caller on, or hung up while they were on hold: they keep their place."""
    wait = waits.of_call(call.db, call.row)
    if wait is None or wait.state != WaitState.WAITING:
        return Goto(left)
    rung = call.row.purpose == owners.PURPOSE  # and has heard no notice yet
    notice = (phrases.TALK_NOTICE,) if rung else ()
    return Hold(wait.priority, wait=announce, then=left, prompt=(phrases.HANDED_ON, *notice))


@step
def talk(call: Call) -> Turn:
    """An agent has accepted: caller and agent meet. The notice of recording was heard before the wait."""
    place = talking.join(call.db, call.row, now=call.now)
    if place is None:
        return Say(phrases.AGENT_DROPPED, then=person)
    return Join(place.room, then=talked, record=place.taped)


@step
def alone(_call: Call) -> Turn:
    """The agent was gone before the caller came."""
    return Say(phrases.AGENT_DROPPED, then=person)


@step
def talked(call: Call) -> Turn:
    place = talking.over_for_caller(call.db, call.row, now=call.now)
    if place is not None:
        return Join(place.room, then=talked, record=place.taped)
    return Hangup(phrases.GOODBYE, outcome="talked")


@step
def closed(call: Call) -> Turn:
    """At the main menu it is said again that urgencies are not put off until the morning."""
    asked_at_the_main_menu = "conversation" not in call.notes and not call.has_case
    return Say(phrases.OUT_OF_HOURS, then=perhaps_urgent if asked_at_the_main_menu else choose)


@step
def perhaps_urgent(_call: Call) -> Turn:
    keys = {"1": inbound.choose_urgent}
    return Menu(phrases.OUT_OF_HOURS_URGENT, keys=keys, otherwise=choose, operator=False, fresh=True)


@step
def choose(_call: Call) -> Turn:
    keys = {CALLBACK: callback, MESSAGE: message}
    return Menu(
        phrases.CALLBACK_OR_MESSAGE, keys=keys, silent=nothing, failed=nothing, operator=False, fresh=True
    )


@step
def callback(_call: Call) -> Turn:
    return Enter(contact.callback_number, then=callback_given)


@step
def callback_given(call: Call) -> Turn:
    given = contact.given(call)
    if not given:
        return Goto(nothing)
    _call_back(call, given[0])
    return Hangup((phrases.CALLBACK_NOTED(phone=given[0]), phrases.GOODBYE), outcome="callback")


@step
def nothing(call: Call) -> Turn:
    """Whoever chooses nothing is called back, where their number, or their case's, is of use."""
    phone = _number(call.db, call.row)
    if phone is None:
        return Hangup((phrases.CALLBACK_WITHOUT_NUMBER, phrases.GOODBYE), outcome="no_number")
    _call_back(call, phone)
    # A case's number is not read out to somebody of whom nothing shows that it is theirs.
    noted = phrases.CALLBACK_NOTED(phone=phone) if phone == call.caller else phrases.CALLBACK_NOTED_OF_CASE
    return Hangup((noted, phrases.GOODBYE), outcome="callback")


def _number(session: Session, call: CallRow) -> str | None:
    """Where to ring whoever calls: their own number if it is of use, else the first of their case."""
    if call.caller is not None or call.case_id is None:
        return call.caller
    contacts = session.get_one(Case, call.case_id).contacts
    return contacts[0].phone if contacts else None


def _call_back(call: Call, phone: str) -> None:
    """A task; and whoever left the queue for it keeps their place in it."""
    case = call.case if call.has_case else None
    wait = waits.of_call(call.db, call.row)
    owed = wait is not None and wait.state == WaitState.WAITING
    tasks.open_task(
        call.db,
        TaskKind.CALLBACK,
        now=call.now,
        due=office.next_open(call.db, call.settings, call.now),
        case=case,
        phone=phone,
        call=call.row,
        detail="Pidió que le llamen.",
        once=waits.callback_key(wait) if wait is not None and owed else f"callback:call:{call.row.id}",
    )
    if wait is not None and owed:
        queue.keep_place(call.db, wait, phone, call.now)


@step
def message(_call: Call) -> Turn:
    return Record(phrases.MESSAGE_NOTICE, then=keep_message, seconds=MESSAGE_SECONDS, purpose="message")


@step
def keep_message(call: Call) -> Turn:
    recording = call.recording
    if recording is None:
        return Say(phrases.MESSAGE_EMPTY, then=choose)
    tasks.open_task(
        call.db,
        TaskKind.VOICEMAIL,
        now=call.now,
        due=office.next_open(call.db, call.settings, call.now),
        case=call.case if call.has_case else None,
        phone=call.caller,
        call=call.row,
        recording=recording,
        detail="Dejó un mensaje.",
        once=f"voicemail:{recording.id}",
    )
    return Hangup(() if call.heard.hung_up else (phrases.MESSAGE_KEPT, phrases.GOODBYE), outcome="message")


def ended(over: Ended) -> bool:
    """The call is over: what is left to do for somebody who needed a person. False: nobody did."""
    case = cases.lock(over.db, over.row.case_id) if over.row.urgent and over.row.case_id else None
    wait = waits.of_call(over.db, over.row)
    if wait is not None and wait.call_id not in {None, over.row.id}:
        wait = None  # whoever called again waits in that call
    waited = wait is not None and wait.state in {WaitState.WAITING, WaitState.RESERVED, WaitState.TALKING}
    if wait is not None and waited:
        _hung_up_waiting(over, wait)
    if case is not None:
        queue.start_rounds(over.db, case, call=over.row, now=over.now)
    undecided = over.asks in _UNDECIDED and over.row.outcome is None
    if undecided:
        _owe_a_call(over, "Cortó sin elegir: quería hablar con una persona.")
    if over.row.outcome is None and (waited or undecided or case is not None):
        over.row.outcome = "hung_up_waiting" if waited else "hung_up"
    return waited or undecided or case is not None


def waited(over: Ended) -> bool:
    """Whether an owner whom we called was in the queue, or in a talk out of it; then their end is seen to."""
    wait = waits.of_call(over.db, over.row)
    if wait is None or wait.call_id != over.row.id:
        return False
    ended(over)
    return True


def _hung_up_waiting(over: Ended, wait: Wait) -> None:
    state = wait.state
    if state == WaitState.WAITING and wait.pressed == CALLBACK and wait.phone is None and over.row.caller:
        queue.keep_place(over.db, wait, over.row.caller, over.now)
    talking.caller_hung_up(over.db, wait, now=over.now)
    if state == WaitState.TALKING:
        over.row.outcome = over.row.outcome or "talked"
    elif state == WaitState.WAITING and wait.priority == Priority.STANDARD:
        _owe_a_call(over, "Cortó mientras esperaba a una persona.", wait)


def _owe_a_call(over: Ended, detail: str, wait: Wait | None = None) -> None:
    phone = _number(over.db, over.row)
    if phone is None:
        return
    tasks.open_task(
        over.db,
        TaskKind.CALLBACK,
        now=over.now,
        due=office.next_open(over.db, over.settings, over.now),
        case=over.db.get(Case, over.row.case_id) if over.row.case_id else None,
        phone=phone,
        call=over.row,
        detail=detail,
        once=waits.callback_key(wait) if wait is not None else f"callback:call:{over.row.id}",
    )


#: Questions after which a hang-up is the choice of nothing.
_UNDECIDED = frozenset(
    {
        choose.name,
        perhaps_urgent.name,
        message.name,
        *(asked.name for asked in (contact.first, contact.number, contact.confirm_number)),
    }
)
