"""The page of a case: how it stands, what to do, and all that happened."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ivr.aftersales import case_search, cases, photos, recordings, tasks
from ivr.console import trace, words
from ivr.console.access import Visit, allowed
from ivr.console.cases import next_steps, telling
from ivr.console.cases.pages import pages, place
from ivr.console.fields import DataRequired, Length, TextAreaField
from ivr.console.forms import ConsoleForm
from ivr.console.trace import Step
from ivr.errors import Invalid, RuleError
from ivr.store.tables import Agent, CallRow, Case, Home, Photo, Recording, Task, TextRow, TurnRow
from ivr.switchboard import calling_out
from ivr.switchboard.accounts import Role

#: The newest calls, texts and cases of the home that a page shows.
_MOST = 30
_LONGEST_COMMENT = 4000
_SILENT = frozenset({recordings.State.ABSENT, recordings.State.DROPPED})


class CommentForm(ConsoleForm):
    """A remark."""

    text = TextAreaField(
        "Comentario",
        [
            DataRequired("Escriba el comentario."),
            Length(max=_LONGEST_COMMENT, message=f"Use hasta {_LONGEST_COMMENT} caracteres."),
        ],
        description="Lo leen los demás en la historia de la solicitud; el propietario no lo recibe.",
    )


@dataclass(frozen=True)
class Call:
    """A call about the case: who with, its trace, and what can be heard of it."""

    row: CallRow
    agent: str | None
    steps: Sequence[Step]
    sounds: Sequence[Recording]


@dataclass(frozen=True)
class File:
    """What the page shows besides the case itself: as many queries as there are kinds of things."""

    calls: Sequence[Call]
    texts: Sequence[TextRow]
    tasks: Sequence[Task]
    #: What was said of requirements and in surveys, by the recording's id, where it can be heard.
    sounds: Mapping[int, Recording]
    photos: Mapping[int, Sequence[Photo]]
    #: Other cases of the home, newest first.
    of_home: Sequence[Case]
    followed_by: Sequence[Case]
    overdue: bool


@pages.get("/<number>")
@allowed(Role.AGENT)
def show(visit: Visit, number: str) -> ResponseReturnValue:
    """One case."""
    return _page(visit, cases.get(visit.session, number), CommentForm())


@pages.post("/<number>/comentario")
@allowed(Role.AGENT)
def comment(visit: Visit, number: str) -> ResponseReturnValue:
    """Add a remark. Two at once are two remarks."""
    case = cases.get(visit.session, number, locked=True)
    form = CommentForm()
    if form.validate_on_submit():
        with visit.attempt(form):
            cases.comment(visit.session, case, form.text.data, by=visit.agent.name, now=visit.now)
            visit.record("comment", f"case:{number}")
            flash("Comentario guardado.", "success")
            return redirect(url_for(".show", number=number, _anchor="historia"), 303)
    return _page(visit, case, form)


@pages.post("/<number>/llamar")
@allowed(Role.AGENT)
def call(visit: Visit, number: str) -> ResponseReturnValue:
    """Ring the agent's telephone, and on their key that of the case's contact which they chose."""
    case = cases.get(visit.session, number)
    phone = request.form.get("phone", "")
    try:
        if phone not in {contact.phone for contact in case.contacts}:
            raise Invalid("no contact of the case", {"phone": "a contact of the case"})
        calling_out.ring(
            visit.session, visit.agent, phone, case=case, settings=visit.context.settings, now=visit.now
        )
    except RuleError as refusal:
        visit.session.rollback()
        flash(words.refusal(refusal), "danger")
    else:
        visit.record("call", f"case:{number}")
        flash("Está sonando su teléfono: conteste y marque 1 para llamar al propietario.", "success")
    return redirect(url_for(".show", number=number), 303)


def _page(visit: Visit, case: Case, form: CommentForm) -> ResponseReturnValue:
    content = render_template(
        "cases/show.html",
        case=case,
        place=place(case),
        timezone=case.project.timezone if case.project is not None else None,
        next=next_steps.of(case, visit.now),
        file=_file(visit.session, case),
        most=_MOST,
        history=telling.told(case),
        form=form,
        now=visit.now,
    )
    return content, form.status


def _file(session: Session, case: Case) -> File:
    of_case = select(CallRow).where(CallRow.case_id == case.id).order_by(CallRow.id.desc()).limit(_MOST)
    calls = session.scalars(of_case).all()
    sounds = _sounds(session, case, calls)
    texts = select(TextRow).where(TextRow.case_id == case.id).order_by(TextRow.id.desc()).limit(_MOST)
    following = session.scalars(select(Case).where(Case.follows_id == case.id)).all()
    return File(
        calls=_calls(session, calls, sounds),
        texts=session.scalars(texts).all(),
        tasks=tasks.of_case(session, case),
        sounds={each.id: each for each in sounds},
        photos=photos.of_case(session, case),
        of_home=_of_home(session, case),
        followed_by=following,
        overdue=case_search.is_overdue(session, case),
    )


def _sounds(session: Session, case: Case, calls: Sequence[CallRow]) -> Sequence[Recording]:
    """What can be heard: of requirements and surveys, and of these calls."""
    said = {each.recording_id for each in case.requirements} | {each.comment_id for each in case.surveys}
    wanted = select(Recording).where(
        or_(Recording.id.in_(said - {None}), Recording.call_id.in_([each.id for each in calls])),
        Recording.storage_key.is_not(None),
        Recording.status.not_in(_SILENT),
    )
    return session.scalars(wanted.order_by(Recording.id)).all()


def _calls(session: Session, calls: Sequence[CallRow], sounds: Sequence[Recording]) -> list[Call]:
    ids = [each.id for each in calls]
    turns: dict[int, list[TurnRow]] = defaultdict(list)
    for turn in session.scalars(select(TurnRow).where(TurnRow.call_id.in_(ids)).order_by(TurnRow.turn)):
        turns[turn.call_id].append(turn)
    known = select(Agent.id, Agent.name).where(Agent.id.in_({each.agent_id for each in calls} - {None}))
    names = {row.id: row.name for row in session.execute(known)}
    return [
        Call(
            row=each,
            agent=names.get(each.agent_id or 0),
            steps=trace.in_order(turns[each.id], each.ended_at),
            sounds=[sound for sound in sounds if sound.call_id == each.id],
        )
        for each in calls
    ]


def _of_home(session: Session, case: Case) -> Sequence[Case]:
    if case.home_id is None:
        return []
    wanted = (
        select(Case)
        .where(Case.home_id == case.home_id, Case.id != case.id)
        .options(
            selectinload(Case.requirements),
            joinedload(Case.project),
            joinedload(Case.home).lazyload(Home.project),
        )
    )
    return session.scalars(wanted.order_by(Case.id.desc()).limit(_MOST)).all()
