"""The line reminds of a visit or of works, where the number takes no texts."""

from audio import phrases
from callflows import booking, greeting
from ivr.aftersales import events, outbound, reminders, visits, works
from ivr.aftersales.life import AppointmentKind, AppointmentStatus
from ivr.dialogue.call import Call
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Enter, Goto, Hangup, Menu, Turn
from ivr.store.tables import Appointment


@step
def begin(_call: Call) -> Turn:
    return Enter(greeting.hello, then=remind)


@step
def remind(call: Call) -> Turn:
    date = _date(call)
    if date is None:
        return Goto(greeting.settled)
    visit = date.kind == AppointmentKind.VISIT
    phrase = phrases.REMINDER_VISIT if visit else phrases.REMINDER_WORKS
    said = booking.dated(phrase, call.case, date.start, date.end)
    keys = {"1": confirm, "2": change, "3": cancel}
    return Menu((said, phrases.REMINDER_KEYS), keys=keys, fresh=True)


def _date(call: Call) -> Appointment | None:
    """What the call is about, if it still stands."""
    case = call.case
    appointment_id = outbound.appointment_of(call.db, call.row)
    return next(
        (
            each
            for each in case.appointments
            if each.id == appointment_id and each.status == AppointmentStatus.BOOKED
        ),
        None,
    )


@step
def confirm(call: Call) -> Turn:
    date = _date(call)
    if date is None:
        return Goto(greeting.settled)
    reminders.confirm(call.db, call.case, date, call.now)
    outbound.answered(call.db, call.row, call.now)
    return Hangup((phrases.REMINDER_CONFIRMED, phrases.CALL_GOODBYE), outcome="confirmed")


@step
def change(call: Call) -> Turn:
    """The new date is booked and the old one freed together, or the old one stays."""
    date = _date(call)
    if date is None:
        return Goto(greeting.settled)
    call.notes[booking.GOES_ON] = True
    entered = booking.visit if date.kind == AppointmentKind.VISIT else booking.works_date
    return Enter(entered, then=changed)


@step
def changed(call: Call) -> Turn:
    """Another date; or the same one still, because no other is free: is that confirmed, then?"""
    _ = call.case  # locked before the plan
    if call.notes["outcome"] == "date_kept":
        return Goto(remind)
    outbound.answered(call.db, call.row, call.now)
    call.row.outcome = call.notes["outcome"]
    return Goto(new_date)


@step
def new_date(call: Call) -> Turn:
    case = call.case
    booked = [each for each in case.appointments if each.status == AppointmentStatus.BOOKED]
    kind = call.notes["booking"]
    date = next((each for each in booked if each.kind == kind), None)
    if date is None:
        return Goto(greeting.farewell)
    phrase = phrases.VISIT_BOOKED if kind == AppointmentKind.VISIT else phrases.WORKS_BOOKED
    said = booking.dated(phrase, case, date.start, date.end)
    return Menu((said, phrases.AFTER_BOOKING), keys={"1": new_date}, otherwise=greeting.farewell, fresh=True)


@step
def cancel(call: Call) -> Turn:
    date = _date(call)
    if date is None:
        return Goto(greeting.settled)
    visit = date.kind == AppointmentKind.VISIT
    phrase = phrases.CANCEL_VISIT if visit else phrases.CANCEL_WORKS
    said = booking.dated(phrase, call.case, date.start, date.end)
    return Menu(said, keys={"1": cancel_date, "2": remind})


@step
def cancel_date(call: Call) -> Turn:
    date = _date(call)
    if date is None:
        return Goto(greeting.settled)
    diary = visits if date.kind == AppointmentKind.VISIT else works
    diary.cancel(call.db, call.case, date, by=events.OWNER, now=call.now)
    outbound.answered(call.db, call.row, call.now)
    return Hangup((phrases.DATE_CANCELLED, phrases.CALL_GOODBYE), outcome="date_cancelled")


at_the_end_of("reminder")(greeting.ended)
