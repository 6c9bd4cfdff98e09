"""The week of a project."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ivr.aftersales import projects, week
from ivr.aftersales.life import AppointmentKind
from ivr.aftersales.week import Day, Stretch
from ivr.console.access import Visit, allowed
from ivr.console.agenda.pages import pages
from ivr.store.tables import Project
from ivr.switchboard.accounts import Role

_WEEK = timedelta(days=7)
#: Cases without a date that are shown beside a week.
_MOST_WAITING = 12


@pages.get("/")
@allowed(Role.AGENT)
def index(visit: Visit) -> ResponseReturnValue:
    """The diary of a project's week, this one unless another is asked for, and who waits for a date."""
    directory = projects.directory(visit.session)
    project = _chosen(directory)
    if project is None:
        return render_template("agenda/nothing.html")
    today = visit.now.astimezone(projects.zone(project)).date()
    monday = week.monday_of(_day_asked_for() or today)
    days = week.read(visit.session, project, monday)
    waiting = {
        kind: week.without_date(visit.session, project, kind, limit=_MOST_WAITING) for kind in AppointmentKind
    }
    return render_template(
        "agenda/week.html",
        project=project,
        directory=directory,
        days=days,
        today=today,
        runs=lambda day, kind: _runs(day, kind, visit.now),
        monday=monday,
        before=monday - _WEEK,
        after=monday + _WEEK,
        this_week=week.monday_of(today),
        waiting=waiting,
        most_waiting=_MOST_WAITING,
        kinds=list(AppointmentKind),
    )


def _runs(day: Day, kind: AppointmentKind, now: datetime) -> Iterator[Stretch]:
    """The day's slots, neighbours with nobody in them as one; what has passed is not free."""
    run: Stretch | None = None
    for each in day.stretches(kind):
        ahead = each if each.start > now else replace(each, free=0)
        if ahead.entries:
            if run is not None:
                yield run
            yield ahead
            run = None
        elif ahead.free and run is not None and run.end == ahead.start:
            run = replace(run, end=ahead.end, free=run.free + ahead.free)
        elif ahead.free:
            if run is not None:
                yield run
            run = ahead
    if run is not None:
        yield run


def _chosen(directory: list[Project]) -> Project | None:
    """The project that the address names, else the first; none where there is none yet."""
    asked = request.args.get("project")
    return next((each for each in directory if each.code == asked), directory[0] if directory else None)


def _day_asked_for() -> date | None:
    """Any day of the week that is asked for; what is no day of a calendar is none."""
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2100, 1, 1) else None
