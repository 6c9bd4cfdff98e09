"""What the switchboard's jobs work with."""

from typing import Protocol

from ivr.aftersales.carrier import Carrier
from ivr.clock import Clock
from ivr.settings import Settings
from ivr.store.session import Store


class Desk(Protocol):
    """Given to every job: the database, the telephone company, the operator's choices, and the time."""

    @property
    def store(self) -> Store: ...

    @property
    def carrier(self) -> Carrier: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...
