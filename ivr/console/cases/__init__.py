"""Cases: found, shown with all that happened to them, opened, and moved on."""

from ivr.console.area import Area, Entry
from ivr.console.cases import listing, moving, opening, showing
from ivr.console.cases.pages import pages

__all__ = ["AREA", "listing", "moving", "opening", "showing"]

AREA = Area(
    pages,
    "Solicitudes",
    (Entry("Solicitudes", "cases.index"), Entry("Nueva solicitud", "cases.open_case")),
)
