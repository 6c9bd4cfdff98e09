"""The settings as they are now: the environment's, with what administrators changed in the console.

Each process has its own copy, which a thread reads anew every `EVERY` seconds: a change counts everywhere
within that time, and no webhook pays a query for it or fails with it. While the database is out of reach,
what was read last holds.
"""

from collections.abc import Iterable
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ivr import choices
from ivr.errors import RuleError
from ivr.settings import Settings
from ivr.store.jobs import insert_for
from ivr.store.session import Store
from ivr.store.tables import Agent, SettingOverride

log = structlog.get_logger(__name__)

#: Seconds between two looks at what was changed.
EVERY = 3.0


class Present:
    """Answers the present settings of one process. Whoever does one thing asks once."""

    def __init__(self, environment: Settings) -> None:
        #: As the process was started with: what holds where nobody changed anything.
        self.environment = environment
        self._settings = environment

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._settings

    def refresh(self, store: Store) -> None:
        """Read what was changed: one query, in a transaction of its own."""
        with store.reading() as session:
            changed = overrides(session)
        self._settings = under(self.environment, changed.values())


def overrides(session: Session) -> dict[str, SettingOverride]:
    """Everything that was changed, by the names of `choices.Choices`."""
    return {each.name: each for each in session.scalars(select(SettingOverride))}


def under(environment: Settings, changed: Iterable[SettingOverride]) -> Settings:
    """The settings with what was changed; what another version wrote and this one cannot read is left out."""
    values: dict[str, object] = {}
    for each in changed:
        try:
            values[each.name] = choices.read(each.name, each.value)
        except RuleError as fault:
            log.error("setting_ignored", setting=each.name, reason=fault.code)
    return environment.model_copy(update=values)


def change(session: Session, name: str, text: str, *, by: Agent, now: datetime) -> None:
    """From now on that choice is what ``text`` says, written as in the environment.

    Raises NotFound for a setting that only the environment sets, Invalid (``name``) for a wrong text.
    """
    value = {"value": choices.written(choices.read(name, text)), "changed_at": now, "changed_by": by.id}
    fresh = insert_for(session, SettingOverride).values(name=name, **value)
    session.execute(fresh.on_conflict_do_update(index_elements=["name"], set_=value))


def restore(session: Session, name: str) -> None:
    """From now on that choice is the environment's again; also if it was so already."""
    session.execute(delete(SettingOverride).where(SettingOverride.name == name))
