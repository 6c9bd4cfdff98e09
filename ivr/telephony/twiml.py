"""Replies as TwiML. The only writer of XML, and the only user of the carrier's document library."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from audio import phrases
from audio.wording import Prompt
from ivr.carrier_voices import language_of, reads_marks
from ivr.dialogue import reply as replies
from ivr.dialogue.reply import Reply
from ivr.links import Links

#: The recogniser's language; a voice of Chile does not exist, a recogniser does (Twilio: Gather, language).
RECOGNISED = "es-CL"
#: Seconds of silence that end a spoken answer.
SPEECH_PAUSE = 2
#: How long the carrier's voice rests after a group of digits, beyond the pause of a full stop.
GROUP_PAUSE = "400ms"
#: Seconds of silence that end a recording.
RECORDING_SILENCE = 5
#: Seconds of music on hold until it begins anew; and of silence, where there is none.
MUSIC, BETWEEN_WORDS = 120, 15
#: Seconds in the queue until its voice is asked for again after it failed.
HICCUP = 5

#: Frames that are kept in memory, until as many others came.
KEPT = 1000

#: Finds the address of a sentence's sound; none: the carrier's voice says it.
FindSound = Callable[[Prompt], str | None]

#: Where in a frame words belong; no document can hold it.
PLACE = "\0"


class Sentence(NamedTuple):
    """What the carrier is given of a sentence: the address of its sound, or the words that its voice says,
    each run of them but the last followed by a rest.
    """

    runs: tuple[str, ...]
    is_sound: bool


#: How many runs each sentence has; 0 for one that is a sound.
Shape = tuple[int, ...]


class _Frame(NamedTuple):
    """All of a turn's document but its words: the same question of the same turn has one for everybody.

    ``said`` is heard before the question, and ``asked`` as the question.
    """

    said: Shape
    end: replies.Ending
    asked: Shape
    step: str
    turn: int
    recording: str


@dataclass(frozen=True)
class Writer:
    """Writes replies down. ``find_sound`` is asked for each sentence; ``music`` fills the wait, if any.

    ``music`` is the address of a sound of ours, which `ivr.telephony.sounds` serves as long as is wished.
    """

    links: Links
    voice: str
    find_sound: FindSound
    music: Callable[[], str | None] = lambda: None

    def write(self, reply: Reply, recording: str = "") -> str:
        """A turn's document. ``recording``: what a recording in it is for."""
        end, said, asked = reply.end, self._heard(reply.said), list[Sentence]()
        if isinstance(end, replies.Gather):
            end, asked = replace(end, prompts=()), self._heard(end.prompts)
        frame = _Frame(_shape(said), end, _shape(asked), reply.next_step, reply.next_turn, recording)
        return _filled(self._framed(frame), said + asked)

    @cached_property
    def _framed(self) -> Callable[[_Frame], str]:
        return lru_cache(KEPT)(self._put_together)

    def _put_together(self, frame: _Frame) -> str:
        document = VoiceResponse()
        self._speak(document, frame.said)
        action = self.links.step(frame.step, frame.turn)
        match frame.end:
            case replies.Gather() as question:
                self._gather(document, question, frame.asked, action)
            case replies.Recorder(seconds=seconds):
                document.record(
                    action=action,
                    max_length=seconds,
                    timeout=RECORDING_SILENCE,
                    finish_on_key="#*0",
                    play_beep=True,
                    recording_status_callback=self.links.recording(frame.recording),
                    recording_status_callback_event="completed absent",
                )
                document.redirect(action)  # silence: whether the carrier comes back by itself is not certain
            case replies.Queue(name=name, wait=wait):
                document.enqueue(name, action=action, wait_url=self.links.wait(wait, frame.turn))
            case replies.Room() as room:
                self._room(document, room, action)
            case replies.End():
                document.hangup()
        return _with_places(document)

    def write_wait(self, prompts: Iterable[Prompt], seconds: int, address: str) -> str:
        """What is heard in the queue: an announcement that any key cuts short, then ``seconds`` of music."""
        document = VoiceResponse()
        music = self.music()
        gather = Gather(action=address, num_digits=1, finish_on_key="", timeout=1 if music else seconds)
        heard = self._heard(prompts)
        self._speak(gather, _shape(heard))
        if music:
            # The time after the music that a key may still come counts too.
            gather.play(f"{music}?{urlencode({'seconds': max(1, seconds - 1)})}")
        document.append(gather)
        document.redirect(address)
        return _filled(_with_places(document), heard)

    def write_hold(self) -> str:
        """What an owner on hold hears: music, or, without any, a word from time to time. Asked for once."""
        document = VoiceResponse()
        music = self.music()
        heard = [] if music else self._heard((phrases.ON_HOLD,))
        if music:
            document.play(f"{music}?{urlencode({'seconds': MUSIC})}")
        else:
            self._speak(document, _shape(heard))
            document.pause(length=BETWEEN_WORDS)
        document.redirect(self.links.hold())
        return _filled(_with_places(document), heard)

    def write_redirect(self, address: str) -> str:
        """Fetch another document instead."""
        document = VoiceResponse()
        document.redirect(address)
        return str(document)

    def _gather(self, document: VoiceResponse, question: replies.Gather, asked: Shape, action: str) -> None:
        """After the question the same address is asked once more, which is how silence answers."""
        one_key = {"num_digits": 1, "finish_on_key": ""} if question.digits == 1 else {"finish_on_key": "#"}
        words = {}
        if question.speech is not None:
            words = {
                "input": "dtmf speech",
                "language": RECOGNISED,
                "hints": ",".join(question.speech) or None,
                "speech_timeout": SPEECH_PAUSE,
            }
        gather = Gather(action=action, timeout=question.timeout, **one_key, **words)
        self._speak(gather, asked)
        document.append(gather)
        document.redirect(action)

    def _room(self, document: VoiceResponse, room: replies.Room, action: str) -> None:
        dial = Dial(action=action)
        recorded = (
            {
                "record": "record-from-start",
                "recording_status_callback": self.links.recording("talk", room=room.name),
                "recording_status_callback_event": "completed absent",
            }
            if room.record
            else {}
        )
        dial.conference(
            room.name,
            beep="false",
            start_conference_on_enter=True,
            end_conference_on_exit=room.ends,
            **({"muted": True} if room.muted else {}),
            wait_url="",
            status_callback=self.links.conference(),
            status_callback_event="start end join leave",
            **recorded,
        )
        document.append(dial)

    def _heard(self, prompts: Iterable[Prompt]) -> list[Sentence]:
        return [self._sentence(prompt) for prompt in prompts]

    def _sentence(self, prompt: Prompt) -> Sentence:
        sound = self.find_sound(prompt)
        if sound:
            return Sentence((sound,), is_sound=True)
        return Sentence(prompt.groups if self._rests else (prompt.words,), is_sound=False)

    @cached_property
    def _rests(self) -> bool:
        return reads_marks(self.voice)

    def _speak(self, where: VoiceResponse | Gather, shape: Shape) -> None:
        """Leave a place for each sound and each run of words."""
        for runs in shape:
            if not runs:
                where.play(PLACE)
                continue
            said = where.say(PLACE, voice=self.voice, language=language_of(self.voice))
            for _ in range(runs - 1):
                said.break_(time=GROUP_PAUSE)
                said.append(PLACE)


