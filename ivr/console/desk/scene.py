"""What an agent has before their eyes: the call that rings, goes on or is over, and all about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ivr.aftersales import homes
from ivr.aftersales.recordings import State
from ivr.console import trace
from ivr.console.trace import Step
from ivr.store.tables import Agent, Appointment, CallRow, Case, Guest, Home, Leg, Recording, Wait
from ivr.switchboard import guests, pulse
from ivr.switchboard.holding import ON_HOLD
from ivr.switchboard.legs import OFFERED, LegState
from ivr.switchboard.talks import IN_TALK
from ivr.switchboard.taping import Tape

#: A talk of which nothing was written up is asked about for so long.
_WRITTEN_UP_WITHIN = timedelta(hours=1)
_EARLIER = 5
_LATEST_STEPS = 40
#: Nothing can be heard of these.
_SILENT = frozenset({State.ABSENT, State.DROPPED})


class Act(StrEnum):
    """What the agent and the call are about."""

    RINGING = "ringing"
    TALKING = "talking"
    ASKED_IN = "asked_in"  #: a colleague's talk, which the agent is asked into
    OVER = "over"


@dataclass(frozen=True)
class Scene:
    """A call, as its agent sees it. Where the case or the home is not known, it is None."""

    act: Act
    leg: Leg
    wait: Wait
    #: Of whoever waits; None where the case came from console or API.
    call: CallRow | None
    case: Case | None
    #: That of the case or the call; else the only one that the caller's number belongs to.
    home: Home | None
    #: The homes of the caller's number, where neither case nor call says which one it is about.
    candidates: Sequence[Home] = ()
    steps: Sequence[Step] = ()
    recordings: Sequence[Recording] = ()
    earlier: Sequence[Case] = ()
    dates: Sequence[Appointment] = ()
    guests: Sequence[Guest] = ()
    #: Names of the agents among the guests, and of the talk's own.
    names: dict[int, str] = field(default_factory=dict)

    @property
    def is_urgent(self) -> bool:
        """Whether it is an urgency."""
        return self.wait.priority == "urgent"

    @property
    def on_hold(self) -> bool:
        """Whether the owner hears music."""
        return self.leg.hold in ON_HOLD

    @property
    def is_taped(self) -> bool:
        """Whether what is said now is recorded."""
        return self.leg.tape in {Tape.BEGINNING, Tape.ON, Tape.RESUMING}

    @property
    def began(self) -> datetime:
        """Since when the telephone rings, or the talk goes on."""
        if self.act is Act.TALKING and self.wait.talking_since is not None:
            return self.wait.talking_since
        return self.leg.created_at

    def guest(self, *roles: str) -> Guest | None:
        """Who is there, or on the way, for one of these."""
        return next((each for each in self.guests if each.role in roles), None)


def read(session: Session, agent: Agent, now: datetime) -> Scene | None:
    """The agent's present call; None: their telephone is quiet, and all is written up."""
    leg = session.scalars(
        select(Leg)
        .where(Leg.agent_id == agent.id, Leg.state.in_(pulse.TAKEN))
        .order_by(Leg.id.desc())
        .limit(1)
    ).one_or_none()
    if leg is not None:
        act = Act.RINGING if leg.state in OFFERED else Act.TALKING
        return _scene(session, act, leg)
    asked = session.scalars(
        select(Guest)
        .where(Guest.wait_id == agent.wait_id, Guest.agent_id == agent.id, Guest.state.in_(guests.LIVING))
        .order_by(Guest.id.desc())
        .limit(1)
    ).one_or_none()
    if asked is not None:
        return _scene(session, Act.ASKED_IN, session.get_one(Leg, asked.leg_id))
    over = session.scalars(
        select(Leg)
        .where(Leg.agent_id == agent.id, Leg.state == LegState.TALKED)
        .order_by(Leg.ended_at.desc(), Leg.id.desc())
        .limit(1)
    ).one_or_none()
    if over is None or over.result is not None or (over.ended_at or now) < now - _WRITTEN_UP_WITHIN:
        return None
    return _scene(session, Act.OVER, over)


def _scene(session: Session, act: Act, leg: Leg) -> Scene:
    wait = session.get_one(Wait, leg.wait_id)
    call = session.get(CallRow, wait.call_id) if wait.call_id is not None else None
    case = _case(session, wait)
    home = case.home if case is not None else None
    if home is None and call is not None and call.home_id is not None:
        home = session.get(Home, call.home_id)
    caller = call.caller if call is not None else None
    candidates = homes.of_phone(session, caller) if home is None and caller else []
    if len(candidates) == 1:
        home = candidates[0]
    present = guests.living(session, leg) if leg.state in IN_TALK else []
    return Scene(
        act,
        leg,
        wait,
        call,
        case,
        home,
        candidates=candidates,
        steps=_steps(session, call),
        recordings=_recordings(session, call, case),
        earlier=_earlier(session, home, case),
        dates=_dates(case),
        guests=present,
        names=_names(session, leg, present),
    )


def _case(session: Session, wait: Wait) -> Case | None:
    wanted = (
        select(Case)
        .where(Case.id == wait.case_id)
        .options(
            joinedload(Case.project),
            joinedload(Case.home),
            selectinload(Case.requirements),
            selectinload(Case.contacts),
            selectinload(Case.appointments),
        )
    )
    return session.scalars(wanted).one_or_none() if wait.case_id is not None else None


def _steps(session: Session, call: CallRow | None) -> Sequence[Step]:
    """What was heard or pressed last; moves of the call that nobody hears are left out."""
    if call is None:
        return ()
    return [each for each in trace.steps(session, call) if each.heard or each.answered][-_LATEST_STEPS:]


def _recordings(session: Session, call: CallRow | None, case: Case | None) -> Sequence[Recording]:
    """What was said in this call, or told of the case before."""
    described = [each.recording_id for each in case.requirements if each.recording_id] if case else []
    mine = Recording.call_id == (call.id if call is not None else 0)
    wanted = select(Recording).where(or_(mine, Recording.id.in_(described)), Recording.status.not_in(_SILENT))
    return session.scalars(wanted.order_by(Recording.id)).all()


def _earlier(session: Session, home: Home | None, case: Case | None) -> Sequence[Case]:
    if home is None:
        return ()
    wanted = select(Case).where(Case.home_id == home.id, Case.id != (case.id if case is not None else 0))
    recent = wanted.options(selectinload(Case.requirements)).order_by(Case.id.desc()).limit(_EARLIER)
    return session.scalars(recent).all()


def _dates(case: Case | None) -> Sequence[Appointment]:
    return [each for each in case.appointments if each.status == "booked"] if case is not None else ()


def _names(session: Session, leg: Leg, present: Sequence[Guest]) -> dict[int, str]:
    ids = {each.agent_id for each in present} | {leg.agent_id}
    found = session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(ids - {None})))
    return {row.id: row.name for row in found}
