"""Recordings, for the players on any page."""

from io import BytesIO

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from ivr.aftersales.recordings import State
from ivr.console.access import Visit, allowed
from ivr.console.area import Area
from ivr.errors import NotFound
from ivr.store.tables import Recording
from ivr.switchboard.accounts import Role

pages = Blueprint("sounds", __name__)
AREA = Area(pages)

#: Nothing can be heard of these.
_SILENT = frozenset({State.ABSENT, State.DROPPED})


@pages.get("/grabaciones/<int:recording_id>")
@allowed(Role.AGENT, data=True)
def recording(visit: Visit, recording_id: int) -> ResponseReturnValue:
    """The sound, or a part of it; 404 until it has come from the carrier, and once it was deleted."""
    found = visit.session.get(Recording, recording_id)
    key = found.storage_key if found is not None and found.status not in _SILENT else None
    try:
        content = visit.context.storage.get(key) if key is not None else None
    except FileNotFoundError:
        content = None
    if content is None:
        raise NotFound(f"there is no sound of a recording {recording_id}")
    return send_file(BytesIO(content), mimetype="audio/wav", conditional=True)
