"""The stream of events, and what a page asks where it has none."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from ivr.console.access import Visit, allowed
from ivr.console.area import Area
from ivr.console.live import take_over
from ivr.switchboard import pulse
from ivr.switchboard.accounts import Role

pages = Blueprint("live", __name__)
AREA = Area(pages)


@pages.get("/events")
@allowed(Role.AGENT, data=True, background=True)
def events(visit: Visit) -> ResponseReturnValue:
    """The stream; 204 where the server cannot hand over its socket, so that the page asks every 10 s."""
    connection = take_over(request.environ) if request.method == "GET" else None
    if connection is None:
        return Response(status=204)
    visit.context.live.adopt(connection, visit.agent.id, visit.running.id)
    return Response(headers={"Connection": "close"})  # to the server's other end, where nobody is


@pages.get("/estado")
@allowed(Role.AGENT, data=True, background=True)
def word(visit: Visit) -> ResponseReturnValue:
    """What the events would have said, and the agent's presence."""
    found = pulse.read(visit.session)
    return jsonify(desk=found.desks.get(visit.agent.id, ""), board=found.board, presence=visit.agent.presence)
