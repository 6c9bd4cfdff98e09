"""The written transcripts are what the line says now, and what it says is short enough to be listened to."""

import pytest

from audio import phrases
from audio.wording import Phrase
from ivr import transcripts
from ivr.scenes import SCENES

WORDS_A_MINUTE = 110
LONGEST, LONGEST_FIRM = 20, 12

#: What no key cuts short.
FIRM = (
    phrases.SAFETY_WATER,
    phrases.SAFETY_GAS,
    phrases.SAFETY_ELECTRICITY,
    phrases.RECORDING_NOTICE,
    phrases.MESSAGE_NOTICE,
    phrases.TALK_NOTICE,
)


def seconds(phrase: Phrase) -> float:
    """How long it lasts; a blank counts as a word or as what usually fills it."""
    return len(phrase.text.split()) * 60 / WORDS_A_MINUTE


def test_there_are_ten_transcripts_at_least_and_all_are_current() -> None:
    assert len(SCENES) >= 10
    assert transcripts.stale() == [], "write them anew: ivr transcripts"


@pytest.mark.parametrize("phrase", list(phrases.catalogue()), ids=lambda phrase: phrase.key)
def test_no_sentence_is_too_long_to_be_kept_in_mind(phrase: Phrase) -> None:
    assert seconds(phrase) <= LONGEST


@pytest.mark.parametrize("phrase", FIRM, ids=lambda phrase: phrase.key)
def test_what_cannot_be_cut_short_lasts_twelve_seconds_at_most(phrase: Phrase) -> None:
    assert seconds(phrase) <= LONGEST_FIRM
