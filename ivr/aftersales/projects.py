"""Projects: buildings and estates, and how a caller names one by keys or by voice."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ivr.aftersales import pages
from ivr.aftersales.calendar import BusinessCalendar, UnknownRegion, UnknownTimezone
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.jobs import JobKind, insert_for, schedule
from ivr.store.tables import Project

DEFAULT_TIMEZONE = "America/Santiago"
#: Letters that a caller must press at least for a name to be looked for.
FEWEST_LETTERS = 3
#: What a caller may choose from by one key, keys 1 to 8.
MOST_CHOICES = 8

_T9 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_CODE = re.compile(r"[0-9]{1,6}")
_LONGEST_NAME = 120
#: A recogniser takes so many hints of so many characters (Twilio, Gather: hints).
_MOST_HINTS, _LONGEST_HINT = 500, 100
#: Words that stand before many names and tell none from another.
_GENERIC = frozenset(
    {
        "CONDOMINIO",
        "CONJUNTO",
        "EDIFICIO",
        "PARQUE",
        "PROYECTO",
        "TORRE",
        "EL",
        "LA",
        "LOS",
        "LAS",
        "DE",
        "DEL",
    }
)
#: Words that people say before a project's code.
_BEFORE_A_CODE = frozenset({"CODIGO", "EL", "ES", "NUMERO", "PROYECTO"})
#: Likeness of words, 0 to 100: sure, and worth asking about; and how far ahead the sure one must be.
_SURE, _PERHAPS, _AHEAD = 88, 65, 10


def create(
    session: Session,
    *,
    code: str,
    name: str,
    weekday: int,
    region: str | None = None,
    timezone: str | None = None,
    slot_minutes: int = 30,
    inspectors: int = 1,
    crews: int = 1,
    received_on: date | None = None,
    now: datetime,
) -> Project:
    """A new project. Raises Invalid with all faults, Duplicate if the code is taken."""
    fields: dict[str, object] = {
        "code": code,
        "name": name,
        "weekday": weekday,
        "region": region,
        "timezone": timezone or DEFAULT_TIMEZONE,
        "slot_minutes": slot_minutes,
        "inspectors": inspectors,
        "crews": crews,
        "received_on": received_on,
    }
    _check(fields)
    fresh = insert_for(session, Project).values(**fields, keypad_name=keypad_letters(name), created_at=now)
    fresh = fresh.on_conflict_do_nothing(index_elements=["code"])
    project: Project | None = session.scalars(fresh.returning(Project)).one_or_none()
    if project is None:
        raise Duplicate(f"there is a project {code} already")
    schedule(session, JobKind.NAME, project.id, now)
    return project


def update(session: Session, project: Project, *, now: datetime, **fields: object) -> None:
    """Change fields of `create`, all but the code. Raises Invalid with all faults, and changes nothing then.

    A lower capacity keeps what is booked; it only stops further booking.
    """
    _check(fields, changing=True)
    renamed = fields.get("name", project.name) != project.name
    for field, value in fields.items():
        setattr(project, field, value)
    project.keypad_name = keypad_letters(project.name)
    session.flush()
    if renamed:
        schedule(session, JobKind.NAME, project.id, now)


def zone(project: Project | None) -> ZoneInfo:
    """The clocks that a case's owner goes by; those of most of the country where its project is not known."""
    return ZoneInfo(project.timezone if project else DEFAULT_TIMEZONE)


def get(session: Session, code: str) -> Project:
    """The project of that code. Raises NotFound."""
    project = session.scalars(select(Project).where(Project.code == code)).one_or_none()
    if project is None:
        raise NotFound(f"there is no project {code}")
    return project


def page(session: Session, cursor: str | None = None, limit: int = 50) -> tuple[list[Project], str | None]:
    """Projects in the order in which they were created, and the cursor of the next page."""
    return pages.read(session, select(Project), (Project.id,), cursor, limit)


def directory(session: Session) -> list[Project]:
    """All projects by name: a developer has tens or hundreds of them, of which a person chooses one."""
    return sorted(session.scalars(select(Project)), key=_by_name)


def of_ids(session: Session, ids: Sequence[int]) -> list[Project]:
    """The projects of these ids, in their order; one that is gone is left out."""
    found = session.scalars(select(Project).where(Project.id.in_(ids)))
    return sorted(found, key=lambda project: ids.index(project.id))


