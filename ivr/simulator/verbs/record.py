"""Record: a beep, the caller's voice, and the request of `action` with the recording."""

from ivr.simulator.document import Document, Node
from ivr.simulator.ears import Ears, Key, Speech
from ivr.simulator.leg import HungUp, Interruption, Leg, Outcome
from ivr.simulator.recordings import Recording, RecordingNews
from ivr.simulator.telephones import Question
from ivr.simulator.verbs.base import Verb

LONGEST = 3600


def recording_news(node: Node, document: Document) -> RecordingNews:
    """The recordingStatusCallback attributes of Record, Dial and Conference."""
    where = node.get("recordingStatusCallback")
    return RecordingNews(
        document.address(where) if where else "",
        node.get("recordingStatusCallbackMethod", "POST"),
        frozenset(node.get("recordingStatusCallbackEvent", "completed").split()),
    )


class Record(Verb):
    """Records until a key of `finishOnKey`, `timeout` seconds of silence, `maxLength`, or hanging up."""

    recording: Recording | None = None
    spoken = 0.0
    sound = b""

    async def run(self, leg: Leg, /) -> Outcome:
        longest = self.node.number("maxLength", LONGEST)
        question = Question(
            "record",
            frozenset({"dtmf", "speech"}),
            None,
            self.node.get("finishOnKey", "1234567890*#"),
            self.node.number("timeout", 5),
            leg.waiting,
        )
        with leg.listening(question) as ears:
            self.recording = leg.exchange.start_recording(
                leg, "RecordVerb", recording_news(self.node, self.document)
            )
            leg.telephone.note("recording", leg, state="started", max_length=longest)
            leg.telephone.asked(leg, question)
            key = await self._listen(ears, longest)
        params = self._finish(leg, key)
        if not self.spoken and leg.exchange.silent_record_falls_through:
            return None
        return self.action(params)

    async def _listen(self, ears: Ears, longest: int) -> str:
        timeout = ears.question.timeout
        while self.spoken < longest:
            left = longest - self.spoken
            heard = await ears.next(min(timeout, left) if timeout else left)
            match heard:
                case None:
                    return ""
                case Speech(_, seconds, sound):
                    self.spoken = min(longest, self.spoken + seconds)
                    self.sound += sound or b""
                    await ears.watch.sleep(min(seconds, left))
                case Key(key) if key in ears.question.finish_on_key:
                    return key
        return ""

    def _finish(self, leg: Leg, key: str) -> dict[str, str]:
        recording = self.recording
        if recording is None:
            return {}
        leg.telephone.note("recording", leg, state="stopped", seconds=self.spoken)
        leg.exchange.finish_recording(recording, leg.courier, self.spoken, self.sound or None)
        self.recording = None
        return {
            "RecordingUrl": leg.exchange.recording_url(recording),
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.whole_seconds),
            "Digits": key,
        }

    def interrupted(self, leg: Leg, why: Interruption) -> None:
        """Hanging up ends the recording; the action learns of it by `Digits=hangup`."""
        if self.recording is not None:
            params = self._finish(leg, "hangup")
            if isinstance(why, HungUp):
                leg.status = "completed"
                leg.tell(self.action(params))
