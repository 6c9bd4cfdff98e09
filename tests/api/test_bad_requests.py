"""Requests that somebody will send one day: each is refused in the one shape, and nothing is stored."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ivr.api import clients
from ivr.api.clients import Scope
from ivr.clock import MovableClock
from ivr.store.session import Store
from ivr.store.tables import Base
from tests.api.conftest import AGENT, CASE, HOME, OWNER, PROJECT, TOKEN, URGENT, Client, made, make_client
from tests.api.test_refusals import assert_refused, counts
from tests.conftest import TUESDAY_AT_TEN
from tests.servers import Postgres

JSON = "application/json"
VISIT = {"kind": "visit", "start": "2026-11-26T09:00:00-03:00"}
CLOSURE = {"date": "2026-12-24", "working": True, "reason": "x"}
ROSTER = {"kind": "weekly", "agent": 1, "level": 1, "weekday": 2, "begins": "22:00", "ends": "06:00"}


@dataclass(frozen=True)
class Bad:
    """A request, and its answer. In a path, ``{case}`` is an open case and ``{other}`` another's date."""

    what: str
    request: str
    status: int
    fields: tuple[str, ...] = ()
    #: The body as JSON, or as it is.
    body: Any = None
    sent: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    #: The token: the first one, a reader's, or as it stands here.
    bearer: str = TOKEN


