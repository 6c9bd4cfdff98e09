"""What the API works with."""

from dataclasses import dataclass

from ivr.clock import Clock
from ivr.present import Present
from ivr.settings import Settings
from ivr.store.session import Store
from ivr.telephony.deadline import Deadline
from ivr.telephony.storage import Storage

#: Where the API begins on the public address.
PREFIX = "/api/v1"


@dataclass(frozen=True)
class ApiContext:
    """The database, the time, the operator's choices, where recordings are kept, and how long it may take."""

    store: Store
    clock: Clock
    present: Present
    storage: Storage
    deadline: Deadline

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self.present.settings
