"""Photographs of requirements: which pictures are taken, where they are kept, and how they go.

Storing a picture may take seconds, so nothing is locked meanwhile: it is written down first as one that
nobody sees and that will be deleted (`expect`), then stored, and then its case takes it (`keep`). What no
case took, because a rule said no or a process died, is deleted by the job that was asked for at first.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ivr.errors import Conflict, Invalid, NotFound
from ivr.store.jobs import JobKind, schedule, schedule_all
from ivr.store.tables import Case, Photo

#: Bytes of one picture: what telephones' cameras make fits.
LARGEST = 8_000_000
#: Of one requirement.
MOST = 8
#: How long a picture waits for its case to take it.
UNCLAIMED = timedelta(hours=1)

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def media_type(content: bytes) -> str | None:
    """What kind of picture it is, by its first bytes, whatever it is called; None: none that we take."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def checked(content: bytes) -> str:
    """The picture's media type. Raises Invalid (``photo``) for what is too large, or no picture."""
    if len(content) > LARGEST:
        raise Invalid("the photo is too large", {"photo": f"expected at most {LARGEST} bytes"})
    found = media_type(content)
    if found is None:
        raise Invalid("this is no photo", {"photo": "expected JPEG, PNG or WebP"})
    return found


def new_key(found: str, now: datetime) -> str:
    """Where a picture of that media type will be kept: a name that nobody guesses."""
    return f"photos/{now:%Y/%m}/{secrets.token_hex(16)}.{_ENDINGS[found]}"


def expect(
    session: Session,
    case: Case,
    requirement_id: int,
    *,
    key: str,
    found: str,
    size: int,
    by: str,
    now: datetime,
) -> Photo:
    """Write down a picture that is about to be stored under ``key``: until `keep`, nobody sees it.

    If `keep` does not come within `UNCLAIMED`, it is deleted again.

    Raises:
        NotFound: the case has no such requirement.
        Conflict: the requirement has `MOST` of them already (``photos_full``).
    """
    if requirement_id not in {requirement.id for requirement in case.requirements}:
        raise NotFound(f"case {case.number} has no requirement {requirement_id}")
    _require_room(session, {requirement_id}, more=1)
    photo = Photo(
        case_id=case.id,
        requirement_id=requirement_id,
        storage_key=key,
        media_type=found,
        size=size,
        taken_by=by,
        created_at=now,
        dropped_at=now,
    )
    session.add(photo)
    session.flush()
    schedule(session, JobKind.PHOTO, photo.id, now + UNCLAIMED)
    return photo


def keep(session: Session, case: Case, expected: Collection[int]) -> list[Photo]:
    """The case, which is locked, takes the stored pictures with these ids, oldest first.

    Raises Conflict where a requirement would have more than `MOST` (``photos_full``), or where one of them
    took longer than `UNCLAIMED`.
    """
    mine = select(Photo).where(Photo.id.in_(expected), Photo.case_id == case.id).order_by(Photo.id)
    taken = list(session.scalars(mine))
    if len(taken) < len(set(expected)):
        raise Conflict("a photo took too long to store, and is deleted")
    for photo in taken:
        photo.dropped_at = None
    session.flush()
    _require_room(session, {photo.requirement_id for photo in taken})
    return taken


def _require_room(session: Session, requirements: Collection[int], more: int = 0) -> None:
    """Raises Conflict where one of the requirements has, with so many more, too many."""
    full = (
        select(Photo.requirement_id)
        .where(Photo.requirement_id.in_(requirements), Photo.dropped_at.is_(None))
        .group_by(Photo.requirement_id)
        .having(func.count() + more > MOST)
    )
    found = session.scalars(full).first()
    if found is not None:
        raise Conflict(f"requirement {found} has {MOST} photos already", code="photos_full")


def of_case(session: Session, case: Case) -> dict[int, list[Photo]]:
    """The case's photos by requirement, oldest first."""
    found: dict[int, list[Photo]] = {}
    wanted = select(Photo).where(Photo.case_id == case.id, Photo.dropped_at.is_(None)).order_by(Photo.id)
    for photo in session.scalars(wanted):
        found.setdefault(photo.requirement_id, []).append(photo)
    return found


def get(session: Session, photo_id: int) -> Photo:
    """The photo of that id. Raises NotFound, also for one that was dropped."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.dropped_at is not None:
        raise NotFound(f"there is no photo {photo_id}")
    return photo


def drop(session: Session, photos: Collection[int], now: datetime) -> None:
    """Nobody sees these any more, and they are deleted from the storage."""
    mine = update(Photo).where(Photo.id.in_(photos), Photo.dropped_at.is_(None))
    dropped = session.scalars(mine.values(dropped_at=now).returning(Photo.id)).all()
    schedule_all(session, JobKind.PHOTO, dropped, now)


def drop_of_cases(session: Session, cases: Collection[int], now: datetime) -> None:
    """As `drop`, all photos of these cases."""
    drop(session, session.scalars(select(Photo.id).where(Photo.case_id.in_(cases))).all(), now)
