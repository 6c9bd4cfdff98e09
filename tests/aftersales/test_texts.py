from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ivr.aftersales import refusals, tasks, text_bodies, texts
from ivr.aftersales.life import RequirementStatus, Status
from ivr.aftersales.text_bodies import Sender, plain, segments
from ivr.aftersales.texts import Purpose, State
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.store.tables import Appointment, Case, CaseContact, CaseEvent, Job, TextRow
from tests.making import make_case, make_home, make_project

SANTIAGO = ZoneInfo("America/Santiago")
NOON = datetime(2026, 11, 24, 12, tzinfo=SANTIAGO)
NIGHT = datetime(2026, 11, 24, 23, tzinfo=SANTIAGO)
ANA, BENJA, FIXED = "+56987654321", "+56987654322", "+56223456789"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key="s",
        api_token="t",
        account_sid="AC",
        auth_token="a",
        company="Inmobiliaria Andes",
    )


def make(session: Session, *phones: str, **columns: object) -> Case:
    home = make_home(session, make_project(session))
    case = make_case(session, home, Status.VISIT_SCHEDULED, **columns)  # type: ignore[arg-type]
    case.contacts = [CaseContact(phone=phone) for phone in phones]
    session.flush()
    return case


def put(session: Session, case: Case, kind: str = "visit", **columns: object) -> Appointment:
    start = datetime(2026, 11, 26, 9, 30, tzinfo=SANTIAGO)
    values: dict[str, object] = {
        "case_id": case.id,
        "project_id": case.project_id,
        "kind": kind,
        "start": start,
        "end": start + timedelta(hours=4 if kind == "works" else 0.5),
        "status": "booked",
        "substitute": False,
        "created_at": NOON,
    }
    appointment = Appointment(**values | columns)
    session.add(appointment)
    session.flush()
    session.expire(case, ["appointments"])
    return appointment


def due(session: Session, text: TextRow | None) -> datetime:
    assert text is not None
    return session.scalars(select(Job.due_at).where(Job.kind == "text", Job.key == str(text.id))).one()


def all_tasks(session: Session) -> list[tuple[str, str | None, int | None]]:
    return [(task.kind, task.phone, task.case_id) for task in tasks.page(session)[0]]


# Wording and its cost


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # an escape is never parted from its letter
        ("í" * 70, 1),
        ("í" * 71, 2),
        ("í" * 134, 2),
        ("í" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ñ¿¡éüÑ" * 20, 1),
    ],
)
def test_segments_are_counted_as_the_carrier_charges_them(body: str, count: int) -> None:
    assert segments(body) == count


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("Su visita quedó mañana, ¿está bien?", "Su visita quedo mañana, ¿esta bien?"),
        ("ÁÍÓÚ áíóú éñü", "AIOU aiou éñü"),
        ("“Sí” — dijo… Nº 5°", '"Si" - dijo... No 5o'),
        ("a\u0301", "a"),
        ("日 😀", "? ?"),
    ],
)
def test_what_gsm_lacks_is_written_otherwise(words: str, kept: str) -> None:
    assert plain(words) == kept


def test_every_text_is_gsm_names_the_line_and_is_short(sqlite_store: Store, settings: Settings) -> None:
    sender = Sender.of(settings)
    with sqlite_store.transaction() as session:
        case = make(session, ANA)
        visit, works = put(session, case), put(session, case, "works")
        bodies = [
            *(sender.booking(case, visit), sender.booking(case, works)),
            *(sender.change(case, visit), sender.change(case, works)),
            *(sender.cancelling(case, visit), sender.cancelling(case, works), sender.cancelled(case)),
            *(sender.urgent_number(case), sender.about_to_call(case), sender.closed(case)),
            *(sender.reminder(case, visit), sender.reminder(case, works)),
        ]
    for body in bodies:
        assert body == plain(body)
        assert "800 422 727" in body
        assert body.startswith("Inmobiliaria Andes: ")
        assert segments(body) <= 2
    assert "jueves 26 de noviembre a las 9:30" in bodies[0]
    assert "entre las 9:30 y las 13:30" in bodies[1]
    assert "Responda 1 para confirmar, 2 para cambiar o 3 para anular" in bodies[-1]


