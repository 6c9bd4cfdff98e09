"""The inspection form: verdicts, reasons, photographs; and what an inspector does on a telephone."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from ivr.aftersales import photos
from ivr.aftersales.life import Category, Status
from ivr.store.session import Store
from ivr.store.tables import Case, Job, Photo
from ivr.telephony.storage import FolderStorage
from tests.board import Board
from tests.console.agenda_scene import book_visit, case_now, deeds, form_of, open_case, texts_of
from tests.console.browsing import Visitor, faults, is_too_wide, sign_in
from tests.console.pictures import JPEG, PAGE, PNG
from tests.console.test_agenda import plain


def visited(office: Board, *categories: Category) -> Case:
    """A case whose visit is booked."""
    case = open_case(office, categories=categories or (Category.DAMP,))
    book_visit(office, case)
    return case_now(office, case)


def address_of(case: Case) -> str:
    return f"/console/agenda/casos/{case.number}/inspeccion"


def kept(office: Board) -> list[Photo]:
    with office.store.reading() as session:
        return list(session.scalars(select(Photo).order_by(Photo.id)))


def picture(content: bytes, name: str = "foto.jpg") -> tuple[BytesIO, str]:
    return BytesIO(content), name


def test_the_warranty_that_applies_is_a_hint(office: Board, visitor: Visitor) -> None:
    """Los Aromos: reception 12-06-2025, registration 75 days later; doors are finishes."""
    case = visited(office, Category.DAMP, Category.DOORS)
    page = plain(visitor.sign_in().get(address_of(case)).text)
    assert "5 años desde la recepción municipal : hasta el 12-06-2030" in page.replace(
        "municipal:", "municipal :"
    )
    assert "3 años desde la inscripción a nombre del comprador" in page
    assert "hasta el 26-08-2028" in page
    assert "no decide" in page
    assert page.count("¿Corresponde a la garantía?") == 2


def test_a_term_that_has_run_out_and_one_that_nobody_knows_say_so(office: Board, visitor: Visitor) -> None:
    case = visited(office, Category.DAMP, Category.DOORS)
    with office.store.transaction() as session:
        stored = session.get_one(Case, case.id)
        assert stored.home is not None
        stored.home.registered_on = None
        stored.home.project.received_on = office.clock.now().date().replace(year=2020)
    page = plain(visitor.sign_in().get(address_of(case)).text)
    assert "terminó el 24-11-2025" in page
    assert "esa fecha no está registrada" in page


def test_an_inspection_is_written_down_with_its_reasons(office: Board, visitor: Visitor) -> None:
    case = visited(office, Category.DAMP, Category.DOORS)
    damp, doors = case.requirements
    answer = visitor.sign_in().send(
        address_of(case),
        **{
            f"covered_{damp.id}": "yes",
            f"note_{damp.id}": "Se cambia el sello.",
            f"covered_{doors.id}": "no",
            f"note_{doors.id}": "Daño por <b>golpe</b>",
        },
    )
    assert answer.status_code == 303, plain(answer.text)
    now = case_now(office, case)
    assert now.status == Status.INSPECTED
    assert [(each.status, each.note) for each in now.requirements] == [
        ("covered", "Se cambia el sello."),
        ("not_covered", "Daño por <b>golpe</b>"),
    ]
    assert deeds(office)[-1] == ("inspect", f"case:{case.number}")
    assert any("golpe" in text for text in texts_of(office))
    page = visitor.get(address_of(case)).text
    assert "<b>golpe</b>" not in page
    assert "La línea llamará al propietario para acordar los trabajos." in page


def test_every_requirement_needs_a_verdict_and_every_no_a_reason(office: Board, visitor: Visitor) -> None:
    case = visited(office, Category.DAMP, Category.DOORS)
    damp, doors = case.requirements
    half = visitor.sign_in().send(
        address_of(case), **{f"covered_{damp.id}": "yes", f"note_{damp.id}": "Sello"}
    )
    assert half.status_code == 422
    assert "Falta decidir si corresponde." in half.text
    assert "Sello" in half.text
    silent = visitor.send(address_of(case), **{f"covered_{damp.id}": "yes", f"covered_{doors.id}": "no"})
    assert silent.status_code == 422
    assert "Escriba el motivo: se le envía al propietario." in silent.text
    assert case_now(office, case).status == Status.VISIT_SCHEDULED


def test_the_second_of_two_inspectors_is_told(office: Board, visitor: Visitor) -> None:
    case = visited(office)
    verdict = {f"covered_{case.requirements[0].id}": "yes"}
    late = form_of(visitor.sign_in(), address_of(case), "")
    assert visitor.send(address_of(case), **verdict).status_code == 303
    answer = visitor.post(address_of(case), **late, **verdict)
    assert answer.status_code == 409
    assert "Alguien lo cambió mientras usted escribía" in answer.text


def test_nothing_is_inspected_before_its_visit(office: Board, visitor: Visitor) -> None:
    case = open_case(office)
    page = visitor.sign_in().get(address_of(case))
    assert "Primero se agenda la visita." in page.text
    assert "Guardar la inspección" not in page.text


def test_pictures_that_come_with_the_form_are_kept(office: Board, visitor: Visitor) -> None:
    """As a telephone without scripts sends them."""
    case = visited(office)
    requirement = case.requirements[0].id
    files: dict[str, Any] = {f"photos_{requirement}": [picture(JPEG), picture(PNG, "dos.png")]}
    answer = visitor.sign_in().send(address_of(case), **{f"covered_{requirement}": "yes"}, **files)
    assert answer.status_code == 303, plain(answer.text)
    first, second = kept(office)
    assert (first.requirement_id, first.media_type, first.size, first.taken_by) == (
        requirement,
        "image/jpeg",
        len(JPEG),
        "Marcela Soto",
    )
    shown = visitor.get(f"/console/agenda/fotos/{second.id}")
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_no_photo_is_refused_by_its_content(
    office: Board, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "LARGEST", 1000)
    case = visited(office)
    requirement = case.requirements[0].id
    visitor.sign_in()
    for content in (PAGE, b"GIF89a", b"\xff\xd8", b"\xff\xd8\xff" + b"\0" * photos.LARGEST):
        answer = visitor.send(
            address_of(case), **{f"covered_{requirement}": "yes", f"photos_{requirement}": picture(content)}
        )
        assert answer.status_code == 422
        assert "Solo fotos JPEG, PNG o WebP de hasta 8 MB." in answer.text
    assert kept(office) == []
    assert case_now(office, case).status == Status.VISIT_SCHEDULED


def test_a_picture_is_sent_alone_as_many_as_may_be_and_taken_back(office: Board, visitor: Visitor) -> None:
    case = visited(office)
    requirement = case.requirements[0].id
    to = f"/console/agenda/casos/{case.number}/fotos/{requirement}"
    token = form_of(visitor.sign_in(), address_of(case), "")["csrf_token"]
    for _ in range(photos.MOST):
        assert visitor.post(to, csrf_token=token, photo=picture(JPEG)).status_code == 200
    full = visitor.post(to, csrf_token=token, photo=picture(JPEG))
    assert full.status_code == 422
    assert "Ya hay 8 fotos de ese requerimiento." in full.text
    first = kept(office)[0]
    assert visitor.post(f"{to}/quitar", csrf_token=token, photo=first.id).status_code == 200
    assert visitor.get(f"/console/agenda/fotos/{first.id}").status_code == 404
    with office.store.reading() as session:
        due = select(Job.key).where(Job.kind == "photo", Job.due_at <= office.clock.now())
        assert session.scalars(due).all() == [str(first.id)]
    assert visitor.post(to, csrf_token=token, photo=picture(JPEG)).status_code == 200
    assert visitor.post(to, photo=picture(JPEG)).status_code == 400
    other = visited_other(office)
    wrong = f"/console/agenda/casos/{other.number}/fotos/{requirement}"
    assert visitor.post(wrong, csrf_token=token, photo=picture(JPEG)).status_code == 404


def ways(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """The two ways in which a picture is sent: alone, and with the whole inspection."""
    requirement = case.requirements[0].id
    alone = f"/console/agenda/casos/{case.number}/fotos/{requirement}"
    whole = {f"covered_{requirement}": "yes", f"photos_{requirement}": picture(JPEG)}
    return [(alone, {"photo": picture(JPEG)}), (address_of(case), whole)]


def test_nothing_is_locked_while_a_picture_is_stored(
    office: Board, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = visited(office)
    hidden = form_of(visitor.sign_in(), address_of(case), "")
    put, stored = FolderStorage.put, []

    def put_while_another_writes(storage: FolderStorage, key: str, content: bytes) -> None:
        other = Store(str(office.store.url), patience=0.1)
        with other.transaction() as session:
            session.execute(update(Case).values(created_at=Case.created_at))
        other.close()
        put(storage, key, content)
        stored.append(key)

    monkeypatch.setattr(FolderStorage, "put", put_while_another_writes)
    for address, fields in ways(case):
        assert visitor.post(address, **hidden, **fields).status_code in {200, 303}
    assert [photo.storage_key for photo in kept(office)] == stored
    assert [photo.dropped_at for photo in kept(office)] == [None, None]


def test_a_picture_that_could_not_be_stored_is_no_picture(
    office: Board, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = visited(office)
    hidden = form_of(visitor.sign_in(), address_of(case), "")

    def out_of_reach(_storage: FolderStorage, _key: str, _content: bytes) -> None:
        raise OSError("the bucket cannot be reached")

    monkeypatch.setattr(FolderStorage, "put", out_of_reach)
    for address, fields in ways(case):
        assert visitor.post(address, **hidden, **fields).status_code == 500
    assert case_now(office, case).status == Status.VISIT_SCHEDULED
    photo = kept(office)[0]
    assert visitor.get(f"/console/agenda/fotos/{photo.id}").status_code == 404
    with office.store.reading() as session:
        assert set(session.scalars(select(Job.key).where(Job.kind == "photo"))) == {"1", "2"}


def visited_other(office: Board) -> Case:
    """A case of another home."""
    case = open_case(office, "1205")
    book_visit(office, case)
    return case


def test_a_stranger_sees_no_photo(office: Board, visitor: Visitor) -> None:
    case = visited(office)
    requirement = case.requirements[0].id
    visitor.sign_in().send(
        address_of(case), **{f"covered_{requirement}": "yes", f"photos_{requirement}": picture(JPEG)}
    )
    stranger = Visitor(office.line.app)
    answer = stranger.get(f"/console/agenda/fotos/{kept(office)[0].id}")
    assert (answer.status_code, JPEG in answer.data) == (401, False)


def test_an_inspector_works_with_a_telephone(office: Board, page: Page, tmp_path: Path) -> None:
    case = visited(office, Category.DAMP, Category.DOORS)
    photo = tmp_path / "foto.png"
    photo.write_bytes(PNG)
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page)
    page.goto(address_of(case))
    assert faults(page) == []
    assert not is_too_wide(page)
    for button in page.get_by_text("Corresponde", exact=True).all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 48
    damp, doors = (page.locator(".requirement").nth(place) for place in range(2))
    damp.locator("input[type=file]").set_input_files(photo)
    expect(damp.locator(".photo-list img")).to_have_count(1)
    damp.get_by_text("Corresponde", exact=True).click()
    doors.get_by_text("No corresponde", exact=True).click()
    page.get_by_role("button", name="Guardar la inspección").click()
    expect(page.get_by_text("Escriba el motivo: se le envía al propietario.")).to_be_visible()
    expect(page.locator(".photo-list img")).to_have_count(1)
    doors.get_by_label("Nota").fill("La puerta fue golpeada.")
    page.get_by_role("button", name="Guardar la inspección").click()
    expect(page.get_by_role("status")).to_contain_text("Inspección guardada: inspeccionada.")
    assert faults(page) == []
    assert not is_too_wide(page)
    assert [photo.media_type for photo in kept(office)] == ["image/jpeg"]  # made small on the telephone
    assert case_now(office, case).status == Status.INSPECTED
