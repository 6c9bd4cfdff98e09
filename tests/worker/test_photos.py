"""Dropped photographs are deleted from the storage, and then from the books."""

import pytest
from sqlalchemy import select

from ivr.aftersales import photos as taken
from ivr.store.jobs import Done
from ivr.store.tables import Photo
from tests.making import make_case, make_home, make_project
from tests.worker.bench import Bench
from worker import photos

KEY = "photos/2026/11/one.jpg"


def kept(bench: Bench) -> int:
    """A photo in storage and books; its id."""
    bench.ctx.storage.put(KEY, b"picture")
    now = bench.clock.now()
    with bench.store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session)))
        photo = taken.expect(
            session, case, case.requirements[0].id, key=KEY, found="image/jpeg", size=7, by="Ana", now=now
        )
        return taken.keep(session, case, [photo.id])[0].id


def test_a_dropped_photo_goes_altogether(bench: Bench) -> None:
    photo_id = kept(bench)
    assert photos.delete(bench.ctx, photo_id) == Done("kept")
    with bench.store.transaction() as session:
        taken.drop(session, [photo_id], bench.clock.now())
    assert photos.delete(bench.ctx, photo_id) == Done("deleted")
    with pytest.raises(FileNotFoundError):
        bench.ctx.storage.get(KEY)
    with bench.store.reading() as session:
        assert session.scalars(select(Photo)).all() == []
    assert photos.delete(bench.ctx, photo_id) == Done("deleted")
