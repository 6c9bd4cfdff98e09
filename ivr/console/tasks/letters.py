"""What the CRM was told of cases and did not take: seen, and sent again."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ivr.aftersales import letters
from ivr.aftersales.letters import LetterStatus
from ivr.console import words
from ivr.console.access import Visit, allowed
from ivr.console.tasks.pages import pages
from ivr.errors import RuleError
from ivr.store.tables import Case
from ivr.switchboard.accounts import Role


@pages.get("/avisos")
@allowed(Role.SUPERVISOR)
def dead_letters(visit: Visit) -> ResponseReturnValue:
    """Letters that were refused again and again, oldest first."""
    found, following = letters.page(
        visit.session, status=LetterStatus.DEAD, cursor=request.args.get("cursor") or None
    )
    about = select(Case.id, Case.number).where(Case.id.in_([each.event.case_id for each in found]))
    numbers = {row.id: row.number for row in visit.session.execute(about)}
    return render_template("tasks/letters.html", letters=found, numbers=numbers, next=following)


@pages.post("/avisos/<int:event_id>/reenviar")
@allowed(Role.SUPERVISOR)
def replay(visit: Visit, event_id: int) -> ResponseReturnValue:
    """Send it again now."""
    try:
        letters.replay(visit.session, event_id, settings=visit.context.settings, now=visit.now)
    except RuleError as refusal:
        visit.session.rollback()
        flash(words.refusal(refusal), "danger")
    else:
        visit.record("replay", f"event:{event_id}")
        flash("Se enviará de nuevo ahora.", "success")
    return redirect(url_for(".dead_letters"), 303)
