"""The job that finds somebody for a wait: it rings one telephone after another, round after round.

Each run looks at the database, does one thing and says when to look again. All that it knows is in the
database, so that a process may die between any two lines: the next look goes on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import deadlines, tasks, texts
from ivr.aftersales.life import ENDED, Priority, Status
from ivr.aftersales.numbers import may_ring
from ivr.aftersales.tasks import TaskKind
from ivr.errors import CarrierRefused, NotFound
from ivr.settings import Settings
from ivr.store.jobs import Again, Done
from ivr.store.tables import Agent, CallRow, Case, Leg, Task, Wait
from ivr.switchboard import (
    answering,
    callbacks,
    legs,
    office,
    placing,
    presence,
    queue,
    roster,
    rounds,
    taping,
    waits,
)
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.desk import Desk
from ivr.switchboard.legs import LegState
from ivr.switchboard.rounds import Wanting
from ivr.switchboard.waits import WaitState

FIRST_STEP = "agent.answered"

#: News of a telephone that stopped ringing may take so long; then it counts as not answered.
SLACK = timedelta(seconds=25)
#: Who answered has so long to hear who waits and to decide.
TO_DECIDE = timedelta(seconds=60)
#: The next look where an agent is waited for; usually somebody becomes free and asks for it before.
STANDARD_LOOK = timedelta(seconds=15)
URGENT_LOOK = timedelta(seconds=5)

QUIET_ROUNDS = 3


@dataclass(frozen=True)
class _Ring:
    """A call that is written down and now has to be placed."""

    call: CallRow


@dataclass(frozen=True)
class _People:
    """Whoever may be rung now: the agents, and the on-call list (`rounds.listed`)."""

    agents: list[Agent]
    office_open: bool
    levels: Mapping[int, int] | None

    def listed(self, wait: Wait) -> list[Agent]:
        """The list of a round of ``wait``."""
        return rounds.listed(
            self.agents,
            urgent=wait.priority == Priority.URGENT,
            office_open=self.office_open,
            levels=self.levels,
            skill=Skill(wait.skill) if wait.skill else None,
        )

    def but(self, busy: Collection[int]) -> "_People":
        """All but those of these ids."""
        return replace(self, agents=[agent for agent in self.agents if agent.id not in busy])


def ring(desk: Desk, key: int) -> Done | Again:
    """Go on looking for an agent for the wait with the id ``key``."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        result = _look(session, key, desk.settings, now)
    return _place(desk, result.call) if isinstance(result, _Ring) else result


def _place(desk: Desk, call: CallRow) -> Again:
    """Place a leg's call, or one to the owner. If the carrier refuses it, the next is looked for at once."""
    to_owner = call.purpose == callbacks.PURPOSE
    ring_seconds = callbacks.RING_SECONDS if to_owner else desk.settings.ring_seconds
    first_step = callbacks.FIRST_STEP if to_owner else FIRST_STEP
    request = placing.request(desk.settings, call, first_step, ring_seconds)
    try:
        placing.place(desk.store, desk.carrier, call.id, request, clock=desk.clock, settings=desk.settings)
    except (CarrierRefused, NotFound) as fault:
        now = desk.clock.now()
        with desk.store.transaction() as session:
            refused = session.get_one(CallRow, call.id)
            if to_owner:
                callbacks.over(session, refused, settings=desk.settings, now=now)
            else:
                answering.not_placed(session, refused, settings=desk.settings, now=now)
        return Again(now, f"not placed: {type(fault).__name__}")
    return Again(desk.clock.now() + timedelta(seconds=ring_seconds) + SLACK, "rings")


def _look(session: Session, wait_id: int, settings: Settings, now: datetime) -> Done | Again | _Ring:
    wait = waits.lock(session, wait_id)
    if wait.state != WaitState.WAITING:
        return Done(wait.state)
    if waits.is_paused(wait):
        return Done("paused")
    if wait.rests_until is not None and now < wait.rests_until:
        return Again(wait.rests_until, "rests")
    wait.rests_until = None
    case = session.get(Case, wait.case_id) if wait.case_id is not None else None
    if _in_other_hands(session, wait, case):
        queue.end(session, wait, WaitState.SERVED, now)
        return Done("in other hands")
    current = _owners_telephone(session, wait, now) or _current(session, wait, settings, now)
    if current is not None:
        return current
    urgent = wait.priority == Priority.URGENT
    office_open = office.open_now(session, settings, now)
    if not office_open and waits.is_kept_place(wait):
        return Again(office.next_open(session, settings, now), "rung in office hours")
    people = _People(
        [
            agent
            for agent in presence.everybody(session)
            if agent.deactivated_at is None and may_ring(agent.phone, settings.countries)
        ],
        office_open,
        roster.levels(session, settings, now),
    )
    on_list = people.listed(wait)
    if urgent and not on_list:
        result = _ring_backup(session, wait, settings, now)
    else:
        result = _ring_next(session, wait, people, settings=settings, now=now)
    if urgent and case is not None:
        _tell_supervisor(session, wait, case, settings, now, nobody=not on_list)
    return result


