"""Draws the map: goes to every place that calls can come to, and tries there whatever can be done.

Each occasion is a world (who calls, what the database holds) and a way into it. A place that was explored is
not explored again, unless an occasion begins there: what is the same question with the same keys and the same
way back leads to the same places.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import select

from audio.wording import Prompt
from ivr.dialogue.engine import Answer, all_steps, find
from ivr.dialogue.reply import End, Gather, Queue, Recorder, Room
from ivr.errors import DialogueError
from ivr.flows.chart import (
    ENTRY,
    GIVE_UP,
    HANG_UP,
    HUNG_UP,
    OVER,
    RECORDING,
    SILENCE,
    SPEECH,
    WRONG,
    Edge,
    FlowMap,
    Kind,
    Node,
)
from ivr.flows.occasions import OCCASIONS, Occasion
from ivr.flows.rehearsal import Party, Rehearsal, open_rehearsal
from ivr.store.tables import Case

#: What is tried where digits are asked for: codes, names, apartments, telephones, nonsense.
ENTRIES = ("101", "56", "567", "5", "1204", "12", "999", "987654321", "800422727", "123456789012345")
#: What is said where words are listened for.
WORDS = ("Los Aromos", "los alomos", "no sé")
#: Silences after which no question is asked any more.
_MOST_TRIES = 6
#: Seconds in a queue after which nobody waits any longer.
_FOR_EVER = "100000"

_Place = tuple[object, ...]


def map_of_calls(occasions: Sequence[Occasion] = OCCASIONS) -> FlowMap:
    """The map of all calls that begin on one of these occasions, drawn from the conversations that are loaded
    (``import ivr.app`` loads all). Takes some seconds.
    """
    drawn = FlowMap()
    with tempfile.TemporaryDirectory() as folder, open_rehearsal(folder, find("waiting.person")) as rehearsal:
        explorer = _Explorer(rehearsal, drawn)
        for occasion in occasions:
            rehearsal.clock.set(occasion.at)
            rehearsal.exchange.placed.clear()
            with rehearsal.store.trial():
                party, answer = occasion.enter(rehearsal)
                explorer.explore(party, answer, anew=True)
        drawn.steps |= rehearsal.engine.passed
    return drawn


class _Explorer:
    """Tries everything at one place after another, and undoes each trial."""

    def __init__(self, rehearsal: Rehearsal, drawn: FlowMap) -> None:
        self._rehearsal = rehearsal
        self._drawn = drawn
        self._known: set[_Place] = set()

    def explore(self, party: Party, here: Answer, *, anew: bool = False) -> None:
        """Try all that can be done at this place, and go on from wherever that leads."""
        self._drawn.add(_node(here))
        place = _place(here)
        if place in self._known and not anew:
            return
        self._known.add(place)
        match here.reply.end:
            case Gather() as gather:
                self._answer(party, here, gather)
            case Recorder():
                self._record(party, here)
            case Queue(wait=wait):
                self._wait(party, here, wait)
            case Room():
                self._try(party, here, OVER, DialCallStatus="completed")
        self._hang_up(party, here)

    def _answer(self, party: Party, here: Answer, gather: Gather) -> None:
        for key in _keys(here.standing.question):
            self._try(party, here, key, Digits=key)
        if gather.digits == 0:
            for digits in (*ENTRIES, *self._case_numbers()):
                self._try(party, here, ENTRY, Digits=digits)
        for words in WORDS if gather.speech is not None else ():
            self._try(party, here, SPEECH, SpeechResult=words, Confidence="0.9")
        self._say_nothing(party, here)

    def _case_numbers(self) -> list[str]:
        with self._rehearsal.store.reading() as session:
            return list(session.scalars(select(Case.number).order_by(Case.id.desc()).limit(2)))

    def _say_nothing(self, party: Party, here: Answer) -> None:
        """Once, and until the question is not asked any more."""
        with self._rehearsal.store.trial():
            there = here
            for heard in range(_MOST_TRIES):
                there = self._rehearsal.reply(party, there)
                if not _asked_again(here, there):
                    self._go_on(party, here, GIVE_UP if heard else SILENCE, there)
                    return
                self._connect(here, SILENCE, there)
            raise DialogueError(f"{here.passed[-1]} is asked for ever")

    def _record(self, party: Party, here: Answer) -> None:
        spoken = {"RecordingSid": "RE" + "0" * 32, "RecordingDuration": "7"}
        self._try(party, here, RECORDING, **spoken, Digits="#")
        for key in "0*":
            self._try(party, here, key, **spoken, Digits=key)
        self._try(party, here, SILENCE)
        with self._rehearsal.store.trial():
            self._rehearsal.reply(party, here, **spoken, Digits="hangup")
            self._rehearsal.hangs_up(party)

    def _wait(self, party: Party, here: Answer, wait: str) -> None:
        """A key that leads out of the queue, one that does not, and nobody who ever comes."""
        self._drawn.steps.add(wait)
        for key, form in (
            *((key, {"Digits": key, "QueueTime": "10"}) for key in "1234567890*"),
            (OVER, {"QueueTime": _FOR_EVER}),
        ):
            with self._rehearsal.store.trial():
                if self._rehearsal.leaves_queue(party, here, wait, **form):
                    there = self._rehearsal.reply(party, here, QueueResult="leave")
                    self._go_on(party, here, key, there)
                else:
                    self._connect(here, WRONG, here)

    def _try(self, party: Party, here: Answer, key: str, **form: str) -> None:
        with self._rehearsal.store.trial():
            there = self._rehearsal.reply(party, here, **form)
            wrong = _asked_again(here, there) and key not in {ENTRY, SPEECH}
            self._go_on(party, here, WRONG if wrong else key, there)

    def _go_on(self, party: Party, here: Answer, key: str, there: Answer) -> None:
        self._connect(here, key, there)
        self.explore(party, there)

    def _connect(self, here: Answer, key: str, there: Answer) -> None:
        self._drawn.add(_node(there))
        through = tuple(dict.fromkeys(there.passed[:-1]))
        self._drawn.connect(Edge(here.passed[-1], key, there.passed[-1], through))

    def _hang_up(self, party: Party, here: Answer) -> None:
        """The end of the call has its own work to do, wherever it comes."""
        with self._rehearsal.store.trial():
            self._rehearsal.hangs_up(party)
        if not isinstance(here.reply.end, End):
            self._drawn.add(Node(HUNG_UP, Kind.END))
            self._drawn.connect(Edge(here.passed[-1], HANG_UP, HUNG_UP))


def _keys(question: Mapping[str, Any]) -> str:
    """The keys to try: those that a menu has, one that it has not, and the two that all questions share."""
    if question["digits"] == 0:
        return "0*"
    if not question["keys"]:
        return "1234567890*"
    wrong = next(key for key in "8765" if key not in question["keys"])
    return "".join(dict.fromkeys([*question["keys"], wrong, "0", "*"]))


def _asked_again(here: Answer, there: Answer) -> bool:
    """Whether the same question came back because the answer meant nothing."""
    return there.standing.asks == here.standing.asks and there.standing.tries > here.standing.tries


def _node(at: Answer) -> Node:
    match at.reply.end:
        case Gather(prompts=prompts, digits=digits):
            return Node(at.passed[-1], Kind.MENU if digits else Kind.ENTRY, _words(prompts))
        case Recorder():
            return Node(at.passed[-1], Kind.RECORDING, _words(at.reply.said[-1:]))
        case Queue():
            return Node(at.passed[-1], Kind.QUEUE, _words(at.reply.said))
        case Room():
            return Node(at.passed[-1], Kind.TALK, _words(at.reply.said))
        case End():
            return Node(at.passed[-1], Kind.END, _words(at.reply.said))


def _words(prompts: Sequence[Prompt]) -> str:
    return " ".join(prompt.words for prompt in prompts)


def _place(at: Answer) -> _Place:
    """What decides where answers lead: the question with its keys, whether it is urgent, and, in a
    conversation that others share, the way back and what is being booked."""
    name, standing = at.passed[-1], at.standing
    urgent = standing.notes.get("conversation") == "urgent"
    if isinstance(at.reply.end, End):
        return (name,)
    question = json.dumps(standing.question, sort_keys=True)
    if name.partition(".")[0] not in _shared():
        return name, question, urgent
    noted = (standing.notes.get(note) for note in ("booking", "goes_on_after_booking"))
    return name, question, urgent, standing.stack[-1:], *noted


@cache
def _shared() -> frozenset[str]:
    """The conversations that are entered by others: somewhere in them is the way `Home`."""
    return frozenset(
        step.name.partition(".")[0] for step in all_steps().values() if "Home" in step.run.__code__.co_names
    )
