"""The door of the REST API: ordered faults, HTTP Basic, checked parameters, error bodies, lists in pages."""

import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ivr.simulator.carrier import SimulatedCarrier
from ivr.simulator.faults import RestFault
from ivr.simulator.rest.errors import RestError
from ivr.simulator.rest.parameters import PAGING, Rule, read

ROOT = "/2010-04-01/Accounts"
PAGE_SIZE = 50
ZERO = timedelta()

Payload = dict[str, Any]
Given = MultiDict[str, str]


@dataclass(frozen=True)
class Listing:
    """All that a list has, newest first (or in the order of a queue); the gateway cuts it into pages."""

    key: str
    items: list[Payload]


@dataclass(frozen=True)
class Media:
    """A file instead of JSON."""

    content: bytes
    content_type: str


Reply = Payload | Listing | Media | None
View = Callable[..., Reply]
"""`view(exchange, given, **names)` runs on the carrier's loop; None answers 204."""


@dataclass
class Gateway:
    """Serves views of one carrier on one blueprint."""

    carrier: SimulatedCarrier
    blueprint: Blueprint
    _count: int = field(default=0)

    def add(
        self, method: str, path: str, view: View, allows: Mapping[str, Rule] | None = None, status: int = 200
    ) -> None:
        """Serve `view` at `path` under the account; `allows` are its parameters (beside pages)."""
        allowed = dict(allows or {})
        if method == "GET" and path.endswith("s.json"):
            allowed |= PAGING

        def serve(account: str, **names: str) -> ResponseReturnValue:
            ordered = self.carrier.faults.take_rest(request.path)
            try:
                if ordered and ordered.fault is not RestFault.LOST_REPLY:
                    raise _misfortune(ordered.fault, ordered.seconds)
                self._check_credentials(account)
                given = read(request.form if method == "POST" else request.args, allowed)
                reply = self.carrier.do(lambda: view(self.carrier.exchange, given, **names))
            except RestError as error:
                return jsonify(error.payload()), error.status
            if ordered:
                return _cut_short()
            return self._answer(reply, status)

        self._count += 1
        self.blueprint.add_url_rule(f"{ROOT}/<account>{path}", f"rest-{self._count}", serve, methods=[method])

    def _check_credentials(self, account: str) -> None:
        own, given = self.carrier, request.authorization
        known = (
            given is not None
            and hmac.compare_digest(given.username or "", own.account_sid)
            and hmac.compare_digest(given.password or "", own.auth_token)
        )
        if not known:
            raise RestError(401, 20003, "Authenticate")
        if account != own.account_sid:
            raise RestError(404, 20404, f"the account {account} was not found")

    def _answer(self, reply: Reply, status: int) -> ResponseReturnValue:
        if reply is None:
            return "", 204
        if isinstance(reply, Media):
            return Response(reply.content, content_type=reply.content_type)
        return jsonify(self._page(reply) if isinstance(reply, Listing) else reply), status

    def _page(self, listing: Listing) -> Payload:
        size = int(request.args.get("PageSize", PAGE_SIZE))
        page = int(request.args.get("Page", 0))
        path = request.path[request.path.index(ROOT) :]

        def uri(number: int) -> str:
            rest = [(k, v) for k, v in request.args.items(multi=True) if k not in {"Page", "PageSize"}]
            return f"{path}?{urlencode([*rest, ('PageSize', size), ('Page', number)])}"

        end = min(len(listing.items), (page + 1) * size)
        return {
            listing.key: listing.items[page * size : end],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": max(0, end - 1),
            "uri": uri(page),
            "first_page_uri": uri(0),
            "previous_page_uri": uri(page - 1) if page else None,
            "next_page_uri": uri(page + 1) if end < len(listing.items) else None,
        }


def _misfortune(fault: RestFault, seconds: float) -> RestError:
    if fault is RestFault.TIME_OUT:
        time.sleep(seconds)
        return RestError(504, 20500, "gateway time-out (ordered by the test)")
    if fault is RestFault.SERVER_ERROR:
        return RestError(500, 20500, "internal server error (ordered by the test)")
    return RestError(429, 20429, "too many requests (ordered by the test)")


def _cut_short() -> Response:
    """A reply that announces more than it holds: the client sees the connection break."""

    def body() -> Iterator[bytes]:
        yield b'{"sid": "'

    return Response(
        body(), headers={"Content-Length": "1000", "Connection": "close"}, mimetype="application/json"
    )


def rfc2822(moment: datetime | None) -> str | None:
    """A moment as the 2010 API writes it."""
    return format_datetime(moment.astimezone(UTC)) if moment else None


def in_range(given: Given, name: str, moment: datetime | None) -> bool:
    """Whether a moment passes the filters `name`, `name<` and `name>`; the first by the day."""
    return all(_passes(given[name + sign], sign, moment) for sign in ("", "<", ">") if given.get(name + sign))


def _passes(wanted: str, sign: str, moment: datetime | None) -> bool:
    if moment is None:
        return False
    limit = datetime.fromisoformat(wanted).replace(tzinfo=UTC)
    difference = moment - limit
    if not sign or len(wanted) == len("2026-01-01"):
        difference = timedelta(days=(moment.astimezone(UTC).date() - limit.date()).days)
    return {"<": difference <= ZERO, ">": difference >= ZERO}.get(sign, difference == ZERO)
