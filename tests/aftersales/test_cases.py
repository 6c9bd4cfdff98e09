import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from ivr.aftersales import case_numbers, cases, homes, projects, recordings, tasks
from ivr.aftersales.events import API, OWNER
from ivr.aftersales.life import Category, Channel, RequirementStatus, Status, UrgentKind
from ivr.aftersales.recordings import Purpose
from ivr.errors import Conflict, Invalid, MoveNotAllowed, NotFound
from ivr.store.session import Store
from ivr.store.tables import Appointment, CallRow, Case, CaseEvent, Home, Task
from tests.making import make_case, make_home, make_project

NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 14, tzinfo=UTC)
ANA, BENJA = "+56987654321", "+56223456789"
OWN = ("+56800422727", "+56988894612", "+56986826248")


def home_in(session: Session, **columns: object) -> Home:
    project = make_project(session, received_on=date(2024, 2, 29))
    return make_home(session, project, "Torre B 304", registered_on=date(2025, 6, 1), **columns)


def open_one(session: Session) -> Case:
    return cases.open_standard(
        session, home_in(session), Channel.PHONE, now=NOW, by=OWNER, contacts=[ANA, BENJA, ANA]
    )


def trace(session: Session, case: Case) -> list[str]:
    wanted = select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
    return list(session.scalars(wanted))


