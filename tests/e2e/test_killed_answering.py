"""The line's processes die while an owner is on the telephone that the line has called: the talk goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.aftersales import outbound
from ivr.aftersales.life import RequirementStatus, Status
from ivr.aftersales.outbound import CallPurpose
from ivr.settings import Settings
from ivr.simulator.pace import Pace
from ivr.simulator.telephones import Line, Question, ScriptedTelephone
from ivr.store import schema
from ivr.store.session import Store
from ivr.store.tables import Appointment, CaseContact, PlannedCall
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e.city import City, open_city
from tests.line import KNOWN, settings
from tests.making import make_case, make_home, make_project
from tests.servers import Postgres

LINE_600 = "+56600123456"


@dataclass
class Interrupted(ScriptedTelephone):
    """Something happens to the line each time that it has asked a question, before the answer is pressed."""

    pace: Pace = field(default_factory=lambda: Pace(20))
    happens: list[Callable[[], None]] = field(default_factory=list)

    def asked(self, line: Line, question: Question) -> None:
        if self.happens:
            self.happens.pop(0)()
        super().asked(line, question)


@pytest.fixture
def postgresql_city(postgres: Postgres, redis_url: str, tmp_path: Path) -> Iterator[City]:
    """As in production: web process and worker, on PostgreSQL and Redis, and automated calls allowed."""
    with postgres.database(empty=True) as url:
        store = Store(url)
        schema.upgrade(store)
        store.close()
        choices = {"IVR_OUTBOUND_NUMBER": LINE_600, "IVR_TEXT_BEFORE_CALL": "0"}
        with open_city(tmp_path, url, TUESDAY_AT_TEN, redis_url=redis_url, **choices) as opened:
            yield opened


def owe_a_works_call(city: City, chosen: Settings) -> None:
    with city.store.transaction() as session:
        home = make_home(session, make_project(session))
        covered = (RequirementStatus.COVERED,)
        contacts = [CaseContact(phone=KNOWN)]
        case = make_case(session, home, Status.INSPECTED, covered, contacts=contacts)
        case.works_since = city.clock.now().date()
        outbound.plan(session, CallPurpose.WORKS, case, settings=chosen, now=city.clock.now())


def test_a_talk_that_is_cut_by_the_death_of_web_process_and_worker_is_finished_or_had_again_once(
    postgresql_city: City,
) -> None:
    """Whether the carrier reaches the next web process or apologises, the owner is asked, and not twice."""
    city = postgresql_city

    def both_die() -> None:
        city.kill_children("serve")
        city.kill("worker")
        city.start("worker")

    owner = Interrupted(KNOWN, keys=["1 1 1"], happens=[both_die])
    city.carrier.connect(owner)
    owe_a_works_call(city, settings("sqlite://", outbound_number=LINE_600, text_before_call=0))

    city.until(lambda: city.rows(PlannedCall)[0].state in {"planned", "ended"} and not owner.happens, "", 90)
    city.until_quiet(60)

    (plan,) = city.rows(PlannedCall)
    assert len(city.carrier.calls_to(KNOWN)) == plan.attempts == 1
    booked = [(date.kind, date.status) for date in city.rows(Appointment)]
    assert (plan.state, plan.answer, booked) in (
        ("ended", "answered", [("works", "booked")]),
        ("planned", None, []),
    )
