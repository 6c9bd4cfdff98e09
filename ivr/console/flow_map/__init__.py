"""The map of all calls, from the running code, with how many callers went each way."""

from ivr.console.area import Area, Entry
from ivr.console.flow_map.pages import pages
from ivr.switchboard.accounts import Role

__all__ = ["AREA"]

AREA = Area(pages, "Gestión", (Entry("Mapa de llamadas", "flow_map.index", Role.SUPERVISOR),))
