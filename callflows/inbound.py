"""Somebody calls the line: the welcome, the main menu, and what is left to do when they are gone."""

from audio import phrases
from callflows import existing, intake, urgent, waiting
from ivr.aftersales import tasks
from ivr.aftersales.life import Status
from ivr.aftersales.tasks import TaskKind
from ivr.dialogue import resuming
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Goto, Menu, Resume, Say, Step, Turn
from ivr.store.tables import Case


@step
def welcome(call: Call) -> Turn:
    stopped = resuming.interrupted(call)
    if stopped is not None:
        call.notes["stopped"] = {"turn": stopped.id, "conversation": stopped.notes.get("conversation")}
    return Say(phrases.WELCOME, then=main_menu)


@step
def main_menu(_call: Call) -> Turn:
    keys = {"1": choose_urgent, "2": choose_intake, "3": choose_existing}
    return Menu(phrases.MAIN_MENU, keys=keys, fresh=True)


@step
def choose_urgent(call: Call) -> Turn:
    call.row.urgent = True
    return _begin(call, "urgent")


@step
def choose_intake(call: Call) -> Turn:
    return _begin(call, "intake")


@step
def choose_existing(call: Call) -> Turn:
    return _begin(call, "existing")


def _first_question(conversation: str) -> Step:
    """Where each conversation behind the main menu begins, as notes call it."""
    return {"urgent": urgent.kind, "intake": intake.begin, "existing": existing.begin}[conversation]


def _begin(call: Call, conversation: str) -> Turn:
    """A call that was cut short in this very conversation may go on where it stopped."""
    call.notes["conversation"] = conversation
    stopped = call.notes.get("stopped")
    if stopped is None or stopped["conversation"] != conversation:
        return Goto(_first_question(conversation))
    return Goto(go_on_or_anew)


@step
def go_on_or_anew(_call: Call) -> Turn:
    return Menu(phrases.GO_ON_OR_ANEW, keys={"1": go_on, "2": anew})


@step
def go_on(call: Call) -> Turn:
    turn_id = call.notes.pop("stopped")["turn"]
    resuming.take_over(call, turn_id)
    return Resume(turn_id)


@step
def anew(call: Call) -> Turn:
    call.notes.pop("stopped", None)
    return Goto(_first_question(call.notes["conversation"]))


@at_the_end_of("inbound")
def ended(over: Ended) -> None:
    """Nothing that was said is lost by hanging up."""
    if waiting.ended(over):
        return
    if over.row.outcome is None:
        over.row.outcome = over.notes.get("outcome") or ("cut_short" if over.asks else "ended")
    if over.row.outcome != "cut_short":
        return
    case = over.db.get(Case, over.row.case_id) if over.row.case_id else None
    if case is None:
        _ring_back(over)
    elif case.status == Status.OPEN and over.notes.get("conversation") == "intake":
        tasks.open_task(
            over.db,
            TaskKind.UNSCHEDULED,
            now=over.now,
            case=case,
            phone=over.row.caller,
            call=over.row,
            detail="La llamada se cortó antes de reservar la visita.",
            once=f"unscheduled:{case.id}",
        )


def _ring_back(over: Ended) -> None:
    """Before a home is confirmed there is only the call, and, where the number is usable, a task."""
    if over.row.caller is None or over.notes.get("conversation") not in {"intake", "existing"}:
        return
    tasks.open_task(
        over.db,
        TaskKind.CALL_LOST,
        now=over.now,
        phone=over.row.caller,
        call=over.row,
        detail="La llamada se cortó antes de identificar la propiedad.",
        once=f"call_lost:{over.row.id}",
    )
