"""Messages: sending texts and looking them up."""

from ivr.simulator.exchange import Exchange
from ivr.simulator.messages import Message, segments, takes_texts
from ivr.simulator.rest.calls import E164
from ivr.simulator.rest.errors import RestError, missing
from ivr.simulator.rest.gateway import ROOT, Gateway, Given, Listing, Payload, in_range, rfc2822
from ivr.simulator.rest.parameters import BOOL, Rule, anything, need, range_of, rules, url, whole

BODY_CHARACTERS = 1600

CREATE = {
    **rules(
        To=anything, From=anything, Body=anything, ProvideFeedback=BOOL, SmartEncoded=BOOL,
        ForceDelivery=BOOL,
        ShortenUrls=BOOL, ValidityPeriod=whole(1, 36000), Attempt=whole(1, 100), MaxPrice=anything,
    ),
    "StatusCallback": url(21609),
}  # fmt: skip
LIST = {**rules(To=anything, From=anything), **range_of("DateSent")}
UPDATE = {"Body": Rule(lambda value: not value), "Status": Rule(lambda value: value == "canceled")}


def register(gateway: Gateway) -> None:
    """Serve this resource."""
    gateway.add("POST", "/Messages.json", create, CREATE, 201)
    gateway.add("GET", "/Messages.json", index, LIST)
    gateway.add("GET", "/Messages/<message>.json", show)
    gateway.add("POST", "/Messages/<message>.json", redact, UPDATE)
    gateway.add("DELETE", "/Messages/<message>.json", delete)


def payload(exchange: Exchange, message: Message) -> Payload:
    """A text as the API shows it."""
    return {
        "sid": message.sid,
        "account_sid": exchange.account_sid,
        "api_version": "2010-04-01",
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "status": message.status,
        "direction": message.direction,
        "num_segments": str(segments(message.body)),
        "num_media": "0",
        "error_code": message.error_code,
        "error_message": None,
        "date_created": rfc2822(message.created),
        "date_updated": rfc2822(message.sent or message.created),
        "date_sent": rfc2822(message.sent),
        "price": None,
        "price_unit": "USD",
        "messaging_service_sid": None,
        "uri": f"{ROOT}/{exchange.account_sid}/Messages/{message.sid}.json",
        "subresource_uris": {},
    }


def _find(exchange: Exchange, sid: str) -> Message:
    found = exchange.messages.get(sid)
    if found is None:
        raise missing(f"/Messages/{sid}")
    return found


def create(exchange: Exchange, given: Given) -> Payload:
    """Accept a text: 201 and `queued`; its way is told to StatusCallback."""
    to, from_, body = need(given, "To", 21604), need(given, "From", 21603), need(given, "Body", 21602)
    if not E164.fullmatch(to):
        raise RestError(400, 21211, f"'To' {to!r} is not a valid phone number")
    if not E164.fullmatch(from_):
        raise RestError(400, 21212, f"'From' {from_!r} is not a valid phone number")
    if from_ not in exchange.lines:
        raise RestError(400, 21606, f"'From' {from_!r} is no number of this account")
    if len(body) > BODY_CHARACTERS:
        raise RestError(400, 21617, f"the body has more than {BODY_CHARACTERS} characters")
    if to in exchange.unsubscribed:
        raise RestError(400, 21610, f"{to!r} has unsubscribed")
    if not takes_texts(to):
        raise RestError(400, 21614, f"'To' {to!r} is not a mobile number")
    message = Message(from_, to, body, exchange.now(), news_url=given.get("StatusCallback", ""))
    exchange.send(message)
    return payload(exchange, message)


def index(exchange: Exchange, given: Given) -> Listing:
    """Texts, newest first."""
    found = [
        payload(exchange, message)
        for message in reversed(exchange.messages.values())
        if given.get("To", message.to) == message.to
        and given.get("From", message.from_) == message.from_
        and in_range(given, "DateSent", message.sent or message.created)
    ]
    return Listing("messages", found)


def show(exchange: Exchange, _given: Given, message: str) -> Payload:
    """One text."""
    return payload(exchange, _find(exchange, message))


def redact(exchange: Exchange, given: Given, message: str) -> Payload:
    """An empty Body forgets the words; a text on its way cannot be recalled."""
    found = _find(exchange, message)
    if "Status" in given:
        raise RestError(400, 30409, "the text cannot be canceled: it was not scheduled")
    found.body = ""
    return payload(exchange, found)


def delete(exchange: Exchange, _given: Given, message: str) -> None:
    """Forget a text."""
    del exchange.messages[_find(exchange, message).sid]