def test_the_project_tells_the_hour(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        home = make_home(session, make_project(session, timezone="Pacific/Easter"))
        case = make_case(session, home)
        assert text_bodies.when(put(session, case), case) == "jueves 26 de noviembre a las 7:30"


def test_what_is_not_covered_comes_with_its_reason_and_the_way_to_object(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        case = make(session, ANA, requirements=(RequirementStatus.NOT_COVERED,) * 3)
        case.requirements[0].note = "Falta de\nmantención."
        case.requirements[1].note = "x" * 500
        body = Sender.of(settings).not_covered(case, case.requirements)
        assert "humedad y filtraciones (Falta de mantencion); humedad" in body
        assert "x" * 157 + "..." in body
        assert body.endswith("Si no esta de acuerdo, llame al 800 422 727 y marque 3.")


def test_a_text_that_is_too_long_is_cut_before_its_ending(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = make(session, ANA, requirements=(RequirementStatus.NOT_COVERED,) * 12)
        for requirement in case.requirements:
            requirement.note = "x" * 160
        body = Sender.of(settings).not_covered(case, case.requirements)
        assert len(body) == text_bodies.LONGEST
        assert body.endswith("... Si no esta de acuerdo, llame al 800 422 727 y marque 3.")


# Out


def test_a_text_is_queued_in_gsm_with_its_job(store: Store, settings: Settings) -> None:
    with store.transaction() as session:
        case = make(session, ANA)
        text = texts.queue(session, Purpose.BOOKING, ANA, "Así es", case=case, settings=settings, now=NOON)
        assert text is not None
        assert (text.body, text.state, text.segments, text.direction) == ("Asi es", "due", 1, "out")
        assert due(session, text) == NOON


@pytest.mark.parametrize(
    ("hour", "minute", "wait"),
    [(7, 59, 1), (8, 0, 0), (20, 59, 0), (21, 0, 11 * 60), (23, 0, 9 * 60), (3, 0, 5 * 60)],
)
def test_texts_keep_the_night_by_the_projects_clock(
    sqlite_store: Store, settings: Settings, hour: int, minute: int, wait: int
) -> None:
    now = datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo("Pacific/Easter"))
    with sqlite_store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session, timezone="Pacific/Easter")))
        text = texts.queue(session, Purpose.CLOSED, ANA, "x", case=case, settings=settings, now=now)
        assert due(session, text) == now + timedelta(minutes=wait)


