"""Which warranty of the building law may apply: a hint for the inspector, never a verdict on the telephone.

Art. 18 of the Ley General de Urbanismo y Construcciones (Ley 20.016): 10 years for the structure, 5 for
construction elements and installations (and for all that is not listed elsewhere), both from the municipal
reception; 3 for finishes, from the registration in the buyer's name. Doors are read as finishes, as most
developers do; some count them among the elements, so this table is data to be changed, not law.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ivr.aftersales.life import Category


class CountsFrom(StrEnum):
    """Where a term begins."""

    RECEPTION = "reception"  #: final municipal reception of the project
    REGISTRATION = "registration"  #: of the home in the buyer's name


@dataclass(frozen=True)
class Term:
    """A warranty of so many years."""

    years: int
    counts_from: CountsFrom


INSTALLATIONS = Term(5, CountsFrom.RECEPTION)
FINISHES = Term(3, CountsFrom.REGISTRATION)

TERMS: Mapping[Category, Term] = {
    Category.DAMP: INSTALLATIONS,
    Category.PLUMBING: INSTALLATIONS,
    Category.ELECTRICITY: INSTALLATIONS,
    Category.DOORS: FINISHES,
    Category.WINDOWS: INSTALLATIONS,
    Category.FLOORS: FINISHES,
    Category.WALLS: FINISHES,
    Category.FURNITURE: FINISHES,
    Category.OTHER: INSTALLATIONS,
    Category.WATER: INSTALLATIONS,
    Category.GAS: INSTALLATIONS,
}


@dataclass(frozen=True)
class Hint:
    """The term of a requirement, and its last day where the day it counts from is known."""

    years: int
    until: date | None


def hint(category: Category, *, received_on: date | None, registered_on: date | None) -> Hint:
    """The warranty that may apply to a requirement of that category."""
    term = TERMS[category]
    start = received_on if term.counts_from is CountsFrom.RECEPTION else registered_on
    return Hint(term.years, _years_after(start, term.years) if start else None)


def _years_after(start: date, years: int) -> date:
    """The same day so many years later; from 29 February the 28th (Código Civil, art. 48)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 2, 28)
