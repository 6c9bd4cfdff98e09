"""How agents find cases: by filters, and by whatever a caller knows, in lists whose cost does not grow.

A search is split into the few things that its words may mean, each of which has an index in the order of the
list; of each only one page is read. So a page costs the same however many cases there are.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, or_, select, text, union
from sqlalchemy.orm import Session, joinedload, selectinload

from ivr.aftersales import numbers, pages
from ivr.aftersales.life import AppointmentStatus, Channel, Priority, Status
from ivr.store.tables import Appointment, Case, CaseContact, Home, HomePhone, Project, Task
from ivr.store.tables.cases import ENDED_WORDS
from ivr.store.tables.places import OWNER_WORDS
from ivr.store.tables.work import ALARM_KINDS

#: Homes whose owner's name fits, of which the cases are looked for; more than these are too many to be meant.
MOST_HOMES = 100
#: Projects whose name fits.
MOST_PROJECTS = 8
#: A case number is looked for by its beginning from so many digits on.
FEWEST_DIGITS = 3
#: Letters of a word that is looked for in names.
FEWEST_LETTERS = 2
_MOST_WORDS = 5

_ACCENTED = {"a": "á", "e": "é", "i": "í", "o": "ó", "u": "úü", "n": "ñ"}


@dataclass(frozen=True)
class Wanted:
    """Which cases are listed: all that is given holds at once."""

    status: Status | None = None
    #: Only those that have not ended.
    unended: bool = False
    priority: Priority | None = None
    channel: Channel | None = None
    #: A project's code.
    project: str | None = None
    #: Only those of which a term has run out (`ivr.aftersales.deadlines`) and nobody has seen to it.
    overdue: bool = False
    #: The beginning of a case number, a telephone in any writing, a project, or an owner's name.
    words: str = ""


@dataclass(frozen=True)
class Found:
    """A page of cases, newest first, with what a list shows of them."""

    cases: Sequence[Case]
    #: The cursor of the next page; None after the last.
    next: str | None
    #: The ids of those of which a term has run out.
    overdue: frozenset[int]
    #: The next date of each that has one, by the case's id.
    dates: dict[int, Appointment]
    #: Whether the name fits more homes than are looked through.
    too_many: bool = False


def page(
    session: Session, wanted: Wanted, *, now: datetime, cursor: str | None = None, limit: int = 50
) -> Found:
    """The cases that are wanted, and the cursor of the next page.

    Raises Invalid for a cursor that no page gave.
    """
    filters = list(_filters(session, wanted))
    meanings, too_many = _meanings(session, wanted.words.strip())
    found = select(Case).options(
        joinedload(Case.project),
        joinedload(Case.home).lazyload(Home.project),
        joinedload(Case.follows).load_only(Case.number),
        selectinload(Case.requirements),
    )
    beyond = pages.before(Case.id, cursor)
    if wanted.overdue and meanings is None:
        filters.append(Case.id.in_(_page_of_alarms(filters, beyond, limit)))
    elif wanted.overdue:
        filters.append(Case.id.in_(select(Task.case_id).where(_ALARMING)))
    if meanings is not None:
        branches = [_page_of(meaning, filters, beyond, limit) for meaning in meanings]
        found = found.where(Case.id.in_(union(*branches)) if branches else false())
    else:
        found = found.where(*filters)
    cases, following = pages.read(session, found, (Case.id,), cursor, limit, newest_first=True)
    ids = [case.id for case in cases]
    return Found(cases, following, _overdue(session, ids), _dates(session, ids, now), too_many)


def is_overdue(session: Session, case: Case) -> bool:
    """Whether a term of the case has run out, and nobody has seen to it."""
    return bool(_overdue(session, [case.id]))


def _filters(session: Session, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.status is not None:
        yield Case.status == wanted.status
    if wanted.unended:
        narrowed = wanted.project is not None or wanted.words.strip()
        yield _GOING_ON if narrowed else _GOING_ON_ANYWHERE
    if wanted.priority is not None:
        yield Case.priority == wanted.priority
    if wanted.channel is not None:
        yield Case.channel == wanted.channel
    if wanted.project is not None:
        yield Case.project_id.in_(session.scalars(_coded(wanted.project)).all())


def _page_of(
    meaning: ColumnElement[bool],
    filters: Sequence[ColumnElement[bool]],
    beyond: ColumnElement[bool],
    limit: int,
) -> Select[int]:
    """The ids of the first cases of which that holds: enough for a page, and to know that there is a next."""
    first = select(Case.id).where(meaning, *filters, beyond).order_by(Case.id.desc()).limit(limit + 1)
    return select(first.subquery().c.id)


def _page_of_alarms(
    filters: Sequence[ColumnElement[bool]], beyond: ColumnElement[bool], limit: int
) -> Select[int]:
    """As `_page_of`, of the cases that have an alarm; read in the order of the alarms' own index."""
    alarms = select(Task.case_id).join(Case, Case.id == Task.case_id).where(_ALARMING, *filters, beyond)
    first = alarms.distinct().order_by(Task.case_id.desc()).limit(limit + 1).subquery()
    return select(first.c.case_id)


