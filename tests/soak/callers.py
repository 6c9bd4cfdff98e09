"""Who calls in the soak test, and what they do: seeded, so that a run can be repeated."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from ivr.demo import CAMILA, PABLO

#: Scripts of `ivr.simulator.script`: whole calls of every kind. ``N`` is the caller's own choice of a home.
_CALLS = (
    "2 N 1 ~# 1 2 1 1 1 1 -",  # a whole request
    "2 N 4 - 2 1 2 987412356# 1 9 2 1 1 -",  # a second contact, a later date
    '2 N 3 ~"gotea el lavaplatos"# 2 ~# 1 1 5 # 2 1 1 2 2 1 1 -',  # recorded again, a second problem
    "2 N 7 ~! ",  # hangs up while speaking
    "2 N 1 # 2 2 123# 600123456# 987412356# 1 1 1 1",  # bad contact numbers
    "1 1 N !",  # water
    "1 2 - ",  # gas, still inside
    "1 2 1 N _ !",  # gas, outside
    "1 3 N _ *",  # electricity, back out of the queue
    "1 0 _ !",  # an urgency without kind
    "3 1234566# 1204# 1234566# 1204# 1234566# 1204# 1 1",  # guesses
    "3 * 2 * * 1 * 2 N !",  # changes their mind
    "0 1 1",  # a person, to be called back
    "0 2 ~#",  # a message
    "0 2 ~!",
    "0 - - - -",
    "8 8 8 - -",
    "- - - -",
    "!",
)

#: Ways to say which home it is: by code, letters or voice, with a choice of two, and one that nobody knows.
_HOMES = (
    "101# 1 1204# 1",
    "567# 2 1205# 1",
    '"Los Aromos" 1 7# 1',
    "102# 1 12# 9 1",
    "107# 1 9999# 1",
    "104# 1 12# 1",
)
_KNOWN = {CAMILA: "1", PABLO: "2"}
_KEYS = (*"0123456789*#", "-", "!", "101#", "1204#")


@dataclass(frozen=True)
class Caller:
    """A number, and the script of its call."""

    number: str
    script: str


def callers(calls: int, seed: int) -> Iterator[Caller]:
    """That many: known ones, strangers, withheld and foreign numbers; one in five presses at random."""
    chance = random.Random(seed)
    for _ in range(calls):
        number = chance.choice(
            (_mobile(chance), _mobile(chance), _mobile(chance), *_KNOWN, "anonymous", "+34600111222")
        )
        if chance.random() < 0.2:
            yield Caller(number, " ".join(chance.choices(_KEYS, k=chance.randrange(1, 20))))
            continue
        home = _KNOWN.get(number) or chance.choice(_HOMES)
        yield Caller(number, chance.choice(_CALLS).replace("N", home))


def _mobile(chance: random.Random) -> str:
    return f"+569{chance.randrange(50_000_000, 99_999_999)}"
