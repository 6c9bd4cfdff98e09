"""Recordings of calls and conferences: starting, pausing, stopping, listing, fetching, deleting."""

import io
import wave

import soundfile

from ivr.simulator.exchange import Exchange
from ivr.simulator.leg import FINAL
from ivr.simulator.recordings import Recording
from ivr.simulator.rest.calls import find, recording_news_of
from ivr.simulator.rest.errors import RestError, missing, not_in_progress
from ivr.simulator.rest.gateway import ROOT, Gateway, Given, Listing, Media, Payload, in_range, rfc2822
from ivr.simulator.rest.parameters import BOOL, RECORDED, one_of, range_of, rules, sid

CURRENT = "Twilio.CURRENT"
CHANGE = rules(Status=one_of("in-progress", "paused", "stopped"), PauseBehavior=one_of("skip", "silence"))
FILTER = {
    **rules(CallSid=sid("CA"), ConferenceSid=sid("CF"), IncludeSoftDeleted=BOOL),
    **range_of("DateCreated"),
}


def register(gateway: Gateway) -> None:
    """Serve this resource."""
    gateway.add("GET", "/Recordings.json", index, FILTER)
    gateway.add("GET", "/Recordings/<recording>.json", show, rules(IncludeSoftDeleted=BOOL))
    gateway.add("DELETE", "/Recordings/<recording>.json", delete)
    gateway.add("GET", "/Recordings/<recording>.wav", media_wav, rules(RequestedChannels=one_of("1", "2")))
    gateway.add("GET", "/Recordings/<recording>.mp3", media_mp3, rules(RequestedChannels=one_of("1", "2")))
    gateway.add("GET", "/Recordings/<recording>", media_wav, rules(RequestedChannels=one_of("1", "2")))
    for owner in ("Calls/<call>", "Conferences/<conference>"):
        gateway.add("GET", f"/{owner}/Recordings.json", index, range_of("DateCreated"))
        gateway.add("GET", f"/{owner}/Recordings/<recording>.json", show)
        gateway.add("DELETE", f"/{owner}/Recordings/<recording>.json", delete)
        gateway.add("POST", f"/{owner}/Recordings/<recording>.json", change, CHANGE)
    gateway.add("POST", "/Calls/<call>/Recordings.json", start, RECORDED, 201)


def _payload(exchange: Exchange, recording: Recording) -> Payload:
    uri = f"{ROOT}/{exchange.account_sid}/Recordings/{recording.sid}"
    return {
        "sid": recording.sid,
        "account_sid": exchange.account_sid,
        "api_version": "2010-04-01",
        "call_sid": recording.call_sid,
        "conference_sid": recording.conference_sid,
        "status": recording.status,
        "duration": str(-1 if recording.running else recording.whole_seconds),
        "channels": recording.channels,
        "track": recording.track,
        "source": recording.source,
        "start_time": rfc2822(recording.started),
        "date_created": rfc2822(recording.started),
        "date_updated": rfc2822(recording.started),
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "encryption_details": None,
        "media_url": exchange.recording_url(recording),
        "uri": f"{uri}.json",
        "subresource_uris": {},
    }


def _find(
    exchange: Exchange, recording: str, call: str | None = None, conference: str | None = None
) -> Recording:
    found = exchange.recordings.get(recording)
    if recording == CURRENT:
        running = [r for r in exchange.recordings.values() if r.running and call in {None, r.call_sid}]
        running = [r for r in running if conference in {None, r.conference_sid}]
        if len(running) > 1:
            raise RestError(400, 21220, f"there is more than one running recording: {CURRENT} is not clear")
        found = running[0] if running else None
    if found is None or call not in {None, found.call_sid} or conference not in {None, found.conference_sid}:
        raise missing(f"/Recordings/{recording}")
    return found


def start(exchange: Exchange, given: Given, call: str) -> Payload:
    """Record a call that goes on."""
    leg = find(exchange, call)
    if leg.status in FINAL or not leg.answered:
        raise not_in_progress(call)
    channels = 1 if given.get("RecordingChannels") == "mono" else 2
    news = recording_news_of(given)
    recording = exchange.start_recording(leg, "StartCallRecordingAPI", news, channels)
    recording.track = given.get("RecordingTrack", "both")
    return _payload(exchange, recording)


def change(
    exchange: Exchange, given: Given, recording: str, call: str | None = None, conference: str | None = None
) -> Payload:
    """Pause, go on or stop; 21220 once it is over."""
    found = _find(exchange, recording, call, conference)
    if not found.running:
        raise not_in_progress(recording)
    status = given.get("Status", "").lower()
    if not status:
        raise RestError(400, 20001, "a 'Status' is required")
    if status == "paused":
        found.pause()
    elif status == "in-progress":
        found.resume()
    else:
        leg = exchange.legs[found.call_sid]
        exchange.finish_recording(found, leg.courier)
    return _payload(exchange, found)


def index(
    exchange: Exchange, given: Given, call: str | None = None, conference: str | None = None
) -> Listing:
    """Recordings, newest first; deleted ones are gone."""
    call, conference = call or given.get("CallSid"), conference or given.get("ConferenceSid")
    found = [
        _payload(exchange, recording)
        for recording in reversed(exchange.recordings.values())
        if call in {None, recording.call_sid}
        and conference in {None, recording.conference_sid}
        and in_range(given, "DateCreated", recording.started)
    ]
    return Listing("recordings", found)


def show(
    exchange: Exchange,
    _given: Given,
    recording: str,
    call: str | None = None,
    conference: str | None = None,
) -> Payload:
    """One recording."""
    return _payload(exchange, _find(exchange, recording, call, conference))


def delete(
    exchange: Exchange,
    _given: Given,
    recording: str,
    call: str | None = None,
    conference: str | None = None,
) -> None:
    """Delete it for good; one that still runs cannot be deleted (409)."""
    found = _find(exchange, recording, call, conference)
    if found.running:
        raise RestError(409, 20409, "the recording is still in progress")
    del exchange.recordings[found.sid]


def media_wav(exchange: Exchange, _given: Given, recording: str) -> Media:
    """8 kHz WAV; 404 while it runs, and when nothing was recorded."""
    found = _find(exchange, recording)
    if found.status != "completed":
        raise missing(f"media of {recording}")
    return Media(found.media(), "audio/x-wav")


def media_mp3(exchange: Exchange, given: Given, recording: str) -> Media:
    """The same as MP3."""
    with wave.open(io.BytesIO(media_wav(exchange, given, recording).content)) as file:
        samples = file.readframes(file.getnframes())
        rate = file.getframerate()
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", rate, 1, format="MP3", subtype="MPEG_LAYER_III") as mp3:
        mp3.buffer_write(samples, "int16")
    return Media(target.getvalue(), "audio/mpeg")
