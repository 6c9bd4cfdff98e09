"""Calls that the line makes, from both ends: the worker that places them, and the telephone that rings.

with open_outgoing(store, tmp_path, clock) as life:
    case = life.inspected(Category.DOORS)
    life.work()
    call = life.rings().answer().press("1", "1", "1")
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ivr.aftersales import cases, inspection
from ivr.aftersales.carrier import Carrier
from ivr.aftersales.inspection import Result
from ivr.aftersales.life import RequirementStatus, Status
from ivr.app import create_app, open_line
from ivr.clock import MovableClock
from ivr.store.jobs import Done, JobKind
from ivr.store.session import Store
from ivr.store.tables import (
    Appointment,
    CallRow,
    Case,
    CaseContact,
    PlannedCall,
    Project,
    Requirement,
    Survey,
    Task,
    TextRow,
)
from ivr.telephony.storage import FolderStorage
from tests.board import Board, FakeCarrier, Rung
from tests.line import TestCall, TestLine, settings
from tests.making import at, make_case, make_home, make_project
from worker.clock import look
from worker.duties import HANDLERS
from worker.duty import Context
from worker.runner import run

__all__ = ["LINE_600", "OWNER", "SECOND", "Outgoing", "Rung", "open_outgoing"]

OWNER, SECOND, FIXED = "+56961234567", "+56971112222", "+56223456789"
LINE_600 = "+56600123456"


@dataclass
class Outgoing(Board):
    """The whole line with its worker and clock; texts are queued and go nowhere."""

    def work(self) -> None:
        """Do all that is due now, until nothing is."""
        for _ in range(200):
            taken = look(self.context, 20)
            if not taken:
                return
            for each in taken:
                run(self.context, each)
        raise AssertionError("the jobs never come to an end")

    def later(self, **by: float) -> None:
        """Time goes by, and what is due then is done."""
        self.clock.forward(timedelta(**by))
        self.work()

    def until(self, wall: str) -> None:
        """It becomes that time in Santiago, and what is due then is done."""
        self.clock.set(at(wall))
        self.work()

    def inspected(
        self,
        *covered: bool,
        contacts: tuple[str, ...] = (OWNER,),
        categories: tuple[str, ...] = (),
        project: dict[str, Any] | None = None,
    ) -> int:
        """A case that an inspector has just reported on; its id."""
        case_id = self.case_at(
            Status.VISIT_SCHEDULED,
            (RequirementStatus.REPORTED,) * len(covered),
            contacts=contacts,
            categories=categories,
            project=project,
        )
        with self.store.transaction() as session:
            case = cases.lock(session, case_id)
            results = [
                Result(requirement.id, verdict)
                for requirement, verdict in zip(case.requirements, covered, strict=True)
            ]
            inspection.record(session, case, results, by="api", now=self.clock.now())
        self.work()
        return case_id

    def works_done(
        self, requirements: int = 1, *, contacts: tuple[str, ...] = (OWNER,), categories: tuple[str, ...] = ()
    ) -> int:
        """A case whose works were just received; its id."""
        statuses = (RequirementStatus.COVERED,) * requirements
        case_id = self.case_at(Status.WORKS_SCHEDULED, statuses, contacts=contacts, categories=categories)
        self.do_works(case_id)
        return case_id

    def do_works(self, case_id: int) -> None:
        """The crew has been there."""
        with self.store.transaction() as session:
            case = cases.lock(session, case_id)
            inspection.works_done(session, case, "Camila", None, by="api", now=self.clock.now())
        self.work()

    def case_at(
        self,
        status: Status,
        requirements: tuple[RequirementStatus, ...],
        *,
        contacts: tuple[str, ...] = (OWNER,),
        categories: tuple[str, ...] = (),
        project: dict[str, Any] | None = None,
    ) -> int:
        """A case that has come so far; its id."""
        with self.store.transaction() as session:
            where = session.scalars(select(Project)).first() or make_project(session, **(project or {}))
            number = str(1200 + len(session.scalars(select(Case.id)).all()))
            case = make_case(
                session,
                make_home(session, where, number),
                status,
                requirements,
                contacts=[CaseContact(phone=phone) for phone in contacts],
                created_at=self.clock.now(),
            )
            for requirement, category in zip(case.requirements, categories, strict=False):
                requirement.category = category
            return case.id

    def status(self, case_id: int) -> str:
        with self.store.reading() as session:
            return session.get_one(Case, case_id).status

    @property
    def plan(self) -> PlannedCall:
        """The newest planned call."""
        found: PlannedCall = self.rows(PlannedCall)[-1]
        return found

    @property
    def survey(self) -> Survey:
        """The newest survey, with its answers."""
        found: Survey = self.rows(Survey)[-1]
        return found

    def open_tasks(self) -> list[str]:
        """The kinds of the tasks that wait for an agent, oldest first."""
        return [task.kind for task in self.rows(Task) if task.state == "open"]

    def sent(self) -> list[tuple[str, str]]:
        """Purpose and number of each text that went out."""
        return [(text.purpose, text.phone) for text in self.rows(TextRow)]

    def requirement_states(self) -> list[str]:
        return [requirement.status for requirement in self.rows(Requirement)]

    def dates(self) -> list[tuple[str, str]]:
        """Kind and status of each appointment, oldest first."""
        return [(each.kind, each.status) for each in self.rows(Appointment)]

    def outcomes(self) -> list[str | None]:
        """What each call came to, oldest first."""
        return [call.outcome for call in self.rows(CallRow)]

    def machine(self, rung: Rung, answered_by: str = "machine_end_beep") -> int:
        """The carrier's verdict on who answered; the status of our answer."""
        assert rung.request.machine_url is not None
        path = rung.request.machine_url.removeprefix(self.line.settings.public_url).partition("#")[0]
        form = {"CallSid": rung.sid, "AccountSid": self.line.settings.account_sid, "AnsweredBy": answered_by}
        answer = self.line.post(path, form)
        return int(answer.status_code)

    def over(self, rung: Rung, status: str = "completed") -> None:
        """The call has ended, and what follows is done."""
        rung.ends(status)
        self.work()

    def unanswered(self, status: str = "no-answer") -> None:
        """The telephone that just began to ring is not answered."""
        self.over(self.rings(), status)


def greeted(rung: Rung) -> TestCall:
    """Somebody of the home picks up and says so."""
    return rung.answer().press("1")


@contextmanager
def open_outgoing(
    store: Store, folder: Path, clock: MovableClock, *, carrier: Carrier | None = None, **more: Any
) -> Iterator[Outgoing]:
    """The line on this database, which may call owners, by a fake carrier unless another is given."""
    chosen = settings(
        "sqlite://",
        folder,
        **(
            {
                "calls_per_second": 1000,
                "outbound_number": LINE_600,
                "text_before_call": 0,
                "supervisor_number": "+56977776666",
            }
            | more
        ),
    )
    fake = FakeCarrier()
    built = open_line(chosen, clock=clock, carrier=carrier or fake, store=store)
    handlers: dict[str, Any] = {**HANDLERS, JobKind.TEXT: lambda _ctx, _key: Done("sent")}
    context = Context(store, carrier or fake, FolderStorage(folder), clock, built.present, handlers)
    yield Outgoing(TestLine(create_app(built), store, clock, chosen), fake, context)