def _ring_next(
    session: Session, wait: Wait, people: "_People", *, settings: Settings, now: datetime
) -> Again | _Ring:
    """Take the next agent's telephone, of this round or, once everybody was rung, of a new one.

    The others' jobs are asked for last: whoever holds an agent's row asks for jobs, and never the reverse.
    """
    urgent = wait.priority == Priority.URGENT
    on_list = people.listed(wait)
    reachable = people.but(legs.still_on_the_line(session, now))
    agent, sooner = None, list[Wait]()
    if any(presence.is_free(listed) for listed in on_list):
        agent, sooner = _mine(session, wait, reachable)
    if agent is None and (urgent or on_list) and _next_round(session, wait, settings, now):
        agent, sooner = _mine(session, wait, reachable)
    result: Again | _Ring = Again(_next_look(wait, settings, now), "waits for an agent")
    if agent is not None and callbacks.is_owner_first(wait, settings):
        result = _Ring(callbacks.begin(session, wait, settings=settings, now=now))
    elif agent is not None and presence.take(session, agent, wait, now):
        if not urgent:
            wait.round_since = now  # who passed or missed this caller is left alone for as long as a round
        tape = taping.at_the_beginning(session, wait, settings=settings)
        begun = legs.begin(session, wait, agent, agent.phone, tape=tape, settings=settings, now=now)
        result = _Ring(begun)
    waits.look_all(session, sooner, now)
    return result


def _in_other_hands(session: Session, wait: Wait, case: Case | None) -> bool:
    """Whether nobody needs to be rung any more: the case is taken or over, or the callback was done."""
    if case is not None and case.status in ENDED:
        return True
    if wait.priority == Priority.URGENT:
        acknowledged = case is not None and case.status != Status.OPEN
        return acknowledged and wait.leg_id is None
    done = select(Task.id).where(Task.once == waits.callback_key(wait), Task.state == tasks.DONE)
    return wait.phone is not None and session.scalar(done) is not None


def _owners_telephone(session: Session, wait: Wait, now: datetime) -> Again | _Ring | None:
    """The owner's own telephone that rings first is waited for, and placed if that was interrupted."""
    call = callbacks.under_way(session, wait) if waits.is_kept_place(wait) else None
    if call is None:
        return None
    return _Ring(call) if call.sid is None else Again(now + STANDARD_LOOK, "the owner's telephone rings")


def _current(session: Session, wait: Wait, settings: Settings, now: datetime) -> Again | _Ring | None:
    """The leg that rings is waited for, placed if that was interrupted, and given up when it is overdue."""
    current = legs.offered(session, wait)
    if not current:
        return None
    leg = current[-1]
    call = session.get_one(CallRow, leg.call_id, populate_existing=True)
    answered = leg.state == LegState.GREETED
    patience = TO_DECIDE if answered else timedelta(seconds=settings.ring_seconds) + SLACK
    deadline = (call.answered_at or leg.created_at if answered else leg.created_at) + patience
    if now < deadline:
        placed = call.sid is not None
        return Again(deadline, "rings") if placed else _Ring(call)
    outcome = LegState.HUNG_UP if answered else LegState.NO_ANSWER
    answering.give_up(session, wait, leg, outcome, settings=settings, now=now)
    legs.hang_up(session, [leg.call_id], now)
    return Again(now, "not answered")  # the next telephone in the next look: see `_ring_next` on locks


def _next_round(session: Session, wait: Wait, settings: Settings, now: datetime) -> bool:
    """Begin the next round if this one has lasted long enough. Whoever could be rung in it has been."""
    if now < wait.round_since + timedelta(seconds=settings.round_seconds):
        return False
    wait.round, wait.round_since = wait.round + 1, now
    session.flush()
    return True


