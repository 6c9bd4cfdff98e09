"""How requests reach the carrier's REST API, and what its faults mean to us.

The official client knows only its own host, so every request is pointed at ``IVR_CARRIER_URL`` here; and
every fault becomes one of `ivr.errors` here, so that nobody else knows HTTP. Nothing is logged: the client's
own log would show telephone numbers.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from ivr.errors import CarrierBusy, CarrierError, CarrierGone, CarrierRefused, CarrierUnclear

Parameters = Mapping[str, str | int | list[str]] | None

_CONNECTIONS = 32
#: "Call is not in-progress": a live call was meant, and it is over.
_CALL_OVER = 21220


class Transport:
    """Pooled connections to the carrier, or to whatever speaks its protocol at ``base_url``.

    ``timeout``: seconds to connect, and seconds of silence until an answer. A request is sent once: whether
    sending it again is safe, only the caller knows. The official client takes it as its ``http_client``.
    """

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base = base_url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def request(
        self,
        method: str,
        uri: str,
        *,
        params: Parameters = None,
        data: Parameters = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_: object,
    ) -> requests.Response:
        """Send a request of the official client, whose own time-out and redirects are not used.

        Raises:
            CarrierError: of the kind that `fault` tells; also where a success is not JSON (a proxy's page).
        """
        answer = self._send(method, _path(uri), params=params, data=data, headers=headers, auth=auth)
        if answer.content:
            try:
                answer.json()
            except ValueError:
                raise CarrierUnclear(f"the carrier answered {method} with something else than JSON") from None
        return answer

    def media(self, path: str, auth: tuple[str, str]) -> bytes:
        """The bytes of a file of the API. Raises CarrierError."""
        return self._send("GET", path, auth=auth).content

    def _send(
        self,
        method: str,
        path: str,
        *,
        auth: tuple[str, str] | None,
        params: Parameters = None,
        data: Parameters = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        with _answered(method):
            answer = self._session.request(
                method,
                self._base + path,
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=self._timeout,
                allow_redirects=False,
            )
        if not 200 <= answer.status_code < 300:
            raise fault(answer.status_code, _code(answer.text))
        return answer


def fault(status: int, code: int | None) -> CarrierError:
    """What an answer that is no success means. ``code`` is the carrier's own, where it gave one.

    The carrier's sentence is left out: it repeats telephone numbers. Its codes are explained at
    https://www.twilio.com/docs/api/errors.
    """
    said = f"the carrier answered {status}" + (f" (code {code})" if code else "")
    if status == requests.codes.too_many_requests:
        return CarrierBusy(said)
    if status >= 500 or status == requests.codes.request_timeout:
        return CarrierUnclear(said)
    if status == requests.codes.not_found or code == _CALL_OVER:
        return CarrierGone(said, code)
    return CarrierRefused(said, code)


@contextmanager
def _answered(method: str) -> Iterator[None]:
    try:
        yield
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        raise CarrierBusy(f"no connection to the carrier: {type(error).__name__}") from None
    except requests.RequestException as error:
        if _never_connected(error):
            raise CarrierBusy("no connection to the carrier") from None
        raise CarrierUnclear(f"no answer of the carrier to {method}: {type(error).__name__}") from None


def _never_connected(error: requests.RequestException) -> bool:
    inner = error.args[0] if error.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)


def _path(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _code(body: str) -> int | None:
    try:
        code = json.loads(body)["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None
