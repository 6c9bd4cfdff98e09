"""Calls: placing, listing, moving and ending them."""

import re

from ivr.simulator.document import Document, DocumentError, parse
from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import FINAL, Fetch, HungUp, Leg, Moved, News
from ivr.simulator.placing import Detection, OutboundCall
from ivr.simulator.recordings import RecordingNews
from ivr.simulator.rest.errors import RestError, missing, not_in_progress
from ivr.simulator.rest.gateway import ROOT, Gateway, Given, Listing, Payload, in_range, rfc2822
from ivr.simulator.rest.parameters import (
    BOOL,
    DETECTED,
    INVALID_PARAMETER,
    PROGRESS,
    RECORDED,
    anything,
    need,
    one_of,
    range_of,
    rules,
    shorter,
    sid,
    url,
    urls,
    whole,
)  # fmt: skip

E164 = re.compile(r"\+[1-9]\d{6,14}")
TWIML_CHARACTERS = 4000

CREATE = {
    **rules(
        To=anything, From=anything, CallerId=anything, SendDigits=shorter(32), Timeout=whole(1, 600),
        TimeLimit=whole(1, 86400), Record=BOOL, CallReason=shorter(50), CallToken=anything, Byoc=anything,
        SipAuthUsername=anything, SipAuthPassword=anything, AsyncAmd=BOOL, Twiml=anything,
    ),
    **urls("Url", "FallbackUrl", "StatusCallback", "AsyncAmdStatusCallback"),
    **RECORDED,
    **DETECTED,
    "StatusCallbackEvent": PROGRESS,
    "ClientNotificationUrl": url(),
}  # fmt: skip
UPDATE = {
    **rules(Status=one_of("canceled", "completed"), TimeLimit=whole(1, 86400), Twiml=anything),
    **urls("Url", "FallbackUrl", "StatusCallback"),
}
LIST = {
    **rules(To=anything, From=anything, ParentCallSid=sid("CA"), Status=anything),
    **range_of("StartTime"),
    **range_of("EndTime"),
}


def register(gateway: Gateway) -> None:
    """Serve this resource."""
    gateway.add("POST", "/Calls.json", create, CREATE, 201)
    gateway.add("GET", "/Calls.json", index, LIST)
    gateway.add("GET", "/Calls/<call>.json", show)
    gateway.add("POST", "/Calls/<call>.json", update, UPDATE)


def payload(exchange: Exchange, leg: Leg) -> Payload:
    """A call as the API shows it. It knows no `initiated`: that is `queued` here."""
    uri = f"{ROOT}/{exchange.account_sid}/Calls/{leg.sid}"
    return {
        "sid": leg.sid,
        "account_sid": exchange.account_sid,
        "api_version": "2010-04-01",
        "from": leg.from_,
        "from_formatted": leg.from_,
        "to": leg.to,
        "to_formatted": leg.to,
        "status": "queued" if leg.status == "initiated" else leg.status,
        "direction": leg.direction,
        "answered_by": leg.answered_by,
        "duration": None if leg.status not in FINAL else str(leg.duration or 0),
        "start_time": rfc2822(leg.started or leg.ended),
        "end_time": rfc2822(leg.ended),
        "date_created": rfc2822(leg.created),
        "date_updated": rfc2822(leg.ended or leg.started or leg.created),
        "parent_call_sid": leg.parent.sid if leg.parent else None,
        "forwarded_from": leg.extra.get("ForwardedFrom"),
        "queue_time": "0",
        "price": None,
        "price_unit": "USD",
        "phone_number_sid": None,
        "caller_name": None,
        "group_sid": None,
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
    }


def find(exchange: Exchange, call: str) -> Leg:
    """The call of that sid, or 404."""
    leg = exchange.legs.get(call)
    if leg is None:
        raise missing(f"/Calls/{call}")
    return leg


def check_callee(number: str) -> None:
    """21211 unless it is an E.164 number, a client or a SIP address."""
    if not (E164.fullmatch(number) or re.fullmatch(r"(client|sip):\S+", number)):
        raise RestError(400, 21211, f"'To' {number!r} is not a valid phone number")


def check_caller(exchange: Exchange, number: str) -> None:
    """21212 for what is no number, 21210 for a number that is not the account's."""
    if not E164.fullmatch(number):
        raise RestError(400, 21212, f"'From' {number!r} is not a valid phone number")
    if number not in exchange.lines:
        raise RestError(400, 21210, f"'From' {number!r} is not verified: it is no number of this account")


def _start(given: Given) -> Fetch | Document | None:
    """Url wins over Twiml, which holds at most 4000 characters and no relative addresses."""
    if given.get("Url"):
        return Fetch(given["Url"], given.get("Method", "POST").upper())
    if given.get("Twiml"):
        if len(given["Twiml"]) > TWIML_CHARACTERS:
            raise RestError(400, 32018, f"Twiml has more than {TWIML_CHARACTERS} characters")
        try:
            return parse(given["Twiml"].encode(), None)
        except DocumentError as error:
            raise RestError(400, error.code, error.message) from error
    return None


