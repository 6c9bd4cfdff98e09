"""Administration: projects, homes, agents, shifts, closures, sentences, settings, and who did what."""

import re
from io import BytesIO
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.test import TestResponse

from audio import phrases, recordings
from audio.wording import Phrase
from ivr import demo
from ivr.store.tables import Agent, AgentSession, ClosureDay, Home, Project, RosterEntry
from ivr.switchboard import accounts
from ivr.switchboard.accounts import Role
from tests.audio.fakes import tone
from tests.board import Board
from tests.console.agenda_scene import deeds, form_of
from tests.console.browsing import Visitor, faults, hidden, is_too_wide, sign_in
from tests.console.test_agenda import plain

ROOT = "/console/administracion"
NEW_PROJECT = {
    "code": "201",
    "name": "Los Boldos",
    "weekday": "2",
    "slot_minutes": "45",
    "inspectors": "2",
    "crews": "1",
    "region": "BI",
    "timezone": "America/Santiago",
    "received_on": "2026-01-15",
}
NEW_AGENT = {
    "name": "Paula <i>Vera</i>",
    "email": "paula.vera@example.cl",
    "phone": "+56 9 9001 0077",
    "skills": ["standard"],
    "on_call_level": "",
    "role": "agent",
    "new_password": "una clave nueva y larga",
}


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """The administrator, signed in."""
    return visitor.sign_in(Role.ADMINISTRATOR)


def agent_of(office: Board, role: Role) -> Agent:
    with office.store.reading() as session:
        return session.scalars(select(Agent).where(Agent.email == demo.sign_ins()[role])).one()


def home_of(office: Board, number: str) -> Home:
    with office.store.reading() as session:
        wanted = select(Home).join(Home.project).where(Home.number == number, Project.code == "101")
        home = session.scalars(wanted).one()
        _ = home.phones
        return home


def test_a_project_is_created_and_changed(office: Board, admin: Visitor) -> None:
    assert admin.send(f"{ROOT}/proyectos/nuevo", **NEW_PROJECT).status_code == 303
    changed = {key: value for key, value in NEW_PROJECT.items() if key != "code"} | {"name": "Los Boldos II"}
    answer = admin.send(f"{ROOT}/proyectos/201", **changed | {"inspectors": "3"})
    assert answer.status_code == 303
    with office.store.reading() as session:
        project = session.scalars(select(Project).where(Project.code == "201")).one()
    assert (project.name, project.inspectors, project.region, str(project.received_on)) == (
        "Los Boldos II",
        3,
        "BI",
        "2026-01-15",
    )
    assert deeds(office)[-2:] == [("create_project", "project:201"), ("change_project", "project:201")]
    assert "Los Boldos II" in admin.get(f"{ROOT}/proyectos/").text


def test_a_wrong_project_is_told_and_not_stored(office: Board, admin: Visitor) -> None:
    for wrong, status, told in (
        ({"code": "12345678"}, 422, "El código tiene de 1 a 6 dígitos."),
        ({"code": "101"}, 409, "Ya existe uno igual"),
        ({"slot_minutes": "4"}, 422, "Use de 5 a 270 minutos."),
        ({"inspectors": "muchos"}, 422, 'aria-invalid="true"'),
        ({"name": ""}, 422, "Escriba el nombre."),
    ):
        answer = admin.send(f"{ROOT}/proyectos/nuevo", **NEW_PROJECT | wrong)
        assert (answer.status_code, told in answer.text) == (status, True), told
    assert deeds(office) == []


def test_the_second_of_two_who_change_a_project_is_told(admin: Visitor) -> None:
    address = f"{ROOT}/proyectos/101"
    fields = {key: value for key, value in NEW_PROJECT.items() if key != "code"}
    late = form_of(admin, address, "")
    assert admin.send(address, **fields).status_code == 303
    answer = admin.post(address, **late, **fields | {"name": "Otro nombre"})
    assert answer.status_code == 409
    assert "Alguien lo cambió mientras usted escribía" in answer.text
    assert "Los Boldos" in answer.text
    assert "Otro nombre" in answer.text


