"""The engine: one webhook in, one reply out.

It knows what every conversation has in common: which step answers a question, tries, ``0``, ``*``, ``#``, the
way back out of an entered conversation, and what is said when an answer means nothing. Flows know none of it.

An asking step may run again at any time, so it only reads; the answering step writes, once it has understood.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, overload

from audio import phrases
from audio.wording import Prompt
from ivr.aftersales import recordings
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.reply import End, Ending, Gather, Queue, Recorder, Reply, Room
from ivr.dialogue.standing import Standing
from ivr.dialogue.turns import (
    Ask,
    Enter,
    Goto,
    Hangup,
    Hold,
    Home,
    Join,
    Menu,
    Prompts,
    Record,
    Resume,
    Say,
    Step,
    Turn,
    WaitStep,
)
from ivr.errors import DialogueError, NotUnderstood, UnknownStep
from ivr.store.tables import TurnRow

S = TypeVar("S", Step, WaitStep)

PERSON = "0"
BACK = "*"
END_OF_ENTRY = "#"

#: Steps that one reply may pass; more is a circle in a conversation.
LONGEST_CHAIN = 25
#: Turns after which a call that never comes to an end is ended.
LONGEST_CALL = 250
#: Questions that ``*`` remembers.
LONGEST_TRAIL = 30

_STEPS: dict[str, Step] = {}
_WAITS: dict[str, WaitStep] = {}
_ENDINGS: dict[str, Callable[[Ended], None]] = {}


@overload
def step(function: Callable[[Call], Turn]) -> Step: ...


@overload
def step(*, aliases: tuple[str, ...]) -> Callable[[Callable[[Call], Turn]], Step]: ...


def step(
    function: Callable[[Call], Turn] | None = None, *, aliases: tuple[str, ...] = ()
) -> Step | Callable[[Callable[[Call], Turn]], Step]:
    """Make a function a step, named ``<module>.<function>``. ``aliases``: names that it had before."""

    def name_it(run: Callable[[Call], Turn]) -> Step:
        return _registered(_STEPS, Step(_name(run), run, aliases))

    return name_it(function) if function is not None else name_it


def wait_step(*, aliases: tuple[str, ...] = ()) -> Callable[[Callable[..., Any]], WaitStep]:
    """Make a function the voice of a queue, named ``<module>.<function>``. ``aliases`` as those of `step`."""
    return lambda run: _registered(_WAITS, WaitStep(_name(run), run, aliases))


def at_the_end_of(*purposes: str) -> Callable[[Callable[[Ended], None]], Callable[[Ended], None]]:
    """Have a function called once when a call of these purposes is over."""

    def register(function: Callable[[Ended], None]) -> Callable[[Ended], None]:
        _ENDINGS.update(dict.fromkeys(purposes, function))
        return function

    return register


def find(name: str) -> Step:
    """The step of that name, or that had it before. Raises `UnknownStep`."""
    try:
        return _STEPS[name]
    except KeyError:
        raise UnknownStep(name) from None


def _present_name(name: str) -> str:
    """What the step of that name is called now; one that is gone keeps its name."""
    return _STEPS[name].name if name in _STEPS else name


def find_wait(name: str) -> WaitStep:
    """The queue's voice of that name, or that had it before. Raises `UnknownStep`."""
    try:
        return _WAITS[name]
    except KeyError:
        raise UnknownStep(name) from None


def find_ending(purpose: str) -> Callable[[Ended], None] | None:
    """What a call of that purpose leaves to be done at its end, if anything."""
    return _ENDINGS.get(purpose)


def all_steps() -> dict[str, Step]:
    """Every step by its present name."""
    return {name: found for name, found in _STEPS.items() if found.name == name}


def _registered(register: dict[str, S], made: S) -> S:
    """The step, found from now on by its name and by those that it had before."""
    for name in (made.name, *made.aliases):
        if register.setdefault(name, made).run is not made.run:
            raise DialogueError(f"two steps are called {name}")
    return made


def _name(run: Callable[..., Any]) -> str:
    return f"{run.__module__.rpartition('.')[2]}.{run.__name__}"


@dataclass(frozen=True)
class Answer:
    """A reply, and where the conversation stands after it."""

    reply: Reply
    standing: Standing
    #: The steps that ran for it, in their order; the last one ended the reply.
    passed: tuple[str, ...] = ()


