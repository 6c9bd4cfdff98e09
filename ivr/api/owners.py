"""/owners: what is held about a person, given out or erased (Ley 21.719)."""

from typing import Any

from pydantic import ConfigDict

from ivr.aftersales import privacy
from ivr.api.clients import Scope
from ivr.api.fields import Answer
from ivr.api.operations import Nothing, Operations, Request

operations = Operations("owners")


class OwnerExport(Answer):
    """Besides these, a list of records for each kind of thing that is held."""

    model_config = ConfigDict(extra="allow")

    phone: str
    purpose: str
    origin: list[str]
    recipients: list[str]
    #: Days after which each kind of thing is removed.
    kept_days: dict[str, int]

    __pydantic_extra__: dict[str, list[dict[str, Any]]]


@operations.add("GET", "/owners/<phone>/export", scope=Scope.PERSONAL, given=Nothing, gives=OwnerExport)
def export(request: Request[Nothing], phone: str) -> OwnerExport:
    """Everything held about the person of that number."""
    return OwnerExport.model_validate(
        privacy.export(request.session, phone, settings=request.context.settings)
    )


@operations.add("DELETE", "/owners/<phone>", scope=Scope.PERSONAL, given=Nothing, gives=None, status=204)
def erase(request: Request[Nothing], phone: str) -> None:
    """Let the person go; the figures of their cases stay. Nothing held is no error."""
    privacy.erase(request.session, phone, request.now, settings=request.context.settings)
