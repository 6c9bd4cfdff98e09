"""Every phrase has an example, and none lasts longer than somebody can listen."""

from collections.abc import Mapping

import pytest

from audio import listen, phrases
from audio.engines import voice_of
from audio.examples import samples
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
    """How long each phrase lasts at most as it is rendered, its blanks filled."""
    longest: dict[Phrase, float] = {}
    for phrase, sound in listen.sounds(voice_of(), phrases.catalogue()):
        longest[phrase] = max(sound.seconds, longest.get(phrase, 0.0))
    return longest


def test_every_phrase_with_blanks_has_examples() -> None:
    for phrase in phrases.catalogue():
        assert all(example.words for example in samples(phrase))


def test_no_sentence_lasts_too_long_to_be_kept_in_mind(seconds: Mapping[Phrase, float]) -> None:
    assert {phrase.key: length for phrase, length in seconds.items() if length > LONGEST} == {}


def test_what_cannot_be_cut_short_lasts_twelve_seconds_at_most(seconds: Mapping[Phrase, float]) -> None:
    assert {phrase.key: seconds[phrase] for phrase in FIRM if seconds[phrase] > LONGEST_FIRM} == {}


def test_nothing_that_is_said_is_over_in_no_time(seconds: Mapping[Phrase, float]) -> None:
    assert min(seconds.values()) > 0.4