def _shape(heard: Iterable[Sentence]) -> Shape:
    return tuple(0 if sentence.is_sound else len(sentence.runs) for sentence in heard)


def _with_places(document: VoiceResponse) -> str:
    return str(document).replace("%", "%%").replace(PLACE, "%s")


def _filled(framed: str, heard: Iterable[Sentence]) -> str:
    """The document with its words, which are nothing but words: no mark of XML is left in them."""
    return framed % tuple(escape(run, quote=False) for sentence in heard for run in sentence.runs)


def leave() -> str:
    """Out of the queue: its action goes on."""
    document = VoiceResponse()
    document.leave()
    return str(document)


def hiccup(address: str) -> str:
    """In the queue: nothing to be heard now; ask again at ``address`` in a moment."""
    document = VoiceResponse()
    document.pause(length=HICCUP)
    document.redirect(address)
    return str(document)


def empty() -> str:
    """Nothing to be said: what news is answered with where a document is asked for."""
    return str(VoiceResponse())


def last_resort(voice: str, backup: str | None, caller_id: str, *, outbound: bool) -> str:
    """An apology and a person, needing neither database nor sound. Outbound: an apology and goodbye."""
    document = VoiceResponse()
    spoken = {"voice": voice, "language": language_of(voice)}
    if outbound:
        document.say(phrases.OUTBOUND_APOLOGY.words, **spoken)
    elif backup:
        document.say(phrases.LAST_RESORT.words, **spoken)
        document.dial(backup, caller_id=caller_id, timeout=30)
        # Heard whether they talked or nobody answered: only an action could tell, and we may be out of order.
        document.say(phrases.LAST_RESORT_OVER.words, **spoken)
    else:
        document.say(phrases.CALL_AGAIN.words, **spoken)
    document.hangup()
    return str(document)
