"""A call to the line is over, or turns to something else: nothing that was said is lost by that."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from callflows import contact, waiting
from ivr.aftersales import cases, events, numbers, tasks
from ivr.aftersales.life import Priority, Status
from ivr.aftersales.tasks import TaskKind
from ivr.dialogue.call import CONVERSATION, Call, Ended
from ivr.dialogue.engine import at_the_end_of
from ivr.dialogue.resuming import CUT_SHORT
from ivr.store.tables import CallRow, Case, Home, Project
from ivr.switchboard import queue

#: Outcomes after which nobody has seen to what the caller wanted before there was a case.
_UNFINISHED = frozenset({CUT_SHORT, "endless", "failed"})
#: Outcomes by which a call ends where its caller hung up; one key more may change them.
_OPEN_ENDS = frozenset({CUT_SHORT, "hung_up", "ended"})
#: Outcomes after which somebody has talked with the caller, or has a task to do so.
_SEEN_TO = frozenset({"talked", "callback", "message", "no_slots"})
#: Conversations of which a number to ring is kept, though no case exists yet.
_RUNG_BACK = frozenset({"urgent", "intake", "existing"})
_CHOOSING = frozenset({"inbound.main_menu", "inbound.go_on_or_anew"})


@at_the_end_of("inbound")
def ended(over: Ended) -> None:
    """Give the call its outcome, and to somebody what it leaves to do."""
    row = over.row
    if row.outcome is None or (over.again and row.outcome in _OPEN_ENDS):
        row.outcome = _outcome(over)
    case = cases.lock(over.db, row.case_id) if row.case_id is not None else None
    if case is not None:
        _write_down_what_was_said(over, case)
    waiting.ended(over)
    row.outcome = row.outcome or over.notes.get("outcome") or "ended"
    if case is not None and row.outcome not in _SEEN_TO and not tasks.any_of_call(over.db, row, case):
        _book_later(over.db, case, over.notes, row, over.now)
    elif case is None and row.outcome in _UNFINISHED:
        _ring_back(over)
    if over.again and case is not None:
        tasks.overtaken(over.db, lost_key(row.id), by=events.LINE, now=over.now)


def see_to_unfinished(call: Call) -> None:
    """The caller turns to something else within the call: what they leave behind is seen to all the same."""
    if not call.has_case:
        return
    case = call.case
    if case.priority == Priority.URGENT:
        queue.start_rounds(call.db, case, now=call.now)
    else:
        _book_later(call.db, case, call.notes, call.row, call.now)


def lost_key(call_id: int) -> str:
    """What the task to ring back after that call is known by."""
    return f"call_lost:{call_id}"


def _outcome(over: Ended) -> str | None:
    """Where a conversation stood open; None where it waited for a person, or had come to an end."""
    asks = over.asks
    calls_back = str(asks).startswith("contact.") and over.notes.get(contact.PURPOSE) == contact.CALLBACK
    if asks is None or asks.startswith("waiting.") or calls_back:
        return None
    if asks in _CHOOSING:
        return "hung_up"
    return str(over.notes.get("outcome") or CUT_SHORT)


def _book_later(session: Session, case: Case, notes: dict[str, Any], call: CallRow, now: datetime) -> None:
    """A request that was cut short before its visit was booked."""
    if case.status != Status.OPEN or notes.get(CONVERSATION) != "intake":
        return
    wished = []
    if "chosen" in notes and case.project is not None:
        start = datetime.fromisoformat(notes["chosen"][0]).astimezone(ZoneInfo(case.project.timezone))
        wished.append(f"Había elegido el {start:%d-%m-%Y, %H:%M}, sin confirmarlo.")
    tasks.open_task(
        session,
        TaskKind.UNSCHEDULED,
        now=now,
        case=case,
        phone=call.caller,
        call=call,
        detail=" ".join(
            ("La llamada terminó antes de reservar la visita.", *_unconfirmed(session, notes), *wished)
        ),
        once=f"unscheduled:{case.id}:{call.id}",
    )


def _ring_back(over: Ended) -> None:
    """Before a home is confirmed there is only the call, and, where the number is usable, a task."""
    conversation = over.notes.get(CONVERSATION)
    if over.row.caller is None or conversation not in _RUNG_BACK:
        return
    cut = (
        "La llamada se cortó antes de saber cuál es la urgencia."
        if conversation == "urgent"
        else "La llamada se cortó antes de identificar la propiedad."
    )
    tasks.open_task(
        over.db,
        TaskKind.CALL_LOST,
        now=over.now,
        phone=over.row.caller,
        call=over.row,
        detail=" ".join((cut, *_unconfirmed(over.db, over.notes))),
        once=lost_key(over.row.id),
    )


def _write_down_what_was_said(over: Ended, case: Case) -> None:
    """An urgency goes on without what its caller had no time to confirm; whoever takes it may need that."""
    if case.priority != Priority.URGENT or case.status != Status.OPEN:
        return
    said = _unconfirmed(over.db, over.notes)
    if said:
        cases.comment(over.db, case, " ".join(said), by=events.LINE, now=over.now)


def _unconfirmed(session: Session, notes: dict[str, Any]) -> list[str]:
    """What was keyed or chosen, and not confirmed or written down elsewhere: sentences for an agent."""
    said = []
    if "project" in notes and notes.get("home") is None:
        project = session.get_one(Project, notes["project"])
        said.append(f"Indicó el proyecto {project.name}.")
    if "apartment_digits" in notes and notes.get("home") is None:
        home = session.get(Home, notes["apartment"]) if notes.get("apartment") else None
        said.append(
            f"Marcó la propiedad {home.number if home else notes['apartment_digits']}, sin confirmarla."
        )
    keyed = [notes.get(name) for name in ("candidate", "second_candidate")]
    said += [
        f"Marcó el teléfono {numbers.national(phone)}, sin confirmarlo."
        for phone in keyed
        if phone is not None and phone not in notes.get("contacts", [])
    ]
    return said
