"""The demonstration data is what the README and the contract's examples speak of."""

from sqlalchemy import func, select

from ivr import demo
from ivr.aftersales import homes, numbers, projects
from ivr.aftersales.calendar import BusinessCalendar
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Agent, Home, HomePhone, Project
from ivr.switchboard.presence import Presence

LINE = ("+56800422727", "+56988894612", "+56986826248")


def test_there_are_projects_of_every_weekday_in_six_regions_and_three_time_zones(
    store: Store, clock: MovableClock
) -> None:
    demo.fill(store, clock)
    with store.reading() as session:
        found = session.scalars(select(Project)).all()
    assert {project.weekday for project in found} == {1, 2, 3, 4, 5}
    assert len({project.region for project in found}) >= 6
    assert {(project.region, project.timezone) for project in found} >= {
        ("MA", "America/Punta_Arenas"),
        ("AI", "America/Coyhaique"),
        ("RM", "America/Santiago"),
    }
    for project in found:
        BusinessCalendar(project.region, project.timezone)


def test_there_are_forty_homes_whose_telephones_can_all_be_contacts(
    sqlite_store: Store, clock: MovableClock
) -> None:
    demo.fill(sqlite_store, clock)
    with sqlite_store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 40
        phones = session.scalars(select(HomePhone.phone)).all()
        owners = session.scalars(select(Home.owner)).all()
    assert [numbers.contact(phone, LINE) for phone in phones] == list(phones)
    assert all(owners)


def test_the_keys_of_the_contract_lead_to_one_apartment(sqlite_store: Store, clock: MovableClock) -> None:
    demo.fill(sqlite_store, clock)
    with sqlite_store.reading() as session:
        (project,) = projects.by_keypad(session, "101")
        (home,) = homes.matching(session, project.id, "1204")
        assert home.number == "1204"
        assert [found.number for found in homes.matching(session, project.id, "7")] == ["Casa 7"]
        assert [found.number for found in homes.matching(session, project.id, "12")] == ["A-12", "B-12"]
        assert [found.number for found in homes.matching(session, project.id, "304")] == [
            "Torre A 304",
            "Torre B 304",
        ]


def test_two_projects_begin_alike_on_a_keypad(sqlite_store: Store, clock: MovableClock) -> None:
    demo.fill(sqlite_store, clock)
    with sqlite_store.reading() as session:
        found = projects.by_keypad(session, projects.keypad_letters("Los"))
    assert [project.name for project in found] == ["Los Almendros", "Los Aromos"]


def test_five_agents_stand_in_for_each_other_in_an_order(sqlite_store: Store, clock: MovableClock) -> None:
    demo.fill(sqlite_store, clock)
    with sqlite_store.reading() as session:
        agents = session.scalars(select(Agent)).all()
    assert len(agents) == 5
    levels = sorted(agent.on_call_level for agent in agents if agent.on_call_level is not None)
    assert levels == [1, 2, 3, 4]
    assert sum(agent.presence == Presence.AVAILABLE for agent in agents) == 3


def test_the_people_to_dial_as_are_who_they_are_said_to_be(sqlite_store: Store, clock: MovableClock) -> None:
    demo.fill(sqlite_store, clock)
    owner, of_several, stranger, withheld = demo.PEOPLE
    with sqlite_store.reading() as session:
        assert [home.number for home in homes.of_phone(session, owner.number)] == ["1204"]
        assert len(homes.of_phone(session, of_several.number)) == 3
        assert homes.of_phone(session, stranger.number) == []
    assert numbers.usable_caller(stranger.number, LINE) == stranger.number
    assert numbers.usable_caller(withheld.number, LINE) is None


def test_a_database_that_is_in_use_stays_as_it_is(sqlite_store: Store, clock: MovableClock) -> None:
    with sqlite_store.transaction() as session:
        projects.create(session, code="900", name="Nuestro", weekday=1, now=clock.now())
    demo.fill(sqlite_store, clock)
    with sqlite_store.reading() as session:
        assert session.scalars(select(Project.code)).all() == ["900"]
        assert session.scalars(select(Home.id)).all() == []
