"""A small afternoon; the whole one is a command, see `tests.e2e.afternoon`."""

from tests.e2e.afternoon import Afternoon, faults
from tests.e2e.city import City
from tests.e2e.people import callers
from tests.e2e.reckoning import End


def test_nobody_is_lost_in_an_afternoon_and_both_accounts_agree(city: City) -> None:
    afternoon = Afternoon(city, callers(25, seed=3), seed=3)

    afternoon.play()

    assert faults(afternoon) == []
    assert {outcome.end for outcome in afternoon.by_the_telephones().values()} >= {End.TALK, End.CALLBACK}