def test_homes_are_found_by_number_name_and_telephone(admin: Visitor) -> None:
    for words in ("1204", "camila", "+56 9 9123 4567", "991234567"):
        page = plain(admin.get(f"{ROOT}/viviendas/?project=101&q={words.replace('+', '%2B')}").text)
        assert "Camila Rojas Fuentes" in page
        assert "Sebastián Muñoz" not in page
    assert "Ninguna vivienda coincide." in admin.get(f"{ROOT}/viviendas/?q=nadie").text


def send_home(admin: Visitor, page: str, **fields: str) -> TestResponse:
    """Send a home's form; ``number`` is one of its fields."""
    return admin.client.post(page, data=form_of(admin, page, "") | {"verified": "y"} | fields)


def test_a_home_is_written_down_and_changed(office: Board, admin: Visitor) -> None:
    phones = "9 8765 4321, +56 2 2345 6789"
    made = send_home(
        admin, f"{ROOT}/viviendas/nueva", project="101", number="1401", owner="Rosa Pérez", phones=phones
    )
    assert made.status_code == 303, plain(made.text)
    home = home_of(office, "1401")
    assert [phone.phone for phone in home.phones] == ["+56987654321", "+56223456789"]
    address = f"{ROOT}/viviendas/{home.id}"
    changed = {"number": "1401-B", "owner": "Rosa Pérez", "phones": "+56223456789"}
    assert send_home(admin, address, **changed, registered_on="2026-03-01").status_code == 303
    home = home_of(office, "1401-B")
    assert ([phone.phone for phone in home.phones], home.digits) == (["+56223456789"], "1401")
    assert send_home(admin, address, **changed | {"number": "1204"}).status_code == 409
    wrong = send_home(admin, address, **changed | {"phones": "800 422 727"})
    assert wrong.status_code == 422
    assert "800 422 727" in wrong.text
    assert [action for action, _ in deeds(office)] == ["create_home", "change_home"]


def upload(admin: Visitor, content: str | bytes) -> str:
    """The page that tells what a file would do."""
    data = content.encode() if isinstance(content, str) else content
    answer = admin.send(f"{ROOT}/viviendas/importar", file=(BytesIO(data), "viviendas.csv"))
    assert answer.status_code in {200, 422}
    return str(answer.text)


CSV = "project;number;owner;phones\n101;1204;Camila R.;+56991234567\n101;1501;Rosa Pérez;\n101;1205;;\n"


def test_a_file_is_shown_before_it_is_taken_in(office: Board, admin: Visitor) -> None:
    page = upload(admin, CSV)
    assert "1 nuevas 1 cambian 1 iguales 0 con errores" in plain(page)
    assert "Propietario: Camila Rojas Fuentes Camila R." in plain(page)
    assert home_of(office, "1204").owner == "Camila Rojas Fuentes"
    answer = take_in(admin, page)
    assert answer == 303
    assert home_of(office, "1204").owner == "Camila R."
    assert home_of(office, "1501").verified
    assert deeds(office)[-1] == ("import_homes", "homes")


def take_in(admin: Visitor, page: str) -> int:
    """Press the button on that page."""
    sent = form_of_page(page, f"{ROOT}/viviendas/importar/guardar")
    return admin.post(f"{ROOT}/viviendas/importar/guardar", **sent).status_code


def form_of_page(page: str, to: str) -> dict[str, str]:
    """The hidden fields of the form on a page that was answered."""
    return next(hidden(form) for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if to in form)


def test_wrong_lines_are_named_and_keep_all_others_out(office: Board, admin: Visitor) -> None:
    page = upload(admin, f"{CSV}999;12;Nadie;\n101;1601;;800422727\n101;1602\n101;1501;Otra vez;\n")
    told = plain(page)
    assert "4 con errores" in told
    assert "5 12, proyecto 999 Proyecto: No hay un proyecto con ese código." in told
    assert "6 1601, proyecto 101 Teléfonos:" in told
    assert "7 – No tiene las mismas columnas" in told
    assert "8 1501, proyecto 101 Esta vivienda ya está en otra línea del archivo." in told
    assert take_in(admin, page) == 422
    assert home_of(office, "1204").owner == "Camila Rojas Fuentes"


