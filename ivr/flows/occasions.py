"""On which occasions calls begin, so that together they come everywhere: who calls, and what came before.

A conversation that none of these leads to needs an occasion of its own here; a test names the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr import scenes
from ivr.aftersales import cases, dialling, events, inspection, outbound, visits, works
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import Category, Status
from ivr.aftersales.outbound import CallPurpose
from ivr.dialogue.engine import Answer
from ivr.flows.rehearsal import TUESDAY, Party, Rehearsal
from ivr.store.tables import Agent, CallRow, Case
from ivr.switchboard import talks, transfers
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.presence import Presence

Begun = tuple[Party, Answer]

STRANGER, KNOWN, LANDLORD, WITHHELD = "+56955501234", "+56991234567", "+56982345671", "anonymous"
NIGHT = TUESDAY + timedelta(hours=13)

#: Keys of somebody whose home is known, from the main menu to the offered visits.
_TO_THE_VISITS = ("2", "1", "1", "~", "1", "2", "1", "1")
#: In the order in which a case passes them.
_LIFE = (Status.OPEN, Status.VISIT_SCHEDULED, Status.INSPECTED, Status.WORKS_SCHEDULED, Status.WORKS_DONE)


@dataclass(frozen=True)
class Occasion:
    """A world, and the call that is looked at in it."""

    about: str
    enter: Callable[[Rehearsal], Begun]
    at: datetime = TUESDAY


def press(rehearsal: Rehearsal, begun: Begun, *moves: str) -> Begun:
    """Answer question after question: keys, ``-`` nothing, ``~`` seven seconds of speech."""
    party, answer = begun
    for move in moves:
        form = {"Digits": move.removesuffix("#")}
        if move == "-":
            form = {}
        elif move == "~":
            form = {"Digits": "#", "RecordingSid": "RE" + "1" * 32, "RecordingDuration": "7"}
        answer = rehearsal.reply(party, answer, **form)
    return party, answer


# -- worlds ------------------------------------------------------------------------------------------------


def _case_at(rehearsal: Rehearsal, wanted: Status, *problems: Category) -> int:
    """A case of the known owner that has come so far; its id."""
    now = rehearsal.clock.now()
    with rehearsal.store.transaction() as session:
        case = scenes.reported(session, "1204", now)
        for problem in problems:
            cases.add_requirement(session, case, problem, by=events.API, now=now)
        for step in _LIFE[1 : _LIFE.index(wanted) + 1]:
            _go_on(session, case, step, now)
        return case.id


def _go_on(session: Session, case: Case, to: Status, now: datetime) -> None:
    match to:
        case Status.VISIT_SCHEDULED:
            visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by=events.API)
        case Status.INSPECTED:
            verdicts = [Result(each.id, covered=True) for each in visits.waiting(case)]
            inspection.record(session, case, verdicts, by=events.API, now=now)
        case Status.WORKS_SCHEDULED:
            works.book(session, case, works.offers(session, case, now=now)[0].key, now=now, by=events.API)
        case Status.WORKS_DONE:
            inspection.works_done(session, case, "Camila", None, by=events.API, now=now)


def _call_owner(rehearsal: Rehearsal, purpose: CallPurpose, case_id: int) -> None:
    """The owner's telephone rings."""
    now = rehearsal.clock.now()
    with rehearsal.store.transaction() as session:
        case = cases.lock(session, case_id)
        date = case.appointments[-1] if case.appointments else None
        outbound.plan(session, purpose, case, settings=rehearsal.settings, now=now, appointment=date)
        dialling.pick(session, settings=rehearsal.settings, now=now)
    rehearsal.work("place")


def _called(
    purpose: CallPurpose, status: Status, *problems: Category, answers: tuple[str, ...] = ()
) -> Callable[[Rehearsal], Begun]:
    """An owner who picks up an automated call."""

    def enter(rehearsal: Rehearsal) -> Begun:
        _call_owner(rehearsal, purpose, _case_at(rehearsal, status, *problems))
        return press(rehearsal, rehearsal.picks_up(), *answers)

    return enter


def _dialled(
    from_: str, *moves: str, before: Callable[[Rehearsal], object] = lambda _: None
) -> Callable[[Rehearsal], Begun]:
    """Somebody who calls, in a world that ``before`` makes."""

    def enter(rehearsal: Rehearsal) -> Begun:
        before(rehearsal)
        return press(rehearsal, rehearsal.dial(from_), *moves)

    return enter


def _with_case(status: Status) -> Callable[[Rehearsal], object]:
    return lambda rehearsal: _case_at(rehearsal, status)


def _in_scene(prepare: Callable[..., None]) -> Callable[[Rehearsal], object]:
    return lambda rehearsal: prepare(rehearsal.store, rehearsal.clock.now())


def _cut_short(rehearsal: Rehearsal) -> None:
    begun = press(rehearsal, rehearsal.dial(KNOWN), *_TO_THE_VISITS)
    rehearsal.hangs_up(begun[0])
    rehearsal.clock.forward(timedelta(minutes=10))


