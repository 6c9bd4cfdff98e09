"""A file of homes: what it would change is told first, and is what it then changes."""

import pytest
from sqlalchemy import select

from ivr import home_register
from ivr.errors import Duplicate, Invalid
from ivr.home_register import Verdict
from ivr.imports import ImportFault
from ivr.store.session import Store
from ivr.store.tables import Home
from tests.making import at, make_home, make_project

NOW, LINE = at("2026-11-24 10:00"), "+56988894612"
HEAD = "project,number,owner,phones,registered_on\n"


def test_rows_are_new_changed_same_or_wrong(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        make_home(session, project, "1204", owner="Camila Rojas")
        make_home(session, project, "1205", owner="Pedro Soto")
        unknown = make_home(session, project, "77", owner=None, verified=False)
        content = (
            f"{HEAD}101,1204,Camila R.,+56991234567,2025-08-26\n101,1205,,,\n101,77,,,\n101,1301,Rosa,,\n"
            f"999,1,,,\n101,1302,,{LINE},\n101,1301,Otra,,\n101,,,,\n101,1303,,,ayer\n"
        ).encode()
        plan = home_register.plan(session, content, "homes.csv", own=[LINE])
        assert [(row.line, row.verdict) for row in plan.rows] == [
            (2, Verdict.CHANGED),
            (3, Verdict.SAME),
            (4, Verdict.CHANGED),
            (5, Verdict.NEW),
            *((line, Verdict.WRONG) for line in range(6, 11)),
        ]
        changed = plan.rows[0]
        assert changed.differences["owner"] == ("Camila Rojas", "Camila R.")
        assert set(changed.differences) == {"owner", "phones", "registered_on"}
        assert plan.rows[2].differences == {"verified": (False, True)}
        faults = [row.fault for row in plan.of(Verdict.WRONG)]
        assert isinstance(faults[2], Duplicate)
        named = [set(fault.fields) for fault in faults if isinstance(fault, Invalid)]
        assert named == [{"project"}, {"phones"}, {"number"}, {"registered_on"}]
        with pytest.raises(Invalid):
            home_register.carry_out(session, plan, now=NOW)
        assert not unknown.verified


def test_what_was_planned_is_done(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        make_home(session, project, "1204", owner="Camila Rojas")
        plan = home_register.plan(session, f"{HEAD}101,1204,,+56991234567,\n101,1301,Rosa,,\n".encode(), "x")
        home_register.carry_out(session, plan, now=NOW)
        first, second = session.scalars(select(Home).order_by(Home.id))
        assert (first.owner, [phone.phone for phone in first.phones]) == ("Camila Rojas", ["+56991234567"])
        assert (second.number, second.owner, second.verified) == ("1301", "Rosa", True)
        again = home_register.plan(session, f"{HEAD}101,1204,,+56991234567,\n".encode(), "x")
        assert [row.verdict for row in again.rows] == [Verdict.SAME]


def test_what_is_no_such_file_is_refused(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session:
        for content in (b"", b"a,b\n", b"\xff\xfe"):
            with pytest.raises(ImportFault):
                home_register.plan(session, content, "x.csv")
        broken = home_register.plan(session, b"project,number\n101\n", "x.csv")
        assert [(row.line, row.fault) for row in broken.of(Verdict.WRONG)] == [(2, None)]
