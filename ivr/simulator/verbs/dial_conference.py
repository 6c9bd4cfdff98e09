"""Conference, in Dial: joins a named conference and stays until removed, ended or gone."""

from typing import TYPE_CHECKING

from ivr.simulator.conferences import ConferenceNews, Participant
from ivr.simulator.document import Document, Node
from ivr.simulator.leg import Fetch, Leg
from ivr.simulator.verbs.record import recording_news

MOST = 250

if TYPE_CHECKING:
    from ivr.simulator.verbs.dial import Dial


def conference_news(noun: Node, document: Document) -> ConferenceNews:
    """statusCallback and its events, which have no default."""
    where = noun.get("statusCallback")
    return ConferenceNews(
        document.address(where) if where else "",
        noun.get("statusCallbackMethod", "POST"),
        frozenset(noun.get("statusCallbackEvent").split()),
    )


def newcomer(leg: Leg, noun: Node, document: Document) -> Participant:
    """A participant as the attributes of <Conference> describe it."""
    where = noun.get("waitUrl")
    return Participant(
        leg,
        {
            "Muted": noun.true("muted"),
            "Hold": False,
            "Coaching": bool(noun.get("coach")),
            "EndConferenceOnExit": noun.true("endConferenceOnExit"),
            "StartConferenceOnEnter": noun.true("startConferenceOnEnter", True),
        },
        noun.get("participantLabel"),
        noun.get("coach"),
        Fetch(document.address(where), noun.get("waitMethod", "POST")) if where else None,
    )


async def attend(leg: Leg, dial: "Dial", noun: Node) -> dict[str, str] | None:
    """Parameters of Dial's action afterwards; None where the next verb follows (a label in use, 16025)."""
    document, exchange = dial.document, leg.exchange
    conference = exchange.conferences.open(exchange, noun.text, conference_news(noun, document))
    participant = newcomer(leg, noun, document)
    if participant.label and conference.find(participant.label):
        exchange.webhooks.alert(16025, f"label {participant.label!r} is in use", document.url, leg.sid)
        return None
    if participant.coaches and not conference.find(participant.coaches):
        exchange.webhooks.alert(13240, "coach is not in the conference", document.url, leg.sid)
        return None
    if noun.get("record") == "record-from-start" and conference.recording_news is None:
        conference.recording_news = recording_news(noun, document)
    limit = noun.number("maxParticipants", MOST)
    if len(conference.participants) >= limit:
        exchange.webhooks.alert(16020, f"the conference has {limit} participants", document.url, leg.sid)
        return None
    dial.so_far = _result
    reason = "participant_hung_up"
    try:
        conference.join(participant)
        await participant.released.wait()
        reason = "removed_via_api" if conference.status != "completed" else "conference_ended"
    finally:
        conference.leave(participant, reason)
    return _result()


def _result() -> dict[str, str]:
    return {"DialCallStatus": "answered", "DialBridged": "true"}