def _closed(rehearsal: Rehearsal) -> Begun:
    """An owner who asks for a case that is closed; it is none of their open ones, so they give its number."""
    case_id = _case_at(rehearsal, Status.WORKS_DONE)
    _call_owner(rehearsal, CallPurpose.SATISFACTION, case_id)
    owner, _ = press(rehearsal, rehearsal.picks_up(), "1", "1")
    rehearsal.hangs_up(owner)
    with rehearsal.store.reading() as session:
        number = session.get_one(Case, case_id).number
    return press(rehearsal, rehearsal.dial(KNOWN), "3", number, "1204")


def _settled(rehearsal: Rehearsal) -> Begun:
    """What the call was to ask has come about while the telephone rang."""
    case_id = _case_at(rehearsal, Status.INSPECTED)
    _call_owner(rehearsal, CallPurpose.WORKS, case_id)
    with rehearsal.store.transaction() as session:
        now = rehearsal.clock.now()
        _go_on(session, cases.lock(session, case_id), Status.WORKS_SCHEDULED, now)
    return press(rehearsal, rehearsal.picks_up(), "1")


def _machine(rehearsal: Rehearsal) -> Begun:
    """A voicemail answers, and the carrier says so."""
    _call_owner(rehearsal, CallPurpose.WORKS, _case_at(rehearsal, Status.INSPECTED))
    party, _ = rehearsal.picks_up()
    now = rehearsal.clock.now()
    with rehearsal.store.transaction() as session:
        row = session.query(CallRow).filter(CallRow.sid == party.sid).one()
        outbound.machine_answered(session, row, "machine_end_beep", now)
    rehearsal.work("machine")
    return party, rehearsal.arrives(party)


# -- agents ------------------------------------------------------------------------------------------------


def _rung(rehearsal: Rehearsal, *moves: str) -> Begun:
    """A caller waits, and an agent's telephone rings; the caller."""
    begun = press(rehearsal, rehearsal.dial(KNOWN), *moves)
    rehearsal.work("ring")
    return begun


def _agent(rehearsal: Rehearsal) -> Begun:
    _rung(rehearsal, "0")
    return rehearsal.picks_up()


def _agent_of_urgency(rehearsal: Rehearsal) -> Begun:
    _rung(rehearsal, "1", "1", "1")
    return rehearsal.picks_up()


def _agent_whose_caller_left(rehearsal: Rehearsal) -> Begun:
    caller, _ = _rung(rehearsal, "1", "1", "1")
    rehearsal.hangs_up(caller)
    return rehearsal.picks_up()


def _agent_too_late(rehearsal: Rehearsal) -> Begun:
    caller, _ = _rung(rehearsal, "0")
    rehearsal.hangs_up(caller)
    return rehearsal.picks_up()


def _caller_fetched(rehearsal: Rehearsal) -> Begun:
    """An agent took the call, and the caller comes to them."""
    caller, _ = _rung(rehearsal, "0")
    press(rehearsal, rehearsal.picks_up(), "1")
    rehearsal.work("connect")
    return caller, rehearsal.arrives(caller)


def _caller_left_alone(rehearsal: Rehearsal) -> Begun:
    """The agent took the call, and hung up before the caller came."""
    caller, _ = _rung(rehearsal, "0")
    agent, _ = press(rehearsal, rehearsal.picks_up(), "1")
    rehearsal.work("connect")
    rehearsal.arrives(caller)
    rehearsal.hangs_up(agent)
    rehearsal.clock.forward(timedelta(seconds=30))
    rehearsal.work("connect")
    return caller, rehearsal.arrives(caller)


def _called_back(rehearsal: Rehearsal) -> Begun:
    """Somebody left the queue for a call back, and is rung before any agent."""
    begun = press(rehearsal, rehearsal.dial(STRANGER), "0")
    rehearsal.leaves_queue(*begun, "waiting.announce", Digits="1", QueueTime="10")
    caller, _ = press(rehearsal, begun, "-", "1")
    rehearsal.hangs_up(caller)
    rehearsal.work()
    return rehearsal.picks_up()


def _talking(rehearsal: Rehearsal) -> tuple[Begun, Begun]:
    """A caller and an agent who talk."""
    caller, _ = _rung(rehearsal, "0")
    agent = press(rehearsal, rehearsal.picks_up(), "1")
    rehearsal.work("connect")
    return (caller, rehearsal.arrives(caller)), agent


def _colleague_asked(rehearsal: Rehearsal) -> Begun:
    """The agent asks a colleague into the talk; the colleague's telephone."""
    (caller, _), _agent_too = _talking(rehearsal)
    with rehearsal.store.transaction() as session:
        talk = talks.of_call(session, caller.sid)
        free = session.scalars(select(Agent).where(Agent.presence == Presence.AVAILABLE)).first()
        if free is not None:
            now = rehearsal.clock.now()
            transfers.consult(session, talk, free, settings=rehearsal.settings, now=now)
    rehearsal.work()
    return rehearsal.picks_up()


