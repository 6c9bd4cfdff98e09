"""What the API can be asked, declared beside the function that answers it.

A handler gets a `Request` and the names of the path, and returns what its operation ``gives``: a model, bytes
as they are, or None for 204. It runs inside one transaction, which its exceptions undo. It looks at things in
this order: does what the path names exist (404), does its state allow this (409), are the fields right (422,
raised by the first look at ``request.given``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from sqlalchemy.orm import Session

from ivr.api.context import ApiContext
from ivr.api.errors import faults
from ivr.api.fields import Answer, Body, Query
from ivr.errors import Conflict

Given = TypeVar("Given", bound=BaseModel)
Path = ParamSpec("Path")
Result = TypeVar("Result", bound=Answer | bytes | None)


class Nothing(Query):
    """An operation that is told nothing but its path."""


@dataclass
class Request(Generic[Given]):
    """One request, inside its transaction."""

    context: ApiContext
    session: Session
    now: datetime
    model: type[Given]
    #: The JSON document of a body, or the words of a query.
    content: bytes | dict[str, str]
    #: The headers ``Idempotency-Key`` and ``If-Match``.
    key: str | None = None
    if_match: str | None = None

    @cached_property
    def given(self) -> Given:
        """The body, or the query. Raises Invalid with every field whose form is wrong."""
        try:
            if isinstance(self.content, bytes):
                return self.model.model_validate_json(self.content)
            return self.model.model_validate(self.content)
        except ValidationError as error:
            raise faults(error) from None

    @property
    def raw(self) -> Mapping[str, Any]:
        """What was sent, unchecked; empty where that is no object."""
        sent = from_json(self.content) if isinstance(self.content, bytes) else self.content
        return sent if isinstance(sent, dict) else {}

    @property
    def office_timezone(self) -> str:
        """For the times of what belongs to no project."""
        return self.context.settings.timezone

    def require_unchanged(self, present: Answer) -> None:
        """Refuse to change what is no longer as the client saw it. Raises Conflict."""
        if self.if_match not in {None, "*", entity_tag(written(present))}:
            raise Conflict("it has changed since you read it: read it again", code="stale")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    rule: str
    handler: Callable[..., Answer | bytes | None]
    given: type[BaseModel]
    gives: type[Answer] | None
    status: int
    #: Whether what is stored may stand against it (409).
    may_conflict: bool
    #: Whether the answer carries an ETag, and a change heeds ``If-Match``.
    tagged: bool
    #: Whether ``Idempotency-Key`` is heeded.
    repeatable: bool
    media: str

    @property
    def has_body(self) -> bool:
        return issubclass(self.given, Body)


class Operations(list[Operation]):
    """The operations of one resource."""

    def __init__(self, resource: str) -> None:
        super().__init__()
        self.resource = resource

    def add(
        self,
        method: str,
        rule: str,
        *,
        given: type[Given],
        gives: type[Answer] | None,
        status: int = 200,
        may_conflict: bool = False,
        tagged: bool = False,
        repeatable: bool = False,
        media: str = "application/json",
    ) -> Callable[
        [Callable[Concatenate[Request[Given], Path], Result]],
        Callable[Concatenate[Request[Given], Path], Result],
    ]:
        """Declare that the function answers ``method`` at ``rule`` (in Flask's words, without prefix)."""

        def declare(
            handler: Callable[Concatenate[Request[Given], Path], Result],
        ) -> Callable[Concatenate[Request[Given], Path], Result]:
            self.append(
                Operation(
                    name=f"{self.resource}_{handler.__name__}",
                    method=method,
                    rule=rule,
                    handler=handler,
                    given=given,
                    gives=gives,
                    status=status,
                    may_conflict=may_conflict,
                    tagged=tagged,
                    repeatable=repeatable,
                    media=media,
                )
            )
            return handler

        return declare


def written(answer: Answer) -> bytes:
    """The answer as JSON."""
    return answer.model_dump_json(by_alias=True).encode()


def entity_tag(content: bytes) -> str:
    """An ETag (RFC 9110, 8.8.3) that changes with every byte of the content."""
    return f'"{sha256(content).hexdigest()[:32]}"'
