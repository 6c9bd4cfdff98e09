"""The telephone company as the business may use it; the only user of the official client, ``twilio.rest``."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance

from ivr.aftersales.carrier import CallNews, OutboundCall, RecordingNews, Seat, TextNews
from ivr.errors import CarrierGone, CarrierRefused
from ivr.telephony.transport import Transport

#: What a StatusCallback hears of; ``completed`` is the end of any kind.
EVENTS = ["initiated", "ringing", "answered", "completed"]

#: The recording that runs now (Twilio: Recordings, Sid).
CURRENT = "Twilio.CURRENT"

#: Entries of a list that are looked through, newest first: far more than one number gets in a day.
_LOOKED_THROUGH = 100
#: The carrier's moments are whole seconds, and its clock is not ours.
_CLOCKS_DIFFER = timedelta(minutes=1)


class TwilioCarrier:
    """Implements `ivr.aftersales.carrier.Carrier` with Twilio's REST API, or one that speaks the same.

    Safe to use from several threads. Every request ends within ``timeout`` seconds of silence.
    """

    def __init__(self, account_sid: str, auth_token: str, base_url: str, *, timeout: float = 5.0) -> None:
        self._account = account_sid
        self._login = (account_sid, auth_token)
        self._transport = Transport(base_url, timeout)
        self._client = Client(account_sid, auth_token, http_client=self._transport)
        self._queues: dict[str, str] = {}

    def place(self, call: OutboundCall) -> str:
        """Place a call; its sid. Detection of a machine runs beside the greeting (AsyncAmd is a text)."""
        detection: dict[str, str] = {}
        if call.machine_url:
            detection = {
                "machine_detection": "DetectMessageEnd",
                "async_amd": "true",
                "async_amd_status_callback": call.machine_url,
            }
        placed = self._client.calls.create(
            to=call.to,
            from_=call.from_,
            url=call.url,
            fallback_url=call.fallback_url,
            status_callback=call.status_url,
            status_callback_event=EVENTS,
            timeout=call.ring_seconds,
            **detection,
        )
        return str(placed.sid)

    def move(self, sid: str, url: str) -> None:
        """Make a live call fetch another document. Raises CarrierGone once it is over (21220)."""
        self._client.calls(sid).update(url=url)

    def hang_up(self, sid: str) -> None:
        """End a call, ringing or live. Raises CarrierGone if it is over already."""
        self._client.calls(sid).update(status="completed")

    def dequeue(self, queue: str, sid: str, url: str) -> None:
        """Take a caller out of the queue of that name. Raises CarrierGone if they are not in it."""
        known = self._queues.get(queue)
        queue_sid = known or self._queue_sid(queue)
        try:
            self._client.queues(queue_sid).members(sid).update(url=url)
        except CarrierGone:
            # Either the caller has left, or the queue was made anew since we learnt its sid.
            if known is None or (fresh := self._queue_sid(queue)) == known:
                raise
            self._client.queues(fresh).members(sid).update(url=url)

    def seat(self, room: str, sid: str, seat: Seat) -> None:
        """Let a call take part in a conference so. Raises CarrierGone where either is not there."""
        hold = {"hold_url": seat.hold_url, "hold_method": "POST"} if seat.hold_url else {}
        coach = {"call_sid_to_coach": seat.coaches} if seat.coaches else {}
        self._client.conferences(self._conference_sid(room)).participants(sid).update(
            hold=seat.hold_url is not None,
            muted=seat.muted,
            coaching=seat.coaches is not None,
            end_conference_on_exit=seat.ends,
            **hold,
            **coach,
        )

    def tape(self, room: str, sid: str, running: bool) -> None:
        """Pause a recording or let it go on: the conference's, or, if it has none, the call's.

        What is said in between is left out (Twilio: PauseBehavior ``skip``). Raises CarrierGone if neither is
        being recorded.
        """
        wanted = {"status": "in-progress"} if running else {"status": "paused", "pause_behavior": "skip"}
        try:
            self._client.conferences(self._conference_sid(room)).recordings(CURRENT).update(**wanted)
        except CarrierGone:
            self._client.calls(sid).recordings(CURRENT).update(**wanted)

    def record(self, sid: str, status_url: str) -> str:
        """Begin to record a call; the recording's sid. Raises CarrierGone if it is over."""
        begun = self._client.calls(sid).recordings.create(
            recording_status_callback=status_url, recording_status_callback_event=["completed", "absent"]
        )
        return str(begun.sid)

    def call(self, sid: str) -> CallNews:
        """How a call stands."""
        return _call_news(self._client.calls(sid).fetch())

    def calls_to(self, number: str, since: datetime) -> list[CallNews]:
        """Calls to ``number`` since a moment (less a minute, as clocks differ), newest first.

        The carrier is asked by number alone: one that has not started has no start time to ask by.
        """
        found = self._client.calls.list(to=number, limit=_LOOKED_THROUGH, page_size=_LOOKED_THROUGH)
        return [_call_news(each) for each in found if _is_since(each, since)]

    def send(self, to: str, from_: str, body: str, status_url: str) -> str:
        """Send a text; its sid."""
        sent = self._client.messages.create(to=to, from_=from_, body=body, status_callback=status_url)
        return str(sent.sid)

    def texts_to(self, number: str, since: datetime) -> list[TextNews]:
        """Texts to ``number`` since a moment (less a minute), newest first; as for calls, asked by number."""
        found = self._client.messages.list(to=number, limit=_LOOKED_THROUGH, page_size=_LOOKED_THROUGH)
        return [_text_news(each) for each in found if _is_since(each, since)]

    def text(self, sid: str) -> TextNews:
        """How a text stands."""
        return _text_news(self._client.messages(sid).fetch())

    def recordings_of(self, call_sid: str) -> list[RecordingNews]:
        """The recordings of a call, in the order in which they were made."""
        found = self._client.recordings.list(call_sid=call_sid, limit=_LOOKED_THROUGH)
        found.reverse()  # the list comes newest first, and moments are whole seconds
        return [
            RecordingNews(str(each.sid), str(each.call_sid), str(each.status), _seconds(each.duration))
            for each in found
        ]

    def audio(self, recording_sid: str) -> bytes:
        """A recording as a WAV file, from the account's own address and never from one that somebody sent."""
        path = f"/2010-04-01/Accounts/{self._account}/Recordings/{recording_sid}.wav"
        return self._transport.media(path, self._login)

    def delete_recording(self, recording_sid: str) -> None:
        """Forget a recording; one that is gone already is no error."""
        try:
            self._client.recordings(recording_sid).delete()
        except CarrierGone:
            return

    def account_ok(self) -> bool:
        """Whether the credentials are accepted and the account is active."""
        try:
            account = self._client.api.accounts(self._account).fetch()
        except CarrierRefused:
            return False
        return str(account.status) == "active"

    def webhooks_of(self, number: str) -> dict[str, str]:
        """The addresses that one of our numbers is set to. Raises CarrierGone if the account owns no such."""
        for owned in self._client.incoming_phone_numbers.list(phone_number=number, limit=1):
            return {
                "voice": owned.voice_url or "",
                "fallback": owned.voice_fallback_url or "",
                "status": owned.status_callback or "",
                "texts": owned.sms_url or "",
            }
        raise CarrierGone("the account owns no such number")

    def set_webhooks(self, number: str, addresses: Mapping[str, str]) -> None:
        """Set the addresses of one of our numbers, by the names of `webhooks_of`. Raises CarrierGone."""
        for owned in self._client.incoming_phone_numbers.list(phone_number=number, limit=1):
            owned.update(
                voice_url=addresses["voice"],
                voice_method="POST",
                voice_fallback_url=addresses["fallback"],
                voice_fallback_method="POST",
                status_callback=addresses["status"],
                status_callback_method="POST",
                sms_url=addresses["texts"],
                sms_method="POST",
            )
            return
        raise CarrierGone("the account owns no such number")

    def _conference_sid(self, name: str) -> str:
        for each in self._client.conferences.list(friendly_name=name, status="in-progress", limit=1):
            return str(each.sid)
        raise CarrierGone("there is no conference of that name")

    def _queue_sid(self, name: str) -> str:
        for queue in self._client.queues.stream(page_size=1000):
            if queue.friendly_name == name:
                self._queues[name] = str(queue.sid)
                return self._queues[name]
        raise CarrierGone("there is no queue of that name")


def _call_news(call: CallInstance) -> CallNews:
    return CallNews(
        sid=str(call.sid),
        status=str(call.status),
        from_=call._from or "",  # the client's only name for it
        to=call.to or "",
        started_at=call.start_time,
        duration=_seconds(call.duration),
    )


def _text_news(text: MessageInstance) -> TextNews:
    return TextNews(str(text.sid), str(text.status), text.to or "", text.body or "", text.error_code)


def _is_since(entry: CallInstance | MessageInstance, moment: datetime) -> bool:
    return entry.date_created is None or entry.date_created >= moment - _CLOCKS_DIFFER


def _seconds(text: str | None) -> int | None:
    return int(text) if text else None
