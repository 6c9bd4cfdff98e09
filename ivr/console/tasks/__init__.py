"""What people must do: the list, each task with what can be done about it, and what the CRM did not take."""

from ivr.console.area import Area, Entry
from ivr.console.tasks import doing, letters, listing
from ivr.console.tasks.pages import pages

__all__ = ["AREA", "doing", "letters", "listing"]

AREA = Area(pages, "Atención", (Entry("Tareas", "tasks.index"),))
