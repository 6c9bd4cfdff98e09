"""The ringing of agents' telephones: one leg for each time that one telephone rings for one wait."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ivr.errors import MoveNotAllowed
from ivr.settings import Settings
from ivr.store.jobs import JobKind, Priority, schedule_all
from ivr.store.tables import Agent, CallRow, Leg, Wait
from ivr.switchboard import placing, presence


class LegState(StrEnum):
    """How the ringing of a telephone stands, or how it ended."""

    RINGING = "ringing"
    GREETED = "greeted"  #: answered; somebody, or a machine, hears who is waiting
    ACCEPTED = "accepted"
    TALKED = "talked"
    PASSED = "passed"  #: ``2``
    NO_KEY = "no_key"  #: answered, and no key: perhaps a voicemail
    HUNG_UP = "hung_up"  #: answered, and hung up without a key
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CALLER_GONE = "caller_gone"  #: accepted, when the caller was not on the line any more
    DROPPED = "dropped"  #: accepted, and hung up before the caller came
    LATE = "late"  #: somebody else was first
    WITHDRAWN = "withdrawn"  #: no longer needed while it rang


#: The telephone rings, or its owner has not decided yet.
OFFERED = frozenset({LegState.RINGING, LegState.GREETED})
#: The standard call was missed.
MISSED = frozenset({LegState.NO_KEY, LegState.HUNG_UP, LegState.NO_ANSWER, LegState.BUSY, LegState.FAILED})

_DECIDED = frozenset({LegState.ACCEPTED, LegState.CALLER_GONE, LegState.LATE})
#: Who answers after we had given them up may still take the caller, if nobody else has.
_GIVEN_UP = frozenset({*_DECIDED, LegState.PASSED})

MOVES: Mapping[LegState, frozenset[LegState]] = {
    LegState.RINGING: frozenset({LegState.GREETED, LegState.WITHDRAWN, *MISSED, *_DECIDED, LegState.PASSED}),
    LegState.GREETED: frozenset({LegState.PASSED, LegState.WITHDRAWN, *MISSED, *_DECIDED}),
    LegState.ACCEPTED: frozenset({LegState.TALKED, LegState.DROPPED, LegState.CALLER_GONE}),
    LegState.CALLER_GONE: frozenset({LegState.TALKED}),
    LegState.NO_ANSWER: _GIVEN_UP,
    LegState.FAILED: _GIVEN_UP,
    LegState.HUNG_UP: _GIVEN_UP,
    LegState.WITHDRAWN: _DECIDED,
    LegState.NO_KEY: frozenset(),
    LegState.BUSY: frozenset(),
    LegState.PASSED: frozenset(),
    LegState.TALKED: frozenset(),
    LegState.DROPPED: frozenset(),
    LegState.LATE: frozenset(),
}

#: A goodbye, or the way of a request to end the call, takes no longer.
LINGERS = timedelta(seconds=25)


def move(leg: Leg, to: LegState, now: datetime) -> None:
    """Change the state of ``leg``, whose wait is locked; the same again changes nothing.

    Raises MoveNotAllowed if the table does not list the move.
    """
    if leg.state == to:
        return
    if to not in MOVES[LegState(leg.state)]:
        raise MoveNotAllowed(f"a leg that is {leg.state} cannot become {to}")
    leg.state = to
    if to not in OFFERED and to != LegState.ACCEPTED:
        leg.ended_at = now


def begin(
    session: Session,
    wait: Wait,
    agent: Agent | None,
    phone: str,
    *,
    tape: str | None = None,
    settings: Settings,
    now: datetime,
) -> CallRow:
    """Write down that ``phone`` is to ring for ``wait``: the leg, and its call that is to be placed.

    ``tape``: how the recording of the talk begins, if it comes to one with a caller on the line.
    """
    call = outbound("agent", phone, settings=settings, now=now, case_id=wait.case_id, agent=agent, wait=wait)
    session.add(call)
    session.flush()
    leg = Leg(
        wait_id=wait.id,
        agent_id=agent.id if agent else None,
        call_id=call.id,
        round=wait.round,
        state=LegState.RINGING,
        found=agent.presence if agent else None,
        tape=tape,
        created_at=now,
    )
    session.add(leg)
    session.flush()
    return call


def outbound(
    purpose: str,
    phone: str,
    *,
    settings: Settings,
    now: datetime,
    case_id: int | None,
    agent: Agent | None,
    wait: Wait,
) -> CallRow:
    """A call by a person, to be placed: from the ordinary number, known by its token until it has a sid."""
    return CallRow(
        sid=None,
        token=placing.new_token(),
        direction="outbound",
        purpose=purpose,
        from_number=settings.agent_caller_id,
        to_number=phone,
        channel="phone",
        caller=None,
        case_id=case_id,
        agent_id=agent.id if agent else None,
        wait_id=wait.id,
        urgent=wait.priority == "urgent",
        status=placing.PLANNED,
        sequence=-1,
        started_at=now,
    )


def of_call(session: Session, call: CallRow) -> Leg:
    """The leg that this call is, as it stands now; its wait's lock guards it."""
    wanted = select(Leg).where(Leg.call_id == call.id).execution_options(populate_existing=True)
    return session.scalars(wanted).one()


