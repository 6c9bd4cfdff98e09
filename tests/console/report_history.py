"""A short history whose figures are worked out by hand: what reports are tested against.

Two projects, ten calls, four waits, and cases whose terms ended before, on and after their last day.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ivr.aftersales.life import AppointmentKind, AppointmentStatus, Category, RequirementStatus, Status
from ivr.store.tables import (
    Appointment,
    CallRow,
    Case,
    CaseEvent,
    ClosureDay,
    Home,
    Project,
    Requirement,
    Survey,
    SurveyAnswer,
    Task,
    Wait,
)
from tests.making import at, make_case, make_home, make_project

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 24)
ANA, BEA, CARLA, DORA = (f"+5699000000{n}" for n in range(1, 5))


@dataclass
class History:
    """Writes it, row by row."""

    session: Session
    aromos: Project = field(init=False)
    lengas: Project = field(init=False)
    home: Home = field(init=False)
    other_home: Home = field(init=False)

    def __post_init__(self) -> None:
        self.aromos = make_project(self.session, code="901", name="Alto Aromos")
        self.lengas = make_project(self.session, code="902", name="=Lengas")
        self.home = make_home(self.session, self.aromos)
        self.other_home = make_home(self.session, self.lengas)

    def write(self) -> None:
        """All of it."""
        self._calls()
        self._visits()
        self._works()
        self._opinions()
        self._alarms()

    def _calls(self) -> None:
        self.call("2026-09-30 23:30", "booked", ANA)  # in October by UTC, and not by the office's clocks
        self.call("2026-11-03 09:10", "booked", ANA)
        self.call("2026-11-03 09:50", "informed", BEA)  # who calls again within 24 h
        self.call("2026-11-04 09:00", "talked", BEA, waited=30, home_id=self.home.id)
        self.call("2026-11-10 15:05", "hung_up_waiting", CARLA, waited=70, state="gone")
        self.call("2026-11-10 15:20", "cut_short", CARLA)
        self.call("2026-11-10 15:30", "callback", CARLA)
        self.call("2026-11-12 09:00", "booked", None)
        self.call("2026-11-23 12:00", "booked", DORA)  # not 24 h ago: who knows whether she calls again
        self.call("2026-11-24 09:59", None, DORA, over=False)
        self.call("2026-11-05 11:00", "date_kept", DORA, purpose="reminder", direction="outbound")
        for seconds in (10, 20, 200):
            self.call("2026-11-05 10:00", "talked", None, waited=seconds)

    def call(
        self,
        when: str,
        outcome: str | None,
        caller: str | None,
        *,
        waited: int | None = None,
        state: str = "served",
        over: bool = True,
        **more: Any,
    ) -> None:
        """A call to the line; ``waited`` so many seconds for a person, who came unless ``state`` is gone."""
        began = at(when)
        row = CallRow(
            direction="inbound",
            purpose="inbound",
            from_number=caller or "anonymous",
            to_number="+56800422727",
            caller=caller,
            channel="phone",
            status="completed" if over else "in-progress",
            outcome=outcome,
            started_at=began,
            ended_at=began + timedelta(minutes=5) if over else None,
        )
        for name, value in more.items():
            setattr(row, name, value)
        self.session.add(row)
        self.session.flush()
        if waited is not None:
            until = began + timedelta(seconds=waited)
            wait = Wait(
                call_id=row.id,
                priority="standard",
                state=state,
                since=began,
                in_queue=True,
                round_since=began,
                talking_since=until if state == "served" else None,
                ended_at=until,
            )
            self.session.add(wait)
            self.session.flush()
            row.wait_id = wait.id

    def _visits(self) -> None:
        """Monday 2 November: the fifth business day is Monday 9, for the other project (closed once) 10."""
        monday = "2026-11-02 10:00"
        self.visit_of(self.case(monday), "2026-11-09 12:30")
        self.visit_of(self.case(monday), "2026-11-10 09:00")
        moved = self.case(monday)
        self.visit_of(moved, "2026-11-05 09:00", AppointmentStatus.CANCELLED)
        self.visit_of(moved, "2026-11-10 09:00")
        self.case(monday)  # still without a date
        self.case("2026-11-20 10:00")  # its term runs until Friday 27
        self.case(monday, Status.CANCELLED)
        self.case(monday, priority="urgent", urgent_kind="gas")
        self.session.add(
            ClosureDay(day=date(2026, 11, 5), working=False, reason="Cierre", project_id=self.lengas.id)
        )
        self.visit_of(self.case(monday, home=self.other_home), "2026-11-10 09:00")

    def _works(self) -> None:
        """Thursday 1 October: with the holiday of the 12th, the twentieth business day is the 30th."""
        for done in ("2026-10-30 18:00", "2026-10-31 10:00", None):
            case = make_case(self.session, self.home, Status.INSPECTED)
            self.event(case, "inspected", "2026-10-01 10:00")
            if done:
                self.event(case, "works_done", done)

    def _opinions(self) -> None:
        for outcome, score, category in (
            ("satisfied", 5, Category.DAMP),
            ("disputed", 2, Category.DAMP),
            ("unreachable", None, None),
        ):
            case = make_case(self.session, self.home, Status.WORKS_DONE, ())
            survey = Survey(case_id=case.id, outcome=outcome, score=score, created_at=at("2026-11-06 10:00"))
            self.session.add(survey)
            self.session.flush()
            if category is None:
                continue
            asked = [category, Category.DOORS]
            for about in asked:
                requirement = Requirement(case_id=case.id, category=about, status=RequirementStatus.DONE)
                self.session.add(requirement)
                self.session.flush()
                accepted = outcome == "satisfied" or about == Category.DOORS
                self.session.add(
                    SurveyAnswer(survey_id=survey.id, requirement_id=requirement.id, satisfied=accepted)
                )
        once, again = (make_case(self.session, self.home, Status.INSPECTED) for _ in range(2))
        self.event(once, "disputed", "2026-11-05 10:00")
        self.event(again, "disputed", "2026-09-01 10:00")
        self.event(again, "disputed", "2026-11-06 10:00")

    def _alarms(self) -> None:
        case = make_case(self.session, self.home)
        for kind, once in (
            ("visit_late", f"visit_late:{case.id}:2026-11-02"),
            ("overdue_works", f"overdue_works:{case.id}:2026-10-01:15"),
            ("overdue_works", f"overdue_works:{case.id}:2026-10-01:20"),
            ("urgent_unacknowledged", f"unacknowledged:{case.id}"),
            ("urgent_unacknowledged", f"unacknowledged:{case.id}:15"),
            ("callback", f"callback:{case.id}"),
        ):
            moment = at("2026-11-10 09:00")
            self.session.add(
                Task(
                    kind=kind,
                    state="open",
                    case_id=case.id,
                    due=moment,
                    detail="",
                    once=once,
                    created_at=moment,
                )
            )

    def case(self, when: str, status: Status = Status.OPEN, home: Home | None = None, **more: Any) -> Case:
        """A case that was opened then."""
        return make_case(self.session, home or self.home, status, created_at=at(when), **more)

    def visit_of(self, case: Case, when: str, status: AppointmentStatus = AppointmentStatus.BOOKED) -> None:
        """A visit of it."""
        self.session.add(
            Appointment(
                case_id=case.id,
                project_id=case.project_id,
                kind=AppointmentKind.VISIT,
                start=at(when),
                end=at(when) + timedelta(minutes=30),
                status=status,
                substitute=False,
                created_at=case.created_at,
            )
        )

    def event(self, case: Case, kind: str, when: str) -> None:
        """Something that happened to it."""
        self.session.add(CaseEvent(case_id=case.id, at=at(when), kind=kind, by="line", detail={}))
        self.session.flush()
