"""The number on a door as one says it."""

import re
from collections.abc import Iterator
from string import ascii_uppercase

from audio.numerals import cardinal
from audio.parts import Part, Source, closed

KINDS_OF_DWELLING = {
    "bloque": "bloque",
    "block": "bloque",
    "casa": "casa",
    "depto": "departamento",
    "departamento": "departamento",
    "edificio": "edificio",
    "lote": "lote",
    "manzana": "manzana",
    "mz": "manzana",
    "oficina": "oficina",
    "parcela": "parcela",
    "piso": "piso",
    "sitio": "sitio",
    "torre": "torre",
}
LETTERS = (*ascii_uppercase, "Ñ")


def apartment(value: str) -> tuple[Part, ...]:
    """ "1203" is "doce cero tres", "A-12" "A doce", "Torre B 304" "torre B tres cero cuatro", "Casa 7"
    "casa siete". A word that is no kind of dwelling ("Los Aromos 12") is an open part."""
    parts: list[Part] = []
    for run in re.findall(r"[0-9]+|[^\W\d_]+", value):
        if run.isdigit():
            parts += _door(run)
        elif run.upper() in LETTERS:
            parts.append(closed(run.upper()))
        elif run.lower() in KINDS_OF_DWELLING:
            parts.append(closed(KINDS_OF_DWELLING[run.lower()]))
        else:
            parts.append(Part(run, source=Source.OPEN))
    if not parts:
        raise ValueError(f"nothing to say in the apartment {value!r}")
    return tuple(parts)


def _door(figures: str) -> list[Part]:
    """Floor, then door: the last two figures together, what stands before them as a number."""
    if figures[0] == "0" or len(figures) > 4:
        return [closed(cardinal(int(figure))) for figure in figures]
    if len(figures) < 3:
        return [closed(cardinal(int(figures)))]
    floor, door = figures[:-2], figures[-2:]
    last = f"cero {cardinal(int(door[1]))}" if door[0] == "0" else cardinal(int(door))
    return [closed(cardinal(int(floor))), closed(last)]


def vocabulary() -> Iterator[str]:
    """Every word that `apartment` can say, its open parts apart; figures are in the numerals' vocabulary."""
    yield from KINDS_OF_DWELLING.values()
    yield from LETTERS
    yield from (f"cero {cardinal(number)}" for number in range(10))
