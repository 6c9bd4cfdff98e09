"""A report as it is shown: its figures in sheets, and the few that stand above all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ivr.aftersales import reports
from ivr.aftersales.report_scope import Scope
from ivr.aftersales.reports import Kept, Opinion, share
from ivr.console import words
from ivr.console.reports.sheets import Column, Sheet, Unit, Value
from ivr.switchboard import traffic
from ivr.switchboard.traffic import Calls, Containment, Ending, Waits

ENDINGS = {
    Ending.LINE: "Sin persona",
    Ending.PERSON: "Con una persona",
    Ending.LATER: "Sigue una persona",
    Ending.GAVE_UP: "Cortó en la espera",
    Ending.CUT: "Cortó antes",
}
OUTCOMES = {
    "booked": "Agendó",
    "informed": "Consultó su solicitud",
    "date_kept": "Mantuvo su fecha",
    "date_cancelled": "Anuló su fecha",
    "gas_go_out": "Emergencia de gas: se le pidió salir",
    "ended": "Terminó sin más",
    "talked": "Conversó con una persona",
    "attended": "Ya lo habían atendido",
    "callback": "Pidió que lo llamen",
    "no_number": "Pidió que lo llamen, sin dejar número",
    "message": "Dejó un mensaje",
    "no_slots": "No había horas",
    "hung_up_waiting": "Cortó en la espera",
    "hung_up": "Cortó sin elegir",
    "cut_short": "Se cortó a mitad de camino",
    "resumed": "Se cortó y la retomó en otra llamada",
    "endless": "No respondió lo que se le preguntaba",
    "failed": "Falla de la línea",
}
#: Upper ends, in seconds, of the classes in which waits are shown; the last has none.
_CLASSES = (20, 60, 180, 300, 600)
_COLOURS = {
    Ending.LINE: "petrol",
    Ending.PERSON: "good",
    Ending.LATER: "sand",
    Ending.GAVE_UP: "bad",
    Ending.CUT: "grey",
}


@dataclass(frozen=True)
class Headline:
    """A figure above all sheets. ``value`` None: not known yet."""

    title: str
    value: int | float | None
    unit: Unit
    hint: str


@dataclass(frozen=True)
class Report:
    """All that is told of a period."""

    headlines: Sequence[Headline]
    sheets: Sequence[Sheet]

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of that name."""
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


def make(session: Session, scope: Scope, now: datetime) -> Report:
    """The report of a period, by at most thirteen queries, however long it is."""
    calls, waits = traffic.calls(session, scope), traffic.waits(session, scope)
    contained = traffic.containment(session, scope, now)
    visits, works = reports.visits(session, scope, now), reports.works(session, scope, now)
    opinions = reports.opinions(session, scope)
    sheets = [
        _by_hour(calls),
        _by_outcome(calls),
        _waits(waits),
        _promises("visitas", "Visitas en 5 días hábiles", _VISITS, visits),
        _promises("trabajos", "Trabajos en 20 días hábiles", _WORKS, works),
        _missed(session, scope),
        _opinions("satisfaccion", "Satisfacción por proyecto", "Proyecto", opinions, score=True),
        _opinions(
            "satisfaccion-categoria",
            "Satisfacción por categoría",
            "Categoría",
            [_named(opinion) for opinion in reports.opinions_by_category(session, scope)],
        ),
        _disputes(session, scope),
    ]
    headlines = _headlines(
        calls=calls, waits=waits, contained=contained, visits=visits, works=works, opinions=opinions
    )
    return Report(list(headlines), sheets)


_VISITS = (
    "Solicitudes normales que entraron en el período: si la visita quedó dentro de los 5 días hábiles "
    "siguientes. Las anuladas no cuentan."
)
_WORKS = (
    "Inspecciones del período que dejaron algo por reparar: si los trabajos se ejecutaron dentro de los "
    "20 días hábiles siguientes."
)


def _headlines(
    *,
    calls: Calls,
    waits: Waits,
    contained: Containment,
    visits: Sequence[Kept],
    works: Sequence[Kept],
    opinions: Sequence[Opinion],
) -> Iterator[Headline]:
    yield Headline("Llamadas", calls.total, Unit.COUNT, "recibidas y terminadas")
    came_back = contained.alone - contained.contained
    solved = f"{contained.contained} de {contained.calls}; {came_back} más volvieron a llamar en 24 h"
    yield Headline("Resueltas sin persona", contained.percent, Unit.PERCENT, solved)
    gave_up = f"{sum(waits.gave_up.values())} de quienes esperaban"
    yield Headline("Abandono", waits.abandonment, Unit.PERCENT, gave_up)
    yield Headline("Visitas en plazo", _percent(visits), Unit.PERCENT, "5 días hábiles")
    yield Headline("Trabajos en plazo", _percent(works), Unit.PERCENT, "20 días hábiles")
    satisfied, answered = sum(each.satisfied for each in opinions), sum(each.answered for each in opinions)
    yield Headline("Conformes", share(satisfied, answered), Unit.PERCENT, f"de {answered} que respondieron")


def _percent(kept: Sequence[Kept]) -> int | None:
    in_time = sum(each.in_time for each in kept)
    return share(in_time, sum(each.in_time + each.late + each.overdue for each in kept))