def _tell_supervisor(
    session: Session, wait: Wait, case: Case, settings: Settings, now: datetime, *, nobody: bool
) -> None:
    """A text after the first three rounds, at once where there is nobody to ring; then every ten minutes."""
    first = wait.texted_at is None and (nobody or wait.round > QUIET_ROUNDS)
    again = wait.texted_at is not None and now - wait.texted_at >= deadlines.TOLD_EVERY
    if not first and not again:
        return
    wait.texted_at = now
    detail = (
        f"Urgencia {case.number} sin atender desde hace {int((now - wait.since).total_seconds() // 60)} min."
    )
    tasks.open_task(
        session,
        TaskKind.URGENT_UNACKNOWLEDGED,
        now=now,
        case=case,
        detail=detail,
        once=f"unacknowledged:{case.id}",
    )
    if settings.supervisor_number:
        texts.queue(
            session,
            texts.Purpose.SUPERVISOR,
            settings.supervisor_number,
            detail,
            settings=settings,
            now=now,
            case=case,
            once=f"unacknowledged:{wait.id}:{int(now.timestamp())}",
        )


def _ring_backup(session: Session, wait: Wait, settings: Settings, now: datetime) -> Again | _Ring:
    """There is no agent to ring at all: the backup number, once a round."""
    tried = select(Leg.id).where(Leg.wait_id == wait.id, Leg.round == wait.round).limit(1)
    if session.scalar(tried) is not None and not _next_round(session, wait, settings, now):
        return Again(_next_look(wait, settings, now), "the backup number does not answer")
    if settings.backup_number is None:
        return Again(_next_look(wait, settings, now), "nobody to ring")
    tape = taping.at_the_beginning(session, wait, settings=settings)
    begun = legs.begin(session, wait, None, settings.backup_number, tape=tape, settings=settings, now=now)
    return _Ring(begun)


def _mine(session: Session, wait: Wait, people: "_People") -> tuple[Agent | None, list[Wait]]:
    """The agent whom this wait may ring now, if any; and those who look again: whoever is served before it,
    chooses first, and may ring somebody too.

    Somebody may have been taken since ``people`` were read; whoever is left may be meant for one of those.
    Then nobody is rung, and this wait looks once more after them.
    """
    ahead = _ahead(session, wait)
    tried = _tried(session, [*ahead, wait])
    wanting = [
        Wanting(
            each.id,
            each.priority == Priority.URGENT,
            tried.get(each.id, set()),
            skill=Skill(each.skill) if each.skill else None,
            for_agent_id=each.for_agent_id,
        )
        for each in (*ahead, wait)
    ]
    given = rounds.assign(wanting, people.agents, office_open=people.office_open, levels=people.levels)
    mine, sooner = given.get(wait.id), [other for other in ahead if other.id in given]
    if mine is not None and not presence.all_free(session, [given[other.id].id for other in sooner]):
        return None, [*sooner, wait]
    return mine, sooner


def _ahead(session: Session, wait: Wait) -> Sequence[Wait]:
    """Those who are served before and whom nobody's telephone rings for, in order."""
    rings = select(Leg.id).where(Leg.wait_id == Wait.id, Leg.state.in_(legs.OFFERED)).exists()
    return session.scalars(select(Wait).where(waits.before(wait), ~rings).order_by(*waits.order())).all()


def _tried(session: Session, of: Sequence[Wait]) -> dict[int, set[int]]:
    """Who was rung for each of the waits in its present round."""
    ids = [wait.id for wait in of]
    wanted = (
        select(Leg.wait_id, Leg.agent_id)
        .join(Wait, Wait.id == Leg.wait_id)
        .where(Leg.wait_id.in_(ids), Leg.round == Wait.round, Leg.agent_id.is_not(None))
        .where(Leg.state != LegState.WITHDRAWN)
    )
    tried: dict[int, set[int]] = {}
    for wait_id, agent_id in session.execute(wanted):
        tried.setdefault(wait_id, set()).add(int(agent_id or 0))
    return tried


def _next_look(wait: Wait, settings: Settings, now: datetime) -> datetime:
    if wait.priority != Priority.URGENT:
        return now + STANDARD_LOOK
    round_over = wait.round_since + timedelta(seconds=settings.round_seconds)
    return min(now + URGENT_LOOK, max(round_over, now + timedelta(seconds=1)))
