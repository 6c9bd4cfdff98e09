"""The job that makes a talk's conference what the records say: who hears whom, what is recorded, who stays.

It first settles what follows where somebody is gone (`ivr.switchboard.departures`), then asks the carrier
for the whole of what is wanted, and writes down what it did: it may be asked for at any time, and done twice.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ivr.aftersales import recordings
from ivr.aftersales.carrier import Seat
from ivr.aftersales.recordings import Purpose
from ivr.errors import CarrierGone
from ivr.links import Links
from ivr.settings import Settings
from ivr.store.jobs import Again, Done
from ivr.store.tables import CallRow, Leg
from ivr.switchboard import departures, guests, moving, queue, talks, transfers, waits
from ivr.switchboard.departures import TABLE, Party, Then
from ivr.switchboard.desk import Desk
from ivr.switchboard.guests import Role
from ivr.switchboard.holding import ON_HOLD, Hold
from ivr.switchboard.supervising import Mode
from ivr.switchboard.talks import Talk
from ivr.switchboard.taping import Tape
from ivr.switchboard.waits import WaitState

GOODBYE = "waiting.talked"  #: the owner is alone: it was their talk's end

#: Whoever is on the way into the room is there by then.
NEXT_LOOK = timedelta(seconds=2)


@dataclass(frozen=True)
class _Wanted:
    """What the carrier is asked for; ``hold`` and ``tape`` as they stood when that was decided."""

    leg_id: int
    room: str
    seats: list[tuple[str, Seat]]
    #: Calls that are to fetch another document; the room stays open when they leave it.
    moves: list[tuple[str, str]]
    owner: CallRow | None
    hold: str | None
    tape: str | None


def arrange(desk: Desk, key: int) -> Done | Again:
    """See to the talk of the leg with the id ``key``."""
    now = desk.clock.now()
    with desk.store.transaction() as session:
        wanted = _plan(session, key, desk.settings, now)
    absent = {sid for sid, seat in wanted.seats if not _seated(desk, wanted.room, sid, seat)}
    for sid, url in wanted.moves:
        _seated(desk, wanted.room, sid, Seat(ends=False))
        _moved(desk, sid, url)
    recording = _tape(desk, wanted)
    with desk.store.transaction() as session:
        outcome = _write_down(session, wanted, absent, recording, now)
    return Again(now + NEXT_LOOK, outcome) if absent else Done(outcome)


def _plan(session: Session, key: int, settings: Settings, now: datetime) -> _Wanted:
    talk = talks.lock(session, key)
    then = _what_follows(talk)
    if then == Then.TAKEN_OVER:
        taken = transfers.take_over(session, talk, talk.present(Role.COLLEAGUE)[0], now=now)
        talk = talks.lock(session, taken.id)
    elif then == Then.BACK_IN_QUEUE:
        guests.dismiss(session, talk.wait, talk.guests, settings=settings, now=now)
        transfers.back_in_queue(session, talk, now=now)
    elif then == Then.OVER:
        _end(session, talk, settings=settings, now=now)
    links = Links(settings.public_url)
    together = talk.owner is not None and _is_of(talk) and then not in {Then.BACK_IN_QUEUE, Then.OVER}
    return _Wanted(
        leg_id=talk.leg.id,
        room=talk.room,
        seats=_seats(talk, links) if together else [],
        moves=_moves(session, talk, links, now),
        owner=talk.owner if together else None,
        hold=talk.leg.hold,
        tape=talk.leg.tape,
    )


def _is_of(talk: Talk) -> bool:
    """Whether the owner is in this leg's talk."""
    return talk.wait.leg_id == talk.leg.id and talk.wait.state in {WaitState.TALKING, WaitState.SERVED}


def _what_follows(talk: Talk) -> Then | None:
    """What the table says of who is gone; None where owner and agent are both there."""
    scene = departures.scene(talk.leg, talk.guests)
    if talk.owner is None:
        return TABLE[scene, Party.OWNER]
    if talk.agent_call is None and _is_of(talk):
        return TABLE[scene, Party.AGENT]
    return None


def _end(session: Session, talk: Talk, *, settings: Settings, now: datetime) -> None:
    guests.dismiss(session, talk.wait, talk.guests, settings=settings, now=now)
    talk.leg.hold = None
    if talk.owner is not None and talk.wait.state == WaitState.TALKING:
        moving.overtake(session, talk.owner, GOODBYE, now)
        queue.end(session, talk.wait, WaitState.SERVED, now)


