"""/tasks: what people must do."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales import tasks
from ivr.aftersales.tasks import TaskKind
from ivr.api.clients import Scope
from ivr.api.fields import Answer, LocalMoment, Page, local, local_if
from ivr.api.operations import Nothing, Operations, Request
from ivr.api.recordings import links
from ivr.store.tables import Case, Project, Task

operations = Operations("tasks")

TaskStatus = Literal["open", "done"]


class TaskOut(Answer):
    id: int
    kind: TaskKind
    status: TaskStatus
    case: str | None
    phone: str | None
    due: LocalMoment
    #: Where the message that was left can be heard.
    recording: str | None
    detail: str
    created_at: LocalMoment
    done_at: LocalMoment | None
    done_by: str | None


class TaskPage(Answer):
    tasks: list[TaskOut]
    next: str | None


class TaskQuery(Page):
    status: TaskStatus | None = None


@operations.add("GET", "/tasks", scope=Scope.READ, given=TaskQuery, gives=TaskPage)
def page(request: Request[TaskQuery]) -> TaskPage:
    """Tasks in the order in which they are due."""
    given = request.given
    found, cursor = tasks.page(request.session, state=given.status, cursor=given.cursor, limit=given.limit)
    return TaskPage(tasks=_shown(request.session, found, request.office_timezone), next=cursor)


@operations.add("POST", "/tasks/<int:task_id>/done", scope=Scope.WRITE, given=Nothing, gives=TaskOut)
def done(request: Request[Nothing], task_id: int) -> TaskOut:
    """Somebody has done it. Said twice, the first stands."""
    task = tasks.get(request.session, task_id)
    tasks.done(request.session, task, request.client.name, request.now)
    return _shown(request.session, [task], request.office_timezone)[0]


def _shown(session: Session, found: Sequence[Task], office_timezone: str) -> list[TaskOut]:
    """Tasks with the numbers of their cases: two queries, however many tasks."""
    about = (
        select(Case.id, Case.number, Project.timezone)
        .outerjoin(Case.project)
        .where(Case.id.in_([task.case_id for task in found]))
    )
    cases = {row.id: row for row in session.execute(about)}
    heard_at = links(session, [task.recording_id for task in found if task.recording_id is not None])
    answers = []
    for task in found:
        case = cases.get(task.case_id)
        zone = case.timezone if case is not None and case.timezone else office_timezone
        answers.append(
            TaskOut(
                id=task.id,
                kind=TaskKind(task.kind),
                status="open" if task.state == tasks.OPEN else "done",
                case=case.number if case is not None else None,
                phone=task.phone,
                due=local(task.due, zone),
                recording=heard_at.get(task.recording_id or 0),
                detail=task.detail,
                created_at=local(task.created_at, zone),
                done_at=local_if(task.done_at, zone),
                done_by=task.done_by,
            )
        )
    return answers
