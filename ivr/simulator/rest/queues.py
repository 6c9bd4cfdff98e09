"""Queues and their members."""

from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import Fetch, Moved
from ivr.simulator.queues import DEFAULT_SIZE, Member, Queue
from ivr.simulator.rest.errors import RestError, missing
from ivr.simulator.rest.gateway import ROOT, Gateway, Given, Listing, Payload, rfc2822
from ivr.simulator.rest.parameters import METHOD, Rule, need, rules, shorter, url, whole

QUEUE = rules(FriendlyName=shorter(64), MaxSize=whole(1, 5000))
DEQUEUE = {"Url": url(), "Method": Rule(METHOD)}


def register(gateway: Gateway) -> None:
    """Serve this resource."""
    gateway.add("POST", "/Queues.json", create, QUEUE, 201)
    gateway.add("GET", "/Queues.json", index)
    gateway.add("GET", "/Queues/<queue>.json", show)
    gateway.add("POST", "/Queues/<queue>.json", update, QUEUE)
    gateway.add("DELETE", "/Queues/<queue>.json", delete)
    gateway.add("GET", "/Queues/<queue>/Members.json", members)
    gateway.add("GET", "/Queues/<queue>/Members/<member>.json", show_member)
    gateway.add("POST", "/Queues/<queue>/Members/<member>.json", dequeue, DEQUEUE)


def _payload(exchange: Exchange, queue: Queue) -> Payload:
    uri = f"{ROOT}/{exchange.account_sid}/Queues/{queue.sid}"
    return {
        "sid": queue.sid,
        "account_sid": exchange.account_sid,
        "friendly_name": queue.name,
        "current_size": len(queue.members),
        "average_wait_time": queue.average_wait,
        "max_size": queue.max_size,
        "date_created": rfc2822(queue.created),
        "date_updated": rfc2822(queue.created),
        "uri": f"{uri}.json",
        "subresource_uris": {"members": f"{uri}/Members.json"},
    }


def _member(exchange: Exchange, member: Member) -> Payload:
    call, queue = member.leg.sid, member.queue.sid
    return {
        "call_sid": call,
        "queue_sid": queue,
        "position": member.position,
        "wait_time": member.waited,
        "date_enqueued": rfc2822(member.joined),
        "uri": f"{ROOT}/{exchange.account_sid}/Queues/{queue}/Members/{call}.json",
    }


def _find(exchange: Exchange, sid: str) -> Queue:
    queue = exchange.queues.by_sid(sid)
    if queue is None:
        raise missing(f"/Queues/{sid}")
    return queue


def _find_member(exchange: Exchange, queue: str, call: str) -> Member:
    member = _find(exchange, queue).find(call)
    if member is None:
        raise missing(f"/Queues/{queue}/Members/{call}")
    return member


def create(exchange: Exchange, given: Given) -> Payload:
    """Open a queue; its name must be new (22003)."""
    name = need(given, "FriendlyName", 20001)
    if exchange.queues.named(name):
        raise RestError(400, 22003, f"there is a queue named {name!r} already")
    return _payload(exchange, exchange.queues.open(name, int(given.get("MaxSize", DEFAULT_SIZE))))


def index(exchange: Exchange, _given: Given) -> Listing:
    """All queues."""
    return Listing("queues", [_payload(exchange, queue) for queue in exchange.queues.all])


def show(exchange: Exchange, _given: Given, queue: str) -> Payload:
    """One queue."""
    return _payload(exchange, _find(exchange, queue))


def update(exchange: Exchange, given: Given, queue: str) -> Payload:
    """Rename or resize."""
    found = _find(exchange, queue)
    found.name = given.get("FriendlyName", found.name)
    found.max_size = int(given.get("MaxSize", found.max_size))
    return _payload(exchange, found)


def delete(exchange: Exchange, _given: Given, queue: str) -> None:
    """Close an empty queue (22002 otherwise)."""
    found = _find(exchange, queue)
    if found.members:
        raise RestError(400, 22002, "the queue is not empty")
    exchange.queues.all.remove(found)


def members(exchange: Exchange, _given: Given, queue: str) -> Listing:
    """Who waits, first in line first."""
    return Listing("queue_members", [_member(exchange, member) for member in _find(exchange, queue).members])


def show_member(exchange: Exchange, _given: Given, queue: str, member: str) -> Payload:
    """One who waits, by CallSid or `Front`."""
    return _member(exchange, _find_member(exchange, queue, member))


def dequeue(exchange: Exchange, given: Given, queue: str, member: str) -> Payload:
    """Take a call out and send it to Url. It is out at once: a second request finds nobody (404)."""
    found = _find_member(exchange, queue, member)
    shown = _member(exchange, found)
    where = Fetch(need(given, "Url", 21205), given.get("Method", "POST").upper())
    found.queue.leave(found)
    found.leg.interrupt(Moved(where))
    return shown
