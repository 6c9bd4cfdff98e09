"""Which of the switchboard's functions does which kind of due work."""

from collections.abc import Callable, Mapping

from ivr.store.jobs import Again, Done, JobKind
from ivr.switchboard import (
    arriving,
    automated,
    calling_out,
    connecting,
    hanging_up,
    owners,
    ringing,
    rooms,
    talking,
)
from ivr.switchboard.desk import Desk

DUTIES: Mapping[str, Callable[[Desk, int], Done | Again]] = {
    JobKind.RING: ringing.ring,
    JobKind.CONNECT: connecting.connect,
    JobKind.DIAL: owners.dial,
    JobKind.CALL_OUT: calling_out.dial,
    JobKind.PLACE: automated.place,
    JobKind.MACHINE: automated.tell_machine,
    JobKind.GUEST: arriving.dial,
    JobKind.ROOM: rooms.arrange,
    JobKind.HANG_UP: hanging_up.hang_up,
    JobKind.WRAP_UP: talking.wrapped_up,
}
