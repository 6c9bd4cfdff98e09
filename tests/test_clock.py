"""The machine's clock is set by somebody: what a running process makes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ivr.clock import WallClock

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Machine:
    """A computer whose clock somebody sets, while its seconds pass as they do."""

    wall: datetime = NOON
    ticks: float = 1000.0

    def clock(self) -> WallClock:
        return WallClock(lambda: self.wall, lambda: self.ticks)

    def run(self, by: timedelta) -> None:
        self.wall += by
        self.ticks += by.total_seconds()


def test_a_clock_that_is_set_back_goes_on_until_the_machine_has_caught_up() -> None:
    """By itself: a line that stayed an hour ahead would call owners at the wrong hours."""
    machine = Machine()
    clock = machine.clock()
    machine.wall -= HOUR
    assert clock.now() == NOON
    machine.run(timedelta(minutes=1))
    assert clock.now() == NOON + timedelta(seconds=30)
    machine.run(2 * HOUR - timedelta(minutes=1))
    assert clock.now() == machine.wall == NOON + HOUR
    machine.run(timedelta(minutes=1))
    assert clock.now() == machine.wall


def test_a_clock_that_is_set_back_is_believed_by_a_process_that_starts_later() -> None:
    machine = Machine()
    machine.wall -= HOUR
    assert machine.clock().now() == NOON - HOUR


def test_a_clock_that_is_set_forward_is_followed_at_once() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += HOUR
    assert clock.now() == NOON + HOUR
    machine.run(timedelta(minutes=1))
    assert clock.now() == NOON + HOUR + timedelta(minutes=1)


def test_a_correction_of_less_than_a_second_is_followed_however_often_it_comes() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(10):
        machine.run(timedelta(minutes=1))
        machine.wall -= timedelta(milliseconds=900)
        assert clock.now() == machine.wall
