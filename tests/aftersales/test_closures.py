from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from ivr.aftersales import closures
from ivr.aftersales.calendar import BusinessCalendar, Closure
from ivr.errors import Duplicate, Invalid, NotFound
from ivr.store.session import Store
from ivr.store.tables import ClosureDay, Project
from tests.making import make_project

EVE = date(2026, 12, 24)
CHRISTMAS = date(2026, 12, 25)


def test_a_project_sees_overrides_of_the_nation_its_region_and_its_own(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session, region="RM")
        other = make_project(session, code="102", region="VS")
        closures.add(session, day=EVE, working=False, reason=" Cierre de la empresa ")
        closures.add(session, day=EVE, working=True, reason="Turno", region="RM")
        closures.add(session, day=EVE, working=False, reason="Mudanza", project=project)
        closures.add(session, day=EVE, working=False, reason="Otra región", region="VS")
        closures.add(session, day=EVE, working=False, reason="Otro proyecto", project=other)
        closures.add(session, day=CHRISTMAS, working=True, reason="Después")
        found = closures.for_project(session, project, EVE, EVE)
        assert set(found) == {
            Closure(EVE, False, "Cierre de la empresa", None, None),
            Closure(EVE, True, "Turno", "RM", None),
            Closure(EVE, False, "Mudanza", None, project.id),
        }
        assert BusinessCalendar("RM", "America/Santiago", found).why_not(EVE) == "Mudanza"
        assert len(closures.for_project(session, project, EVE, CHRISTMAS)) == 4


def test_a_project_without_region_sees_no_region(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        closures.add(session, day=EVE, working=False, reason="Región", region="RM")
        assert closures.for_project(session, make_project(session, region=None), EVE, EVE) == []


def test_a_day_is_overridden_once_in_a_scope(store: Store) -> None:
    with store.transaction() as session:
        project = make_project(session)
        scopes: list[tuple[str | None, Project | None]] = [(None, None), ("RM", None), (None, project)]
        for region, its in scopes:
            closures.add(session, day=EVE, working=False, reason="Cierre", region=region, project=its)
        for region, its in scopes:
            with pytest.raises(Duplicate):
                closures.add(session, day=EVE, working=True, reason="Otra vez", region=region, project=its)
        assert len(closures.page(session)[0]) == 3


def test_a_day_is_overridden_once_also_at_the_same_moment(store: Store) -> None:
    def override(_n: int) -> bool:
        try:
            with store.transaction() as session:
                closures.add(session, day=EVE, working=False, reason="Cierre")
        except Duplicate:
            return False
        return True

    with ThreadPoolExecutor(4) as operators:
        assert sum(operators.map(override, range(8))) == 1
    with store.reading() as session:
        assert len(closures.page(session)[0]) == 1


def test_an_override_can_be_taken_away(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        later: ClosureDay = closures.add(session, day=CHRISTMAS, working=True, reason="Turno")
        earlier = closures.add(session, day=EVE, working=False, reason="Cierre")
        first, cursor = closures.page(session, limit=1)
        assert first + closures.page(session, cursor)[0] == [earlier, later]
        closures.remove(session, earlier.id)
        assert closures.page(session)[0] == [later]
        with pytest.raises(NotFound):
            closures.remove(session, earlier.id)


def test_all_faults_of_an_override_come_at_once(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        with pytest.raises(Invalid) as fault:
            closures.add(session, day=EVE, working=False, reason=" ", region="XX")
        assert set(fault.value.fields) == {"reason", "region"}
        with pytest.raises(Invalid) as fault:
            closures.add(
                session, day=EVE, working=False, reason="x", region="RM", project=make_project(session)
            )
        assert set(fault.value.fields) == {"region"}
