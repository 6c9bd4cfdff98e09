"""How cases are found again: by id, number, contact, and in lists."""

from sqlalchemy import CompoundSelect, Select, bindparam, func, or_, select, union
from sqlalchemy.orm import Session, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from ivr.aftersales import pages
from ivr.aftersales.life import ENDED, Status
from ivr.errors import Invalid, NotFound
from ivr.store.kept import Kept, Row, Rows
from ivr.store.tables import Case, CaseContact, Home, Project

#: Where a session notes the project whose diary it has locked.
HELD_PROJECT = "held_project"


def lock(session: Session, case_id: int) -> Case:
    """The case as it stands now, locked until the transaction ends, with project and home; one SELECT.

    Raises NotFound.
    """
    case, (home,) = _locked(session, _LOCKED, case_id)
    set_committed_value(case, "home", _HOMES.place_if(session, home))
    return case


def lock_with_contacts(session: Session, case_id: int) -> Case:
    """As `lock`, with the contacts instead of the home, in one SELECT."""
    case, rows = _locked(session, _LOCKED_WITH_CONTACTS, case_id)
    contacts = [_CONTACTS.place_if(session, row) for row in rows]
    set_committed_value(case, "contacts", [contact for contact in contacts if contact is not None])
    return case


def lock_diary(session: Session, case_id: int) -> Case:
    """As `lock`, without the home, and with the project locked too, in one SELECT: what
    `ivr.aftersales.agenda.hold` would do.

    A case whose project is not known is locked alone.
    """
    try:
        case, _ = _locked(session, _LOCKED_WITH_DIARY, case_id)
    except NotFound:
        return lock(session, case_id)
    session.info[HELD_PROJECT] = case.project_id
    return case


def get(session: Session, number: str, *, locked: bool = False) -> Case:
    """The case of that number, with project and home; ``locked``, as `lock` does. Raises NotFound."""
    wanted = _with_place().where(Case.number == number)
    if locked:
        wanted = wanted.with_for_update(key_share=True, of=Case).execution_options(populate_existing=True)
    case = session.scalars(wanted).one_or_none()
    if case is None:
        raise NotFound(f"there is no case {number}")
    return case


def confirm_pair(session: Session, number: str, apartment_digits: str) -> Case | None:
    """The case of that number if its home's number has these digits; which was wrong is not told."""
    wanted = (
        select(Case)
        .join(Case.home)
        .where(Case.number == number, Home.digits == apartment_digits, Home.digits != "")
        .options(contains_eager(Case.home), joinedload(Case.project))
    )
    return session.scalars(wanted).one_or_none()


def open_of_contact(session: Session, phone: str) -> list[Case]:
    """Open cases with this number as a contact: at most two, enough to know whether it is exactly one."""
    wanted = (
        _with_place()
        .join(Case.contacts)
        .where(CaseContact.phone == phone, Case.status.not_in(ENDED))
        .order_by(Case.id.desc())
        .limit(2)
    )
    return list(session.scalars(wanted))


def page(
    session: Session,
    *,
    status: str | None = None,
    project: str | None = None,
    phone: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Case], str | None]:
    """Cases, newest first, and the cursor of the next page.

    ``project`` is a code; ``q`` begins a case number, is an apartment's number, or is part of an owner's
    name. Raises Invalid for an unknown status or a cursor that no page gave.
    """
    wanted = _with_place()
    if status is not None:
        if status not in set(Status):
            raise Invalid("unknown status", {"status": f"expected one of {', '.join(Status)}"})
        wanted = wanted.where(Case.status == status)
    if project is not None:
        wanted = wanted.where(Case.project_id.in_(select(Project.id).where(Project.code == project)))
    if phone is not None:
        wanted = wanted.where(Case.id.in_(select(CaseContact.case_id).where(CaseContact.phone == phone)))
    if q is not None and q.strip():
        wanted = wanted.where(Case.id.in_(_found_by(q.strip())))
    return pages.read(session, wanted, (Case.id,), cursor, limit, newest_first=True)


def _with_place() -> Select[Case]:
    """Cases joined with project and home, so that neither costs a query of its own."""
    home = joinedload(Case.home)
    return select(Case).options(joinedload(Case.project), home.lazyload(Home.project))


# --- what webhooks lock with: a case and its project side by side in a row, then a home or a contact -------

CASES, _PROJECTS, _HOMES, _CONTACTS = Rows(Case), Rows(Project), Rows(Home), Rows(CaseContact)
_PROJECT = len(CASES.columns)
_MORE = _PROJECT + len(_PROJECTS.columns)

_THE_CASE = select(*CASES.columns, *_PROJECTS.columns).where(Case.id == bindparam("case_id"))
_LOCKED = Kept(
    _THE_CASE.add_columns(*_HOMES.columns)
    .outerjoin(Case.project)
    .outerjoin(Case.home)
    .with_for_update(key_share=True, of=Case)
)
_LOCKED_WITH_CONTACTS = Kept(
    _THE_CASE.add_columns(*_CONTACTS.columns)
    .outerjoin(Case.project)
    .outerjoin(Case.contacts)
    .order_by(CaseContact.id)
    .with_for_update(key_share=True, of=Case)
)
_LOCKED_WITH_DIARY = Kept(_THE_CASE.join(Case.project).with_for_update(key_share=True, of=[Case, Project]))


def _locked(session: Session, statement: Kept, case_id: int) -> tuple[Case, list[Row]]:
    """The case, and of each row what comes after its project."""
    rows = statement.run(session, case_id=case_id).rows
    if not rows:
        raise NotFound(f"there is no case with the id {case_id}")
    case = CASES.place(session, rows[0])
    set_committed_value(case, "project", _PROJECTS.place_if(session, rows[0][_PROJECT:]))
    return case, [row[_MORE:] for row in rows]


def _found_by(words: str) -> CompoundSelect[int]:
    homes = select(Home.id).where(
        or_(
            func.lower(Home.number) == words.lower(),
            Home.digits == words,
            Home.owner.icontains(words, autoescape=True),
        )
    )
    return union(
        select(Case.id).where(Case.number.startswith(words, autoescape=True)),
        select(Case.id).where(Case.home_id.in_(homes)),
    )