@dataclass(frozen=True)
class Town:
    """What is there to be harmed."""

    store: Store
    client: Client
    tokens: dict[str, str]
    case: str
    other: int


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all of them: that it stays as it was is what each of them looks at."""
    folder = tmp_path_factory.mktemp("town")
    if request.param == "sqlite":
        yield from founded(f"sqlite:///{folder / 'town.db'}", folder)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield from founded(url, folder)


def founded(url: str, folder: Path) -> Iterator[Town]:
    store, clock = Store(url), MovableClock(TUESDAY_AT_TEN)
    Base.metadata.create_all(store.engine)
    client = make_client(store, clock, folder)
    for path, body in (("/projects", PROJECT), ("/homes", HOME), ("/agents", AGENT)):
        made(client.api("POST", path, body))
    first, second = (made(client.api("POST", "/cases", CASE))["number"] for _ in range(2))
    date = made(client.api("POST", f"/cases/{second}/appointments", VISIT))["id"]
    made(client.api("POST", "/cases", CASE, headers={"Idempotency-Key": "taken"}))
    with store.transaction() as session:
        reader = clients.issue(session, "reader", [Scope.READ], by="operator", now=clock.now())
        revoked = clients.issue(session, "former", list(Scope), by="operator", now=clock.now())
        clients.revoke(session, "former", clock.now())
    yield Town(store, client, {"reader": reader, "revoked": revoked}, first, date)
    store.close()


BAD = [
    # -- bodies that cannot be read
    Bad("no body", "POST /projects", 400, sent=b""),
    Bad("half a body", "POST /projects", 400, sent=b'{"code": "10'),
    Bad("two documents", "POST /projects", 400, sent=b"{}{}"),
    Bad("no encoding that JSON knows", "POST /projects", 400, sent='{"name": "Ñuñoa"}'.encode("latin-1")),
    Bad("UTF-16", "POST /projects", 400, sent='{"code": "102"}'.encode("utf-16")),
    Bad("a mark of the byte order", "POST /projects", 400, sent=b'\xef\xbb\xbf{"code": "102"}'),
    Bad("half a character", "POST /projects", 400, sent=b'{"name": "\xc3"}'),
    Bad("half a surrogate", "POST /projects", 400, sent=b'{"name": "\\ud83d"}'),
    Bad("surrogates the wrong way round", "POST /projects", 400, sent=b'{"name": "\\ude00\\ud83d"}'),
    Bad("a bare NUL", "POST /projects", 400, sent=b'{"name": "a\x00b"}'),
    Bad("NaN", "POST /projects", 400, sent=b'{"weekday": NaN}'),
    Bad("infinity", "POST /projects", 400, sent=b'{"weekday": -Infinity}'),
    Bad("lists in lists in lists", "POST /projects", 400, sent=b"[" * 50_000 + b"]" * 50_000),
    Bad("objects in objects", "POST /cases", 400, sent=b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    Bad(
        "a number of ten thousand digits", "POST /projects", 400, sent=b'{"weekday": ' + b"9" * 10_000 + b"}"
    ),
    Bad("JavaScript", "POST /projects", 400, sent=b"{code: '102', weekday: 0x4}"),
    Bad("too large a body", "POST /cases", 413, sent=b'{"project": "' + b"x" * 600_000 + b'"}'),
    Bad("a form", "POST /projects", 415, sent=b"code=102", headers={"Content-Type": "multipart/form-data"}),
    Bad("XML", "POST /projects", 415, sent=b"<project/>", headers={"Content-Type": "application/xml"}),
    Bad("JSON by another name", "POST /projects", 415, sent=b"{}", headers={"Content-Type": "text/json"}),
    Bad("a bomb", "POST /projects", 415, sent=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
    # -- bodies that can be read
    Bad("a list", "POST /projects", 422, ("body",), body=[PROJECT]),
    Bad("null", "POST /projects", 422, ("body",), sent=b"null"),
    Bad("a text", "POST /cases/{case}/cancel", 422, ("body",), sent=b'"cancel"'),
    Bad(
        "a number as text", "POST /projects", 422, ("weekday",), body=PROJECT | {"code": "7", "weekday": "4"}
    ),
    Bad("yes as a number", "POST /homes", 422, ("verified",), body=HOME | {"number": "9", "verified": 1}),
    Bad("a huge number", "POST /projects", 422, ("crews",), body=PROJECT | {"code": "7", "crews": 10**300}),
    Bad("a number below zero", "POST /projects", 422, ("crews",), body=PROJECT | {"code": "7", "crews": -1}),
    Bad("a fraction", "POST /projects", 422, ("crews",), body=PROJECT | {"code": "7", "crews": 1.5}),
    Bad("digits of another script", "POST /projects", 422, ("code",), body=PROJECT | {"code": "١٠٢"}),
    Bad("an escaped NUL", "POST /projects", 422, ("name",), body=PROJECT | {"code": "7", "name": "a\0b"}),
    Bad(
        "blanks for a name", "POST /projects", 422, ("name",), body=PROJECT | {"code": "7", "name": "\u2003 "}
    ),
    Bad("SQL as a code", "POST /projects", 422, ("code",), body=PROJECT | {"code": "1'; DROP TABLE cases--"}),
    Bad("SQL as a project", "POST /homes", 422, ("project",), body=HOME | {"project": "101' OR 1=1"}),
    Bad(
        "markup as an e-mail",
        "POST /agents",
        422,
        ("email",),
        body=AGENT | {"email": "<script>alert(1)</script>"},
    ),
    Bad("an address of ours", "POST /agents", 422, ("phone",), body=AGENT | {"phone": "+56800422727"}),
    Bad("a number abroad", "POST /agents", 422, ("phone",), body=AGENT | {"phone": "+19005551234"}),
    Bad("a field too many", "POST /closures", 422, ("id",), body=CLOSURE | {"id": 1}),
    Bad("no such day", "POST /closures", 422, ("date",), body=CLOSURE | {"date": "2026-02-29"}),
    Bad(
        "a day as a moment", "POST /closures", 422, ("date",), body=CLOSURE | {"date": "2026-12-24T10:00:00Z"}
    ),
    Bad("too long a reason", "POST /closures", 422, ("reason",), body=CLOSURE | {"reason": "x" * 201}),
    Bad("no such agent", "POST /roster", 422, ("agent",), body=ROSTER | {"agent": 99}),
    Bad("an id beyond all ids", "POST /roster", 422, ("agent",), body=ROSTER | {"agent": 2**63}),
    Bad("hours of another day", "POST /roster", 422, ("begins",), body=ROSTER | {"begins": "25:00"}),
    Bad(
        "a moment without offset",
        "POST /cases/{case}/appointments",
        422,
        ("start",),
        body=VISIT | {"start": "2026-11-26T09:00:00"},
    ),
    Bad(
        "a moment of the year 10000",
        "POST /cases/{case}/appointments",
        422,
        ("start",),
        body=VISIT | {"start": "10000-01-01T00:00:00Z"},
    ),
    Bad("a text as contacts", "POST /cases", 422, ("contacts",), body=CASE | {"contacts": OWNER}),
    Bad("a number of nobody", "POST /cases", 422, ("contacts",), body=CASE | {"contacts": ["+56600123456"]}),
    Bad(
        "more requirements than fit",
        "POST /cases",
        422,
        ("requirements",),
        body=CASE | {"requirements": [{"category": "damp"}] * 200},
    ),
    Bad("an apartment too long", "POST /cases", 422, ("apartment",), body=CASE | {"apartment": "1" * 41}),
    Bad(
        "a description beyond its length",
        "POST /cases",
        422,
        ("requirements.0.description",),
        body=CASE | {"requirements": [{"category": "damp", "description": "😀" * 4001}]},
    ),
    Bad("an urgency of no kind", "POST /cases", 422, ("urgent_kind",), body=URGENT | {"urgent_kind": ""}),
    Bad(
        "a key that is none",
        "POST /cases",
        422,
        ("Idempotency-Key",),
        body=CASE,
        headers={"Idempotency-Key": "k" * 201},
    ),
    # -- queries
    Bad("a cursor of one's own", "GET /cases?cursor=../../etc/passwd", 422, ("cursor",)),
    Bad("a cursor of another list", "GET /tasks?cursor=WzFd", 422, ("cursor",)),
    Bad("a huge page", "GET /cases?limit=99999999999999999999", 422, ("limit",)),
    Bad("a page below zero", "GET /calls?limit=-1", 422, ("limit",)),
    Bad("a word twice", "GET /homes?project=101&project=102", 422, ("project",)),
    Bad("a word that means nothing", "GET /projects?sort=name", 422, ("sort",)),
    Bad("a NUL in a query", "GET /cases?q=%00", 422, ("q",)),
    # -- what is not there, or another's
    Bad("a path upwards", "GET /projects/..%2F..%2Fetc", 404),
    Bad("no UTF-8 in a path", "GET /projects/%ff%fe", 404),
    Bad("a NUL in a path", "GET /cases/%00", 404),
    Bad("SQL in a path", "GET /cases/1'%20OR%20'1'='1", 404),
    Bad("an id beyond all ids in a path", "DELETE /closures/9223372036854775808", 404),
    Bad("another case's date", "DELETE /cases/{case}/appointments/{other}", 404),
    Bad("a talk that is not there", "POST /calls/CA0/transfer", 404, body={"phone": "+56966666666"}),
    Bad("a method that is none", "PUT /cases/{case}", 405, body={}),
    # -- at odds with what is stored
    Bad("a project that there is", "POST /projects", 409, body=PROJECT),
    Bad("a date that is taken", "POST /cases/{case}/appointments", 409, body=VISIT),
    Bad("a move that is not allowed", "POST /cases/{case}/works-done", 409, body={"received_by": "Camila"}),
    Bad(
        "an ETag that is stale",
        "PATCH /projects/101",
        409,
        body={"crews": 2},
        headers={"If-Match": '"stale"'},
    ),
    Bad("no ETag at all", "PATCH /agents/1", 409, body={"name": "Otra"}, headers={"If-Match": "yesterday's"}),
    Bad(
        "a weak ETag",
        "POST /cases/{case}/cancel",
        409,
        body={"by": "x", "reason": "y"},
        headers={"If-Match": 'W/"1"'},
    ),
    Bad(
        "a key of another request",
        "POST /cases",
        409,
        body=CASE | {"channel": "web"},
        headers={"Idempotency-Key": "taken"},
    ),
    Bad("a key of another path", "POST /closures", 409, body=CASE, headers={"Idempotency-Key": "taken"}),
    # -- whoever may not
    Bad("no token", "GET /cases", 401, bearer=""),
    Bad("a wrong token", "POST /projects", 401, body=PROJECT | {"code": "7"}, bearer="postventa_" + "x" * 43),
    Bad("a token with more behind it", "GET /cases", 401, bearer=f"{TOKEN} and more"),
    Bad("a token that is no text", "GET /cases", 401, bearer="\x80\xff"),
    Bad("a revoked token", "GET /cases", 401, bearer="revoked"),
    Bad("a reader who writes", "POST /projects", 403, body=PROJECT | {"code": "7"}, bearer="reader"),
    Bad("a reader who lets go", f"DELETE /owners/{OWNER}", 403, bearer="reader"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_a_bad_request_is_refused_and_harms_nothing(town: Town, bad: Bad) -> None:
    method, _, path = bad.request.partition(" ")
    headers = {"Authorization": f"Bearer {town.tokens.get(bad.bearer, bad.bearer)}"}
    sent = bad.sent if bad.sent is not None or bad.body is None else json.dumps(bad.body).encode()
    if sent is not None:
        headers["Content-Type"] = JSON
    before = counts(town.store)
    answer = town.client.open(
        f"/api/v1{path.format(case=town.case, other=town.other)}",
        method=method,
        data=sent,
        headers=headers | bad.headers,
    )
    assert_refused(answer, bad.status, *bad.fields)
    assert counts(town.store) == before
