"""Photographs: told by their bytes, counted by requirement, gone with their case's people."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import photos
from ivr.errors import Conflict, Invalid, NotFound
from ivr.store.session import Store
from ivr.store.tables import Case, Job, Photo
from tests.making import at, make_case, make_home, make_project

NOW = at("2026-11-24 10:00")
JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"


def taken(store: Store, count: int = 1) -> int:
    """A case with so many photos of its requirement; its id."""
    with store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))
        for _ in range(count):
            key = photos.new_key("image/jpeg", NOW)
            photos.keep(session, case, [expected(session, case, key)])
        return case.id


def expected(session: Session, case: Case, key: str) -> int:
    """A picture that is about to be stored; its id."""
    requirement = case.requirements[0].id
    more = {"found": "image/jpeg", "size": 4, "by": "Ana", "now": NOW}
    return photos.expect(session, case, requirement, key=key, **more).id


def test_the_bytes_say_what_a_picture_is() -> None:
    assert [photos.checked(content) for content in (JPEG, PNG, WEBP)] == [
        "image/jpeg",
        "image/png",
        "image/webp",
    ]
    for content in (b"", b"<svg>", b"GIF89a", b"RIFF\0\0\0\0WAVE", JPEG + bytes(photos.LARGEST)):
        with pytest.raises(Invalid):
            photos.checked(content)


def test_a_key_is_one_that_the_storage_takes_and_nobody_guesses() -> None:
    first, second = (photos.new_key("image/png", NOW) for _ in range(2))
    assert first.startswith("photos/2026/11/")
    assert first.endswith(".png")
    assert first != second


def test_a_requirement_has_so_many_and_no_other_cases(store: Store) -> None:
    case_id = taken(store, photos.MOST)
    with store.transaction() as session:
        case = session.get_one(Case, case_id)
        (requirement,) = case.requirements
        assert len(photos.of_case(session, case)[requirement.id]) == photos.MOST
        more = {"found": "image/jpeg", "size": 4, "by": "Ana", "now": NOW}
        with pytest.raises(Conflict) as full:
            photos.expect(session, case, requirement.id, key="photos/a.jpg", **more)
        assert full.value.code == "photos_full"
        with pytest.raises(NotFound):
            photos.expect(session, case, requirement.id + 1, key="photos/a.jpg", **more)


def test_nobody_sees_a_picture_before_its_case_takes_it_and_it_goes_if_none_does(store: Store) -> None:
    case_id = taken(store, photos.MOST - 1)
    with store.transaction() as session:
        case = session.get_one(Case, case_id)
        first, second = (expected(session, case, f"photos/{name}.jpg") for name in "ab")
        job = session.scalars(select(Job).where(Job.key == str(first))).one()
        assert (job.kind, job.due_at) == ("photo", NOW + photos.UNCLAIMED)
        assert first not in {each.id for each in photos.of_case(session, case)[case.requirements[0].id]}
    with pytest.raises(Conflict) as full, store.transaction() as session:
        photos.keep(session, session.get_one(Case, case_id), [first, second])
    assert full.value.code == "photos_full"
    with store.transaction() as session:
        case = session.get_one(Case, case_id)
        assert [each.id for each in photos.keep(session, case, [second])] == [second]
        with pytest.raises(NotFound):
            photos.get(session, first)
        with pytest.raises(Conflict):
            photos.keep(session, case, [first + 1000])


def test_what_is_dropped_is_seen_by_nobody_and_will_be_deleted(store: Store) -> None:
    case_id = taken(store, 2)
    with store.transaction() as session:
        first, second = session.scalars(select(Photo).order_by(Photo.id))
        photos.drop(session, [first.id], NOW)
        photos.drop(session, [first.id], NOW)
        with pytest.raises(NotFound):
            photos.get(session, first.id)
        assert photos.get(session, second.id) is second
        due = select(Job.key).where(Job.kind == "photo", Job.due_at <= NOW)
        assert session.scalars(due).all() == [str(first.id)]
        photos.drop_of_cases(session, [case_id], NOW)
        assert photos.of_case(session, session.get_one(Case, case_id)) == {}