def _handed_back(rehearsal: Rehearsal) -> Begun:
    """The agent hands the caller on to whoever comes next."""
    (caller, _), _agent_too = _talking(rehearsal)
    with rehearsal.store.transaction() as session:
        talk, now = talks.of_call(session, caller.sid), rehearsal.clock.now()
        transfers.to_queue(session, talk, Skill.STANDARD, settings=rehearsal.settings, now=now)
    rehearsal.work()
    return caller, rehearsal.arrives(caller)


def _agent_left_alone(rehearsal: Rehearsal) -> Begun:
    """The caller hung up while the agent pressed the key."""
    caller, _ = _rung(rehearsal, "1", "1", "1")
    agent = press(rehearsal, rehearsal.picks_up(), "1")
    rehearsal.hangs_up(caller)
    rehearsal.work("connect")
    return agent[0], rehearsal.arrives(agent[0])


def _owner_rung(rehearsal: Rehearsal) -> Begun:
    """An agent rings an owner who is not on the line any more; the agent."""
    agent = press(rehearsal, _agent_whose_caller_left(rehearsal), "1")
    rehearsal.work("dial")
    return agent


def _owner(rehearsal: Rehearsal) -> Begun:
    _owner_rung(rehearsal)
    return rehearsal.picks_up()


def _agent_whose_owner_is_not_there(rehearsal: Rehearsal) -> Begun:
    agent, _ = _owner_rung(rehearsal)
    sid, call = rehearsal.exchange.placed[-1]
    rehearsal.hangs_up(Party(call.from_, call.to, outbound=True, sid=sid), "no-answer")
    rehearsal.work()
    return agent, rehearsal.arrives(agent)


OCCASIONS = (
    Occasion("somebody whom the register does not know", _dialled(STRANGER)),
    Occasion("an owner at the menu", _dialled(KNOWN)),
    Occasion("an owner of several homes at the menu", _dialled(LANDLORD)),
    Occasion("an owner with a request at the menu", _dialled(KNOWN, before=_with_case(Status.OPEN))),
    Occasion("an owner", _dialled(KNOWN, "2")),
    Occasion("an owner with an urgency", _dialled(KNOWN, "1")),
    Occasion("an owner of several homes", _dialled(LANDLORD, "2")),
    Occasion("somebody who withholds the number", _dialled(WITHHELD)),
    Occasion("an urgency of somebody who withholds the number", _dialled(WITHHELD, "1", "1")),
    Occasion("at night", _dialled(STRANGER), NIGHT),
    Occasion("nobody in the office", _dialled(STRANGER, before=_in_scene(scenes.office_empty))),
    Occasion("no visit left", _dialled(KNOWN, *_TO_THE_VISITS, before=_in_scene(scenes.no_visit_left))),
    Occasion("a call that was cut short", _dialled(KNOWN, before=_cut_short)),
    Occasion("a request without a date", _dialled(KNOWN, "3", before=_with_case(Status.OPEN))),
    Occasion("a request with a visit ahead", _dialled(KNOWN, "3", before=_with_case(Status.VISIT_SCHEDULED))),
    Occasion("a request with works ahead", _dialled(KNOWN, "3", before=_with_case(Status.WORKS_SCHEDULED))),
    Occasion("a request that is closed", _closed),
    Occasion("two wrong pairs", _dialled(STRANGER, "3", "1234567#", "1#", "1234567#", "1#", "1234567#")),
    Occasion("a call for a works date", _called(CallPurpose.WORKS, Status.INSPECTED, Category.DOORS)),
    Occasion("what was asked for has come about", _settled),
    Occasion("a machine answers", _machine),
    Occasion("a satisfaction call about one thing", _called(CallPurpose.SATISFACTION, Status.WORKS_DONE)),
    Occasion(
        "a satisfaction call about two things",
        _called(CallPurpose.SATISFACTION, Status.WORKS_DONE, Category.DOORS, answers=("1", "2")),
    ),
    Occasion("a reminder of a visit", _called(CallPurpose.REMINDER, Status.VISIT_SCHEDULED)),
    Occasion("a reminder of works", _called(CallPurpose.REMINDER, Status.WORKS_SCHEDULED)),
    Occasion("an agent's telephone", _agent),
    Occasion("an agent's telephone, for an urgency", _agent_of_urgency),
    Occasion("an agent whose caller has hung up", _agent_whose_caller_left),
    Occasion("an agent for whom it is too late", _agent_too_late),
    Occasion("a caller whom an agent took", _caller_fetched),
    Occasion("a caller whose agent has hung up", _caller_left_alone),
    Occasion("somebody who is called back", _called_back),
    Occasion("a colleague who is asked into a talk", _colleague_asked),
    Occasion("a caller who is handed on", _handed_back),
    Occasion("an agent whose caller hung up at the last moment", _agent_left_alone),
    Occasion("an owner whom an agent rings", _owner),
    Occasion("an agent whose owner does not answer", _agent_whose_owner_is_not_there),
)
