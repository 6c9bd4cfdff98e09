"""Deletes photographs that were dropped: the picture first, then the last that is known of it."""

from ivr.store.jobs import Done
from ivr.store.tables import Photo
from worker.duty import Context, Result


def delete(ctx: Context, photo_id: int) -> Result:
    """Delete a dropped photo from the storage, and its row. May be repeated."""
    with ctx.store.reading() as session:
        photo = session.get(Photo, photo_id)
    if photo is None:
        return Done("deleted")
    if photo.dropped_at is None:
        return Done("kept")
    ctx.storage.delete(photo.storage_key)
    with ctx.store.transaction() as session:
        session.delete(session.get_one(Photo, photo_id))
    return Done("deleted")