def is_luhn(number: str) -> bool:
    """Luhn by the book: from the right, every second digit doubled and its own digits added."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += sum(map(int, str(value)))
    return total % 10 == 0


def put_date(session: Session, case: Case) -> Appointment:
    appointment = Appointment(
        case_id=case.id,
        project_id=case.project_id,
        kind="visit",
        start=datetime(2026, 11, 26, 12, tzinfo=UTC),
        end=datetime(2026, 11, 26, 12, 30, tzinfo=UTC),
        status="booked",
        substitute=False,
        created_at=NOW,
    )
    session.add(appointment)
    session.flush()
    session.expire(case, ["appointments"])
    return appointment


def test_a_standard_case_is_open_and_has_its_contacts_in_order(store: Store) -> None:
    with store.transaction() as session:
        number = open_one(session).number
    with store.reading() as session:
        case = cases.get(session, number)
        assert (case.status, case.priority, case.channel) == ("open", "standard", "phone")
        assert case.home is not None
        assert case.home.number == "Torre B 304"
        assert [contact.phone for contact in case.contacts] == [ANA, BENJA]
        assert trace(session, case) == ["opened"]


def test_numbers_have_seven_digits_with_a_check_digit_and_no_leading_zero(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        home = home_in(session)
        drawn = [
            cases.open_standard(session, home, Channel.PHONE, now=NOW, by=OWNER).number for _ in range(300)
        ]
    assert len(set(drawn)) == 300
    assert all(len(number) == 7 and number[0] != "0" and is_luhn(number) for number in drawn)


@pytest.mark.parametrize(
    ("used", "length"), [(449_998, 7), (449_999, 7), (450_000, 8), (450_000 + 4_500_000, 9)]
)
def test_a_number_has_one_digit_more_once_half_of_a_length_is_used(
    store: Store, used: int, length: int
) -> None:
    """So many cases there are: the highest id says it."""
    with store.transaction() as session:
        home = home_in(session)
        make_case(session, home, id=used)
        values = {"status": "open", "priority": "standard", "channel": "phone", "created_at": NOW}
        made = case_numbers.insert_case(session, {**values, "id": used + 1})
        assert len(made.number) == length
        assert is_luhn(made.number)


def test_a_number_that_is_taken_is_drawn_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([0, 0, 0, 0, 0, 0] * 2 + [7] * 6)
    monkeypatch.setattr(case_numbers, "draw_below", lambda _space: next(draws))
    with store.transaction() as session:
        first = open_one(session)
        assert first.home is not None
        second = cases.open_standard(session, first.home, Channel.WEB, now=NOW, by=OWNER)
        assert first.number[:6] == "100000"
        assert second.number[:6] == "100007"


def test_an_urgent_case_has_one_requirement_made_from_its_kind(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        gas = cases.open_urgent(session, UrgentKind.GAS, Channel.MOBILE, now=NOW, by=OWNER, contacts=[ANA])
        unknown = cases.open_urgent(session, None, Channel.MOBILE, now=NOW, by=OWNER)
    with sqlite_store.reading() as session:
        for number, kind, category in ((gas.number, "gas", "gas"), (unknown.number, None, "other")):
            case = cases.get(session, number)
            assert (case.priority, case.urgent_kind, case.home, case.project) == ("urgent", kind, None, None)
            assert [(r.category, r.status) for r in case.requirements] == [(category, "reported")]


def test_the_kind_of_an_urgency_can_be_corrected(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = cases.open_urgent(session, UrgentKind.GAS, Channel.PHONE, now=NOW, by=OWNER)
        cases.change_kind(session, case, UrgentKind.WATER, by=OWNER, now=NOW)
        cases.change_kind(session, case, UrgentKind.WATER, by=OWNER, now=NOW)
        assert (case.urgent_kind, case.requirements[0].category) == ("water", "water")
        assert trace(session, case) == ["opened", "requirement_described"]
        standard = make_case(session, home_in(session))
        with pytest.raises(Conflict):
            cases.change_kind(session, standard, UrgentKind.GAS, by=OWNER, now=NOW)


def test_opening_costs_a_statement_each_for_case_requirement_contacts_and_event(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        home = home_in(session)
    statements: list[str] = []
    event.listen(
        sqlite_store.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement.split()[0]),
    )
    with sqlite_store.transaction() as session:
        cases.open_urgent(
            session, UrgentKind.GAS, Channel.PHONE, now=NOW, by=OWNER, home=home, contacts=[ANA]
        )
    assert statements == ["BEGIN", "INSERT", "INSERT", "INSERT", "INSERT"]


def test_locking_is_one_select_with_project_and_home(store: Store) -> None:
    with store.transaction() as session:
        case_id = open_one(session).id
    statements: list[str] = []
    event.listen(
        store.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement)
    )
    with store.transaction() as session:
        case = cases.lock(session, case_id)
        assert case.project is not None
        assert case.home is not None
        assert case.home.project is case.project
        assert len([each for each in statements if not each.startswith("BEGIN")]) == 1
        with pytest.raises(NotFound):
            cases.lock(session, case_id + 1)


def test_locking_reads_anew_what_the_session_knew(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        session.execute(Case.__table__.update().values(status="closed"))  # type: ignore[attr-defined]
        assert case.status == "open"
        assert cases.lock(session, case.id) is case
        assert case.status == "closed"


def test_a_locked_case_makes_the_next_one_wait(store: Store) -> None:
    with store.transaction() as session:
        case_id = open_one(session).id
    locked, commented = threading.Event(), threading.Event()
    seen: list[int] = []

    def second() -> None:
        locked.wait(10)
        with store.transaction() as session:
            case = cases.lock(session, case_id)
            commented.wait(10)
            seen.append(len(case.events))

    with ThreadPoolExecutor(1) as other:
        with store.transaction() as session:
            case = cases.lock(session, case_id)
            locked.set()
            waiting = other.submit(second)
            cases.comment(session, case, "primero", by=OWNER, now=NOW)
        commented.set()
        waiting.result(10)
    assert seen == [2]


def test_a_home_is_settled_with_the_warranty_that_may_apply(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = cases.open_urgent(session, UrgentKind.WATER, Channel.PHONE, now=NOW, by=OWNER)
        assert (case.requirements[0].warranty_years, case.requirements[0].warranty_until) == (5, None)
        home = home_in(session)
        cases.settle_home(session, case, home, by=OWNER, now=NOW)
        cases.settle_home(session, case, home, by=OWNER, now=NOW)
        assert case.project is home.project
        assert case.requirements[0].warranty_until == date(2029, 2, 28)
        assert trace(session, case) == ["opened", "home_confirmed"]
        assert case.events[-1].detail == {"project": "101", "apartment": "Torre B 304", "verified": True}


def test_a_home_in_another_project_is_refused_while_a_date_is_booked(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        assert case.project is not None
        appointment = put_date(session, case)
        near = make_home(session, case.project, "305")
        far = make_home(session, make_project(session, code="102"), "1")
        cases.settle_home(session, case, near, by="Marta", now=NOW)
        with pytest.raises(Conflict):
            cases.settle_home(session, case, far, by="Marta", now=NOW)
        assert case.home is near
        appointment.status = "cancelled"
        cases.settle_home(session, case, far, by="Marta", now=NOW)
        assert case.project is far.project


def test_a_request_holds_nine_requirements(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        for _ in range(9):
            made = cases.add_requirement(session, case, Category.DOORS, by=OWNER, now=NOW)
        assert (made.status, made.warranty_years, made.warranty_until) == ("reported", 3, date(2028, 6, 1))
        with pytest.raises(Conflict):
            cases.add_requirement(session, case, Category.DOORS, by=OWNER, now=NOW)
        assert trace(session, case) == ["opened"] + ["requirement_added"] * 9


def test_an_urgent_category_is_none_of_a_standard_case(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        with pytest.raises(Invalid):
            cases.add_requirement(session, case, Category.GAS, by=OWNER, now=NOW)
        requirement = cases.add_requirement(session, case, Category.DOORS, by=OWNER, now=NOW)
        with pytest.raises(Invalid):
            cases.change_category(session, case, requirement, Category.WATER, by=OWNER, now=NOW)
        cases.change_category(session, case, requirement, Category.WINDOWS, by=OWNER, now=NOW)
        assert (requirement.category, requirement.warranty_years) == ("windows", 5)


def test_nothing_is_added_to_a_case_that_has_ended(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = make_case(session, home_in(session), Status.CLOSED)
        with pytest.raises(Conflict):
            cases.add_requirement(session, case, Category.DOORS, by=OWNER, now=NOW)


def test_a_description_is_kept_and_told_without_its_words(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        requirement = cases.add_requirement(session, case, Category.DAMP, by=OWNER, now=NOW)
        cases.describe(session, case, requirement, text=" Gotea el cielo ", by=OWNER, now=NOW)
        cases.describe(session, case, requirement, by=OWNER, now=NOW)
        assert requirement.description == "Gotea el cielo"
        session.flush()
        assert case.events[-1].detail == {"requirement": requirement.id, "recorded": False}
        with pytest.raises(Invalid):
            cases.describe(session, case, requirement, text="  ", by=OWNER, now=NOW)


def test_recorded_again_only_the_last_description_is_kept(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        requirement = cases.add_requirement(session, case, Category.DAMP, by=OWNER, now=NOW)
        call = CallRow(
            direction="inbound",
            purpose="inbound",
            from_number=ANA,
            to_number=OWN[0],
            channel="phone",
            status="in-progress",
            started_at=NOW,
        )
        session.add(call)
        session.flush()
        first, second = (
            recordings.expect(session, call, Purpose.DESCRIPTION, now=NOW, sid=sid) for sid in ("RE1", "RE2")
        )
        for recording in (first, second, second):
            cases.describe(session, case, requirement, recording=recording, by=OWNER, now=NOW)
        assert requirement.recording_id == second.id
        assert (first.status, second.status) == ("dropped", "expected")


def test_contacts_are_replaced_and_the_same_again_is_no_event(store: Store) -> None:
    with store.transaction() as session:
        case = open_one(session)
        cases.set_contacts(session, case, [ANA, BENJA], by=OWNER, now=NOW)
        assert trace(session, case) == ["opened"]
        cases.set_contacts(session, case, [BENJA, ANA, BENJA], by=OWNER, now=NOW)
        assert [contact.phone for contact in case.contacts] == [BENJA, ANA]
        assert trace(session, case) == ["opened", "contacts_set"]
        cases.set_contacts(session, case, [], by=OWNER, now=NOW)
        assert case.contacts == []


def test_a_comment_says_something(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        cases.comment(session, case, "Vive una persona mayor", by="Marta", now=NOW)
        session.flush()
        assert (case.events[-1].by, case.events[-1].detail) == ("Marta", {"text": "Vive una persona mayor"})
        for text in ("  ", "x" * 4001):
            with pytest.raises(Invalid):
                cases.comment(session, case, text, by="Marta", now=NOW)


def test_an_urgency_is_taken_by_one_agent(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = cases.open_urgent(session, UrgentKind.GAS, Channel.PHONE, now=NOW, by=OWNER)
        cases.acknowledge(session, case, "Marta", now=LATER)
        assert (case.status, case.acknowledged_by, case.acknowledged_at) == ("attending", "Marta", LATER)
        with pytest.raises(Conflict, match="Marta"):
            cases.acknowledge(session, case, "Pedro", now=LATER)
        assert trace(session, case) == ["opened", "acknowledged"]


def test_a_standard_case_is_not_acknowledged(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session, pytest.raises(MoveNotAllowed):
        cases.acknowledge(session, open_one(session), "Marta", now=NOW)


def test_cancelling_a_case_frees_its_dates(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        appointment = put_date(session, case)
        case.status = Status.VISIT_SCHEDULED
        cases.cancel(session, case, by="Marta", reason="duplicada", now=LATER)
        session.flush()
        assert (case.status, case.closed_at, appointment.status) == ("cancelled", LATER, "cancelled")
        assert case.events[-1].detail == {"reason": "duplicada", "appointments": [appointment.id]}
        with pytest.raises(MoveNotAllowed):
            cases.cancel(session, case, by="Marta", reason="otra vez", now=LATER)


@pytest.mark.parametrize("status", [Status.CLOSED, Status.REJECTED, Status.CANCELLED])
def test_a_new_case_follows_one_that_has_ended(sqlite_store: Store, status: Status) -> None:
    with sqlite_store.transaction() as session:
        old = open_one(session)
        with pytest.raises(Conflict):
            cases.follow(session, old, now=LATER, by=OWNER, channel=Channel.MOBILE)
        old.status = status
        new = cases.follow(session, old, now=LATER, by=OWNER, channel=Channel.MOBILE)
    with sqlite_store.reading() as session:
        found = cases.get(session, new.number)
        assert found.follows is not None
        assert found.follows.number == old.number
        assert (found.home_id, found.status, found.channel) == (old.home_id, "open", "mobile")
        assert [contact.phone for contact in found.contacts] == [ANA, BENJA]
        assert found.requirements == []


def test_number_and_apartment_must_both_match(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = open_one(session)
        elsewhere = cases.open_urgent(session, None, Channel.PHONE, now=NOW, by=OWNER)
        assert cases.confirm_pair(session, case.number, "304") is case
        for number, digits in (
            (case.number, "305"),
            (case.number, ""),
            ("1000009", "304"),
            ("", "304"),
            (elsewhere.number, ""),
        ):
            assert cases.confirm_pair(session, number, digits) is None


def test_a_home_without_digits_is_confirmed_by_no_key(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = make_case(session, make_home(session, make_project(session), "Casona"))
        assert cases.confirm_pair(session, case.number, "") is None


def test_the_open_cases_of_a_contact_are_at_most_two(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        first = open_one(session)
        assert first.home is not None
        assert cases.open_of_contact(session, ANA) == [first]
        for _ in range(3):
            cases.open_standard(session, first.home, Channel.PHONE, now=NOW, by=OWNER, contacts=[ANA])
        assert len(cases.open_of_contact(session, ANA)) == 2
        first.status = Status.CLOSED
        assert cases.open_of_contact(session, BENJA) == []


def test_cases_are_listed_newest_first_and_by_what_is_asked(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        home = make_home(session, project, "A-12", owner="Ana Díaz 100%")
        other = make_home(session, make_project(session, code="102"), "77", owner="Benjamín")
        first = cases.open_standard(session, home, Channel.PHONE, now=NOW, by=OWNER, contacts=[ANA])
        second = make_case(session, other, Status.CLOSED)
        third = make_case(session, home, Status.INSPECTED, (RequirementStatus.COVERED,))

        def found(**wanted: str) -> list[Case]:
            return cases.page(session, **wanted)[0]  # type: ignore[arg-type]

        assert found() == [third, second, first]
        assert found(status="closed") == [second]
        assert found(project="101") == [third, first]
        assert found(phone=ANA) == [first]
        assert found(q=second.number[:6]) == [third, second]
        assert found(q="12") == [third, first]
        assert found(q="a-12") == [third, first]
        assert found(q="ana d") == [third, first]
        assert found(q="%") == [third, first]
        assert found(q="_") == []
        assert found(q=" ") == [third, second, first]
        assert found(status="open", project="102") == []
        newest, cursor = cases.page(session, limit=2)
        make_case(session, home)
        rest, end = cases.page(session, cursor=cursor, limit=2)
        assert (newest, rest, end) == ([third, second], [first], None)
        with pytest.raises(Invalid):
            cases.page(session, status="lost")
        with pytest.raises(NotFound):
            cases.get(session, "1")


def from_outside(session: Session, **given: object) -> Case:
    values: dict[str, object] = {
        "project": "101",
        "apartment": "304",
        "channel": "web",
        "priority": "standard",
        "contacts": [ANA],
        "requirements": [cases.Reported("doors", "No cierra")],
    }
    return cases.create_from_outside(session, **values | given, by=API, now=NOW, own=OWN)  # type: ignore[arg-type]


def open_tasks(session: Session) -> list[Task]:
    return tasks.page(session)[0]


@pytest.mark.parametrize(("channel", "rung"), [("web", 1), ("email", 1), ("phone", 0), ("mobile", 0)])
def test_a_standard_case_from_mail_or_web_makes_the_task_to_ring_and_book(
    sqlite_store: Store, channel: str, rung: int
) -> None:
    with sqlite_store.transaction() as session:
        home = home_in(session)
        case = from_outside(session, channel=channel)
        assert (case.home, case.status) == (home, "open")
        assert [(r.category, r.description) for r in case.requirements] == [("doors", "No cierra")]
        assert [(task.kind, task.case_id, task.phone) for task in open_tasks(session)] == [
            ("ring_owner", case.id, ANA)
        ] * rung


def test_an_urgent_case_from_outside_is_rung_by_nobody_but_the_rounds(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        home_in(session)
        case = from_outside(
            session, priority="urgent", urgent_kind="gas", requirements=[cases.Reported("doors")]
        )
        assert [r.category for r in case.requirements] == ["gas", "doors"]
        plain = from_outside(session, priority="urgent", requirements=[])
        assert [r.category for r in plain.requirements] == ["other"]
        assert open_tasks(session) == []


def test_an_apartment_that_the_register_does_not_know_is_unverified(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        home_in(session)
        case = from_outside(session, apartment="999", contacts=[])
        assert case.home is not None
        assert (case.home.number, case.home.verified) == ("999", False)
        assert open_tasks(session)[0].phone is None


def test_without_contacts_the_homes_own_telephones_are_meant(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        project = make_project(session)
        homes.create(session, project=project, number="304", phones=[BENJA, ANA], now=NOW)
        case = from_outside(session, contacts=[])
        assert [contact.phone for contact in case.contacts] == [BENJA, ANA]


def test_all_faults_of_a_case_come_at_once_and_nothing_is_written(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        with pytest.raises(Invalid) as fault:
            from_outside(
                session,
                project="999",
                apartment=" ",
                channel="fax",
                priority="soon",
                urgent_kind="fire",
                contacts=[ANA, OWN[0]],
                requirements=[cases.Reported("gas"), cases.Reported("doors", " ")],
            )
        assert set(fault.value.fields) == {
            *("project", "apartment", "channel", "priority", "urgent_kind", "contacts"),
            *("requirements.0.category", "requirements.1.description"),
        }
        assert session.scalars(select(Case)).all() == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"urgent_kind": "gas"}, "urgent_kind"),
        ({"requirements": []}, "requirements"),
        ({"requirements": [cases.Reported("doors")] * 10}, "requirements"),
        ({"priority": "urgent", "requirements": [cases.Reported("doors")] * 9}, "requirements"),
        ({"requirements": [cases.Reported("doors", "x" * 4001)]}, "requirements.0.description"),
        ({"channel": ""}, "channel"),
        ({"contacts": ["987654321"]}, "contacts"),
    ],
)
def test_a_wrong_field_of_a_case_is_named(sqlite_store: Store, given: dict[str, object], field: str) -> None:
    with sqlite_store.transaction() as session:
        home_in(session)
        with pytest.raises(Invalid) as fault:
            from_outside(session, **given)
        assert list(fault.value.fields) == [field]


def test_many_at_once_open_cases_of_different_numbers(store: Store) -> None:
    with store.transaction() as session:
        home_in(session)

    def open_another(_n: int) -> str:
        with store.transaction() as session:
            home = homes.get(session, projects.get(session, "101"), "Torre B 304")
            return cases.open_standard(session, home, Channel.PHONE, now=NOW, by=OWNER).number

    with ThreadPoolExecutor(4) as callers:
        numbers = list(callers.map(open_another, range(12)))
    assert len(set(numbers)) == 12
    with store.reading() as session:
        assert set(session.scalars(select(Case.number))) == set(numbers)