class Engine:
    """Joins steps. ``person`` is the conversation that looks for a person."""

    def __init__(self, person: Step) -> None:
        self.person = person

    def answer(self, call: Call, at: Standing, named: str) -> Answer:
        """Answer a webhook whose URL names the step ``named``. What the step writes is in ``call.db``.

        Raises:
            UnknownStep: the running code has no such step.
        """
        if at.turn >= LONGEST_CALL:
            return self._walk(call, at, Hangup(phrases.GOODBYE, outcome="endless"))
        at = at.renamed(_present_name)
        kept = copy.deepcopy(call.notes)
        try:
            return self._walk(call, at, self._react(call, at, named))
        except NotUnderstood as fault:
            call.notes = kept
            return self._ask_again(call, at, fault)

    def apologise(self, call: Call, at: Standing) -> Answer:
        """Something failed: an apology, and a person. Whom we called is called again, not put in a queue."""
        if call.row.direction == "outbound":
            return self._walk(call, at, Hangup(phrases.OUTBOUND_APOLOGY, outcome="failed"))
        return self._walk(call, replace(at, stack=(), trail=()), Say(phrases.APOLOGY, then=self.person))

    def _react(self, call: Call, at: Standing, named: str) -> "Turn | _Back":
        question = at.question
        if question.get("kind") == "record":
            return self._recorded(call, at, named)
        if question.get("kind") != "gather":
            return Goto(find(named))
        key = _entered(call, question)
        if key == PERSON and question["operator"]:
            return Goto(self.person)
        if key == BACK:
            return self._go_back(at)
        if not key and not call.speech:
            leads_to = question["silent"] or question["otherwise"]
            if leads_to is None:
                raise NotUnderstood("")
            return Goto(find(leads_to))
        if not question["keys"]:
            return Goto(find(named))
        leads_to = question["keys"].get(key) or question["otherwise"]
        if leads_to is None:
            raise NotUnderstood(key)
        return Goto(find(leads_to))

    def _recorded(self, call: Call, at: Standing, named: str) -> "Turn | _Back":
        """Whatever key ended the recording, the step keeps what was said; then ``*`` and ``0`` act."""
        heard = call.heard
        if heard.recording_sid:
            purpose = recordings.Purpose(at.question["purpose"])
            call.recording = recordings.said(
                call.db, call.row, purpose, heard.recording_sid, heard.recording_seconds, now=call.now
            )
        kept = find(named).run(call)
        if heard.digits == PERSON:
            return Goto(self.person)
        if heard.digits == BACK:
            return self._go_back(at)
        return kept

    def _ask_again(self, call: Call, at: Standing, fault: NotUnderstood) -> Answer:
        """Say what was wrong and ask again, until the question was heard often enough."""
        if at.asks is None:
            raise fault
        ignored = isinstance(fault, Ignored)
        tries = at.tries if ignored else at.tries + 1
        if tries >= at.question["tries"]:
            failed = at.question["failed"]
            return self._walk(call, at, Goto(find(failed) if failed else self.person))
        said = () if ignored else _what_was_wrong(call, fault)
        return self._walk(call, at, Goto(find(at.asks)), preface=said, tries=tries)

    def _go_back(self, at: Standing) -> "_Back":
        """The previous question; where there is none, this one again."""
        name, _ = at.trail[-2] if len(at.trail) > 1 else at.trail[-1]
        return _Back(find(name))

    def _walk(
        self, call: Call, at: Standing, turn: "Turn | _Back", preface: tuple[Prompt, ...] = (), tries: int = 0
    ) -> Answer:
        """Follow the steps until one of them ends the reply."""
        walk = _Walk(call, at, list(preface), tries)
        for _ in range(LONGEST_CHAIN):
            following = walk.take(turn)
            if isinstance(following, Answer):
                return following
            turn = following
        raise DialogueError(f"more than {LONGEST_CHAIN} steps in one reply, the last {walk.current}")


class Ignored(NotUnderstood):
    """Nothing was answered, and it is nobody's fault: asked again without counting it."""


@dataclass(frozen=True)
class _Back:
    """The caller's ``*``: that question again, with the stack that it was asked with."""

    step: Step


