"""Weeks in the life of cases, in seconds: the line and the simulated carrier, each to the other over HTTP.

    with open_journey(store, folder, at("2026-11-24 10:00")) as life:
        owner = life.telephone(OWNER, "1 1 1")       # the keys of each call that they answer
        number = life.inspected("1204", OWNER)
        life.passes(minutes=2)                       # the works call rings, is answered, and is over

Webhooks are signed and go to a server, REST requests go to another; the clock is the test's to move, and what
is due is done when it says so.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from flask import Flask
from sqlalchemy import select

from ivr.aftersales.life import STANDARD_CATEGORIES, RequirementStatus, Status
from ivr.app import create_app, open_line
from ivr.clock import MovableClock
from ivr.simulator.blueprint import simulator_blueprint
from ivr.simulator.carrier import CallRecord, NumberConfig, SimulatedCarrier
from ivr.simulator.telephones import ScriptedTelephone
from ivr.store.session import Store
from ivr.store.tables import CallRow, CaseContact, Home, HomePhone, Project
from ivr.switchboard import presence
from tests.e2e.city import served
from tests.line import ACCOUNT, LINE, MOBILE_LINE, TOKEN, settings
from tests.making import at, make_case, make_home, make_project
from tests.servers import free_port
from worker.clock import look
from worker.duties import context
from worker.duty import Context
from worker.runner import run

LINE_600, SUPERVISOR, AGENT = "+56600123456", "+56977776666", "+56990010001"
#: Real seconds that anything may take on a busy machine.
PATIENCE = 60.0


@dataclass
class Journey:
    """The line, the carrier, and the people at their telephones."""

    carrier: SimulatedCarrier
    store: Store
    clock: MovableClock
    context: Context
    url: str

    # -- time ----------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Do what is due and what becomes due by it, until nothing is and no call goes on."""
        deadline = time.monotonic() + PATIENCE
        is_over = False
        while not is_over:
            assert time.monotonic() < deadline, "a call never comes to its end"
            was_quiet = self._is_quiet()
            taken = look(self.context, 20)
            for each in taken:
                run(self.context, each)
            is_over = was_quiet and not taken

    def _is_quiet(self) -> bool:
        """Whether no call goes on and no webhook is under way; waits a moment for it."""
        try:
            self.carrier.settle(0.05)
        except TimeoutError:
            return False
        return True

    def passes(self, **time: float) -> None:
        """Time goes by, and what is due then is done."""
        self.clock.forward(timedelta(**time))
        self.work()

    def until(self, wall: str) -> None:
        """It becomes that time in Santiago, and what is due then is done."""
        self.clock.set(at(wall))
        self.work()

    def calls_go_out(self) -> None:
        """The calls that are due now are announced by text, and a minute later they ring."""
        self.work()
        for _ in range(3):
            self.passes(seconds=61)

    def meanwhile(self, is_so: Callable[[], bool]) -> None:
        """Do what becomes due while a call goes on, until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, f"never came true: {is_so}"
            for each in look(self.context, 5):
                run(self.context, each)
            time.sleep(0.02)

    # -- people --------------------------------------------------------------------------------------------

    def telephone(self, number: str, *keys: str, **more: Any) -> ScriptedTelephone:
        """Somebody who answers, with the keys of each call in turn; the last ones for all further calls."""
        telephone = ScriptedTelephone(number, keys=keys, **more)
        self.carrier.connect(telephone)
        return telephone

    def owns(self, apartment: str, *phones: str) -> None:
        """An apartment of Los Aromos, visits on Thursdays, with the telephones of its people."""
        with self.store.transaction() as session:
            project = session.scalars(select(Project)).one_or_none() or make_project(session)
            make_home(session, project, apartment, phones=[HomePhone(phone=phone) for phone in phones])

    def on_call(self, *keys: str) -> ScriptedTelephone:
        """The agent Marcela Soto, first of the on-call list; her telephone."""
        with self.store.transaction() as session:
            made = presence.create(
                session,
                name="Marcela Soto",
                phone=AGENT,
                email="marcela@example.com",
                skills=["standard", "urgent"],
                on_call_level=1,
                now=self.clock.now(),
            )
            presence.update(session, made, now=self.clock.now(), presence="available")
        return self.telephone(AGENT, *keys, stays=True)

    # -- what the office does, by the API ------------------------------------------------------------------

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers; it must be a success. Asked to come again, the office does, once."""
        headers = {"Authorization": "Bearer api-token"}

        def ask() -> httpx.Response:
            address = f"{self.url}/api/v1{path}"
            return httpx.request(
                method, address, json=body, headers=headers, trust_env=False, timeout=PATIENCE
            )

        answer = ask()
        if answer.status_code == 503:
            time.sleep(int(answer.headers["Retry-After"]))
            answer = ask()
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def case(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api("GET", f"/cases/{number}")
        return found

    def inspected(self, apartment: str, *contacts: str, covered: tuple[bool, ...] = (True,)) -> str:
        """A case on which the inspector has just reported; its number. The works call is due."""
        number = self._came_as_far_as(
            Status.VISIT_SCHEDULED, RequirementStatus.REPORTED, apartment, contacts, len(covered)
        )
        self.inspects(number, *covered)
        return number

    def repaired(self, apartment: str, *contacts: str, requirements: int = 1) -> str:
        """A case whose works were just received; its number. The satisfaction call is due."""
        number = self._came_as_far_as(
            Status.WORKS_SCHEDULED, RequirementStatus.COVERED, apartment, contacts, requirements
        )
        self.receives_works(number)
        return number

    def _came_as_far_as(
        self,
        status: Status,
        requirement: RequirementStatus,
        apartment: str,
        contacts: tuple[str, ...],
        requirements: int,
    ) -> str:
        self.owns(apartment)
        with self.store.transaction() as session:
            home = session.scalars(select(Home).where(Home.number == apartment)).one()
            case = make_case(
                session,
                home,
                status,
                (requirement,) * requirements,
                contacts=[CaseContact(phone=phone) for phone in contacts],
                created_at=self.clock.now(),
            )
            for each, category in zip(case.requirements, STANDARD_CATEGORIES[3:], strict=False):
                each.category = category
            return case.number

    def inspects(self, number: str, *covered: bool) -> None:
        """The inspector reports on all that waits for an inspection."""
        waiting = [each for each in self.case(number)["requirements"] if each["status"] in _UNINSPECTED]
        results = [
            {"requirement": each["id"], "covered": verdict, "note": None if verdict else "Es desgaste."}
            for each, verdict in zip(waiting, covered, strict=True)
        ]
        self.api("POST", f"/cases/{number}/inspection", {"results": results})

    def receives_works(self, number: str) -> None:
        """The crew has been there."""
        self.api("POST", f"/cases/{number}/works-done", {"received_by": "Camila Rojas"})

    # -- what is seen of it --------------------------------------------------------------------------------

    def rows(self, table: Any) -> list[Any]:
        """All rows of a table, oldest first."""
        with self.store.reading() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def calls(self, number: str) -> list[CallRecord]:
        """The calls that the line has made to that telephone, oldest first."""
        return [call.record() for call in self.carrier.calls_to(number)]

    def outcomes(self, number: str) -> list[tuple[str, str | None]]:
        """Purpose and outcome of each of them, as the line has written them down."""
        return [(row.purpose, row.outcome) for row in self.rows(CallRow) if row.to_number == number]

    def texts(self, number: str) -> list[str]:
        """What that telephone was texted, oldest first."""
        return self.carrier.texts_to(number)

    def tasks(self) -> list[tuple[str, str | None]]:
        """Kind and case of each open task, in the order in which they are due."""
        return [(task["kind"], task["case"]) for task in self.api("GET", "/tasks?status=open")["tasks"]]

    def dates(self, number: str) -> list[tuple[str, str]]:
        """Kind and status of each appointment of a case."""
        return [(each["kind"], each["status"]) for each in self.case(number)["appointments"]]

    def verdicts(self, number: str) -> list[str]:
        """The status of each requirement of a case."""
        return [each["status"] for each in self.case(number)["requirements"]]


_UNINSPECTED = {"reported", "disputed"}


@contextmanager
def open_journey(store: Store, folder: Path, moment: datetime, **choices: Any) -> Iterator[Journey]:
    """Begin on this database, which has all tables, at ``moment``. ``choices``: settings."""
    clock = MovableClock(moment)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    numbers = {number: NumberConfig() for number in (LINE, MOBILE_LINE, LINE_600)}
    carrier = SimulatedCarrier(ACCOUNT, TOKEN, url, numbers, now=clock.now)
    pretend = Flask("carrier")
    pretend.register_blueprint(simulator_blueprint(carrier), url_prefix="/carrier")
    with ExitStack() as stack:
        carrier.api_url = f"{stack.enter_context(served(pretend))}/carrier"
        carrier.start()
        stack.callback(carrier.stop)
        chosen = settings(
            "sqlite://",
            folder,
            public_url=url,
            carrier_url=carrier.api_url,
            outbound_number=LINE_600,
            supervisor_number=SUPERVISOR,
            calls_per_second=1000,
            **choices,
        )
        line = open_line(chosen, clock=clock, store=store)
        stack.enter_context(served(create_app(line), port))
        yield Journey(carrier, store, clock, context(line), url)
        assert carrier.alerts == []
