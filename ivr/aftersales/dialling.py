"""Which planned calls leave now: their turn, the pace, and whom each one calls.

Where a text announces a call, it goes at the pace of calls, and who has been told is called before anybody is
told anew: nobody waits for long for what was announced to them, however many calls are due.
Automated calls give way to calls by people, which never wait: what those have taken of the pace is left out.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import cases, outbound, texts
from ivr.aftersales.calling_times import CallingTimes
from ivr.aftersales.outbound import CallPurpose, FinalAnswer, PlanState
from ivr.aftersales.text_bodies import Sender
from ivr.settings import Settings
from ivr.store.jobs import JobKind, insert_for, schedule_all
from ivr.store.tables import Appointment, CallRow, Case, Pace, PlannedCall
from ivr.store.types import MomentOrPlace

#: Pace that was not used is kept so long: a little more than the clock lets pass between two looks.
_KEPT = timedelta(seconds=2.5)
#: The names of the paces: of calls, and of the texts that announce them.
_CALLS, _ANNOUNCEMENTS = "automated", "announcements"

#: A call that nobody has sent to the carrier yet (see ``ivr.switchboard.placing``).
_NOT_SENT = "planned"


def pick(session: Session, *, settings: Settings, now: datetime) -> list[int]:
    """Take up the planned calls whose turn it is, as many as pace and lines allow, and have each placed.

    Any number of workers may pick at the same time: none gets what another has.
    """
    pace = _hold_pace(session, _CALLS, now)
    room = _room(session, pace, settings, now)
    calls = _turn(session, room, now, announced=True)
    if settings.text_before_call:
        texting = _hold_pace(session, _ANNOUNCEMENTS, now)
        others = _turn(session, _paced(texting, settings, now), now, announced=False)
        texting.next_at += len(others) * _interval(settings)
    else:
        others = _turn(session, room - len(calls), now, announced=False)
        calls = [*calls, *others]
        others = []
    pace.next_at += len(calls) * _interval(settings)
    picked = [plan.id for plan in (*calls, *others)]
    schedule_all(session, JobKind.PLACE, picked, now)
    return picked


def _turn(session: Session, room: int, now: datetime, *, announced: bool) -> Sequence[PlannedCall]:
    """Take up so many whose turn it is, the longest due first."""
    if room < 1:
        return []
    turn = select(PlannedCall).where(due(now), PlannedCall.announced == announced)
    longest_due = turn.order_by(PlannedCall.due_at).limit(room).with_for_update(skip_locked=True)
    taken = session.scalars(longest_due).all()
    for plan in taken:
        plan.state = PlanState.PICKED
    session.flush()
    return taken


def due(now: MomentOrPlace) -> ColumnElement[bool]:
    """Whether a planned call waits to be picked."""
    return and_(PlannedCall.state == PlanState.PLANNED, PlannedCall.due_at <= now)


def more_due(session: Session, now: datetime) -> bool:
    """Whether planned calls wait to be picked."""
    return session.scalar(select(PlannedCall.id).where(due(now)).limit(1)) is not None


def next_call(session: Session, plan_id: int, *, settings: Settings, now: datetime) -> CallRow | None:
    """The call of a picked plan's next attempt, written down and yet to be placed; or the one under way.

    None where nothing is to be placed now: it has lost its reason, is announced by a text first, must wait
    for the calling hours or for a line that is busy with us, or an agent has taken over.
    """
    seen = session.get(PlannedCall, plan_id)
    if seen is None:
        return None
    under_way = _locked_call(session, seen.call_id) if seen.call_id is not None else None
    case = cases.lock(session, seen.case_id)
    plan = session.get_one(PlannedCall, plan_id, with_for_update={"key_share": True}, populate_existing=True)
    times = CallingTimes.of(session, case.project, settings=settings, now=now)
    allowed = times.allowed(now)
    if plan.state == PlanState.CALLING and under_way is not None:
        return _under_way(session, plan, under_way, allowed, now)
    if plan.state != PlanState.PICKED:
        return None
    appointment = session.get(Appointment, plan.appointment_id) if plan.appointment_id else None
    if not outbound.wanted(case, plan, appointment, now):
        outbound.end(session, plan, FinalAnswer.OVERTAKEN, now)
        return None
    if allowed > now:
        outbound.plan_anew(plan, allowed)
        return None
    phone = outbound.next_number(session, case, CallPurpose(plan.purpose), settings)
    if phone is None:
        outbound.nobody_to_call(session, plan, case, settings=settings, now=now)
        return None
    if settings.text_before_call and not plan.announced:
        at = _announce(session, plan, case, phone, settings=settings, now=now)
        outbound.plan_anew(plan, times.allowed(at))
        return None
    _hold_pace(session, _CALLS, now)  # two plans for one telephone look at it one after the other
    if _is_on_the_line(session, phone):
        outbound.plan_anew(plan, times.allowed(now + outbound.SOON))
        return None
    return _begin(session, plan, case, phone, settings=settings, now=now)


def give_up(session: Session, plan_id: int, now: datetime) -> None:
    """Its attempt could not even be written down, again and again: its turn comes once more, later."""
    plan = session.get(PlannedCall, plan_id, with_for_update={"key_share": True})
    if plan is not None and plan.state == PlanState.PICKED:
        outbound.plan_anew(plan, now + outbound.SOON)


def _under_way(
    session: Session, plan: PlannedCall, call: CallRow, allowed: datetime, now: datetime
) -> CallRow | None:
    """A call that was written down before: placed now, unless calling hours are over and it never left."""
    if call.sid is not None or call.ended_at is not None:
        return None
    if allowed > now and call.status == _NOT_SENT:
        call.status, call.ended_at = "canceled", now
        outbound.count(session, plan, -1)
        outbound.plan_anew(plan, allowed)
        return None
    return call


def _begin(
    session: Session, plan: PlannedCall, case: Case, phone: str, *, settings: Settings, now: datetime
) -> CallRow:
    call = CallRow(
        sid=None,
        token=secrets.token_hex(16),
        direction="outbound",
        purpose=plan.purpose,
        from_number=str(settings.outbound_number),
        to_number=phone,
        channel="phone",
        caller=phone,
        case_id=case.id,
        home_id=case.home_id,
        urgent=False,
        status=_NOT_SENT,
        sequence=-1,
        started_at=now,
    )
    session.add(call)
    session.flush()
    plan.state, plan.call_id = PlanState.CALLING, call.id
    outbound.count(session, plan, 1)
    return call


def _announce(
    session: Session, plan: PlannedCall, case: Case, phone: str, *, settings: Settings, now: datetime
) -> datetime:
    """Say in a text who is about to call, once a number; when to call. No text can go: at once."""
    plan.announced = True
    body = Sender.of(settings).about_to_call(case)
    purpose = texts.Purpose.ABOUT_TO_CALL
    text = texts.queue(session, purpose, phone, body, settings=settings, now=now, case=case)
    return now if text is None else now + timedelta(seconds=settings.text_before_call)


def _is_on_the_line(session: Session, phone: str) -> bool:
    """Whether that number has a call with us now, or is being called, whoever began it."""
    with_us = or_(CallRow.caller == phone, CallRow.to_number == phone, CallRow.from_number == phone)
    busy = select(CallRow.id).where(CallRow.ended_at.is_(None), with_us).limit(1)
    return session.scalar(busy) is not None


def _locked_call(session: Session, call_id: int) -> CallRow | None:
    return session.get(CallRow, call_id, with_for_update={"key_share": True}, populate_existing=True)


def _hold_pace(session: Session, name: str, now: datetime) -> Pace:
    """The row of a pace, locked until the transaction ends."""
    fresh = insert_for(session, Pace).values(name=name, next_at=now, looked_at=now)
    held = select(Pace).where(Pace.name == name).with_for_update()
    pace = session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if pace is None:
        session.execute(fresh.on_conflict_do_nothing(index_elements=["name"]))
        pace = session.scalars(held).one()
    return pace


def _room(session: Session, pace: Pace, settings: Settings, now: datetime) -> int:
    """How many calls may be placed now. Each moves the moment of the next by one interval of the pace."""
    interval = _interval(settings)
    automated = CallRow.purpose.in_(list(CallPurpose))
    by_people = and_(~automated, CallRow.direction == "outbound", CallRow.started_at > pace.looked_at)
    going_on, others = session.execute(
        select(func.count().filter(automated), func.count().filter(by_people)).where(
            CallRow.ended_at.is_(None)
        )
    ).one()
    picked = session.scalar(select(func.count()).where(PlannedCall.state == PlanState.PICKED)) or 0
    pace.next_at += others * interval
    return min(_paced(pace, settings, now), settings.concurrent_calls - going_on - picked)


def _paced(pace: Pace, settings: Settings, now: datetime) -> int:
    """How many may leave now by that pace alone."""
    pace.next_at = max(pace.next_at, now - _KEPT)
    pace.looked_at = now
    return 0 if pace.next_at > now else (now - pace.next_at) // _interval(settings) + 1


def _interval(settings: Settings) -> timedelta:
    return timedelta(seconds=1 / settings.calls_per_second)
