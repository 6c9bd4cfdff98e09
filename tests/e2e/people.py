"""Callers and agents of an afternoon, who do as a seed says."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from audio import phrases
from ivr.simulator.pace import BREATH, Pace
from ivr.simulator.script import Script
from ivr.simulator.telephones import Line, Question, Reply, ScriptedTelephone


class Habit(StrEnum):
    """What an agent does with a telephone that rings."""

    TAKES = "takes"
    MISSES = "misses"
    IS_BUSY = "is busy"
    PASSES = "passes"
    IS_SILENT = "is silent"  #: answers and presses nothing, as a voicemail
    HANGS_UP = "hangs up"  #: answers, and hangs up without a key
    DROPS = "drops"  #: takes a caller, and hangs up at about the moment when they come


#: How often of a hundred.
_HABITS = {
    Habit.TAKES: 62,
    Habit.MISSES: 10,
    Habit.IS_BUSY: 4,
    Habit.PASSES: 10,
    Habit.IS_SILENT: 4,
    Habit.HANGS_UP: 4,
    Habit.DROPS: 6,
}

#: Keys of a whole call; whoever takes a caller who is gone rings them with the same key.
_KEYS = {
    Habit.TAKES: "1 1",
    Habit.DROPS: "1 1",
    Habit.PASSES: "2",
    Habit.IS_SILENT: "-",
    Habit.HANGS_UP: "!",
}

#: What an agent hears of somebody who is not on the line: nobody takes such a call to drop it.
_AWAY = (phrases.AGENT_CALLER_AWAY.text, phrases.AGENT_CALLER_GONE.text)


@dataclass
class AgentTelephone(ScriptedTelephone):
    """An agent's telephone. ``habits`` tells what was done with each call, by its sid.

    Some agents hang up first once they talk; all others leave that to the caller.
    """

    seed: int = 0
    habits: dict[str, Habit] = field(default_factory=dict)
    _random: random.Random = field(init=False, repr=False)
    _away: bool = field(default=False, repr=False)
    _dropping: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    async def ring(self, line: Line) -> Reply:
        habit = self._random.choices([*_HABITS], [*_HABITS.values()])[0]
        self.habits[line.sid] = habit
        self.reply = {Habit.MISSES: None, Habit.IS_BUSY: Reply.BUSY}.get(habit, Reply.ANSWER)
        self.keys = [_KEYS.get(habit, "")]
        self.talk = self._random.choice([None, None, 1.0])
        self._away = False
        return await super().ring(line)

    def begin(self) -> None:
        self._script = Script.of(self.keys[0])

    def hears(
        self, line: Line, text: str | None, url: str | None = None, by: str = "line", *, seconds: float = 0.0
    ) -> None:
        super().hears(line, text, url, by, seconds=seconds)
        self._away = self._away or any(sentence in (text or "") for sentence in _AWAY)

    def asked(self, line: Line, question: Question) -> None:
        super().asked(line, question)
        if self.habits[line.sid] is Habit.DROPS and not self._away:
            self._dropping = asyncio.ensure_future(self._drop(line))

    async def _drop(self, line: Line) -> None:
        await asyncio.sleep(self._random.uniform(0, 6 * BREATH))
        line.put_down()


class Wish(StrEnum):
    """What a caller is after."""

    PERSON = "a person"
    CALLBACK = "to be called back"
    MESSAGE = "to leave a message"
    MENU = "the main menu, and then nothing"
    NOTHING = "hangs up in the queue"
    URGENCY = "an urgency"
    SHORT_URGENCY = "an urgency, told and hung up"


#: Keys of each wish. Whoever waits for a person in vain leaves a message.
KEYS = {
    Wish.PERSON: "0 _ 2 ~#",
    Wish.CALLBACK: "0 1 1",
    Wish.MESSAGE: "0 2 ~#",
    Wish.MENU: "0 * !",
    Wish.NOTHING: "0 !",
    Wish.URGENCY: "1 1 101# 1 1204# 1",
    Wish.SHORT_URGENCY: "1 3 !",
}

_STANDARD = {Wish.PERSON: 60, Wish.CALLBACK: 15, Wish.MESSAGE: 8, Wish.MENU: 4, Wish.NOTHING: 13}
_URGENT = {Wish.URGENCY: 70, Wish.SHORT_URGENCY: 30}

#: Of a hundred callers, those with an urgency.
URGENT_SHARE = 15

#: A caller's minute passes in two seconds.
HASTE = Pace(30)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls once."""

    number: str
    wish: Wish
    #: Simulated seconds that they talk with a person.
    talk: float

    @property
    def urgent(self) -> bool:
        return self.wish in _URGENT


def callers(count: int, seed: int) -> Sequence[Caller]:
    """So many callers, the same for the same seed; at least one of them has an urgency."""
    chance = random.Random(seed)
    urgent = set(chance.sample(range(count), max(1, round(count * URGENT_SHARE / 100))))
    found = []
    for place in range(count):
        shares = _URGENT if place in urgent else _STANDARD
        wish = chance.choices([*shares], [*shares.values()])[0]
        found.append(Caller(f"+569{71_000_000 + place}", wish, chance.uniform(10, 50)))
    return found
