"""Every phrase has an example, and none lasts longer than somebody can listen."""

from collections.abc import Mapping

import pytest

from audio import listen, phrases
from audio.examples import example
from audio.voices import PyttsxVoice
from audio.wording import Phrase

LONGEST, LONGEST_FIRM = 20.0, 12.0

#: All phrases are rendered once, in one worker.
pytestmark = pytest.mark.xdist_group("examples")

#: What no key cuts short.
FIRM = (
    phrases.SAFETY_WATER,
    phrases.SAFETY_GAS,
    phrases.SAFETY_ELECTRICITY,
    phrases.RECORDING_NOTICE,
    phrases.MESSAGE_NOTICE,
    phrases.COMMENT_NOTICE,
    phrases.TALK_NOTICE,
)


@pytest.fixture(scope="session")
def seconds() -> Mapping[Phrase, float]:
    """How long each phrase lasts as it is rendered, its blanks filled with something long."""
    spoken = listen.sounds(PyttsxVoice(), phrases.catalogue())
    return {phrase: sound.seconds for phrase, sound in spoken}


def test_every_phrase_with_blanks_has_an_example() -> None:
    for phrase in phrases.catalogue():
        assert example(phrase).words


def test_no_sentence_lasts_too_long_to_be_kept_in_mind(seconds: Mapping[Phrase, float]) -> None:
    assert {phrase.key: length for phrase, length in seconds.items() if length > LONGEST} == {}


def test_what_cannot_be_cut_short_lasts_twelve_seconds_at_most(seconds: Mapping[Phrase, float]) -> None:
    assert {phrase.key: seconds[phrase] for phrase in FIRM if seconds[phrase] > LONGEST_FIRM} == {}


def test_nothing_that_is_said_is_over_in_no_time(seconds: Mapping[Phrase, float]) -> None:
    assert min(seconds.values()) > 0.4