def test_what_would_be_something_else_by_now_is_shown_again(office: Board, admin: Visitor) -> None:
    page = upload(admin, CSV)
    with office.store.transaction() as session:
        session.get_one(Home, home_of(office, "1204").id).owner = "Camila R."
    assert take_in(admin, page) == 409
    assert home_of(office, "1204").owner == "Camila R."


def test_a_file_that_is_none_is_told(admin: Visitor) -> None:
    for content, told in (
        (b"", "Elija un archivo que no esté vacío."),
        ("número".encode("latin-1"), "No está en UTF-8"),
        (b"a,b\n1,2\n", "La primera línea nombra las columnas"),
        (b"x" * 200_001, "Es demasiado grande para la consola"),
    ):
        assert told in upload(admin, content)


def test_somebody_new_comes_in_with_the_password_that_they_were_given(office: Board, admin: Visitor) -> None:
    answer = admin.send(f"{ROOT}/agentes/nuevo", **NEW_AGENT)
    assert answer.status_code == 303, plain(answer.text)
    assert "<i>Vera</i>" not in admin.get(f"{ROOT}/agentes/").text
    come_in = {"email": NEW_AGENT["email"], "password": NEW_AGENT["new_password"]}
    assert Visitor(office.line.app).send("/console/entrar", **come_in).status_code == 303
    action, subject = deeds(office)[-1]
    assert (action, subject.partition(":")[0]) == ("create_agent", "agent")
    again = admin.send(f"{ROOT}/agentes/nuevo", **NEW_AGENT)
    assert again.status_code == 409
    short = admin.send(f"{ROOT}/agentes/nuevo", **NEW_AGENT | {"new_password": "corta"})
    assert (short.status_code, "corta" in short.text) == (422, False)


def test_an_agent_is_given_another_role(office: Board, admin: Visitor) -> None:
    agent = agent_of(office, Role.AGENT)
    fields = {"name": agent.name, "email": agent.email, "phone": agent.phone, "skills": agent.skills}
    address = f"{ROOT}/agentes/{agent.id}"
    answer = admin.send(address, address, **fields, on_call_level="7", role="supervisor")
    assert answer.status_code == 303, plain(answer.text)
    now = agent_of(office, Role.AGENT)
    assert (now.role, now.on_call_level) == ("supervisor", 7)


def test_a_new_password_and_the_end_of_access_end_sessions(office: Board, admin: Visitor) -> None:
    agent = agent_of(office, Role.AGENT)
    address = f"{ROOT}/agentes/{agent.id}"
    colleague = Visitor(office.line.app).sign_in(Role.AGENT)
    assert admin.send(address, f"{address}/clave", new_password="otra clave muy larga").status_code == 303
    assert colleague.get("/console/").status_code == 303
    given = {"email": agent.email, "password": "otra clave muy larga"}
    assert colleague.send("/console/entrar", **given).status_code == 303
    assert admin.send(address, f"{address}/acceso").status_code == 303
    assert colleague.get("/console/").status_code == 303
    with office.store.reading() as session:
        running = select(AgentSession).where(
            AgentSession.agent_id == agent.id, AgentSession.ended_at.is_(None)
        )
        assert session.scalars(running).all() == []
        assert session.get_one(Agent, agent.id).presence == "offline"
    assert "Sin acceso" in admin.get(f"{ROOT}/agentes/").text
    assert admin.send(address, f"{address}/acceso").status_code == 303
    assert [action for action, _ in deeds(office)][-3:] == [
        "reset_password",
        "deactivate_agent",
        "reactivate_agent",
    ]


