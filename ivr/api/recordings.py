"""/recordings: what owners said, from our own storage."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales.recordings import State
from ivr.api.clients import Scope
from ivr.api.context import PREFIX
from ivr.api.operations import Nothing, Operations, Request
from ivr.errors import NotFound
from ivr.store.tables import Recording

operations = Operations("recordings")

#: There is nothing to hear, and there never will be.
_SILENT = frozenset({State.ABSENT, State.DROPPED})


@operations.add(
    "GET", "/recordings/<int:recording_id>", scope=Scope.READ, given=Nothing, gives=None, media="audio/wav"
)
def heard(request: Request[Nothing], recording_id: int) -> bytes:
    """The sound of a recording; 404 until it has come from the carrier, and once it was deleted."""
    recording = request.session.get(Recording, recording_id)
    key = recording.storage_key if recording is not None and recording.status not in _SILENT else None
    if key is None:
        raise NotFound(f"there is no sound of a recording {recording_id}")
    try:
        return request.context.storage.get(key)
    except FileNotFoundError:
        raise NotFound(f"there is no sound of a recording {recording_id}") from None


def links(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Where these recordings can be heard, relative to the public address; those that are silent left out."""
    if not ids:
        return {}
    wanted = select(Recording.id).where(Recording.id.in_(ids), Recording.status.not_in(_SILENT))
    return {found: f"{PREFIX}/recordings/{found}" for found in session.scalars(wanted)}
