"""The agenda: who comes when, booking for an owner, what inspectors find, and works that were done."""

from ivr.console.agenda import dates, inspecting, photographs, weeks, works_done
from ivr.console.agenda.pages import pages
from ivr.console.area import Area, Entry

__all__ = ["AREA", "dates", "inspecting", "photographs", "weeks", "works_done"]

AREA = Area(pages, "Solicitudes", (Entry("Agenda", "agenda.index"),))
