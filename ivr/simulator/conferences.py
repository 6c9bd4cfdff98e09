"""Conferences: who is in, who hears what, and the news about it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from ivr.simulator.document import Context, DocumentError
from ivr.simulator.leg import Fetch, Leg
from ivr.simulator.pace import BREATH
from ivr.simulator.recordings import Recording, RecordingNews, new_sid
from ivr.simulator.webhooks import Courier

if TYPE_CHECKING:
    from ivr.simulator.exchange import Exchange

SPOKEN_STATE = ("Muted", "Hold", "Coaching", "EndConferenceOnExit", "StartConferenceOnEnter")


@dataclass(frozen=True)
class ConferenceNews:
    """statusCallback of a conference, taken from its first participant only."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset()


@dataclass(eq=False)
class Participant:
    """A leg in a conference. `state` holds the five flags by their callback names."""

    leg: Leg
    state: dict[str, bool]
    label: str = ""
    coaches: str = ""
    wait: Fetch | None = None
    joined: datetime | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)
    music: "asyncio.Task[None] | None" = None

    def hush(self) -> None:
        """Stop waiting music, hold music or an announcement."""
        if self.music:
            self.music.cancel()
            self.music = None
        self.leg.waiting = False


@dataclass(eq=False)
class Conference:
    """One conference, from its first participant to its end; afterwards the name is free again."""

    exchange: "Exchange"
    name: str
    news: ConferenceNews
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    reason: str = ""
    participants: list[Participant] = field(default_factory=list)
    recording: Recording | None = None
    recording_news: RecordingNews | None = None
    _sent: int = 0

    def __post_init__(self) -> None:
        self.created = self.updated = self.exchange.now()
        self.courier = Courier(self.exchange.webhooks, self.exchange.spawn)

    def others(self, leg: Leg) -> list[Leg]:
        """Whom this leg reaches by speaking: nobody while it is muted or on hold; a coach only its agent."""
        own = self.find(leg.sid)
        if own is None or own.state["Muted"] or own.state["Hold"] or self.status != "in-progress":
            return []
        rest = [p.leg for p in self.participants if p is not own and not p.state["Hold"]]
        return [other for other in rest if other.sid == own.coaches] if own.state["Coaching"] else rest

    def find(self, key: str) -> Participant | None:
        """A participant by CallSid or label."""
        return next((p for p in self.participants if key == p.leg.sid or (p.label and key == p.label)), None)

    def join(self, participant: Participant) -> None:
        """Come in: the conference starts when two are there and one of them may start it."""
        participant.joined = self.exchange.now()
        self.participants.append(participant)
        participant.leg.together = self
        self.tell("participant-join", participant)
        if self.status == "in-progress":
            self._meet(participant)
        elif len(self.participants) > 1 and any(p.state["StartConferenceOnEnter"] for p in self.participants):
            self._start()
        elif participant.wait:
            self.play(participant, participant.wait)

    def _start(self) -> None:
        self.status, self.updated = "in-progress", self.exchange.now()
        self.tell("conference-start")
        if self.recording_news is not None:
            leg = self.participants[0].leg
            self.recording = self.exchange.start_recording(
                leg, "Conference", self.recording_news, conference_sid=self.sid
            )
        for participant in self.participants:
            self._meet(participant)

    def _meet(self, participant: Participant) -> None:
        participant.hush()
        leg = participant.leg
        leg.telephone.joined(leg, [p.leg.party for p in self.participants if p is not participant])

    def leave(self, participant: Participant, reason: str) -> None:
        """Go out; harmless if already out. The last one, or one with endConferenceOnExit, ends it."""
        if participant not in self.participants:
            return
        participant.hush()
        self.participants.remove(participant)
        participant.leg.together = None
        for other in self.participants:
            other.leg.telephone.note("left", other.leg, who=participant.leg.party)
        status = {"ParticipantCallStatus": participant.leg.status, "ReasonParticipantLeft": reason}
        self.tell("participant-leave", participant, status)
        if participant.state["EndConferenceOnExit"]:
            self.end("participant-with-end-conference-on-exit-left", participant)
        elif not self.participants:
            self.end("last-participant-left", participant)

    def end(self, reason: str, by: Participant | None = None) -> None:
        """Over for all."""
        if self.status == "completed":
            return
        self.status, self.reason, self.updated = "completed", reason, self.exchange.now()
        for participant in [*self.participants]:
            participant.released.set()
        if self.recording:
            self.exchange.finish_recording(self.recording, self.courier)
        details = {"ReasonConferenceEnded": reason, "Reason": reason}
        if by:
            details |= {"CallSidEndingConference": by.leg.sid, "ParticipantLabelEndingConference": by.label}
        self.tell("conference-end", None, details)
        self.courier.flush()

    def change(self, participant: Participant, name: str, value: bool) -> None:
        """Mute, hold, coach ..: nothing is told if it was so already."""
        if participant.state[name] == value:
            return
        participant.state[name] = value
        event = {
            "Muted": ("participant-unmute", "participant-mute"),
            "Hold": ("participant-unhold", "participant-hold"),
        }
        self.tell(event.get(name, ("participant-modify", "participant-modify"))[value], participant)
        if name == "Hold" and not value:
            participant.hush()

    def play(self, participant: Participant, fetch: Fetch) -> None:
        """Let one participant hear a document: waiting, on hold, or an announcement."""
        participant.hush()
        participant.music = self.exchange.spawn(self._music(participant, fetch))

    def announce(self, fetch: Fetch) -> None:
        """Let everybody hear a document once."""
        for participant in self.participants:
            self.play(participant, fetch)

    async def _music(self, participant: Participant, fetch: Fetch) -> None:
        """When the verbs run out there is silence; an empty Redirect loops."""
        leg, coming = participant.leg, fetch
        leg.waiting = self.status != "in-progress"
        try:
            while True:
                wanted = Fetch(coming.url, coming.method, {"ConferenceSid": self.sid}, Context.CONFERENCE)
                outcome = await leg.perform(await leg.fetch(wanted), nested=True)
                if not isinstance(outcome, Fetch):
                    return
                coming = outcome
                await asyncio.sleep(BREATH)
        except DocumentError as error:
            self.exchange.webhooks.alert(error.code, error.message, error.url, leg.sid)
            if self.status == "init":
                participant.released.set()

    def tell(
        self, event: str, participant: Participant | None = None, details: Mapping[str, str] | None = None
    ) -> None:
        """Conference statusCallback, if that event was asked for."""
        asked = event.removeprefix("conference-").removeprefix("participant-").split("-")[0]
        asked = {"unmute": "mute", "unhold": "hold"}.get(asked, asked)
        if not self.news.url or asked not in self.news.events:
            return
        fields = {
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "AccountSid": self.exchange.account_sid,
            "SequenceNumber": str(self._sent + 1),
            "Timestamp": format_datetime(self.exchange.now()),
            "StatusCallbackEvent": event,
        }
        if participant:
            fields["CallSid"] = participant.leg.sid
            fields |= {name: str(participant.state[name]).lower() for name in SPOKEN_STATE}
            if participant.label:
                fields["ParticipantLabel"] = participant.label
        self._sent += 1
        self.courier.post(self.news.url, self.news.method, fields | dict(details or {}))


@dataclass
class Conferences:
    """All conferences of the account; the ended ones stay readable."""

    now: Callable[[], datetime]
    all: list[Conference] = field(default_factory=list)

    def find(self, key: str) -> Conference | None:
        """By sid, or by the name of one that is not over."""
        return next(
            (c for c in self.all if key == c.sid or (key == c.name and c.status != "completed")), None
        )

    def open(self, exchange: "Exchange", name: str, news: ConferenceNews) -> Conference:
        """The running conference of that name, or a new one."""
        conference = self.find(name)
        if conference is None:
            conference = Conference(exchange, name, news)
            self.all.append(conference)
        return conference