def lock(session: Session, call: CallRow) -> tuple[Wait, Leg, bool]:
    """What this agent's call is for: wait and leg as they stand now, both locked, in one statement.

    And whether the caller's call goes on, as far as was known when this was asked.
    """
    caller = exists().where(CallRow.id == Wait.call_id, CallRow.ended_at.is_(None))
    wanted = (
        select(Wait, Leg, caller)
        .join(Leg, Leg.wait_id == Wait.id)
        .where(Leg.call_id == call.id)
        .with_for_update(of=[Wait, Leg], key_share=True)
    )
    wait, leg, goes_on = session.execute(wanted.execution_options(populate_existing=True)).one()
    return wait, leg, bool(goes_on)


def offered(session: Session, wait: Wait) -> list[Leg]:
    """The legs of ``wait`` that ring, or whose agent has not decided yet."""
    wanted = select(Leg).where(Leg.wait_id == wait.id, Leg.state.in_(OFFERED)).order_by(Leg.id)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def still_on_the_line(session: Session, now: datetime) -> set[int]:
    """Agents whose last leg has just been decided while its call goes on: their telephone is busy until then.

    Where no news of the call's end comes, that counts for as long as `LINGERS`.
    """
    wanted = (
        select(Leg.agent_id)
        .join(CallRow, CallRow.id == Leg.call_id)
        .where(Leg.ended_at > now - LINGERS, CallRow.ended_at.is_(None), Leg.agent_id.is_not(None))
    )
    return {int(agent_id or 0) for agent_id in session.scalars(wanted)}


def withdraw(session: Session, wait: Wait, now: datetime, *, answered: bool = True) -> None:
    """Stop every telephone that rings for ``wait``; those ``answered`` too, unless it is false."""
    on_offer = offered(session, wait)
    over = [leg for leg in on_offer if answered or leg.state == LegState.RINGING]
    if not over:
        return
    for leg in over:
        move(leg, LegState.WITHDRAWN, now)
    session.flush()
    presence.let_all_go(session, wait, now, but=[leg.agent_id for leg in on_offer if leg not in over])
    hang_up(session, [leg.call_id for leg in over], now)


def room(leg: Leg) -> str:
    """The conference in which this leg's agent talks: their own, or the one that they took over.

    Its name tells nothing of anybody.
    """
    return leg.room or f"talk-{leg.id}"


def hang_up(session: Session, call_ids: list[int], now: datetime) -> None:
    """Have these calls ended."""
    schedule_all(session, JobKind.HANG_UP, call_ids, now, Priority.AGENT)
