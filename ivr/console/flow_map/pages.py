"""The map's page: pictures with counts, and where callers are lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ivr.aftersales import week
from ivr.aftersales.report_scope import Scope
from ivr.console import show
from ivr.console.access import Visit, allowed
from ivr.flows import counts, drawing, keeping
from ivr.flows.chart import GIVE_UP, HANG_UP, LEGEND, SILENCE, WRONG, Edge, FlowMap
from ivr.settings import Settings
from ivr.switchboard.accounts import Role

pages = Blueprint("flow_map", __name__, url_prefix="/mapa", template_folder="templates")

#: What each conversation is called by those who do not read code; one that is new goes by its own name.
CONVERSATIONS = {
    "inbound": "Bienvenida y menú",
    "urgent": "Urgencias",
    "identify": "Identificar la vivienda",
    "waiting": "Espera de una persona",
    "contact": "Teléfonos de contacto",
    "intake": "Ingreso de la solicitud",
    "booking": "Agendar",
    "existing": "Solicitud existente",
    "greeting": "Saludo de las llamadas que hace la línea",
    "works": "Llamada para agendar trabajos",
    "satisfaction": "Llamada de satisfacción",
    "reminder": "Llamada de recordatorio",
    "agent": "Teléfono del ejecutivo",
    "callback": "Devolución de llamada",
    "guest": "Invitado a una llamada",
}
#: Periods that can be chosen.
PERIODS = {"hoy": "Hoy", "semana": "Esta semana", "30": "Últimos 30 días", "90": "Últimos 90 días"}
_DEFAULT = "30"

#: By folder, what was read there: it changes only with the code.
_KEPT: dict[Path, FlowMap] = {}


@dataclass(frozen=True)
class Place:
    """A question, and what callers did there."""

    name: str
    says: str
    #: Calls that answered it in any way, hung up at it or said nothing.
    came: int
    hung_up: int
    wrong: int
    silent: int


@pages.get("/")
@allowed(Role.SUPERVISOR)
def index(visit: Visit) -> ResponseReturnValue:
    """The map with the counts of a period; while it is being drawn, that."""
    folder = kept_in(visit.context.settings)
    drawn = _drawn(folder)
    if drawn is None:
        keeping.begin(folder)
        return render_template("flow_map/drawing.html")
    period = request.args.get("periodo", _DEFAULT)
    period = period if period in PERIODS else _DEFAULT
    passed = counts(visit.session, drawn, _since(visit, period))
    found = sorted(places(drawn, passed), key=lambda place: (-place.hung_up, -place.wrong, place.name))
    return render_template(
        "flow_map/index.html",
        pictures=list(drawing.pictures(drawn, passed)),
        conversations=CONVERSATIONS,
        places=found,
        legend=LEGEND,
        periods=PERIODS,
        period=period,
        ways=len(drawn.edges),
        anybody=bool(passed),
    )


def kept_in(settings: Settings) -> Path:
    """Where the map is kept: beside the rendered audio, which is as much of the code's making."""
    return Path(settings.audio_folder).parent


def places(drawn: FlowMap, passed: Mapping[Edge, int]) -> Iterator[Place]:
    """Every question of the map, whether anybody came there or not."""
    for node in drawn.nodes.values():
        if drawn.asks(node.name) is None:
            continue
        by_key: dict[str, int] = {}
        for edge in drawn.leaving(node.name):
            by_key[edge.key] = by_key.get(edge.key, 0) + passed.get(edge, 0)
        yield Place(
            node.name,
            node.says,
            came=sum(by_key.values()),
            hung_up=by_key.get(HANG_UP, 0),
            wrong=by_key.get(WRONG, 0) + by_key.get(GIVE_UP, 0),
            silent=by_key.get(SILENCE, 0),
        )


def _since(visit: Visit, period: str) -> datetime:
    """The office's midnight at which the period begins."""
    today = visit.now.astimezone(show.zone()).date()
    match period:
        case "hoy":
            first = today
        case "semana":
            first = week.monday_of(today)
        case days:
            first = today - timedelta(days=int(days) - 1)
    return Scope(first, today, show.zone()).start


def _drawn(folder: Path) -> FlowMap | None:
    """The map of the running code, read once in each process."""
    return _KEPT.get(folder) or _read(folder)


def _read(folder: Path) -> FlowMap | None:
    drawn = keeping.load(folder)
    if drawn is not None:
        _KEPT[folder] = drawn
    return drawn
