"""What texts say, and what they cost: wording in Spanish within GSM-7 (3GPP TS 23.038, 6.2.1).

One letter outside that alphabet makes the carrier send 70 characters a segment instead of 160. It has é, ñ,
ü, ¿ and ¡, but no á, í, ó, ú: `plain` writes those without their accent.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_datetime

from ivr.aftersales import numbers, projects
from ivr.aftersales.life import AppointmentKind, Category
from ivr.settings import Settings
from ivr.store.tables import Appointment, Case, Requirement

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Two septets each, an escape and a letter, which are never parted.
_EXTENDED = frozenset("\f^{}\\[~]|€")
_INSTEAD = str.maketrans(
    {"“": '"', "”": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "°": "o"}
)
#: The carrier takes so many characters (Twilio, Messages: Body).
LONGEST = 1600
_LONGEST_REASON = 160

CATEGORIES = {
    Category.DAMP: "humedad y filtraciones",
    Category.PLUMBING: "gasfitería y sanitarios",
    Category.ELECTRICITY: "electricidad y citofonía",
    Category.DOORS: "puertas y cerraduras",
    Category.WINDOWS: "ventanas",
    Category.FLOORS: "pisos y cerámicas",
    Category.WALLS: "muros, pintura y cielos",
    Category.FURNITURE: "muebles y cubiertas",
    Category.OTHER: "otros",
    Category.WATER: "filtración de agua",
    Category.GAS: "fuga de gas",
}


@dataclass(frozen=True)
class Sender:
    """Who a text is from, and where its reader may call."""

    company: str
    #: As people write it.
    line: str

    @classmethod
    def of(cls, settings: Settings) -> "Sender":
        return cls(settings.company, numbers.national(settings.line_numbers[0]))

    def booking(self, case: Case, appointment: Appointment) -> str:
        """A date was booked."""
        if appointment.kind == AppointmentKind.VISIT:
            return self._says(
                f"su visita de inspección queda para el {when(appointment, case)}. Solicitud {case.number}.",
                f"Para cambiarla, llame al {self.line}.",
            )
        return self._says(
            f"los trabajos en su hogar quedan para el {when(appointment, case)}. Solicitud {case.number}.",
            f"Debe haber alguien para recibirlos. Para cambiar la fecha, llame al {self.line}.",
        )

    def change(self, case: Case, appointment: Appointment) -> str:
        """Another date takes the place of the one before."""
        what = "su visita cambia" if appointment.kind == AppointmentKind.VISIT else "sus trabajos cambian"
        return self._says(
            f"{what} de fecha: {when(appointment, case)}. Solicitud {case.number}.",
            f"Si tiene dudas, llame al {self.line}.",
        )

    def cancelling(self, case: Case, appointment: Appointment) -> str:
        """A date is off, and the case goes on."""
        return self._says(
            f"se anula {_named(appointment)} del {when(appointment, case)}. Solicitud {case.number}.",
            f"Para pedir otra fecha, llame al {self.line}.",
        )

    def cancelled(self, case: Case) -> str:
        """The whole case is off, with its dates."""
        return self._says(
            f"su solicitud {case.number} fue anulada, con las fechas que tenía.",
            f"Si no está de acuerdo, llame al {self.line}.",
        )

    def urgent_number(self, case: Case) -> str:
        """Under which number an urgency is known."""
        return self._says(
            f"su urgencia tiene el número {case.number}. Le llamaremos a la brevedad.",
            f"Si empeora, llame al {self.line} y marque 1.",
        )

    def about_to_call(self, case: Case) -> str:
        """An automated call is near, so that an unknown number is answered."""
        return self._says(
            f"le llamaremos dentro de poco por su solicitud {case.number}.",
            f"Si prefiere, llame usted al {self.line}.",
        )

    def not_covered(self, case: Case, requirements: list[Requirement]) -> str:
        """What the inspection found not covered, why, and how to object."""
        reasons = "; ".join(_reason(requirement) for requirement in requirements)
        return self._says(
            f"según la inspección de su solicitud {case.number}, la garantía no cubre: {reasons}.",
            f"Si no está de acuerdo, llame al {self.line} y marque 3.",
        )

    def closed(self, case: Case) -> str:
        """The owner was satisfied."""
        return self._says(
            f"cerramos su solicitud {case.number}. Gracias por su tiempo.",
            f"Si el problema vuelve, llame al {self.line} y marque 3.",
        )

    def reminder(self, case: Case, appointment: Appointment) -> str:
        """The business day before; the digits are answers to this very text."""
        return self._says(
            f"le recordamos {_named(appointment)} del {when(appointment, case)}.",
            f"Responda 1 para confirmar, 2 para cambiar o 3 para anular, o llame al {self.line}.",
        )

    def _says(self, news: str, ending: str) -> str:
        """The news, cut to what the carrier takes; never the ending, which says where to call."""
        body = plain(f"{self.company}: {news}")
        room = LONGEST - len(plain(ending)) - 1
        return f"{body if len(body) <= room else body[: room - 3] + '...'} {plain(ending)}"


def agent_away(company: str) -> str:
    """To an agent who missed two calls in a row."""
    return (
        f"{company}: dos llamadas seguidas quedaron sin contestar, por lo que usted figura como ausente."
        " Cuando pueda atender, vuelva a marcarse disponible en la consola."
    )


def when(appointment: Appointment, case: Case) -> str:
    """Day and hours as the project's clocks show them: ``jueves 26 de noviembre a las 9:30``."""
    zone = projects.zone(case.project)
    start, end = appointment.start.astimezone(zone), appointment.end.astimezone(zone)
    day = format_datetime(start, "EEEE d 'de' MMMM", locale="es_CL")
    if appointment.kind == AppointmentKind.VISIT:
        return f"{day} a las {_clock(start)}"
    return f"{day} entre las {_clock(start)} y las {_clock(end)}"


def plain(words: str) -> str:
    """The words within GSM-7: without the accents that it lacks; ``?`` for a sign that is like none of it."""
    return "".join(_letter(letter) for letter in words.translate(_INSTEAD))


def segments(body: str) -> int:
    """How many segments the carrier charges for; at least one."""
    if any(letter not in _BASIC and letter not in _EXTENDED for letter in body):
        return _parted([len(letter.encode("utf-16-be")) // 2 for letter in body], 70, 67)
    return _parted([2 if letter in _EXTENDED else 1 for letter in body], 160, 153)


def _parted(sizes: list[int], alone: int, joined: int) -> int:
    """Segments for letters of these sizes: one of ``alone``, else several of ``joined`` beside a header."""
    if sum(sizes) <= alone:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > joined:
            count, used = count + 1, 0
        used += size
    return count


def _letter(letter: str) -> str:
    if letter in _BASIC or letter in _EXTENDED:
        return letter
    apart = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in apart if part in _BASIC) or ("" if unicodedata.combining(letter) else "?")


def _clock(moment: datetime) -> str:
    return f"{moment.hour}:{moment:%M}"


def _named(appointment: Appointment) -> str:
    return (
        "su visita de inspección" if appointment.kind == AppointmentKind.VISIT else "la fecha de los trabajos"
    )


def _reason(requirement: Requirement) -> str:
    what = CATEGORIES[Category(requirement.category)]
    note = " ".join((requirement.note or "").split()).rstrip(".")
    if len(note) > _LONGEST_REASON:
        note = note[: _LONGEST_REASON - 3] + "..."
    return f"{what} ({note})" if note else what