def _moves(session: Session, talk: Talk, links: Links, now: datetime) -> list[tuple[str, str]]:
    """Owner and agent, where they are bound for another step."""
    moves = []
    agent = talk.calls[talk.leg.call_id]
    for call in (talk.owner, agent if agent.ended_at is None else None):
        step = moving.bound_for(session, call) if call is not None else None
        if call is None or step is None or call.sid is None:
            continue
        turn = moving.overtake(session, call, step, now)
        if turn is not None:
            moves.append((call.sid, links.step(step, turn)))
    return moves


def _seats(talk: Talk, links: Links) -> list[tuple[str, Seat]]:
    """How those take part whose part is, or was, another one than their document's."""
    wanted: list[tuple[CallRow | None, Seat]] = []
    agent, hold = talk.agent_call, talk.leg.hold
    if hold is not None:
        wanted.append((talk.owner, Seat(hold_url=links.hold() if hold in ON_HOLD else None)))
    if agent is not None and (talk.had_guests or talk.leg.room is not None):
        others = talk.present(Role.COLLEAGUE, Role.TECHNICIAN, Role.OUTSIDE)
        wanted.append((agent, Seat(ends=not others)))
    for guest in talk.present(Role.SUPERVISOR):
        coached = agent.sid if agent is not None and guest.mode == Mode.WHISPER else None
        unheard = guest.mode == Mode.LISTEN or (guest.mode == Mode.WHISPER and coached is None)
        wanted.append((talk.calls[guest.call_id], Seat(muted=unheard, coaches=coached, ends=False)))
    return [(call.sid, seat) for call, seat in wanted if call is not None and call.sid is not None]


def _seated(desk: Desk, room: str, sid: str, seat: Seat) -> bool:
    """Ask the carrier. False if they are not in the room."""
    try:
        desk.carrier.seat(room, sid, seat)
    except CarrierGone:
        return False
    return True


def _moved(desk: Desk, sid: str, url: str) -> None:
    with suppress(CarrierGone):  # over already, as its news will say
        desk.carrier.move(sid, url)


def _tape(desk: Desk, wanted: _Wanted) -> str | None:
    """Have the recording paused, gone on with or begun; the sid of one that has begun."""
    sid = wanted.owner.sid if wanted.owner is not None else None
    if sid is None or wanted.tape not in {Tape.PAUSING, Tape.RESUMING, Tape.BEGINNING}:
        return None
    if wanted.tape != Tape.BEGINNING:
        try:
            desk.carrier.tape(wanted.room, sid, wanted.tape == Tape.RESUMING)
        except CarrierGone:
            if wanted.tape == Tape.PAUSING:
                return None  # nothing is being recorded
        else:
            return None
    made = desk.carrier.recordings_of(sid)
    begun = next((each.sid for each in made if each.status in {"in-progress", "paused"}), None)
    try:
        return begun or desk.carrier.record(sid, Links(desk.settings.public_url).recording(Purpose.TALK))
    except CarrierGone:
        return None


_HOLD_DONE = {Hold.HOLDING: Hold.HELD, Hold.RESUMING: None}
_TAPE_DONE = {Tape.PAUSING: Tape.PAUSED, Tape.RESUMING: Tape.ON, Tape.BEGINNING: Tape.ON}


def _write_down(
    session: Session, wanted: _Wanted, absent: Collection[str], recording: str | None, now: datetime
) -> str:
    """What the carrier has done, unless something else was asked for meanwhile; in a word."""
    if wanted.owner is None:
        return "over"
    leg = session.get_one(Leg, wanted.leg_id)
    waits.lock(session, leg.wait_id)
    session.refresh(leg)
    if wanted.owner.sid not in absent and leg.hold == wanted.hold and leg.hold in _HOLD_DONE:
        leg.hold = _HOLD_DONE[Hold(leg.hold)]
    if leg.tape == wanted.tape and leg.tape in _TAPE_DONE:
        leg.tape = _TAPE_DONE[Tape(leg.tape)]
    if recording is not None:
        call = session.get_one(CallRow, wanted.owner.id)
        recordings.expect(session, call, Purpose.TALK, now=now, sid=recording)
    return f"hold {leg.hold or 'none'}, tape {leg.tape or 'none'}, {len(absent)} not in the room"
