"""Conferences and their participants."""

from ivr.simulator.conferences import Conference, Participant
from ivr.simulator.document import Document, Node
from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import Fetch, Leg
from ivr.simulator.placing import OutboundCall
from ivr.simulator.rest.calls import check_callee, check_caller, detection_of, news_of
from ivr.simulator.rest.errors import RestError, missing
from ivr.simulator.rest.gateway import ROOT, Gateway, Given, Listing, Payload, in_range, rfc2822
from ivr.simulator.rest.parameters import (
    BOOL,
    DETECTED,
    PROGRESS,
    RECORDED,
    RECORDING_EVENTS,
    Rule,
    anything,
    need,
    one_of,
    range_of,
    rules,
    shorter,
    sid,
    urls,
    whole,
)  # fmt: skipfrom ivr.simulator.verbs.dial_conference import conference_news, newcomer
from ivr.simulator.verbs.dial_conference import conference_news, newcomer

EVENTS = one_of("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
ADD = {
    **rules(
        From=anything, To=anything, Label=shorter(128), Timeout=whole(5, 600), TimeLimit=whole(1, 86400),
        Muted=BOOL, Beep=one_of("true", "false", "onEnter", "onExit"), StartConferenceOnEnter=BOOL,
        EndConferenceOnExit=BOOL, EarlyMedia=BOOL, MaxParticipants=whole(2, 250), Coaching=BOOL,
        CallSidToCoach=sid("CA"),
        ConferenceRecord=one_of("true", "false", "record-from-start", "do-not-record"),
        Record=BOOL, CallerId=anything, CallReason=shorter(50), JitterBufferSize=anything, Region=anything,
    ),
    **urls("WaitUrl", "StatusCallback", "ConferenceStatusCallback", "AmdStatusCallback",
           "ConferenceRecordingStatusCallback"),
    **RECORDED, **DETECTED,
    "StatusCallbackEvent": PROGRESS,
    "ConferenceStatusCallbackEvent": Rule(EVENTS, many=True),
    "ConferenceRecordingStatusCallbackEvent": RECORDING_EVENTS,
}  # fmt: skip
CHANGE = {
    **rules(Muted=BOOL, Hold=BOOL, BeepOnExit=BOOL, EndConferenceOnExit=BOOL, Coaching=BOOL,
            CallSidToCoach=sid("CA")),
    **urls("HoldUrl", "AnnounceUrl", "WaitUrl"),
}  # fmt: skip
LIST = {**rules(FriendlyName=anything, Status=one_of("init", "in-progress", "completed")),
        **range_of("DateCreated"), **range_of("DateUpdated")}  # fmt: skip
UPDATE = {**rules(Status=one_of("completed")), **urls("AnnounceUrl")}


def register(gateway: Gateway) -> None:
    """Serve this resource."""
    gateway.add("GET", "/Conferences.json", index, LIST)
    gateway.add("GET", "/Conferences/<conference>.json", show)
    gateway.add("POST", "/Conferences/<conference>.json", update, UPDATE)
    participants = "/Conferences/<conference>/Participants"
    gateway.add("GET", f"{participants}.json", list_participants, rules(Muted=BOOL, Hold=BOOL, Coaching=BOOL))
    gateway.add("POST", f"{participants}.json", add, ADD, 201)
    gateway.add("GET", f"{participants}/<participant>.json", show_participant)
    gateway.add("POST", f"{participants}/<participant>.json", change, CHANGE)
    gateway.add("DELETE", f"{participants}/<participant>.json", remove)


def _payload(exchange: Exchange, conference: Conference) -> Payload:
    uri = f"{ROOT}/{exchange.account_sid}/Conferences/{conference.sid}"
    return {
        "sid": conference.sid,
        "account_sid": exchange.account_sid,
        "api_version": "2010-04-01",
        "friendly_name": conference.name,
        "status": conference.status,
        "region": "us1",
        "reason_conference_ended": conference.reason or None,
        "call_sid_ending_conference": None,
        "date_created": rfc2822(conference.created),
        "date_updated": rfc2822(conference.updated),
        "uri": f"{uri}.json",
        "subresource_uris": {
            "participants": f"{uri}/Participants.json",
            "recordings": f"{uri}/Recordings.json",
        },
    }


def _participant(exchange: Exchange, conference: Conference, leg: Leg, participant: Participant) -> Payload:
    status = {"in-progress": "connected", "queued": "queued", "initiated": "connecting", "ringing": "ringing"}
    return {
        "call_sid": leg.sid,
        "conference_sid": conference.sid,
        "account_sid": exchange.account_sid,
        "label": participant.label or None,
        "muted": participant.state["Muted"],
        "hold": participant.state["Hold"],
        "coaching": participant.state["Coaching"],
        "call_sid_to_coach": participant.coaches or None,
        "start_conference_on_enter": participant.state["StartConferenceOnEnter"],
        "end_conference_on_exit": participant.state["EndConferenceOnExit"],
        "status": status.get(leg.status, "complete"),
        "queue_time": None,
        "date_created": rfc2822(leg.created),
        "date_updated": rfc2822(participant.joined or leg.created),
        "uri": f"{ROOT}/{exchange.account_sid}/Conferences/{conference.sid}/Participants/{leg.sid}.json",
    }


def _find(exchange: Exchange, key: str) -> Conference:
    found = exchange.conferences.find(key)
    if found is None:
        raise missing(f"/Conferences/{key}")
    return found


def _find_participant(exchange: Exchange, conference: str, key: str) -> tuple[Conference, Participant]:
    found = _find(exchange, conference)
    participant = found.find(key)
    if participant is None:
        raise missing(f"/Conferences/{conference}/Participants/{key}")
    return found, participant


def index(exchange: Exchange, given: Given) -> Listing:
    """Conferences, newest first."""
    found = [
        _payload(exchange, conference)
        for conference in reversed(exchange.conferences.all)
        if given.get("FriendlyName", conference.name) == conference.name
        and given.get("Status", conference.status) == conference.status
        and in_range(given, "DateCreated", conference.created)
        and in_range(given, "DateUpdated", conference.updated)
    ]
    return Listing("conferences", found)


def show(exchange: Exchange, _given: Given, conference: str) -> Payload:
    """One conference."""
    return _payload(exchange, _find(exchange, conference))


def update(exchange: Exchange, given: Given, conference: str) -> Payload:
    """End it for all, or let all hear an announcement."""
    found = _find(exchange, conference)
    if found.status == "completed":
        raise RestError(400, 20001, "the conference is over")
    if given.get("AnnounceUrl"):
        found.announce(Fetch(given["AnnounceUrl"], given.get("AnnounceMethod", "POST").upper()))
    if given.get("Status"):
        found.end("conference-ended-via-api")
    return _payload(exchange, found)


def list_participants(exchange: Exchange, given: Given, conference: str) -> Listing:
    """Who is in."""
    found = _find(exchange, conference)
    wanted = {name: given[name].lower() == "true" for name in ("Muted", "Hold", "Coaching") if name in given}
    shown = [
        _participant(exchange, found, participant.leg, participant)
        for participant in found.participants
        if all(participant.state[name] is value for name, value in wanted.items())
    ]
    return Listing("participants", shown)


def show_participant(exchange: Exchange, _given: Given, conference: str, participant: str) -> Payload:
    """One participant, by CallSid or label."""
    found, who = _find_participant(exchange, conference, participant)
    return _participant(exchange, found, who.leg, who)


def change(exchange: Exchange, given: Given, conference: str, participant: str) -> Payload:
    """Mute, hold, coach, announce. The default method of HoldUrl is GET here, of the others POST."""
    found, who = _find_participant(exchange, conference, participant)
    if given.get("CallSidToCoach"):
        if not found.find(given["CallSidToCoach"]):
            raise RestError(400, 13240, "CallSidToCoach is not in the conference")
        who.coaches = given["CallSidToCoach"]
    for name in ("Muted", "Hold", "Coaching", "EndConferenceOnExit"):
        if name in given:
            found.change(who, name, given[name].lower() == "true")
    if given.get("AnnounceUrl"):
        found.play(who, Fetch(given["AnnounceUrl"], given.get("AnnounceMethod", "POST").upper()))
    elif who.state["Hold"] and given.get("HoldUrl"):
        found.play(who, Fetch(given["HoldUrl"], given.get("HoldMethod", "GET").upper()))
    return _participant(exchange, found, who.leg, who)


def remove(exchange: Exchange, _given: Given, conference: str, participant: str) -> None:
    """Take somebody out: their call goes on behind <Dial>."""
    _found, who = _find_participant(exchange, conference, participant)
    who.released.set()


def add(exchange: Exchange, given: Given, conference: str) -> Payload:
    """Ring somebody and let them in; a name that does not exist yet becomes a conference."""
    to, from_ = need(given, "To", 21201), need(given, "From", 21213)
    check_callee(to)
    check_caller(exchange, from_)
    name = conference
    if conference.startswith("CF"):
        running = _find(exchange, conference)
        if running.status == "completed":
            raise RestError(400, 16022, "the conference is over")
        name = running.name
    running_one = exchange.conferences.find(name)
    if given.get("Label") and running_one and running_one.find(given["Label"]):
        raise RestError(400, 16025, f"the label {given['Label']!r} is in use")
    leg = exchange.outgoing(from_, to, news_of(given))
    noun = Node("Conference", _attributes(given), name)
    document = Document((Node("Dial", {}, "", (noun,)),), None)
    timeout = float(given.get("Timeout", 60))
    exchange.start(leg, OutboundCall(leg, document, timeout, detection_of(exchange, given, "Amd")).place)
    found = exchange.conferences.open(exchange, name, conference_news(noun, document))
    return _participant(exchange, found, leg, newcomer(leg, noun, document))


SAME_IN_TWIML = {
    "Label": "participantLabel",
    "Muted": "muted",
    "Beep": "beep",
    "StartConferenceOnEnter": "startConferenceOnEnter",
    "EndConferenceOnExit": "endConferenceOnExit",
    "WaitUrl": "waitUrl",
    "WaitMethod": "waitMethod",
    "MaxParticipants": "maxParticipants",
    "CallSidToCoach": "coach",
    "ConferenceStatusCallback": "statusCallback",
    "ConferenceStatusCallbackMethod": "statusCallbackMethod",
    "ConferenceRecordingStatusCallback": "recordingStatusCallback",
    "ConferenceRecordingStatusCallbackMethod": "recordingStatusCallbackMethod",
}
"""Parameters of an added participant that say what an attribute of <Conference> says."""


def _attributes(given: Given) -> dict[str, str]:
    attributes = {twiml: given[name] for name, twiml in SAME_IN_TWIML.items() if name in given}
    for twiml in ("muted", "startConferenceOnEnter", "endConferenceOnExit"):
        if twiml in attributes:
            attributes[twiml] = attributes[twiml].lower()
    if "ConferenceStatusCallbackEvent" in given:
        attributes["statusCallbackEvent"] = " ".join(given.getlist("ConferenceStatusCallbackEvent"))
    if "ConferenceRecordingStatusCallbackEvent" in given:
        events = given.getlist("ConferenceRecordingStatusCallbackEvent")
        attributes["recordingStatusCallbackEvent"] = " ".join(events)
    if given.get("ConferenceRecord", "").lower() in {"true", "record-from-start"}:
        attributes["record"] = "record-from-start"
    return attributes
