"""Requests of the carrier to the application: signed, retried as the URL's fragment asks, and on record.

Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides and .../webhooks-security.
"""

import asyncio
import re
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

import httpx

from ivr.simulator.document import DocumentError
from ivr.simulator.faults import Faults, WebhookFault
from ivr.simulator.signature import sign

HARD_CAP = 15.0
"""Seconds in all, retries included, for a request that a call waits for."""

REDIRECTS = 10
"""HTTP redirects followed before error 11215."""

AT_ONCE = 64
"""Webhooks under way at the same time; further ones wait outside of their own time-outs."""

KEPT_OPEN = 16
"""Connections kept for further webhooks: with each request, the client looks at every one of them."""

REDIRECTIONS = frozenset({301, 302, 303, 307, 308})

RANGES = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}
CAUSES = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@dataclass(frozen=True)
class Overrides:
    """What the fragment of a URL says about time-outs (seconds) and retries."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    causes: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> "Overrides":
        """Read the fragment; error 11100 for a key or value outside the documented table."""
        values = dict(parse_qsl(urlsplit(url).fragment, keep_blank_values=True))
        causes = frozenset(values.pop("rp", "ct").split(","))
        values.pop("sni", None)
        values.pop("e", None)
        for key, value in values.items():
            low, high = RANGES.get(key, (1, 0))
            if not value.isdecimal() or not low <= int(value) <= high:
                raise DocumentError(11100, f"connection override {key}={value!r} is not allowed", url)
        if not causes <= CAUSES:
            raise DocumentError(11100, f"connection override rp={','.join(sorted(causes))!r}", url)
        seconds = {key: int(values[key]) / 1000 for key in ("ct", "rt", "tt") if key in values}
        return cls(
            seconds.get("ct", 5.0), seconds.get("rt", HARD_CAP), seconds.get("tt", HARD_CAP),
            int(values.get("rc", 1)), causes,
        )  # fmt: skip

    def retry_on(self, cause: str) -> bool:
        """Whether an attempt that failed this way is made again."""
        return cause in self.causes or "all" in self.causes


@dataclass(frozen=True)
class Sent:
    """One webhook attempt on record. `status` is None when no answer came."""

    url: str
    method: str
    params: Mapping[str, str]
    status: int | None
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Alert:
    """A line of the carrier's debugger."""

    code: int
    message: str
    url: str | None
    call_sid: str | None


@dataclass(frozen=True)
class Answer:
    """What came back, and from where (after redirects)."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str

    @property
    def content_type(self) -> str:
        """Without parameters, lower case."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


