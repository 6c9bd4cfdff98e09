"""The jobs of automated calls: placed one attempt at a time, and a machine is told who called.

``ivr.aftersales.dialling`` decides whom to call and when; here stands what needs the telephone company.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ivr.aftersales import dialling, outbound
from ivr.errors import CarrierGone, CarrierRefused, NotFound
from ivr.links import Links
from ivr.store.jobs import Again, Done
from ivr.store.tables import CallRow, PlannedCall, TurnRow
from ivr.switchboard import moving, placing
from ivr.switchboard.desk import Desk

#: Seconds that an owner's telephone rings.
RING_SECONDS = 30

#: While calls are due, how soon the next ones are picked.
NEXT_PICK = timedelta(seconds=1)

MACHINE_STEP = "greeting.machine"
#: What a call came to that a machine answered.
MACHINE = "machine"


def pick(desk: Desk, _key: int) -> Done | Again:
    """Take up the planned calls whose turn it is, and come again for those that the pace does not allow."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        picked = dialling.pick(session, settings=desk.settings, now=now)
        more = dialling.more_due(session, now)
    outcome = f"{len(picked)} picked"
    return Again(now + NEXT_PICK, outcome) if more else Done(outcome)


def place(desk: Desk, plan_id: int) -> Done:
    """Place the next attempt of a planned call, once, whatever dies on the way.

    A call that the carrier will not place counts as not answered.
    """
    with desk.store.transaction() as session:
        call = dialling.next_call(session, plan_id, settings=desk.settings, now=desk.clock.now())
    if call is None:
        return Done("nothing to place")
    request = placing.request(desk.settings, call, f"{call.purpose}.begin", RING_SECONDS, detect_machine=True)
    try:
        placing.place(desk.store, desk.carrier, call.id, request, clock=desk.clock, settings=desk.settings)
    except (CarrierRefused, NotFound) as fault:
        with desk.store.transaction() as session:
            over = session.get_one(CallRow, call.id, with_for_update={"key_share": True})
            over.outcome = over.outcome or "failed"
            outbound.attempt_over(session, over, settings=desk.settings, now=desk.clock.now())
        return Done(f"not placed: {type(fault).__name__}")
    return Done("placed")


def tell_machine(desk: Desk, call_id: int) -> Done:
    """A machine answered: it is told who called, once a case, or else the call is ended.

    A key that was pressed outranks the verdict.
    """
    with desk.store.transaction() as session:
        call = session.get_one(CallRow, call_id, with_for_update={"key_share": True})
        if call.ended_at is not None or call.sid is None:
            return Done("over")
        if _was_pressed(session, call):
            return Done("a person")
        call.outcome = MACHINE
        url = None if _was_told(session, call) else _message(session, call, desk)
    try:
        if url is None:
            desk.carrier.hang_up(call.sid)
        else:
            desk.carrier.move(call.sid, url)
    except CarrierGone:
        return Done("over")
    return Done("hung up" if url is None else "told")


def _message(session: Session, call: CallRow, desk: Desk) -> str | None:
    """Where the call fetches the message; none if it has no conversation to be moved in."""
    now = desk.clock.now()
    turn = moving.overtake(session, call, MACHINE_STEP, now)
    if turn is None:
        return None
    outbound.message_left(session, call, now)
    return Links(desk.settings.public_url).step(MACHINE_STEP, turn)


def _was_pressed(session: Session, call: CallRow) -> bool:
    pressed = select(TurnRow.id).where(TurnRow.call_id == call.id, TurnRow.pressed.is_not(None))
    return session.scalar(pressed.limit(1)) is not None


def _was_told(session: Session, call: CallRow) -> bool:
    """Whether a machine of somebody of this case was told before, in another call than this."""
    if moving.bound_for(session, call) == MACHINE_STEP:
        return False
    told = select(func.count()).where(
        PlannedCall.case_id == call.case_id, PlannedCall.message_left_at.is_not(None)
    )
    return bool(session.scalar(told))
