"""Which duty does which kind of work, and what all of them work with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from ivr.aftersales.carrier import Carrier
from ivr.clock import Clock
from ivr.present import Present
from ivr.store.jobs import JobKind
from ivr.store.session import Store
from ivr.switchboard import attendance, automated
from ivr.switchboard.duties import DUTIES
from ivr.telephony.storage import Storage
from worker import names, outbox, photos, promises, recordings, settling, texts
from worker.duty import Context, FoundKind, Handler

HANDLERS: Mapping[str, Handler] = {
    **DUTIES,
    JobKind.REMIND: promises.remind,
    JobKind.WATCH: promises.watch,
    JobKind.TEXT: texts.send,
    JobKind.RECORDING: recordings.copy,
    JobKind.PHOTO: photos.delete,
    JobKind.POST: outbox.post,
    JobKind.NAME: names.render,
    FoundKind.ANNOUNCE: outbox.announce,
    FoundKind.SETTLE: settling.settle,
    FoundKind.ABSENT: attendance.absent,
    FoundKind.PICK: automated.pick,
    FoundKind.PURGE: promises.purge,
}


class Line(Protocol):
    """What the worker needs of the line that was put together."""

    @property
    def present(self) -> Present: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def store(self) -> Store: ...
    @property
    def carrier(self) -> Carrier: ...
    @property
    def storage(self) -> Storage: ...


def context(line: Line, handlers: Mapping[str, Handler] = HANDLERS, **timing: timedelta) -> Context:
    """All that duties need; ``timing``: other times than `Context`'s own."""
    return Context(
        line.store, line.carrier, line.storage, line.clock, line.present, handlers=handlers, **timing
    )