class _Failed(Exception):
    def __init__(self, cause: str, code: int, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.code = code


@dataclass(frozen=True)
class _Errand:
    """One request with all its attempts, which share a token "to distinguish retry attempts"."""

    url: str
    method: str
    params: Mapping[str, str]
    jar: httpx.Cookies
    overrides: Overrides
    deadline: float
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    def redirected(self, answer: Answer) -> "_Errand":
        """Where a 3xx answer leads: by GET and without parameters, except for 307 and 308."""
        url = urljoin(urldefrag(self.url).url, answer.headers["location"])
        if answer.status >= HTTPStatus.TEMPORARY_REDIRECT:
            return replace(self, url=url)
        return replace(self, url=url, method="GET", params={})


@dataclass
class Webhooks:
    """The carrier's HTTP client. `sent` and `alerts` keep the latest ten thousand."""

    token: str
    faults: Faults
    client: httpx.AsyncClient
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=10_000))
    alerts: deque[Alert] = field(default_factory=lambda: deque(maxlen=10_000))
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def alert(self, code: int, message: str, url: str | None = None, call_sid: str | None = None) -> None:
        """Write to the debugger's log."""
        self.alerts.append(Alert(code, message, url, call_sid))

    async def request(
        self,
        url: str,
        method: str = "POST",
        params: Mapping[str, str] | None = None,
        *,
        cookies: httpx.Cookies | None = None,
        fault: WebhookFault | None = None,
    ) -> Answer:
        """Ask the application and follow redirects; `DocumentError` when no 2xx or 3xx answer came."""
        overrides = Overrides.of(url)
        jar = httpx.Cookies() if cookies is None else cookies
        async with self._room:
            deadline = time.monotonic() + min(overrides.total, HARD_CAP)
            errand = _Errand(url, method, dict(params or {}), jar, overrides, deadline)
            for _ in range(REDIRECTS + 1):
                answer = await self._insist(errand, fault)
                if answer.status not in REDIRECTIONS or "location" not in answer.headers:
                    return answer
                errand, fault = errand.redirected(answer), None
        raise DocumentError(11215, f"more than {REDIRECTS} redirects", url)

    async def _insist(self, errand: "_Errand", fault: WebhookFault | None) -> Answer:
        retries_left = errand.overrides.retries
        while True:
            try:
                return await self._meet(errand, fault)
            except _Failed as failure:
                tired = not retries_left or time.monotonic() >= errand.deadline
                if tired or not errand.overrides.retry_on(failure.cause):
                    raise DocumentError(failure.code, str(failure), errand.url) from failure
                retries_left, fault = retries_left - 1, None

    async def _meet(self, errand: "_Errand", fault: WebhookFault | None) -> Answer:
        if fault is WebhookFault.TWICE:
            first, _again = await asyncio.gather(self._attempt(errand), self._attempt(errand))
            return first
        if fault is WebhookFault.UNREACHABLE:
            raise _Failed("ct", 11205, "no connection (ordered by the test)")
        answer = await self._attempt(errand)
        if fault is WebhookFault.LOST_REPLY:
            raise _Failed("rt", 11200, "the reply was lost (ordered by the test)")
        return answer

    async def _attempt(self, errand: "_Errand") -> Answer:
        request = self._signed(errand)
        errand.jar.set_cookie_header(request)
        started = time.monotonic()
        status, body = None, b""
        try:
            async with asyncio.timeout(max(0.1, errand.deadline - started)):
                response = await self.client.send(request)
            status, body = response.status_code, response.content
            errand.jar.extract_cookies(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise _Failed("ct", 11205, f"no connection: {error}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise _Failed("rt", 11200, f"no answer: {type(error).__name__}") from error
        finally:
            seconds = time.monotonic() - started
            self.sent.append(Sent(errand.url, errand.method, errand.params, status, body, seconds))
        if status >= HTTPStatus.BAD_REQUEST:
            raise _Failed(f"{status // 100}xx", 11200, f"HTTP {status}")
        return Answer(status, response.headers, body, errand.url)

    def _signed(self, errand: "_Errand") -> httpx.Request:
        posted = errand.method == "POST"
        address = urldefrag(errand.url).url
        if not posted and errand.params:
            address += ("&" if urlsplit(address).query else "?") + urlencode(errand.params)
        return self.client.build_request(
            errand.method,
            address,
            data=dict(errand.params) if posted else None,
            headers={
                "X-Twilio-Signature": sign(self.token, address, errand.params if posted else {}),
                "I-Twilio-Idempotency-Token": errand.token,
                "User-Agent": "TwilioProxy/1.1",
                "Accept": "*/*",
            },
            timeout=httpx.Timeout(errand.overrides.read, connect=errand.overrides.connect, pool=HARD_CAP),
        )


@dataclass
class Courier:
    """News of one call (or conference), delivered in order, one after another, while the call goes on."""

    webhooks: Webhooks
    spawn: Callable[[Awaitable[None]], "asyncio.Task[None]"]
    call_sid: str | None = None
    _last: "asyncio.Task[None] | None" = None
    _held: tuple[str, str, Mapping[str, str]] | None = None

    def post(self, url: str, method: str, params: Mapping[str, str]) -> None:
        """Send when everything before has been delivered."""
        fault = self.webhooks.faults.take_webhook(url)
        if fault is WebhookFault.LATE:
            self.webhooks.faults.when_released(
                partial(
                    asyncio.get_running_loop().call_soon_threadsafe, self._line_up, url, method, params, None
                )
            )
        elif fault is WebhookFault.OUT_OF_ORDER and self._held is None:
            self._held = (url, method, params)
        else:
            self._line_up(url, method, params, fault)
            self.flush()

    def flush(self) -> None:
        """Deliver what was held back to come out of order."""
        if self._held:
            held, self._held = self._held, None
            self._line_up(*held, None)

    async def delivered(self) -> None:
        """Wait until nothing is under way."""
        while self._last and not self._last.done():
            await asyncio.wait({self._last})

    def _line_up(self, url: str, method: str, params: Mapping[str, str], fault: WebhookFault | None) -> None:
        self._last = self.spawn(self._deliver(self._last, url, method, params, fault))

    async def _deliver(
        self,
        before: "asyncio.Task[None] | None",
        url: str,
        method: str,
        params: Mapping[str, str],
        fault: WebhookFault | None,
    ) -> None:
        if before:
            await asyncio.wait({before})
        try:
            await self.webhooks.request(url, method, params, fault=fault)
        except DocumentError as error:
            self.webhooks.alert(15003, f"status callback: {error}", url, self.call_sid)


def is_web_address(url: str) -> bool:
    """Absolute, http or https, with a host without underscores (error 21205 otherwise)."""
    parts = urlsplit(url)
    return (
        parts.scheme in {"http", "https"}
        and re.fullmatch(r"[A-Za-z0-9.:\-\[\]]+", parts.netloc.rpartition("@")[2]) is not None
    )
