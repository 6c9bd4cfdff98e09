"""Replies as TwiML. The only writer of XML, and the only user of the carrier's document library."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from audio import phrases
from audio.parts import Part, Source, sentence
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

#: Documents that are kept, in memory and until as many others came: the same question of the same turn is the
#: same for everybody.
KEPT = 1000

#: Finds the address of a sentence's sound; none: the carrier's voice says it.
FindSound = Callable[[Prompt], str | None]

#: What is to be heard, sentence by sentence: its parts, and the address of its sound. Two prompts that are
#: equal may yet be said differently (the same moment in two time zones); two of these are not.
Audible = tuple[tuple[tuple[Part, ...], str | None], ...]


class _Content(NamedTuple):
    """All that a turn's document is made of."""

    said: Audible
    #: Without its prompts: ``asked`` stands for them.
    end: replies.Ending
    asked: Audible
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
        end, asked = reply.end, Audible()
        if isinstance(end, replies.Gather):
            end, asked = replace(end, prompts=()), self._audible(end.prompts)
        said = self._audible(reply.said)
        return self._known(_Content(said, end, asked, reply.next_step, reply.next_turn, recording))

    @cached_property
    def _known(self) -> Callable[[_Content], str]:
        return lru_cache(KEPT)(self._put_together)

    def _put_together(self, content: _Content) -> str:
        document = VoiceResponse()
        self._speak(document, content.said)
        action = self.links.step(content.step, content.turn)
        match content.end:
            case replies.Gather() as question:
                self._gather(document, question, content.asked, action)
            case replies.Recorder(seconds=seconds):
                document.record(
                    action=action,
                    max_length=seconds,
                    timeout=RECORDING_SILENCE,
                    finish_on_key="#*0",
                    play_beep=True,
                    recording_status_callback=self.links.recording(content.recording),
                    recording_status_callback_event="completed absent",
                )
                document.redirect(action)  # silence: whether the carrier comes back by itself is not certain
            case replies.Queue(name=name, wait=wait):
                document.enqueue(name, action=action, wait_url=self.links.wait(wait, content.turn))
            case replies.Room() as room:
                self._room(document, room, action)
            case replies.End():
                document.hangup()
        return str(document)

    def write_wait(self, prompts: Iterable[Prompt], seconds: int, address: str) -> str:
        """What is heard in the queue: an announcement that any key cuts short, then ``seconds`` of music."""
        document = VoiceResponse()
        music = self.music()
        gather = Gather(action=address, num_digits=1, finish_on_key="", timeout=1 if music else seconds)
        self._speak(gather, self._audible(prompts))
        if music:
            # The time after the music that a key may still come counts too.
            gather.play(f"{music}?{urlencode({'seconds': max(1, seconds - 1)})}")
        document.append(gather)
        document.redirect(address)
        return str(document)

    def write_hold(self) -> str:
        """What an owner on hold hears: music, or, without any, a word from time to time. Asked for once."""
        document = VoiceResponse()
        music = self.music()
        if music:
            document.play(f"{music}?{urlencode({'seconds': MUSIC})}")
        else:
            self._speak(document, self._audible((phrases.ON_HOLD,)))
            document.pause(length=BETWEEN_WORDS)
        document.redirect(self.links.hold())
        return str(document)

    def write_redirect(self, address: str) -> str:
        """Fetch another document instead."""
        document = VoiceResponse()
        document.redirect(address)
        return str(document)

    def _gather(self, document: VoiceResponse, question: replies.Gather, asked: Audible, action: str) -> None:
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

    def _audible(self, prompts: Iterable[Prompt]) -> Audible:
        return tuple((prompt.parts, self.find_sound(prompt)) for prompt in prompts)

    def _speak(self, where: VoiceResponse | Gather, audible: Audible) -> None:
        for parts, sound in audible:
            if sound:
                where.play(sound)
            else:
                self._say(where, parts)

    def _say(self, where: VoiceResponse | Gather, parts: Sequence[Part]) -> None:
        """In the carrier's voice. After each group of digits it rests, for somebody who writes them down."""
        groups = list(_groups(parts)) if reads_marks(self.voice) else [parts]
        ends = [sentence(parts[: sum(map(len, groups[: nth + 1]))]) for nth in range(len(groups))]
        said = where.say(ends[0], voice=self.voice, language=language_of(self.voice))
        for before, end in pairwise(ends):
            said.break_(time=GROUP_PAUSE)
            said.append(end[len(before) :])


def _groups(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """The parts of a sentence, parted where a group of digits ends: a full stop between two values."""
    start = 0
    for place, (part, following) in enumerate(pairwise(parts), start=1):
        if part.mark == "." and part.source is following.source is Source.CLOSED:
            yield parts[start:place]
            start = place
    yield parts[start:]


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
