"""Administration: what the line knows and how it is set, each part an area of its own."""

from ivr.console.administration import (
    agents,
    closures,
    deeds,
    home_import,
    homes,
    phrases,
    projects,
    roster,
    settings,
)
from ivr.console.area import Area

#: `home_import` has its pages among those of `homes`.
AREAS: tuple[Area, ...] = (
    projects.AREA,
    homes.AREA,
    agents.AREA,
    roster.AREA,
    closures.AREA,
    phrases.AREA,
    settings.AREA,
    deeds.AREA,
)

__all__ = ["AREAS", "home_import"]