def news_of(given: Given) -> News:
    """Status callback and fallback, as the request names them."""
    return News(
        given.get("StatusCallback", ""),
        given.get("StatusCallbackMethod", "POST").upper(),
        frozenset(given.getlist("StatusCallbackEvent") or ["completed"]),
        given.get("FallbackUrl", ""),
        given.get("FallbackMethod", "POST").upper(),
    )


def detection_of(exchange: Exchange, given: Given, prefix: str = "AsyncAmd") -> Detection | None:
    """Answering machine detection; SendDigits makes the carrier ignore it."""
    if not given.get("MachineDetection") or given.get("SendDigits"):
        return None
    where = given.get(f"{prefix}StatusCallback", "")
    beside = given.get("AsyncAmd", "false" if prefix == "AsyncAmd" else "true").lower() == "true"
    if beside and not where:
        exchange.webhooks.alert(21262, "AsyncAmd without AsyncAmdStatusCallback")
    mode = {"enable": "Enable"}.get(given["MachineDetection"].lower(), "DetectMessageEnd")
    return Detection(mode, beside, where, given.get(f"{prefix}StatusCallbackMethod", "POST").upper())


def recording_news_of(given: Given) -> RecordingNews:
    """The RecordingStatusCallback parameters."""
    return RecordingNews(
        given.get("RecordingStatusCallback", ""),
        given.get("RecordingStatusCallbackMethod", "POST").upper(),
        frozenset(given.getlist("RecordingStatusCallbackEvent") or ["completed"]),
    )


def create(exchange: Exchange, given: Given) -> Payload:
    """Place a call: 201 and `queued`; everything else happens afterwards."""
    to, from_ = need(given, "To", 21201), need(given, "From", 21213)
    check_callee(to)
    check_caller(exchange, from_)
    start = _start(given)
    if start is None:
        raise RestError(400, 21205, "Url or Twiml is required")
    if given.get("Url") and given.get("Twiml"):
        exchange.webhooks.alert(32019, "Twiml and Url were both given: Url is used", given["Url"])
    leg = exchange.outgoing(from_, to, news_of(given))
    channels = 2 if given.get("RecordingChannels") == "dual" else 1

    def record() -> None:
        exchange.start_recording(leg, "OutboundAPI", recording_news_of(given), channels)

    call = OutboundCall(
        leg,
        start,
        float(given.get("Timeout", 60)),
        detection_of(exchange, given),
        float(given.get("TimeLimit", 14400)),
        record if given.get("Record", "false").lower() == "true" else None,
    )
    shown = payload(exchange, leg)
    exchange.start(leg, call.place)
    return shown


def index(exchange: Exchange, given: Given) -> Listing:
    """Calls, newest first."""
    wanted = {"to": "To", "from_": "From", "status": "Status"}
    found = [
        payload(exchange, leg)
        for leg in reversed(exchange.legs.values())
        if all(given.get(name, getattr(leg, part)) == getattr(leg, part) for part, name in wanted.items())
        and given.get("ParentCallSid", leg.parent.sid if leg.parent else "")
        == (leg.parent.sid if leg.parent else "")
        and in_range(given, "StartTime", leg.started or leg.created)
        and in_range(given, "EndTime", leg.ended)
    ]
    return Listing("calls", found)


def show(exchange: Exchange, _given: Given, call: str) -> Payload:
    """One call."""
    return payload(exchange, find(exchange, call))


def update(exchange: Exchange, given: Given, call: str) -> Payload:
    """Move a live call to another document, or end it. 21220 if it is over (or not answered yet)."""
    leg = find(exchange, call)
    if leg.status in FINAL:
        raise not_in_progress(call)
    if given.get("Url") and given.get("Twiml"):
        raise RestError(400, INVALID_PARAMETER, "Url and Twiml exclude each other")
    start = _start(given)
    status = given.get("Status", "").lower()
    if status == "canceled" and leg.answered:
        raise not_in_progress(call)
    if status:
        leg.interrupt(HungUp("carrier", status))
    elif start is not None:
        if not leg.answered:
            raise not_in_progress(call)
        leg.news = _changed(leg.news, given)
        leg.interrupt(Moved(start))
    elif not {"FallbackUrl", "StatusCallback", "TimeLimit"} & set(given):
        raise RestError(400, INVALID_PARAMETER, "nothing to change")
    else:
        leg.news = _changed(leg.news, given)
    return payload(exchange, leg)


def _changed(news: News, given: Given) -> News:
    return News(
        given.get("StatusCallback", news.url),
        given.get("StatusCallbackMethod", news.method),
        news.events,
        given.get("FallbackUrl", news.fallback_url),
        given.get("FallbackMethod", news.fallback_method),
    )
