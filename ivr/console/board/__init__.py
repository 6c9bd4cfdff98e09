"""The live board: who waits, who talks, who is there, and how the day goes."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from ivr.console.access import Visit, allowed
from ivr.console.area import Area, Entry
from ivr.console.board import figures
from ivr.errors import NotFound
from ivr.switchboard import pulse, supervising, talks
from ivr.switchboard.accounts import Role
from ivr.switchboard.supervising import Mode

pages = Blueprint("board", __name__, template_folder="templates", url_prefix="/tablero")
AREA = Area(pages, "Atención", (Entry("Tablero en vivo", "board.index"),))

#: The last word of the address of each way to take part in a talk, and what is said then.
_MODES = {
    "escuchar": (Mode.LISTEN, "Suena su teléfono: marque uno para escuchar."),
    "susurrar": (Mode.WHISPER, "Solo su colega lo oirá."),
    "participar": (Mode.JOIN, "Todos lo oirán."),
}


@pages.get("/")
@allowed(Role.AGENT)
def index(visit: Visit) -> ResponseReturnValue:
    """The board."""
    word = pulse.read(visit.session).board
    return render_template("board/index.html", word=word, **_shown(visit))


@pages.get("/ahora")
@allowed(Role.AGENT, background=True)
def live(visit: Visit) -> ResponseReturnValue:
    """The part of the board that changes by itself: all of it."""
    return render_template("board/live.html", **_shown(visit))


@pages.post("/<int:agent_id>/<mode>")
@allowed(Role.SUPERVISOR)
def take_part(visit: Visit, agent_id: int, mode: str) -> ResponseReturnValue:
    """Hear an agent's talk, whisper to them, or join it."""
    if mode not in _MODES:
        raise NotFound("no such way to take part")
    wanted, said = _MODES[mode]

    def do() -> None:
        talk = talks.of_agent(visit.session, agent_id)
        settings = visit.context.settings
        supervising.supervise(visit.session, talk, visit.agent, wanted, settings=settings, now=visit.now)
        visit.record("supervise", f"agent:{agent_id}", mode=wanted.value)

    return visit.carry_out(do, said, url_for(".index"))


@pages.post("/<int:agent_id>/salir")
@allowed(Role.SUPERVISOR)
def leave(visit: Visit, agent_id: int) -> ResponseReturnValue:
    """Take part no more."""

    def do() -> None:
        talk = talks.of_agent(visit.session, agent_id)
        supervising.leave(visit.session, talk, visit.agent, settings=visit.context.settings, now=visit.now)
        visit.record("leave_talk", f"agent:{agent_id}")

    return visit.carry_out(do, "Salió de la llamada.", url_for(".index"))


def _shown(visit: Visit) -> dict[str, object]:
    return {
        "figures": figures.read(visit.session, visit.context.settings, visit.now),
        "supervises": visit.may(Role.SUPERVISOR),
        "me": visit.agent,
        "aim": figures.AIM,
        "within": int(figures.WITHIN.total_seconds()),
    }
