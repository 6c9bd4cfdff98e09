"""The register of homes, and those that only a caller's keys say exist."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from ivr.aftersales import numbers, pages
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.jobs import insert_for
from ivr.store.tables import Home, HomePhone, Project

#: Of the homes of one telephone: eight to choose from, and one more to know that there are more.
MOST_OF_PHONE = 9
LONGEST_NUMBER = 40
_LONGEST_OWNER = 120


def create(
    session: Session,
    *,
    project: Project,
    number: str,
    owner: str | None = None,
    phones: Sequence[str] = (),
    verified: bool = True,
    registered_on: date | None = None,
    now: datetime,
    own: Collection[str] = (),
) -> Home:
    """A new home of the register. ``own``: the line's own numbers, which are no owner's.

    A home that so far only a caller's keys said to exist is confirmed by this, and is the one returned.
    Raises Invalid with all faults, Duplicate if the project has a home of that number.
    """
    number = " ".join(number.split())
    check(number, owner, phones, own)
    values = {
        "project_id": project.id,
        "number": number,
        "digits": digits_of(number),
        "owner": owner,
        "verified": verified,
        "registered_on": registered_on,
        "created_at": now,
    }
    home = _insert(session, values)
    if home is None:
        home = _of_number(session, project, number)
        if home.verified or not verified:
            raise Duplicate(f"project {project.code} has a home {number} already")
        home.owner, home.verified, home.registered_on = owner, True, registered_on
    known = {phone.phone for phone in home.phones}
    home.phones.extend(HomePhone(phone=phone) for phone in dict.fromkeys(phones) if phone not in known)
    session.flush()
    return home


def verify(home: Home) -> None:
    """Somebody has made sure that it exists, though so far only a caller's keys said so."""
    home.verified = True


def get(session: Session, project: Project, number: str) -> Home:
    """The home of exactly that number. Raises NotFound."""
    home = session.scalars(_numbered(project, number)).one_or_none()
    if home is None:
        raise NotFound(f"project {project.code} has no home {number}")
    return home


def of_phone(session: Session, phone: str) -> list[Home]:
    """The homes of a telephone number with their projects, in one query; at most `MOST_OF_PHONE`."""
    wanted = (
        select(Home).join(HomePhone).where(HomePhone.phone == phone).order_by(Home.id).limit(MOST_OF_PHONE)
    )
    return list(session.scalars(wanted))


def matching(session: Session, project_id: int, digits: str) -> list[Home]:
    """Homes whose number has these digits, in the order of numbers: "A-12" and "Casa 12" both count as 12."""
    wanted = select(Home).where(Home.project_id == project_id, Home.digits == digits)
    return sorted(session.scalars(wanted), key=lambda home: (home.number, home.id))


def of_ids(session: Session, ids: Sequence[int]) -> list[Home]:
    """The homes of these ids, in their order; one that is gone is left out."""
    found = session.scalars(select(Home).where(Home.id.in_(ids)))
    return sorted(found, key=lambda home: ids.index(home.id))


def unverified(session: Session, project: Project, digits: str, now: datetime) -> Home:
    """The home of that number, made up if nobody knows it; two callers at once get the same one."""
    return _made_up(session, project, digits, now)


def named(session: Session, project: Project, number: str, now: datetime) -> Home:
    """The home that is written so: of that number, else the only one of those digits, else made up."""
    number = " ".join(number.split())
    digits = digits_of(number)
    alike = or_(func.lower(Home.number) == number.lower(), (Home.digits == digits) & (Home.digits != ""))
    found = session.scalars(select(Home).where(Home.project_id == project.id, alike)).all()
    same = [home for home in found if home.number.lower() == number.lower()] or found
    return same[0] if len(same) == 1 else _made_up(session, project, number, now)


def page(
    session: Session,
    *,
    project: str | None = None,
    phone: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Home], str | None]:
    """Homes of a project (by its code) and a telephone, oldest first, and the cursor of the next page."""
    wanted = select(Home).options(selectinload(Home.phones))
    if project is not None:
        wanted = wanted.join(Home.project).where(Project.code == project)
    if phone is not None:
        wanted = wanted.where(Home.id.in_(select(HomePhone.home_id).where(HomePhone.phone == phone)))
    return pages.read(session, wanted, (Home.id,), cursor, limit)