def _by_hour(calls: Calls) -> Sheet:
    columns = [Column(title, colour=_COLOURS[ending]) for ending, title in ENDINGS.items()]
    rows: list[tuple[Value, ...]] = [
        (f"{hour:02}:00", *(calls.hours[hour].get(ending, 0) for ending in ENDINGS)) for hour in _busy(calls)
    ]
    about = "Llamadas recibidas, por la hora en que empezaron y por cómo terminaron."
    nothing = "No hubo llamadas en este período."
    return Sheet("horas", "Llamadas por hora", about, "Hora", columns, rows, nothing, stacked=True)


def _busy(calls: Calls) -> range:
    """From the first hour of the day with a call to the last."""
    busy = [hour for hour, endings in enumerate(calls.hours) if sum(endings.values())]
    return range(busy[0], busy[-1] + 1) if busy else range(0)


def _by_outcome(calls: Calls) -> Sheet:
    ordered = sorted(calls.outcomes.items(), key=lambda each: (-each[1], each[0]))
    rows = [(words.of(OUTCOMES, outcome), count, share(count, calls.total)) for outcome, count in ordered]
    columns = [Column("Llamadas", colour="petrol"), Column("Del total", Unit.PERCENT)]
    about = "El resultado que anotó la conversación de cada llamada."
    nothing = "No hubo llamadas en este período."
    return Sheet("resultados", "Resultado", about, "Resultado", columns, rows, nothing, lying=True)


def _waits(waits: Waits) -> Sheet:
    columns = [Column("Atendidas", colour="good"), Column("Abandonadas", colour="bad")]
    rows: list[tuple[str, int, int]] = []
    above = -1
    for limit in (*_CLASSES, None):
        counts = [
            sum(
                count
                for seconds, count in each.items()
                if above < seconds and (limit is None or seconds <= limit)
            )
            for each in (waits.answered, waits.gave_up)
        ]
        rows.append((_class(above, limit), counts[0], counts[1]))
        above = limit or above
    median, ninety = waits.quantile(0.5), waits.quantile(0.9)
    about = "Cuánto esperaron en línea quienes pidieron a una persona."
    if median is not None and ninety is not None:
        about += (
            f" La mitad fue atendida en {_spoken(median)} o menos (mediana);"
            f" nueve de cada diez, en {_spoken(ninety)} o menos (percentil 90)."
        )
    nothing = "Nadie esperó a una persona en este período."
    return Sheet("esperas", "Esperas", about, "Espera", columns, rows, nothing, stacked=True)


def _class(above: int, limit: int | None) -> str:
    if limit is None:
        return f"más de {_spoken(above)}"
    return f"hasta {_spoken(limit)}"


def _spoken(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _promises(name: str, title: str, about: str, kept: Sequence[Kept]) -> Sheet:
    columns = [
        Column("En plazo", colour="good"),
        Column("Tarde", colour="sand"),
        Column("Vencidas", colour="bad"),
        Column("Aún en plazo", colour="grey"),
        Column("Cumple", Unit.PERCENT),
    ]
    rows = [
        (each.project, each.in_time, each.late, each.overdue, each.pending, each.percent) for each in kept
    ]
    nothing = "No hay nada que medir en este período."
    return Sheet(name, title, about, "Proyecto", columns, rows, nothing, stacked=True, lying=True)


def _missed(session: Session, scope: Scope) -> Sheet:
    columns = [
        Column("Visita sin agendar", colour="sand"),
        Column("Trabajos sin ejecutar", colour="copper"),
        Column("Urgencia sin tomar", colour="bad"),
    ]
    rows = [
        (each.project, each.visits, each.works, each.urgencies) for each in reports.missed(session, scope)
    ]
    about = (
        "Alarmas del período: 5 días hábiles sin visita, 20 sin trabajos, o una urgencia que nadie tomó "
        "en 5 minutos."
    )
    nothing = "Ningún plazo se venció en este período."
    return Sheet(
        "vencidos", "Plazos vencidos", about, "Proyecto", columns, rows, nothing, stacked=True, lying=True
    )


def _named(opinion: Opinion) -> Opinion:
    return Opinion(words.of(words.CATEGORIES, opinion.about), opinion.answered, opinion.satisfied)


def _opinions(
    name: str, title: str, rows_are: str, opinions: Sequence[Opinion], *, score: bool = False
) -> Sheet:
    columns = [Column("Conformes", Unit.PERCENT, colour="petrol"), Column("Respuestas")]
    rows: list[tuple[Value, ...]]
    rows = [(each.about, each.percent, each.answered) for each in opinions]
    if score:
        columns.append(Column("Nota", Unit.SCORE))
        rows = [(*row, each.score) for row, each in zip(rows, opinions, strict=True)]
    about = "Lo que respondieron los propietarios en la llamada después de los trabajos."
    nothing = "Nadie ha respondido todavía por trabajos de este período."
    return Sheet(name, title, about, rows_are, columns, rows, nothing, lying=True)


def _disputes(session: Session, scope: Scope) -> Sheet:
    columns = [
        Column("Primera vez", colour="sand"),
        Column("Repetidas", colour="bad"),
        Column("Repetición", Unit.PERCENT),
    ]
    rows = [
        (each.project, each.disputed - each.again, each.again, share(each.again, each.disputed))
        for each in reports.disputes(session, scope)
    ]
    about = (
        "Veces que un propietario no quedó conforme; repetidas, si ya había reclamado por la misma solicitud."
    )
    nothing = "Nadie quedó disconforme en este período."
    return Sheet(
        "disconformes",
        "Disconformidades",
        about,
        "Proyecto",
        columns,
        rows,
        nothing,
        stacked=True,
        lying=True,
    )
