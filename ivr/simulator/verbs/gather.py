"""Gather: listens for keys or words while its prompts play, and after them."""

from ivr.simulator.ears import Ears, Key, Speech
from ivr.simulator.leg import Leg, Outcome
from ivr.simulator.pace import first_of
from ivr.simulator.telephones import Question
from ivr.simulator.verbs.base import Verb
from ivr.simulator.verbs.speaking import Pause, Play, Say

CONFIDENCE = "0.92"
PROMPTS: dict[str, type[Verb]] = {"Say": Say, "Play": Play, "Pause": Pause}


class Gather(Verb):
    """Collects digits (or speech) and requests `action` with them; without input the next verb follows."""

    async def run(self, leg: Leg, /) -> Outcome:
        question = Question(
            "gather",
            frozenset(self.node.get("input", "dtmf").split()),
            self.node.number("numDigits", 0) or None,
            self.node.get("finishOnKey", "#"),
            self.node.number("timeout", 5),
            leg.waiting,
        )
        prompts = [PROMPTS[child.name](child, self.document) for child in self.node.children]
        for prompt in prompts:
            if isinstance(prompt, Play):
                await prompt.prepare(leg)
        with leg.listening(question) as ears:
            if not ears.heard and await first_of(ears.something(), _speak(leg, prompts)) == 1:
                leg.telephone.asked(leg, question)
            params = await self._collect(ears)
        if params is None and not self.node.true("actionOnEmptyResult"):
            return None
        return self.action(params or {"Digits": ""})

    async def _collect(self, ears: Ears) -> dict[str, str] | None:
        question, digits = ears.question, ""
        while heard := await ears.next(question.timeout):
            match heard:
                case Speech(text):
                    return {"SpeechResult": text, "Confidence": CONFIDENCE}
                case Key(key) if key == question.finish_on_key:
                    break
                case Key(key):
                    digits += key
                    if len(digits) == question.num_digits:
                        break
        return {"Digits": digits} if digits else None


async def _speak(leg: Leg, prompts: list[Verb]) -> None:
    for prompt in prompts:
        await prompt.run(leg)