def test_the_last_administrator_stays_one(office: Board, admin: Visitor) -> None:
    me = agent_of(office, Role.ADMINISTRATOR)
    address = f"{ROOT}/agentes/{me.id}"
    refused = admin.send(address, f"{address}/acceso")
    assert refused.status_code == 409
    assert "Es la única persona con rol de administración" in refused.text
    fields = {"name": me.name, "email": me.email, "phone": me.phone, "skills": me.skills, "role": "agent"}
    assert admin.send(address, address, **fields, on_call_level="4").status_code == 409
    with office.store.transaction() as session:
        other = session.get_one(Agent, agent_of(office, Role.SUPERVISOR).id)
        accounts.give_role(other, Role.ADMINISTRATOR)
    assert admin.send(address, f"{address}/acceso").status_code == 303
    assert admin.get("/console/").status_code == 303


def test_a_closure_is_added_and_taken_back(office: Board, admin: Visitor) -> None:
    address = f"{ROOT}/feriados/"
    page = plain(admin.get(f"{address}?year=2027").text)
    assert "viernes 26 de marzo Viernes Santo" in page
    assert "Solo Arica y Parinacota" in page
    given = {
        "day": "2026-12-24",
        "working": "off",
        "reason": "Cierre <b>de</b> fin de año",
        "scope": "project:101",
    }
    assert admin.send(address, **given).status_code == 303
    assert admin.send(address, **given).status_code == 409
    page = admin.get(address).text
    assert "Cierre &lt;b&gt;de&lt;/b&gt; fin de año" in page
    with office.store.reading() as session:
        closure = session.scalars(select(ClosureDay)).one()
    assert closure.project_id is not None
    assert admin.send(address, f"{address}{closure.id}/quitar").status_code == 303
    assert [action for action, _ in deeds(office)][-2:] == ["add_closure", "remove_closure"]
    assert admin.send(address, **given | {"scope": "region:XX"}).status_code == 422


def test_shifts_and_swaps_decide_who_is_on_call(office: Board, admin: Visitor) -> None:
    """It is Tuesday at ten."""
    address = f"{ROOT}/turnos/"
    assert "Nadie tiene turno en este momento" in admin.get(address).text
    marcela, ricardo = (agent_of(office, role).id for role in (Role.AGENT, Role.SUPERVISOR))
    weekly = {"agent": marcela, "weekday": 2, "begins": "08:00", "ends": "20:00", "level": 1}
    sent = {f"weekly-{name}": value for name, value in weekly.items()}
    assert admin.send(address, f"{address}weekly", **sent).status_code == 303
    assert "1 Marcela Soto" in plain(admin.get(address).text)
    swap = {
        "instead_of": marcela,
        "agent": ricardo,
        "starts_at": "2026-11-24T09:00",
        "ends_at": "2026-11-24T12:00",
    }
    wrong = {f"swap-{name}": value for name, value in (swap | {"ends_at": "2026-11-24T08:00"}).items()}
    refused = admin.send(address, f"{address}swap", **wrong)
    assert refused.status_code == 422
    assert "Debe ser posterior al comienzo." in refused.text
    assert (
        admin.send(address, f"{address}swap", **{f"swap-{k}": v for k, v in swap.items()}).status_code == 303
    )
    assert "1 Ricardo Pino" in plain(admin.get(address).text)
    with office.store.reading() as session:
        first = session.scalars(select(RosterEntry.id).order_by(RosterEntry.id)).first()
    assert admin.send(address, f"{address}{first}/quitar").status_code == 303
    assert "Nadie tiene turno en este momento" in admin.get(address).text
    dated = {"agent": ricardo, "starts_at": "2026-11-24T09:00", "ends_at": "2026-11-24T12:00", "level": 2}
    assert (
        admin.send(address, f"{address}dated", **{f"dated-{k}": v for k, v in dated.items()}).status_code
        == 303
    )
    assert "2 Ricardo Pino" in plain(admin.get(address).text)


