"""The call as a step sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ivr.aftersales import cases
from ivr.errors import NotUnderstood
from ivr.settings import Settings
from ivr.store.tables import CallRow, Case, Recording

T = TypeVar("T")

#: Where a call's notes say which conversation behind the main menu it is in.
CONVERSATION = "conversation"


@dataclass(frozen=True)
class Heard:
    """What the caller's side of a turn brought. ``digits`` empty: silence."""

    digits: str = ""
    speech: str = ""
    #: The carrier's sid and seconds of what was recorded.
    recording_sid: str | None = None
    recording_seconds: int = 0
    #: Everything that the carrier sent, for the few steps that need more.
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def hung_up(self) -> bool:
        return self.digits == "hangup"


@dataclass
class Call:
    """One webhook's view of a call: who calls, what was pressed, what was noted, and the database.

    ``notes`` are kept with the call from turn to turn; whatever is put there must be plain JSON.
    """

    row: CallRow
    db: Session
    now: datetime
    settings: Settings
    heard: Heard
    notes: dict[str, Any]
    recording: Recording | None = None
    _case: Case | None = None

    @property
    def digits(self) -> str:
        """The keys of this answer; empty for silence or words."""
        return self.heard.digits

    @property
    def speech(self) -> str:
        """The words of this answer; empty for keys or silence."""
        return self.heard.speech

    @property
    def caller(self) -> str | None:
        """The caller's own number in E.164, only if it is a valid Chilean one."""
        return self.row.caller

    @property
    def own_numbers(self) -> Sequence[str]:
        """The line's own numbers, which are nobody's contact."""
        return self.settings.line_numbers

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.settings.timezone)

    @property
    def today(self) -> date:
        """The office's present day."""
        return self.now.astimezone(self.zone).date()

    @property
    def case(self) -> Case:
        """The case that this call is about, its row locked until the end of the turn."""
        if self._case is None:
            self._case = cases.lock(self.db, self._case_id)
        return self._case

    def case_to_book(self) -> Case:
        """The case, and its project's diary locked with it: nobody else is given a date meanwhile."""
        self._case = cases.lock_diary(self.db, self._case_id)
        return self._case

    def case_to_contact(self) -> Case:
        """The case, locked, with the numbers at which its owner is reached."""
        self._case = cases.lock_with_contacts(self.db, self._case_id)
        return self._case

    @property
    def _case_id(self) -> int:
        if self.row.case_id is None:
            raise LookupError("the call has no case yet")
        return self.row.case_id

    @property
    def urgent(self) -> bool:
        """Whether the caller is urgent: from the main menu's key on, and with their case ever after."""
        return self.row.urgent or self.notes.get(CONVERSATION) == "urgent"

    @property
    def has_case(self) -> bool:
        return self.row.case_id is not None

    def about(self, case: Case) -> None:
        """From now on the call is about ``case``."""
        self.row.case_id = case.id
        self.row.home_id = case.home_id
        self._case = None

    def one_of(self, offered: Sequence[T]) -> T:
        """The offered thing whose number was pressed, counting from 1.

        Raises:
            NotUnderstood: no such key was offered.
        """
        if len(self.digits) != 1 or not self.digits.isdigit() or not 1 <= int(self.digits) <= len(offered):
            raise NotUnderstood(self.digits)
        return offered[int(self.digits) - 1]


@dataclass(frozen=True)
class Waiting:
    """A caller in the queue, as the words spoken there see them. Read only."""

    row: CallRow
    db: Session
    now: datetime
    settings: Settings
    #: The key pressed during the last announcement; empty for none.
    digits: str
    #: Seconds in the queue so far, by the carrier's count.
    seconds: int


@dataclass(frozen=True)
class Ended:
    """A call that is over, for the conversations that must not let anything be lost."""

    row: CallRow
    db: Session
    now: datetime
    settings: Settings
    #: Notes and open question of the last turn.
    notes: dict[str, Any]
    asks: str | None
    #: Whether the end was dealt with before, and a last key of the caller came later than its news.
    again: bool = False
