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
from werkzeug.http import parse_etags

from ivr.api.clients import Client, Scope
from ivr.api.context import ApiContext
from ivr.api.errors import faults
from ivr.api.fields import Answer, Body, Query
from ivr.errors import Conflict

Given = TypeVar("Given", bound=BaseModel)
Path = ParamSpec("Path")
Result = TypeVar("Result", bound=Answer | bytes | None)


#: The status of a creation.
CREATED = 201


class Nothing(Query):
    """An operation that is told nothing but its path."""


@dataclass
class Request(Generic[Given]):
    """One request, inside its transaction."""

    context: ApiContext
    session: Session
    now: datetime
    client: Client
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

    def require_unchanged(self, present: Callable[[], Answer]) -> None:
        """Refuse to change what is no longer as the client saw it (``If-Match``). Raises Conflict.

        ``present`` shows it as it is; its row is locked, so that it stays so.
        """
        if self.if_match is None:
            return
        if not parse_etags(self.if_match).contains(entity_tag(written(present())).strip('"')):
            raise Conflict("it has changed since you read it: read it again", code="stale")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    rule: str
    #: What its client must be allowed to do.
    scope: Scope
    #: Answers by what the operation gives, bytes as they are, or None.
    handler: Callable[..., Any]
    given: type[BaseModel]
    gives: type[Answer] | None
    status: int
    #: Whether what is stored may stand against it (409), besides by the two below.
    at_odds: bool
    #: Whether the answer carries an ETag.
    tagged: bool
    #: Whether ``If-Match`` is heeded: the ETag of what is changed.
    conditional: bool
    media: str

    @property
    def has_body(self) -> bool:
        return issubclass(self.given, Body)

    @property
    def repeatable(self) -> bool:
        """Whether ``Idempotency-Key`` is heeded: wherever something is made that was not there."""
        return self.status == CREATED

    @property
    def may_conflict(self) -> bool:
        """Whether it may be answered by 409."""
        return self.at_odds or self.conditional or self.repeatable


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
        scope: Scope,
        given: type[Given],
        gives: type[Answer] | None,
        status: int = 200,
        may_conflict: bool = False,
        tagged: bool = False,
        conditional: bool = False,
        media: str = "application/json",
    ) -> Callable[
        [Callable[Concatenate[Request[Given], Path], Result]],
        Callable[Concatenate[Request[Given], Path], Result],
    ]:
        """Declare that the function answers ``method`` at ``rule`` (in Flask's words, without prefix).

        ``may_conflict``: where 409 has other causes than a stale ETag or a key that was used before.
        """

        def declare(
            handler: Callable[Concatenate[Request[Given], Path], Result],
        ) -> Callable[Concatenate[Request[Given], Path], Result]:
            self.append(
                Operation(
                    name=f"{self.resource}_{handler.__name__}",
                    method=method,
                    rule=rule,
                    scope=scope,
                    handler=handler,
                    given=given,
                    gives=gives,
                    status=status,
                    at_odds=may_conflict,
                    tagged=tagged,
                    conditional=conditional,
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