def test_sentences_are_found_with_their_origin(admin: Visitor) -> None:
    page = admin.get(f"{ROOT}/textos/?q=bienvenida").text
    assert "welcome" in page
    assert "Voz del operador" in page
    assert "Ninguna frase coincide." in admin.get(f"{ROOT}/textos/?origin=recorded").text
    assert "Siguientes" in admin.get(f"{ROOT}/textos/").text
    assert admin.get(f"{ROOT}/textos/?cursor=25").status_code == 200


def test_what_is_heard_of_a_sentence_is_what_plays(
    office: Board, admin: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording that says another text is marked and plays nowhere; the right one does."""
    studio, sounds = tmp_path / "studio", Path(office.line.settings.audio_folder)
    monkeypatch.setattr(recordings, "FOLDER", studio)
    object.__setattr__(office.line.settings, "voice", "files")
    studio.mkdir()
    key, address = phrases.OUT_OF_HOURS.key, f"{ROOT}/textos/?q={phrases.OUT_OF_HOURS.key}"
    soundfile.write(studio / f"{key}.wav", tone(seconds=1, rate=8000), 8000)
    recordings.take_in(studio, recordings.script([Phrase(key, "Cerrado.")], words=False), sounds)
    for page in (admin.get(address).text, admin.get(f"{ROOT}/textos/?origin=outdated").text):
        assert "Por grabar de nuevo</span> Su grabación dice «Cerrado.», así que no se usa." in page
        assert "La dice la voz del operador, Polly" in page
        assert "<audio" not in page

    soundfile.write(studio / f"{key}.wav", tone(seconds=1.2, rate=8000), 8000)
    recordings.take_in(studio, recordings.script([phrases.OUT_OF_HOURS], words=False), sounds)
    page = admin.get(address).text
    assert ">Grabada</span>" in page
    (source,) = re.findall(r'<audio[^>]* src="([^"]*)"', page)
    with admin.get(source) as played:
        assert (played.status_code, played.mimetype, played.data[:4]) == (200, "audio/wav", b"RIFF")


def test_the_audit_is_filtered_and_paged(office: Board, admin: Visitor) -> None:
    agent = agent_of(office, Role.AGENT)
    address = f"{ROOT}/agentes/{agent.id}"
    for _ in range(2):
        admin.send(address, f"{address}/acceso")
    audit = f"{ROOT}/auditoria/"
    me = agent_of(office, Role.ADMINISTRATOR)
    assert "Quitó el acceso" in admin.get(f"{audit}?who={me.id}").text
    assert "Quitó el acceso" in admin.get(f"{audit}?subject=agent:{agent.id}").text
    assert admin.get(f"{audit}?who={'9' * 30}").status_code == 200
    for query in (f"?who={agent.id}", "?who=0", "?subject=1234567"):
        assert "Quitó el acceso" not in admin.get(audit + query).text.split("</form>", 1)[1]


def test_what_only_an_administrator_may_is_refused_to_a_supervisor(visitor: Visitor) -> None:
    visitor.sign_in(Role.SUPERVISOR)
    for path in ("agentes/", "ajustes/", "proyectos/nuevo", "viviendas/importar"):
        assert visitor.get(f"{ROOT}/{path}").status_code == 403
    assert visitor.get(f"{ROOT}/proyectos/").status_code == 200


def test_a_file_is_taken_in_on_a_telephone(page: Page, tmp_path: Path) -> None:
    sign_in(page, Role.ADMINISTRATOR)
    file = tmp_path / "viviendas.csv"
    file.write_text(CSV)
    page.goto(f"{ROOT}/viviendas/importar")
    page.get_by_label("Archivo CSV").set_input_files(file)
    page.get_by_role("button", name="Ver qué cambiaría").click()
    expect(page.get_by_text("todavía no se ha guardado nada")).to_be_visible()
    assert faults(page) == []
    assert not is_too_wide(page)
    page.get_by_role("button", name="Guardar 2 viviendas").click()
    expect(page.get_by_role("status")).to_have_text("Listo: 1 viviendas nuevas y 1 cambiadas.")
    assert faults(page) == []
    assert not is_too_wide(page)
