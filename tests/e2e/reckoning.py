"""Two accounts of the same calls: what the telephones noticed, and what the line's database says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from ivr.aftersales.life import Priority
from ivr.aftersales.tasks import TaskKind
from ivr.store.session import Store
from ivr.store.tables import Agent, CallRow, Leg, Task, Wait
from ivr.switchboard import connecting, owners, talking
from ivr.switchboard.legs import LegState
from ivr.switchboard.waits import WaitState
from tests.e2e.people import AgentTelephone, Habit


class End(StrEnum):
    """How it ended for a caller."""

    TALK = "talk"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    OWN_HANG_UP = "own hang-up"
    LOST = "lost"


@dataclass(frozen=True)
class Outcome:
    """How it ended, and the telephone of the agent they talked with."""

    end: End
    agent: str | None = None


def by_the_database(store: Store) -> Mapping[str, Outcome]:
    """How it ended for each caller, by their number, as the line has it."""
    agents = {}
    found: dict[str, Outcome] = {}
    with store.reading() as session:
        agents = {agent.id: agent.phone for agent in session.scalars(select(Agent))}
        calls = session.scalars(select(CallRow).order_by(CallRow.id)).all()
        served = session.scalars(select(Wait).where(Wait.state == WaitState.SERVED)).all()
        messages = set(session.scalars(select(Task.call_id).where(Task.kind == TaskKind.VOICEMAIL)))
    numbers = {call.id: call.from_number for call in calls}
    for call in calls:
        if call.purpose == "inbound":
            found[call.from_number] = Outcome(End.OWN_HANG_UP if call.outcome in _LEFT else End.LOST)
            if call.id in messages:
                found[call.from_number] = Outcome(End.VOICEMAIL)
    for wait in served:
        if wait.call_id is not None and wait.talking_since is not None:
            found[numbers[wait.call_id]] = Outcome(End.TALK, agents[int(wait.agent_id or 0)])
    for call in calls:
        if call.purpose == owners.PURPOSE and call.outcome == owners.REACHED:
            found[call.to_number] = Outcome(End.CALLBACK, agents[int(call.agent_id or 0)])
    return found


#: Outcomes of calls that their callers ended without having got or promised anything.
_LEFT = frozenset({"hung_up_waiting", "hung_up"})

#: How the ringing of a telephone may end by what its owner did. What is late or withdrawn was decided
#: elsewhere meanwhile.
_MAY_END: Mapping[Habit, frozenset[LegState]] = {
    Habit.TAKES: frozenset({LegState.TALKED}),
    Habit.DROPS: frozenset({LegState.TALKED, LegState.DROPPED, LegState.HUNG_UP}),
    Habit.MISSES: frozenset({LegState.NO_ANSWER}),
    Habit.IS_BUSY: frozenset({LegState.BUSY}),
    Habit.PASSES: frozenset({LegState.PASSED}),
    Habit.IS_SILENT: frozenset({LegState.NO_KEY}),
    Habit.HANGS_UP: frozenset({LegState.HUNG_UP}),
}
_ELSEWHERE = frozenset({LegState.LATE, LegState.WITHDRAWN})


def ringing_faults(store: Store, telephones: Iterable[AgentTelephone]) -> list[str]:
    """Legs whose state is not what the agent did, and telephones that rang without a leg."""
    habits = {sid: habit for telephone in telephones for sid, habit in telephone.habits.items()}
    with store.reading() as session:
        rows = session.execute(select(CallRow.sid, Leg.state).join(Leg, Leg.call_id == CallRow.id)).all()
    states = {str(sid): LegState(state) for sid, state in rows if sid is not None}
    faults = [f"a telephone rang that no leg is about: {sid}" for sid in habits.keys() - states.keys()]
    for sid, state in states.items():
        habit = habits.get(sid)
        if habit is None and state not in _ELSEWHERE:
            faults.append(f"a telephone that did not ring is {state}: its line was busy")
        elif habit is not None and state not in _MAY_END[habit] | _ELSEWHERE:
            faults.append(f"an agent who {habit} is {state}")
    return faults


#: Several processes ring for several callers at the same time. Each decides by what was so when it began, on
#: a busy machine up to so long before it is written down.
_SLACK = timedelta(seconds=3)

#: Whoever came to a room that the agent had just left is found there after this at most, and waits again.
_EMPTY_ROOM = talking.ALONE_AFTER + connecting.ARRIVES_WITHIN


def overtaken(store: Store) -> list[str]:
    """Agents rung for somebody while somebody who comes first had nobody and could have had them."""
    with store.reading() as session:
        waits = session.scalars(select(Wait)).all()
        legs = session.scalars(select(Leg)).all()
        ended = {call.id: call.ended_at for call in session.scalars(select(CallRow))}
    of_wait: dict[int, list[Leg]] = {}
    for leg in legs:
        of_wait.setdefault(leg.wait_id, []).append(leg)
    served = {wait.id: wait for wait in waits}
    faults = []
    for leg in legs:
        chosen = served[leg.wait_id]
        for other in waits:
            if not _comes_first(other, chosen):
                continue
            if _could_have_had(other, of_wait.get(other.id, []), leg, ended):
                faults.append(
                    f"wait {chosen.id} ({chosen.priority}) got agent {leg.agent_id} before {other.id}"
                )
    return faults


def _comes_first(other: Wait, chosen: Wait) -> bool:
    if other.priority != chosen.priority:
        return other.priority == Priority.URGENT
    return other.since < chosen.since


def _could_have_had(
    other: Wait, theirs: Sequence[Leg], leg: Leg, ended: Mapping[int, datetime | None]
) -> bool:
    """Whether ``other`` waited for anybody just then, and had not been refused by this agent in its round."""
    at = leg.created_at
    since = other.since
    if other.pressed is not None:  # who says at which number to be rung is not rung before
        hung_up = ended.get(other.call_id or 0)
        if hung_up is None:
            return False
        since = max(since, hung_up)
    if since > at - _SLACK or (other.ended_at is not None and other.ended_at < at + _SLACK):
        return False
    if any(rung.created_at <= at + _SLACK and _taken_until(rung, at) >= at - _SLACK for rung in theirs):
        return False
    before = [rung for rung in theirs if rung.created_at < at]
    present_round = max((rung.round for rung in before), default=1)
    return all(
        rung.agent_id != leg.agent_id or rung.round != present_round or rung.state == LegState.WITHDRAWN
        for rung in before
    )


def _taken_until(rung: Leg, at: datetime) -> datetime:
    """When it was known that this leg did not, or no longer, serve the caller; ``at`` if it still does."""
    if rung.ended_at is None:
        return at
    return rung.ended_at + _EMPTY_ROOM if rung.state == LegState.TALKED else rung.ended_at
