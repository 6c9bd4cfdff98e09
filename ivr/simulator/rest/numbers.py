"""The account itself, and its telephone numbers with the addresses that belong to them."""

from ivr.simulator.exchange import Exchange, LineNumber
from ivr.simulator.rest.errors import missing
from ivr.simulator.rest.gateway import ROOT, Gateway, Given, Listing, Payload
from ivr.simulator.rest.parameters import METHOD, anything, one_of, rules, url

FIELDS = {
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "fallback_url",
    "StatusCallback": "status_url",
    "SmsUrl": "message_url",
}
CHANGE = {
    **{name: url(21502) for name in FIELDS if name != "VoiceMethod"},
    **rules(
        VoiceMethod=METHOD,
        VoiceFallbackMethod=one_of("POST"),
        StatusCallbackMethod=one_of("POST"),
        SmsMethod=one_of("POST"),
        FriendlyName=anything,
    ),
}


def register(gateway: Gateway) -> None:
    """Serve these resources."""
    gateway.add("GET", ".json", account)
    gateway.add("GET", "/IncomingPhoneNumbers.json", index, rules(PhoneNumber=anything))
    gateway.add("GET", "/IncomingPhoneNumbers/<number>.json", show)
    gateway.add("POST", "/IncomingPhoneNumbers/<number>.json", change, CHANGE)


def account(exchange: Exchange, _given: Given) -> Payload:
    """The account: active as long as this carrier runs."""
    sid = exchange.account_sid
    uri = f"{ROOT}/{sid}.json"
    return {"sid": sid, "friendly_name": "simulated", "status": "active", "type": "Full", "uri": uri}


def _payload(exchange: Exchange, line: LineNumber) -> Payload:
    return {
        "sid": line.sid,
        "account_sid": exchange.account_sid,
        "api_version": "2010-04-01",
        "phone_number": line.number,
        "friendly_name": line.number,
        "capabilities": {"voice": True, "sms": line.number.startswith("+569"), "mms": False, "fax": False},
        "voice_url": line.voice_url,
        "voice_method": line.voice_method,
        "voice_fallback_url": line.fallback_url,
        "voice_fallback_method": "POST",
        "status_callback": line.status_url,
        "status_callback_method": "POST",
        "sms_url": line.message_url,
        "sms_method": "POST",
        "uri": f"{ROOT}/{exchange.account_sid}/IncomingPhoneNumbers/{line.sid}.json",
    }


def _find(exchange: Exchange, sid: str) -> LineNumber:
    line = next((line for line in exchange.lines.values() if line.sid == sid), None)
    if line is None:
        raise missing(f"/IncomingPhoneNumbers/{sid}")
    return line


def index(exchange: Exchange, given: Given) -> Listing:
    """All numbers; `PhoneNumber` is a part of one."""
    part = given.get("PhoneNumber", "")
    lines = [_payload(exchange, line) for line in exchange.lines.values() if part in line.number]
    return Listing("incoming_phone_numbers", lines)


def show(exchange: Exchange, _given: Given, number: str) -> Payload:
    """One number."""
    return _payload(exchange, _find(exchange, number))


def change(exchange: Exchange, given: Given, number: str) -> Payload:
    """Set the addresses that the carrier requests."""
    line = _find(exchange, number)
    exchange.set_line(line, **{field: given[name] for name, field in FIELDS.items() if name in given})
    return _payload(exchange, exchange.lines[line.number])
