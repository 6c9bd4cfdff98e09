"""Every exception that crosses a room's door.

::

    PostventaError
    ├── SettingsError            the environment is wrong; the message names every fault at once
    ├── StoreError
    │   ├── OutdatedDatabase     migrations are missing: run ``ivr db upgrade``
    │   └── BackupError          a backup cannot be made, read or taken in; the message says what to do
    │       └── DamagedBackup    the file is not what was once written
    ├── RuleError                a business rule says no; ``code`` is stable, the message is for a person
    │   ├── NotFound             404: what was named does not exist
    │   ├── Conflict             409: at odds with what is stored
    │   │   ├── MoveNotAllowed   the life-cycle table does not list this move
    │   │   ├── SlotTaken        the slot is full, or outside the rules
    │   │   └── Duplicate        it exists already
    │   └── Invalid              422: a field is wrong; ``fields`` says which and why
    ├── CarrierError             the telephone company
    │   ├── CarrierRefused       it understood and said no (4xx): the same request will not succeed
    │   │   ├── CarrierGone      what was named is no longer there (404, 21220)
    │   │   └── NotDialled       it was not even asked: the line does not ring this number, or not today
    │   ├── CarrierBusy          it asked us to slow down (429): nothing was done
    │   └── CarrierUnclear       no answer, or 5xx: it may have been done, so look before doing it again
    └── DialogueError
        ├── NotUnderstood        the key or the words mean nothing to this question: it is asked again
        └── UnknownStep          no step of that name is left in the running code
"""

from collections.abc import Mapping
from typing import Any


class PostventaError(Exception):
    """The root of what this product raises on purpose."""


class SettingsError(PostventaError):
    """The environment is wrong; the message names every fault at once."""


class StoreError(PostventaError):
    """The database cannot be used."""


class OutdatedDatabase(StoreError):
    """The database lacks migrations of the running code."""


class BackupError(StoreError):
    """A backup cannot be made, read or taken in; the message says why and what to do."""


class DamagedBackup(BackupError):
    """The file is not what was once written: cut short, changed, or never a backup."""


class RuleError(PostventaError):
    """A business rule says no. ``code`` is stable and for programs, the message is for a person."""

    code = "rule"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code:
            self.code = code


class NotFound(RuleError):
    """What was named does not exist."""

    code = "not_found"


class Conflict(RuleError):
    """The request is at odds with what is stored."""

    code = "conflict"


class MoveNotAllowed(Conflict):
    """The life-cycle table does not list this move."""

    code = "move_not_allowed"


class SlotTaken(Conflict):
    """The slot is full, or outside the rules of booking."""

    code = "slot_taken"


class Duplicate(Conflict):
    """It exists already."""

    code = "duplicate"


class Invalid(RuleError):
    """One or more fields are wrong; ``fields`` maps each one's name to the reason."""

    code = "invalid"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class CarrierError(PostventaError):
    """The telephone company did not do what was asked."""


class CarrierRefused(CarrierError):
    """It understood and said no: the same request will not succeed. ``code`` is the carrier's own."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class CarrierGone(CarrierRefused):
    """The call, queue member or recording that was named is no longer there."""


class NotDialled(CarrierRefused):
    """It was not even asked: the line does not ring this number, or not any more today."""


class CarrierBusy(CarrierError):
    """It asked us to slow down; nothing was done."""


class CarrierUnclear(CarrierError):
    """No answer, or a fault on its side: it may have been done. Look before doing it again."""


class DialogueError(PostventaError):
    """A conversation cannot go on as written."""


class NotUnderstood(DialogueError):
    """The key or the words mean nothing to this question: the engine says why and asks it again.

    ``prompt`` is the sentence that says why; without one, the general one is said.
    """

    def __init__(self, entered: str = "", prompt: Any = None) -> None:
        super().__init__(entered)
        self.prompt = prompt


class UnknownStep(DialogueError):
    """No step of that name is left in the running code (a deploy during the call)."""