# With the very words of these rows' indexes: PostgreSQL uses them only where it can prove that they fit.
_ALARMING = and_(
    Task.state == literal_column("'open'"),
    Task.kind.in_([literal_column(f"'{kind}'") for kind in ALARM_KINDS]),
)
#: What has not ended, said in two ways that always agree. Each has the words of one index, so that what goes
#: on in one project, which may be little, is not sought among all that goes on.
_GOING_ON_ANYWHERE = Case.closed_at.is_(None)
_GOING_ON = Case.status.not_in([literal_column(f"'{word}'") for word in ENDED_WORDS])


def _meanings(session: Session, words: str) -> tuple[list[ColumnElement[bool]] | None, bool]:
    """What the words may mean, None if there are none; and whether a name fits too many homes."""
    if not words:
        return None, False
    if re.fullmatch(r"[\d\s()+.-]+", words):
        return list(_by_digits(session, re.sub(r"\D", "", words))), False
    named = _by_project(session, words)
    homes = _homes_of(session, words)
    if homes:
        named.append(Case.home_id.in_(homes[:MOST_HOMES]))
    return named, len(homes) > MOST_HOMES


def _by_digits(session: Session, digits: str) -> Iterator[ColumnElement[bool]]:
    if len(digits) >= FEWEST_DIGITS:
        # A range, because an index serves it whatever the database's collation; digits sort alike in all.
        yield and_(Case.number >= digits, Case.number < f"{digits}:")
    yield from (Case.project_id == found for found in session.scalars(_coded(digits)))
    phone = _telephone(digits)
    if phone is not None:
        contacts = select(CaseContact.case_id).where(CaseContact.phone == phone)
        homes = select(HomePhone.home_id).where(HomePhone.phone == phone)
        yield Case.id.in_(contacts)
        yield Case.home_id.in_(homes)


def _coded(code: str) -> Select[int]:
    return select(Project.id).where(Project.code == code)


def _telephone(digits: str) -> str | None:
    """The number in E.164 that these digits are, also without the 9 of a mobile, as it was written once."""
    for written in (digits, f"9{digits}" if len(digits) == 8 else ""):
        try:
            return numbers.written(written, ())
        except numbers.Unusable:
            continue
    return None


def _by_project(session: Session, words: str) -> list[ColumnElement[bool]]:
    """The projects whose name has these letters, in any writing: there are few enough to look at all."""
    letters = _plain(words)
    known = session.execute(select(Project.id, Project.name).order_by(Project.name)).all()
    fitting = [row.id for row in known if letters in _plain(row.name)]
    return [Case.project_id == project_id for project_id in fitting[:MOST_PROJECTS]]


def _homes_of(session: Session, words: str) -> Sequence[int]:
    """Homes whose owner's name has a word that begins with each of these, however its accents are written."""
    begun = [word for word in re.findall(r"[^\W\d_]+", _plain(words)) if len(word) >= FEWEST_LETTERS]
    if not begun:
        return []
    wanted = select(Home.id).limit(MOST_HOMES + 1)
    spellings = [_spellings(word) for word in begun[:_MOST_WORDS]]
    if session.get_bind().dialect.name == "postgresql":
        asked = " & ".join(f"({' | '.join(f'{each}:*' for each in some)})" for some in spellings)
        fits = OWNER_WORDS.op("@@")(func.to_tsquery(text("'simple'"), asked))
        return session.scalars(wanted.where(fits)).all()
    # SQLite knows small from capital letters only where they have no accent.
    written = [[*some, *(each.capitalize() for each in some)] for some in spellings]
    begins = [
        or_(*(or_(Home.owner.istartswith(each), Home.owner.icontains(f" {each}")) for each in some))
        for some in written
    ]
    return session.scalars(wanted.where(*begins)).all()


def _spellings(word: str) -> list[str]:
    """The word as it may be written: a Spanish word has one accent at most, and ñ is often written n."""
    accented = (
        word[:place] + sign + word[place + 1 :]
        for place, letter in enumerate(word)
        for sign in _ACCENTED.get(letter, "")
    )
    return [word, *accented]


def _plain(words: str) -> str:
    """In small letters, without accents, and with single blanks."""
    apart = unicodedata.normalize("NFD", words.lower())
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def _overdue(session: Session, ids: Sequence[int]) -> frozenset[int]:
    alarms = select(Task.case_id).where(_ALARMING, Task.case_id.in_(ids))
    return frozenset(case_id for case_id in session.scalars(alarms) if case_id is not None)


def _dates(session: Session, ids: Sequence[int], now: datetime) -> dict[int, Appointment]:
    """The next date of each of these cases; else the last one, over and without a report."""
    booked = select(Appointment).where(
        Appointment.case_id.in_(ids), Appointment.status == AppointmentStatus.BOOKED
    )
    dates: dict[int, Appointment] = {}
    for each in session.scalars(booked.order_by(Appointment.start.desc())):
        if each.end > now or each.case_id not in dates:
            dates[each.case_id] = each
    return dates