def test_an_urgency_and_what_was_just_done_are_texted_at_night(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        for purpose, at_once in (
            (Purpose.URGENT_NUMBER, False),
            (Purpose.SUPERVISOR, False),
            (Purpose.BOOKING, True),
        ):
            text = texts.queue(session, purpose, ANA, "x", settings=settings, now=NIGHT, at_once=at_once)
            assert due(session, text) == NIGHT
        priorities = dict(session.execute(select(Job.priority, Job.key)).all())
        assert set(priorities) == {0, 3}


def test_one_reason_makes_one_text(store: Store, settings: Settings) -> None:
    with store.transaction() as session:
        first = texts.queue(session, Purpose.CLOSED, ANA, "x", settings=settings, now=NOON, once="a")
        again = texts.queue(session, Purpose.CLOSED, ANA, "y", settings=settings, now=NOON, once="a")
        assert first is again
        assert len(session.scalars(select(Job)).all()) == 1


@pytest.mark.parametrize("phone", [FIXED, "+56600600500", "+12025550123", "anonymous"])
def test_no_text_goes_where_none_can(sqlite_store: Store, settings: Settings, phone: str) -> None:
    with sqlite_store.transaction() as session:
        assert texts.queue(session, Purpose.CLOSED, phone, "x", settings=settings, now=NOON) is None
        assert session.scalars(select(TextRow)).all() == []


def test_the_first_contact_that_takes_texts_gets_it(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        case = make(session, FIXED, ANA, BENJA)
        first = texts.tell(session, Purpose.BOOKING, case, "x", settings=settings, now=NOON)
        assert first is not None
        assert first.phone == ANA
        refusals.no_texts(session, ANA, NOON)
        second = texts.tell(session, Purpose.BOOKING, case, "x", settings=settings, now=NOON)
        assert second is not None
        assert second.phone == BENJA


def test_who_must_know_and_takes_no_texts_is_told_by_a_person(
    sqlite_store: Store, settings: Settings
) -> None:
    with sqlite_store.transaction() as session:
        case = make(session, FIXED)
        for _ in range(2):
            texts.tell(session, Purpose.CHANGE, case, "Cambia", settings=settings, now=NOON, once="c:1")
        assert all_tasks(session) == [("no_text", FIXED, case.id)]
        assert tasks.page(session)[0][0].detail == "Cambia"
        texts.tell(session, Purpose.CLOSED, case, "x", settings=settings, now=NOON)
        texts.tell(session, Purpose.BOOKING, case, "x", settings=settings, now=NOON, known=True)
        assert len(all_tasks(session)) == 1


# What became of it


def sent(session: Session, settings: Settings, purpose: Purpose = Purpose.BOOKING) -> TextRow:
    text = texts.queue(session, purpose, ANA, "x", settings=settings, now=NOON, case=make(session, ANA))
    assert text is not None
    text.sid, text.state = "SM1", State.SENDING
    session.flush()
    return text


def test_news_of_a_text_never_goes_back(store: Store, settings: Settings) -> None:
    with store.transaction() as session:
        text = sent(session, settings)
        for status, state in (
            ("queued", "sending"),
            ("sent", "sent"),
            ("sent", "sent"),
            ("delivered", "delivered"),
            ("sent", "delivered"),
            ("failed", "delivered"),
        ):
            texts.news(session, "SM1", status, NOON)
            session.refresh(text)
            assert text.state == state
        texts.news(session, "SM9", "delivered", NOON)
        assert all_tasks(session) == []


@pytest.mark.parametrize(("purpose", "told"), [(Purpose.BOOKING, 1), (Purpose.CLOSED, 0)])
def test_a_text_that_must_be_known_and_fails_is_told_by_a_person(
    sqlite_store: Store, settings: Settings, purpose: Purpose, told: int
) -> None:
    with sqlite_store.transaction() as session:
        text = sent(session, settings, purpose)
        texts.news(session, "SM1", "undelivered", NOON)
        texts.news(session, "SM1", "failed", NOON)
        assert text.state == "failed"
        assert all_tasks(session) == [("text_failed", ANA, text.case_id)] * told


# In


def reminded(session: Session, settings: Settings, kind: str = "visit") -> Appointment:
    case = make(session, ANA)
    if kind == "works":
        case.status = Status.WORKS_SCHEDULED
    appointment = put(session, case, kind)
    texts.queue(
        session, Purpose.REMINDER, ANA, "x", settings=settings, now=NOON, case=case, appointment=appointment
    )
    return appointment


@pytest.mark.parametrize("word", ["ALTO", "stop", " Alto. ", "¡STOP!"])
def test_who_says_alto_gets_no_more_texts(sqlite_store: Store, settings: Settings, word: str) -> None:
    with sqlite_store.transaction() as session:
        waiting = texts.queue(session, Purpose.CLOSED, ANA, "x", settings=settings, now=NIGHT)
        texts.receive(session, "SM1", ANA, word, NOON)
        assert waiting is not None
        assert waiting.state == "refused"
        assert texts.queue(session, Purpose.CLOSED, ANA, "x", settings=settings, now=NOON) is None
        assert all_tasks(session) == []


def test_one_confirms_the_date_of_the_last_reminder(store: Store, settings: Settings) -> None:
    with store.transaction() as session:
        appointment = reminded(session, settings)
        for _ in range(2):
            texts.receive(session, "SM1", ANA, "1", NOON)
        assert appointment.confirmed_at == NOON
        event = session.scalars(select(CaseEvent)).one()
        assert (event.kind, event.by, event.detail) == ("comment", "owner", {"confirmed": appointment.id})
        assert all_tasks(session) == []


def test_two_asks_a_person_for_another_date(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        appointment = reminded(session, settings)
        texts.receive(session, "SM1", ANA, "2.", NOON)
        assert appointment.status == "booked"
        assert all_tasks(session) == [("text_answer", ANA, appointment.case_id)]


@pytest.mark.parametrize(
    ("kind", "left", "task"), [("visit", "open", "unscheduled"), ("works", "inspected", "works_unscheduled")]
)
def test_three_cancels_the_date(store: Store, settings: Settings, kind: str, left: str, task: str) -> None:
    with store.transaction() as session:
        appointment = reminded(session, settings, kind)
        for _ in range(2):
            texts.receive(session, "SM1", ANA, "3", NOON)
        case = session.get_one(Case, appointment.case_id)
        assert (appointment.status, case.status) == ("cancelled", left)
        assert [task_kind for task_kind, *_ in all_tasks(session)] == [task]
        texts.receive(session, "SM2", ANA, "1", NOON)
        assert [kind for kind, *_ in all_tasks(session)] == [task, "text_answer"]


def test_a_digit_without_a_reminder_ahead_is_for_a_person(sqlite_store: Store, settings: Settings) -> None:
    with sqlite_store.transaction() as session:
        appointment = reminded(session, settings)
        texts.receive(session, "SM1", ANA, "1", appointment.start)
        texts.receive(session, "SM2", BENJA, "1", NOON)
        assert appointment.confirmed_at is None
        assert [kind for kind, *_ in all_tasks(session)] == ["text_answer"] * 2


def test_a_date_that_is_cancelled_at_that_moment_is_not_confirmed(
    sqlite_store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_store.transaction() as session:
        appointment = reminded(session, settings)

        def cancelled_while_waiting(session: Session, case_id: int) -> Case:
            session.execute(update(Appointment).values(status="cancelled"))
            return session.get_one(Case, case_id)

        monkeypatch.setattr(texts.cases, "lock", cancelled_while_waiting)
        texts.receive(session, "SM1", ANA, "1", NOON)
        assert appointment.confirmed_at is None
        assert all_tasks(session) == [("text_answer", ANA, appointment.case_id)]


def test_any_other_text_is_a_task_that_names_the_only_open_case(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = make(session, ANA)
        texts.receive(session, "SM1", ANA, "¿A qué hora vienen?", NOON)
        texts.receive(session, "SM1", ANA, "¿A qué hora vienen?", NOON)
        texts.receive(session, "SM2", "anonymous", "", NOON)
        assert all_tasks(session) == [("text_answer", ANA, case.id), ("text_answer", "anonymous", None)]
        kept = session.scalars(select(TextRow).order_by(TextRow.id)).first()
        assert kept is not None
        assert (kept.body, kept.state, kept.direction, kept.case_id) == (
            *("¿A qué hora vienen?", "received", "in"),
            case.id,
        )
