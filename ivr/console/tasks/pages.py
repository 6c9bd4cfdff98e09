"""The blueprint of tasks, and how a task is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from ivr.aftersales.recordings import State
from ivr.store.tables import Agent, Case, Home, Recording, Task

pages = Blueprint("tasks", __name__, url_prefix="/tareas", template_folder="templates")

_SILENT = frozenset({State.ABSENT, State.DROPPED})


@dataclass(frozen=True)
class Shown:
    """A task with what it is about."""

    task: Task
    case: Case | None
    #: Who sees to it.
    taken_by: str | None
    #: What was left, if it can be heard.
    sound: Recording | None

    @property
    def phone(self) -> str | None:
        """Where to ring: the number that the task names, else the case's first contact."""
        contacts = self.case.contacts if self.case is not None else []
        return self.task.phone or (contacts[0].phone if contacts else None)

    @property
    def timezone(self) -> str | None:
        """The project's."""
        return self.case.project.timezone if self.case is not None and self.case.project is not None else None


def shown(session: Session, found: Sequence[Task]) -> list[Shown]:
    """The tasks with what they are about: as many queries as there are kinds of that, however many tasks."""
    about = (
        select(Case)
        .where(Case.id.in_({task.case_id for task in found} - {None}))
        .options(
            joinedload(Case.project),
            joinedload(Case.home).lazyload(Home.project),
            selectinload(Case.contacts),
        )
    )
    cases = {case.id: case for case in session.scalars(about)}
    agents = select(Agent.id, Agent.name).where(Agent.id.in_({task.taken_by_id for task in found} - {None}))
    names = {row.id: row.name for row in session.execute(agents)}
    left = select(Recording).where(
        Recording.id.in_({task.recording_id for task in found} - {None}),
        Recording.storage_key.is_not(None),
        Recording.status.not_in(_SILENT),
    )
    sounds = {sound.id: sound for sound in session.scalars(left)}
    return [
        Shown(
            task,
            cases.get(task.case_id or 0),
            names.get(task.taken_by_id or 0),
            sounds.get(task.recording_id or 0),
        )
        for task in found
    ]
