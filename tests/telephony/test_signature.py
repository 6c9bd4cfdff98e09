"""Who is speaking to us (https://www.twilio.com/docs/usage/security)."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Request
from twilio.request_validator import RequestValidator
from werkzeug.test import EnvironBuilder

from ivr.store.session import Store
from ivr.telephony.signature import HEADER, Signatures
from tests.line import KNOWN, LINE, PUBLIC_URL, TOKEN
from tests.telephony.tiny_line import tiny_line
from tests.watching import contents

FORM = {"CallSid": "CA" + "3" * 32, "From": KNOWN, "To": LINE, "CallStatus": "ringing"}

#: Every address that only the carrier may use.
ADDRESSES = [
    "/voice/inbound",
    "/voice/fallback",
    "/voice/status",
    "/voice/recording?purpose=comment",
    "/voice/machine",
    "/voice/conference",
    "/voice/tiny.welcome?turn=0",
    "/voice/tiny.music?wait=1",
    "/messages/inbound",
    "/messages/status",
]


def request(
    url: str, form: Mapping[str, str] | None = None, signature: str | None = None, **environ: Any
) -> Request:
    """A request as it arrives; a ``signature`` of None is no header at all."""
    headers = {} if signature is None else {HEADER: signature}
    method = "GET" if form is None else "POST"
    builder = EnvironBuilder(url, method=method, data=form, headers=headers)
    return Request(builder.get_environ() | environ)


def sign(url: str, form: Mapping[str, str] | None = None, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, dict(form or {})))


def test_the_carriers_official_example_is_genuine() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    signatures = Signatures("12345", "https://example.com")
    official = "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert signatures.genuine(request("/myapp.php?foo=1&bar=2", form, official))
    assert not Signatures("12346", "https://example.com").genuine(
        request("/myapp.php?foo=1&bar=2", form, official)
    )


URL = "/voice/tiny.menu?turn=3"
SIGNED = sign(PUBLIC_URL + URL, FORM)


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        pytest.param(URL, FORM, None, id="missing"),
        pytest.param(URL, FORM, "", id="empty"),
        pytest.param(URL, FORM, "L/OH5YylLD5NRKLltdqwSvS0BnU=", id="wrong"),
        pytest.param(URL, FORM, "ñandú", id="no signature at all"),
        pytest.param(URL, FORM | {"From": "+56911112222"}, SIGNED, id="a changed field"),
        pytest.param(URL, FORM | {"Digits": "1"}, SIGNED, id="an added field"),
        pytest.param(URL, {"CallSid": FORM["CallSid"]}, SIGNED, id="a missing field"),
        pytest.param("/voice/tiny.menu?turn=4", FORM, SIGNED, id="a changed query"),
        pytest.param("/voice/tiny.menu", FORM, SIGNED, id="a missing query"),
        pytest.param("/voice/tiny.menu?turn=3&turn=4", FORM, SIGNED, id="an added query"),
        pytest.param("/voice/tiny.score?turn=3", FORM, SIGNED, id="another address's"),
        pytest.param(URL, FORM, sign(PUBLIC_URL + URL, FORM, "another token"), id="another account's"),
        pytest.param(URL, FORM, sign("https://other.example" + URL, FORM), id="another host's"),
        pytest.param(URL, FORM, sign("http://line.example" + URL, FORM), id="without TLS"),
        pytest.param(URL, None, None, id="an unsigned GET"),
        pytest.param(URL, None, SIGNED, id="a GET with the signature of a POST"),
    ],
)
def test_only_the_genuine_one_passes(url: str, form: Mapping[str, str] | None, signature: str | None) -> None:
    signatures = Signatures(TOKEN, PUBLIC_URL)
    assert signatures.genuine(request(URL, FORM, SIGNED))
    assert not signatures.genuine(request(url, form, signature))


def test_a_get_is_signed_by_its_address_alone() -> None:
    assert Signatures(TOKEN, PUBLIC_URL).genuine(request(URL, None, sign(PUBLIC_URL + URL)))


@pytest.mark.parametrize("public_url", ["https://line.example", "https://line.example:8443"])
@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_behind_a_tls_proxy_the_public_address_counts_with_and_without_its_port(
    public_url: str, port: str
) -> None:
    """Voice over HTTPS drops the port before signing, text messages keep it."""
    signatures = Signatures(TOKEN, public_url)
    inside = {"HTTP_HOST": "127.0.0.1:8000", "wsgi.url_scheme": "http", "SERVER_PORT": "8000"}
    own_port = ":8443" if public_url.endswith(":8443") else ":443"
    signature = sign(f"https://line.example{port}{URL}", FORM)
    assert signatures.genuine(request(URL, FORM, signature, **inside)) is (port in {"", own_port})
    assert not signatures.genuine(request(URL, FORM | {"Digits": "9"}, signature, **inside))


def test_what_a_proxy_or_anybody_else_claims_in_headers_is_not_believed() -> None:
    forged = sign("https://evil.example" + URL, FORM)
    claims = {
        "HTTP_HOST": "evil.example",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_ORIGINAL_URL": "/voice/other",
    }
    assert not Signatures(TOKEN, PUBLIC_URL).genuine(request(URL, FORM, forged, **claims))
    assert Signatures(TOKEN, PUBLIC_URL).genuine(request(URL, FORM, SIGNED, **claims))


@pytest.mark.parametrize(
    "raw", ["/voice/caf%C3%A9.a?x=%20+1", "https://127.0.0.1:8000/voice/caf%C3%A9.a?x=%20+1"]
)
def test_the_address_counts_as_it_was_sent_and_not_as_it_was_decoded(raw: str) -> None:
    signature = sign(PUBLIC_URL + "/voice/caf%C3%A9.a?x=%20+1", FORM)
    arrived = request("/voice/café.a?x= 1", FORM, signature, RAW_URI=raw, REQUEST_URI=raw)
    assert Signatures(TOKEN, PUBLIC_URL).genuine(arrived)


def test_a_server_that_does_not_tell_the_address_as_sent_is_served_too() -> None:
    arrived = request(URL, FORM, SIGNED)
    for name in ("RAW_URI", "REQUEST_URI"):
        arrived.environ.pop(name, None)
    assert Signatures(TOKEN, PUBLIC_URL).genuine(arrived)


def test_spaces_at_the_ends_of_a_field_are_part_of_it() -> None:
    form = FORM | {"SpeechResult": " Los Aromos "}
    signature = sign(PUBLIC_URL + URL, form)
    assert Signatures(TOKEN, PUBLIC_URL).genuine(request(URL, form, signature))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("signature", ["", "L/OH5YylLD5NRKLltdqwSvS0BnU=", sign(PUBLIC_URL + URL, FORM)])
def test_an_address_of_the_carrier_refuses_anybody_else_and_changes_nothing(
    sqlite_store: Store, address: str, signature: str
) -> None:
    line = tiny_line(sqlite_store)
    line.dial().press("1")
    before = contents(sqlite_store)
    form = FORM | {"MessageSid": "SM1", "Body": "ALTO", "RecordingSid": "RE1"}
    assert line.post(address, form, signature=signature).status_code == 403
    assert line.app.test_client().get(address).status_code == 403
    assert contents(sqlite_store) == before


@pytest.mark.parametrize("address", ["/voice/", "/voice/nothing", "/voice/a.b/c", "/messages/x"])
def test_nobody_else_hears_which_addresses_there_are(sqlite_store: Store, address: str) -> None:
    line = tiny_line(sqlite_store)
    client = line.app.test_client()
    assert [client.open(address, method=method).status_code for method in ("GET", "POST", "PUT")] == [403] * 3
    assert line.post(address, FORM).status_code == 404
