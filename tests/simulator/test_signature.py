"""X-Twilio-Signature, by twilio.com/docs/usage/webhooks/webhooks-security."""

import pytest
from twilio.request_validator import RequestValidator

from ivr.simulator.signature import sign, signed_address

OFFICIAL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def test_the_official_vector() -> None:
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, OFFICIAL) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://h/voice?x=1#rc=5&rp=5xx", "https://h/voice?x=1"),
        ("https://user:secret@h/voice", "https://h/voice"),
        ("https://h:8443/voice", "https://h/voice"),
        ("http://h:8000/voice", "http://h:8000/voice"),
    ],
)
def test_what_of_an_address_is_signed(url: str, address: str) -> None:
    """ "userinfo removed; fragment removed"; "HTTP keeps [the port]; voice over HTTPS drops it"."""
    assert signed_address(url) == address


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/voice?a=b%20c", "https://example.com/voice"])
def test_the_carriers_own_library_accepts_it(url: str) -> None:
    form = {"Digits": "", "Body": "Ñandú & compañía + más", "From": "+56911112222"}
    assert RequestValidator("secret").validate(url, form, sign("secret", url, form))
    assert not RequestValidator("secret").validate(url, {**form, "Digits": "1"}, sign("secret", url, form))