class _Walk:
    """One reply in the making."""

    def __init__(self, call: Call, at: Standing, preface: list[Prompt], tries: int) -> None:
        self.call = call
        self.at = at
        self.tries = tries
        self.firm: list[Prompt] = []
        self.soft = preface
        self.stack = list(at.stack)
        self.trail = list(at.trail)
        self.current = at.asks or ""
        self.passed: list[str] = []

    def take(self, turn: Turn | _Back) -> Turn | Answer:
        """Do what ``turn`` says: go on with another one, or come to the end of the reply."""
        match turn:
            case Say():
                self.soft += _many(turn.prompt)
                if turn.firm:
                    self.firm, self.soft = [*self.firm, *self.soft], []
                return self._run(turn.then)
            case Goto(step=following):
                return self._run(following)
            case _Back(step=following):
                self.trail = self.trail[:-1] if len(self.trail) > 1 else self.trail
                self.stack = list(self.trail[-1][1])
                return self._run(following)
            case Enter():
                self.stack.append(turn.then.name)
                return self._run(turn.step)
            case Home():
                if not self.stack:
                    raise DialogueError(f"{self.current} leads home, but was not entered")
                return self._run(find(self.stack.pop()))
            case Resume():
                return self._resumed(turn)
            case Ask() | Menu():
                return self._asked(turn)
            case Record():
                self._remember(fresh=False)
                question = {"kind": "record", "purpose": turn.purpose, "tries": 1, "failed": None}
                self.soft += _many(turn.notice)
                return self._answer(Recorder(turn.seconds), turn.then.name, question)
            case Hold():
                self.soft += _many(turn.prompt)
                return self._answer(Queue(turn.queue, turn.wait.name), turn.then.name, {})
            case Join():
                self.soft += _many(turn.prompt)
                return self._answer(Room(turn.room, turn.ends, turn.record, turn.muted), turn.then.name, {})
            case Hangup():
                self.soft += _many(turn.prompt)
                if turn.outcome:
                    self.call.row.outcome = turn.outcome
                return self._answer(End(), self.current, {})

    def _run(self, following: Step) -> Turn:
        self.current = following.name
        self.passed.append(following.name)
        return following.run(self.call)

    def _resumed(self, turn: Resume) -> Turn:
        """Everything stands again as it stood, but for the call itself."""
        stopped = self.call.db.get_one(TurnRow, turn.turn_id)
        if stopped.asks is None:
            raise DialogueError(f"turn {turn.turn_id} has no open question")
        self.call.notes = {**stopped.notes, **self.call.notes}
        trail = tuple((name, tuple(stack)) for name, stack in stopped.trail)
        stood = Standing(stack=tuple(stopped.stack), trail=trail).renamed(_present_name)
        self.stack, self.trail = list(stood.stack), list(stood.trail)
        return self._run(find(stopped.asks))

    def _asked(self, turn: Ask | Menu) -> Answer:
        self._remember(turn.fresh)
        keys = {key: to.name for key, to in turn.keys.items()} if isinstance(turn, Menu) else {}
        otherwise = turn.otherwise.name if isinstance(turn, Menu) and turn.otherwise else None
        digits = turn.digits if isinstance(turn, Ask) else 1
        question = {
            "kind": "gather",
            "digits": digits,
            "keys": keys,
            "otherwise": otherwise,
            "silent": turn.silent.name if isinstance(turn, Menu) and turn.silent else None,
            "tries": turn.tries,
            "failed": turn.failed.name if turn.failed else None,
            "operator": turn.operator,
        }
        prompts = (*self.soft, *_many(turn.prompt))
        self.soft = []
        gather = Gather(prompts, digits, turn.timeout, turn.speech if isinstance(turn, Ask) else None)
        return self._answer(gather, turn.then.name if isinstance(turn, Ask) else self.current, question)

    def _remember(self, fresh: bool) -> None:
        """Put the question on the trail; one that is on it already closes a circle."""
        entry = (self.current, tuple(self.stack))
        if fresh:
            self.trail = [entry]
        elif entry in self.trail:
            self.trail = self.trail[: self.trail.index(entry) + 1]
        else:
            self.trail = [*self.trail, entry][-LONGEST_TRAIL:]

    def _answer(self, end: Ending, then: str, question: dict[str, Any]) -> Answer:
        turn = self.at.turn + 1
        asks = self.current if question else None
        standing = Standing(
            turn=turn,
            asks=asks,
            question=question,
            tries=self.tries if asks == self.at.asks else 0,
            stack=tuple(self.stack),
            trail=tuple(self.trail),
            notes=self.call.notes,
        )
        return Answer(Reply((*self.firm, *self.soft), end, then, turn), standing, tuple(self.passed))


def _many(prompts: Prompts) -> tuple[Prompt, ...]:
    return prompts if isinstance(prompts, tuple) else (prompts,)


def _entered(call: Call, question: dict[str, Any]) -> str:
    """The keys as they count: in an entry ``*`` clears what came before; ``#`` alone is no answer to a menu.

    Raises:
        Ignored: nothing is left that could be an answer.
    """
    digits = call.heard.digits
    if question["digits"] == 1:
        if digits == END_OF_ENTRY:
            raise Ignored(digits)
        return digits[:1]
    entered = digits.rstrip(END_OF_ENTRY)
    if entered != BACK and BACK in entered:
        entered = entered.rpartition(BACK)[2]
        if not entered:
            raise Ignored(digits)
    call.heard = replace(call.heard, digits=entered)
    return entered


def _what_was_wrong(call: Call, fault: NotUnderstood) -> tuple[Prompt, ...]:
    if fault.prompt is not None:
        return (fault.prompt,)
    return (phrases.NOTHING_PRESSED if not call.digits and not call.speech else phrases.NO_SUCH_KEY,)
