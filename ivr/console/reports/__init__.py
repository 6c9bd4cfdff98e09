"""The reports: how the telephone was answered, which promises were kept, and what owners say."""

from ivr.console.area import Area, Entry
from ivr.console.reports.pages import pages
from ivr.switchboard.accounts import Role

__all__ = ["AREA"]

AREA = Area(pages, "Gestión", (Entry("Informes", "reports.index", Role.SUPERVISOR),))