def search(
    session: Session,
    *,
    project: str | None = None,
    words: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Home], str | None]:
    """Homes of a project (by its code) that ``words`` find, oldest first, and the cursor of the next page.

    ``words``: a home's number or its digits, part of an owner's name, or a telephone as people write it.
    """
    wanted = select(Home).options(selectinload(Home.phones))
    if project is not None:
        wanted = wanted.join(Home.project).where(Project.code == project)
    if words:
        figures = digits_of(words)[-numbers.NATIONAL_LENGTH :]
        phoned = select(HomePhone.home_id).where(HomePhone.phone == f"+{numbers.COUNTRY}{figures}")
        wanted = wanted.where(
            or_(
                func.lower(Home.number) == words.lower(),
                Home.digits == words,
                Home.owner.icontains(words, autoescape=True),
                Home.id.in_(phoned),
            )
        )
    return pages.read(session, wanted, (Home.id,), cursor, limit)


def of_id(session: Session, home_id: int, *, locked: bool = False) -> Home:
    """The home of that id; ``locked`` until the transaction ends. Raises NotFound."""
    wanted = select(Home).where(Home.id == home_id)
    if locked:
        wanted = wanted.with_for_update(key_share=True, of=Home).execution_options(populate_existing=True)
    home = session.scalars(wanted).one_or_none()
    if home is None:
        raise NotFound(f"there is no home {home_id}")
    return home


def update(
    session: Session,
    home: Home,
    *,
    number: str,
    owner: str | None,
    phones: Sequence[str],
    verified: bool,
    registered_on: date | None,
    own: Collection[str] = (),
) -> None:
    """Change a home, all its fields at once. ``own``: the line's own numbers, which are no owner's.

    Raises Invalid with all faults, Duplicate if another home of the project has that number.
    """
    number = " ".join(number.split())
    check(number, owner, phones, own)
    same = select(Home.id).where(
        Home.project_id == home.project_id, Home.number == number, Home.id != home.id
    )
    if session.scalar(same) is not None:
        raise Duplicate(f"project {home.project.code} has a home {number} already")
    home.number, home.digits = number, digits_of(number)
    home.owner, home.verified, home.registered_on = owner, verified, registered_on
    wanted = dict.fromkeys(phones)
    home.phones = [phone for phone in home.phones if phone.phone in wanted]
    known = {phone.phone for phone in home.phones}
    home.phones.extend(HomePhone(phone=phone) for phone in wanted if phone not in known)
    session.flush()


def digits_of(number: str) -> str:
    """The digits of a home's number, as a keypad gives them."""
    return re.sub(r"[^0-9]", "", number)


def _made_up(session: Session, project: Project, number: str, now: datetime) -> Home:
    values = {
        "project_id": project.id,
        "number": number,
        "digits": digits_of(number),
        "owner": None,
        "verified": False,
        "registered_on": None,
        "created_at": now,
    }
    return _insert(session, values) or _of_number(session, project, number)


def _numbered(project: Project, number: str) -> Select[Home]:
    return select(Home).where(Home.project_id == project.id, Home.number == number)


def _insert(session: Session, values: dict[str, object]) -> Home | None:
    fresh = insert_for(session, Home).values(**values)
    fresh = fresh.on_conflict_do_nothing(index_elements=["project_id", "number"])
    home: Home | None = session.scalars(fresh.returning(Home)).one_or_none()
    return home


def _of_number(session: Session, project: Project, number: str) -> Home:
    return session.scalars(_numbered(project, number)).one()


def check(number: str, owner: str | None, phones: Sequence[str], own: Collection[str]) -> None:
    """Raises Invalid with all faults of a home's fields. ``own``: the line's own numbers, no owner's."""
    faults = {}
    if not 1 <= len(number) <= LONGEST_NUMBER:
        faults["number"] = f"expected 1 to {LONGEST_NUMBER} characters"
    if owner is not None and len(owner) > _LONGEST_OWNER:
        faults["owner"] = f"expected at most {_LONGEST_OWNER} characters"
    for phone in phones:
        try:
            numbers.contact(phone, own)
        except numbers.Unusable as fault:
            faults["phones"] = f"{phone!r}: {fault.fields['phone']}"
    if faults:
        raise Invalid("the home has wrong fields", faults)
