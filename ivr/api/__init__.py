"""The JSON API for integrators, under ``/api/v1``.

A module for each resource says which operations there are; `serving` answers them and `document` describes
them, both from the same declaration.
"""

from ivr.api.context import ApiContext
from ivr.api.routes import blueprint

__all__ = ["ApiContext", "blueprint"]
