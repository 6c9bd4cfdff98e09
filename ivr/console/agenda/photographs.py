"""Photographs of an inspection: taken in one by one as they are chosen, shown, and taken back."""

from collections.abc import Collection, Mapping
from io import BytesIO

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest

from ivr.aftersales import cases, photos
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.agenda.pages import pages
from ivr.errors import Conflict, Invalid, NotFound
from ivr.store.tables import Case
from ivr.switchboard.accounts import Role

Sent = Mapping[int, list[FileStorage]]


def store(visit: Visit, case: Case, sent: Sent) -> list[int]:
    """Put the pictures that were sent into the storage, by requirement; what was left empty is none.

    Nothing is locked meanwhile: where pictures came, the visit's transaction ends here (`Visit.let_go`), and
    the case takes them in the next by `take`. Returns their ids.

    Raises Invalid for what is no photo, Conflict for too many; NotFound for another case's requirement.
    """
    expected, contents = [], {}
    for requirement_id, files in sent.items():
        for content in filter(None, (file.read(photos.LARGEST + 1) for file in files)):
            found = photos.checked(content)
            key, size, by = photos.new_key(found, visit.now), len(content), visit.agent.name
            photo = photos.expect(
                visit.session, case, requirement_id, key=key, found=found, size=size, by=by, now=visit.now
            )
            expected.append(photo.id)
            contents[key] = content
    if expected:
        visit.let_go()
    for key, content in contents.items():
        visit.context.storage.put(key, content)
    return expected


def take(visit: Visit, case: Case, stored: Collection[int]) -> None:
    """The case, which is locked, has these pictures from now on. Raises Conflict for too many."""
    for photo in photos.keep(visit.session, case, stored):
        visit.record("add_photo", f"case:{case.number}", photo=photo.id, requirement=photo.requirement_id)


@pages.post("/casos/<number>/fotos/<int:requirement_id>")
@allowed(Role.AGENT, data=True)
def add_photo(visit: Visit, number: str, requirement_id: int) -> ResponseReturnValue:
    """One picture, sent as soon as it was chosen; the fragment that shows all of the requirement."""
    case = cases.get(visit.session, number)
    fault = ""
    try:
        stored = store(visit, case, {requirement_id: request.files.getlist("photo")})
        case = cases.get(visit.session, number, locked=True)
        take(visit, case, stored)
    except (Invalid, Conflict) as error:
        visit.session.rollback()
        fault = words.refusal(error, *getattr(error, "fields", ()))
    return _shown(visit, case, requirement_id, fault), 422 if fault else 200


@pages.post("/casos/<number>/fotos/<int:requirement_id>/quitar")
@allowed(Role.AGENT, data=True)
def remove_photo(visit: Visit, number: str, requirement_id: int) -> ResponseReturnValue:
    """Take a picture back, as long as the requirement waits for its inspection."""
    case = cases.get(visit.session, number, locked=True)
    photo = photos.get(visit.session, request.form.get("photo", 0, int))
    if (photo.case_id, photo.requirement_id) != (case.id, requirement_id):
        raise BadRequest
    photos.drop(visit.session, [photo.id], visit.now)
    visit.record("remove_photo", f"case:{number}", photo=photo.id, requirement=requirement_id)
    return _shown(visit, case, requirement_id)


@pages.get("/fotos/<int:photo_id>")
@allowed(Role.AGENT, data=True)
def photo(visit: Visit, photo_id: int) -> ResponseReturnValue:
    """The picture."""
    kept = photos.get(visit.session, photo_id)
    try:
        content = visit.context.storage.get(kept.storage_key)
    except FileNotFoundError:
        raise NotFound(f"the picture of photo {photo_id} is gone") from None
    return send_file(BytesIO(content), mimetype=kept.media_type, etag=str(kept.id), conditional=True)


def _shown(visit: Visit, case: Case, requirement_id: int, fault: str = "") -> str:
    kept = photos.of_case(visit.session, case).get(requirement_id, [])
    return render_template(
        "agenda/photos.html",
        case=case,
        requirement_id=requirement_id,
        kept=kept,
        fault=fault,
        removable=True,
    )