def by_keypad(session: Session, digits: str) -> list[Project]:
    """Projects that the digits mean: the one of that code, else those whose name begins so on a keypad.

    In the order of their names; one more than can be chosen from at most, which asks for more letters.
    """
    meant = Project.code == digits
    if len(digits) >= FEWEST_LETTERS:
        meant = or_(meant, Project.keypad_name.startswith(digits))
    found = session.scalars(select(Project).where(meant)).all()
    coded = [project for project in found if project.code == digits]
    return coded or sorted(found, key=_by_name)[: MOST_CHOICES + 1]


def by_speech(session: Session, words: str) -> list[Project]:
    """Projects that the words may mean, likeliest first: one if sure, at most eight if not, or none.

    A code that is said (the recogniser writes figures) counts as one that is pressed.
    """
    split = re.findall(r"\w+", _plain(words))
    figures = "".join(word for word in split if word.isdigit())
    if figures and all(word.isdigit() or word in _BEFORE_A_CODE for word in split):
        return by_keypad(session, figures)
    said = _telling(words)
    if not said:
        return []
    likeness = [
        (fuzz.token_sort_ratio(said, name), fuzz.token_set_ratio(said, name), project)
        for project in session.scalars(select(Project))
        if (name := _telling(project.name))
    ]
    ranked = sorted(
        ((max(whole, part - 1), project) for whole, part, project in likeness),
        key=lambda pair: (-pair[0], _by_name(pair[1])),
    )
    near = [(score, project) for score, project in ranked if score >= _PERHAPS][:MOST_CHOICES]
    if near and near[0][0] >= _SURE and (len(near) == 1 or near[1][0] <= near[0][0] - _AHEAD):
        return [near[0][1]]
    return [project for _, project in near]


def keypad_letters(name: str) -> str:
    """The name as pressed on a keypad (T9): Ñ as N, accents and blanks ignored, figures as they are."""
    return re.sub(r"[^0-9]", "", _plain(name).translate(_T9))


def hints(session: Session) -> tuple[str, ...]:
    """Names that the recogniser should expect, within what it takes."""
    names = session.scalars(select(Project.name).order_by(Project.id).limit(_MOST_HINTS))
    return tuple(" ".join(re.sub(r"[^\w\s]", " ", name).split())[:_LONGEST_HINT] for name in names)


def _plain(words: str) -> str:
    """In capitals, without accents: what is left of Ñ is N."""
    apart = unicodedata.normalize("NFD", words.upper())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _telling(words: str) -> str:
    """The words that tell one name from another; all of them if there is no such word."""
    split = re.findall(r"\w+", _plain(words))
    return " ".join([word for word in split if word not in _GENERIC] or split)


def _by_name(project: Project) -> tuple[str, int]:
    return _plain(project.name), project.id


def _check(fields: Mapping[str, object], *, changing: bool = False) -> None:
    """Raise Invalid naming every field that is wrong or, when ``changing``, not there to be changed."""
    checks: dict[str, Callable[[object], str | None]] = {
        "code": _code_fault,
        "name": _name_fault,
        "weekday": lambda value: _count_fault(value, 1, 5, " (Monday to Friday)"),
        "region": _region_fault,
        "timezone": _timezone_fault,
        "slot_minutes": lambda value: _count_fault(value, 5, 270, " minutes (no span of the grid is longer)"),
        "inspectors": lambda value: _count_fault(value, 1, 100),
        "crews": lambda value: _count_fault(value, 1, 100),
        "received_on": lambda value: None if value is None or isinstance(value, date) else "expected a date",
    }
    if changing:
        del checks["code"]
    faults = {
        field: fault
        for field, value in fields.items()
        if (fault := checks[field](value) if field in checks else "cannot be changed")
    }
    if faults:
        raise Invalid("the project has wrong fields", faults)


def _code_fault(value: object) -> str | None:
    return None if isinstance(value, str) and _CODE.fullmatch(value) else "expected 1 to 6 digits"


def _name_fault(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_NAME:
        return f"expected 1 to {_LONGEST_NAME} characters"
    if not keypad_letters(value):
        return "expected letters that a keypad has"
    return None


def _count_fault(value: object, least: int, most: int, what: str = "") -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return None
    return f"expected {least} to {most}{what}"


def _region_fault(value: object) -> str | None:
    try:
        BusinessCalendar(value, DEFAULT_TIMEZONE)  # type: ignore[arg-type] # it refuses what is no region
    except UnknownRegion as error:
        return str(error)
    return None


def _timezone_fault(value: object) -> str | None:
    try:
        BusinessCalendar(None, str(value))
    except UnknownTimezone as error:
        return str(error)
    return None
