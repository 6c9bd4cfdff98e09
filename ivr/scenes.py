"""The calls that are written down as transcripts: who calls when, and what they press."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from ivr.aftersales import cases, events, inspection, projects, visits
from ivr.aftersales.case_opening import Reported
from ivr.aftersales.life import Category, Channel, Priority
from ivr.store.session import Store
from ivr.store.tables import Agent, Case
from ivr.switchboard.presence import Presence

SANTIAGO = ZoneInfo("America/Santiago")
TUESDAY_MORNING = datetime(2026, 11, 24, 10, tzinfo=SANTIAGO)
NIGHT = datetime(2026, 11, 24, 3, 12, tzinfo=SANTIAGO)

CAMILA, STRANGER, WITHHELD = "+56991234567", "+56955501234", "anonymous"

#: What a caller does: keys, ``-`` nothing, ``~7`` seven seconds of speech, ``"words"``, ``!`` hanging up.
Moves = tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """A call, and the calls before it that it needs. ``{case}`` in a move is the newest case's number."""

    name: str
    title: str
    about: str
    caller: str
    moves: Moves
    at: datetime = TUESDAY_MORNING
    before: tuple[tuple[str, Moves], ...] = ()
    prepare: Callable[[Store, datetime], None] = lambda _store, _now: None


def no_visit_left(store: Store, now: datetime) -> None:
    """Other owners of Los Aromos have booked every visit of the five business days."""
    with store.transaction() as session:
        project = projects.get(session, "101")
        while slots := visits.all_slots(session, project, now=now):
            for slot in slots:
                visits.book(session, reported(session, "Casa 8", now), slot.key, now=now, by=events.API)


def nothing_covered(store: Store, now: datetime) -> None:
    """A visit to apartment 1204 found nothing that the warranty covers."""
    with store.transaction() as session:
        case = reported(session, "1204", now)
        visits.book(session, case, visits.offers(session, case, now=now)[0].key, now=now, by=events.API)
        results = [
            inspection.Result(found.id, covered=False, note="Condensación") for found in case.requirements
        ]
        inspection.record(session, case, results, by=events.API, now=now)


def office_empty(store: Store, now: datetime) -> None:
    """Every agent has gone home."""
    del now
    with store.transaction() as session:
        session.execute(update(Agent).values(presence=Presence.OFFLINE))


def reported(session: Session, apartment: str, now: datetime) -> Case:
    """A request about that apartment of Los Aromos that came by the API."""
    return cases.create_from_outside(
        session,
        project="101",
        apartment=apartment,
        channel=Channel.WEB,
        priority=Priority.STANDARD,
        contacts=(CAMILA,),
        requirements=(Reported(Category.DAMP),),
        by=events.API,
        now=now,
        own=(),
    )


_REQUEST = ("2", "1", "1", "~12", "1", "2", "1", "1", "1", "1", "!")

SCENES = (
    Scene(
        "urgent-gas-at-night",
        "A gas leak at night",
        "Camila rings at a quarter past three. She hears what to do before anything is asked, is outside"
        " already, and waits with her case number while the on-call agents' telephones ring.",
        CAMILA,
        ("1", "2", "1", "1", "!"),
        at=NIGHT,
    ),
    Scene(
        "gas-still-inside",
        "A gas leak, and the caller is still inside",
        "Nobody keeps this caller on the line: whoever takes the urgency rings her outside.",
        CAMILA,
        ("1", "2", "-"),
        at=NIGHT,
    ),
    Scene(
        "first-time-caller",
        "Somebody who calls for the first time",
        "The register does not know the number: project by letters, apartment by digits.",
        STRANGER,
        ("2", "567#", "2", "1205#", "1", "4", "~9", "1", "2", "1", "1", "1", "1", "-"),
    ),
    Scene(
        "known-caller",
        "A known caller, from the welcome to the visit in twelve keys",
        "The line knows Camila's number and asks only whether it is about her home.",
        CAMILA,
        ("2", "1", "1", "~12", "1", "2", "1", "1", "1", "1", "!"),
    ),
    Scene(
        "wrong-keys",
        "Wrong keys, silence, and a change of mind",
        "Each fault is named and the question comes again; an asterisk leads back.",
        STRANGER,
        (
            "8",
            "-",
            "2",
            "99#",
            "101#",
            "1",
            "12345678901#",
            "1204#",
            "2",
            "*",
            "1",
            "1204#",
            "1",
            "2",
            "~6",
            "1",
            "!",
        ),
    ),
    Scene(
        "spoken-project",
        "A project that is said instead of keyed",
        "What the recogniser heard may mean two projects, so the line asks back. Nobody knows the apartment:"
        " it is read back and accepted.",
        STRANGER,
        ("2", '"los alomos"', "1", "2115#", "1", "3", "~8", "1", "2", "1", "1", "9", "2", "1", "-"),
    ),
    Scene(
        "second-contact",
        "A withheld number, and two numbers to call",
        "A number that the line cannot see is asked for; each that is keyed is read back.",
        WITHHELD,
        (
            "2",
            "101#",
            "1",
            "7#",
            "1",
            "6",
            "-",
            "2",
            "800422727#",
            "987412356#",
            "1",
            "2",
            "222345678#",
            "1",
            "1",
            "1",
            "-",
        ),
    ),
    Scene(
        "no-slot-left",
        "No visit left",
        "Every visit of the five business days is booked. The request stays open, an agent will call, and the"
        " caller may wait for a person.",
        CAMILA,
        ("2", "1", "5", "~7", "1", "2", "1", "1", "-"),
        prepare=no_visit_left,
    ),
    Scene(
        "changing-a-visit",
        "Changing a visit",
        "Camila's number is a contact of one open case, so only the apartment is asked for.",
        CAMILA,
        ("3", "1204#", "1", "9", "2", "1", "-"),
        before=((CAMILA, _REQUEST),),
    ),
    Scene(
        "cancelling-a-date",
        "Cancelling the date",
        "Another telephone: number and apartment together open the case. What was wrong is not told.",
        STRANGER,
        ("3", "{case}#", "1203#", "{case}#", "1204#", "2", "1", "-"),
        before=((CAMILA, _REQUEST),),
    ),
    Scene(
        "disagreement",
        "The owner disagrees",
        "The visit found nothing that the warranty covers. A new request follows; an agent is told.",
        CAMILA,
        ("3", "{case}#", "1204#", "1", "1", "~20", "1", "2", "1", "1", "1", "1", "-"),
        prepare=nothing_covered,
    ),
    Scene(
        "going-on",
        "Going on where the call was cut",
        "The bus went into a tunnel while visits were offered. An hour later they are offered again.",
        CAMILA,
        ("2", "1", "1", "1", "-"),
        before=((CAMILA, ("2", "1", "7", "~5", "1", "2", "1", "1", "!")),),
    ),
    Scene(
        "nobody-there",
        "A person is asked for, and nobody is there",
        "The line offers to call back, and reads the number back.",
        CAMILA,
        ("0", "1", "1"),
        prepare=office_empty,
    ),
)
