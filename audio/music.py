"""Music for the wait, made by us and free of anybody's rights: soft plucked chords that come round again.

Its end runs over into its beginning, so that it can be repeated without a seam, and its notes lie where a
telephone carries them.
"""

import hashlib
from pathlib import Path

import numpy as np

from audio import telephone, wav
from audio.render import sound_path, write_atomically

TITLE = "Música de espera"
SCORE = (  # chords of half notes, lowest note first, as steps above middle C
    (0, 7, 16, 12),
    (-3, 9, 16, 12),
    (5, 9, 17, 12),
    (-5, 7, 14, 11),
    (0, 7, 16, 19),
    (-3, 4, 12, 9),
    (2, 9, 17, 14),
    (-5, 5, 14, 11),
)
MIDDLE_C_HZ = 261.63
NOTE_SECONDS = 0.6
NOTES_A_CHORD = 8
RING_SECONDS = 2.4
HARMONICS = ((1, 1.0), (2, 0.35), (3, 0.08))
PEAK = 0.16


def compose() -> telephone.Samples:
    """The music at 8 kHz, quieter than speech: 38 s, to be repeated."""
    pattern = (0, 1, 3, 2, 3, 1, 2, 3)
    steps = [chord[pattern[beat]] for chord in SCORE for beat in range(NOTES_A_CHORD)]
    length = round(len(steps) * NOTE_SECONDS * wav.RATE)
    music = np.zeros(length)
    for beat, step in enumerate(steps):
        note = _pluck(MIDDLE_C_HZ * 2 ** (step / 12))
        start = round(beat * NOTE_SECONDS * wav.RATE)
        music[np.arange(start, start + len(note)) % length] += note
    scaled: telephone.Samples = music * PEAK / np.abs(music).max()
    return scaled


def _pluck(hertz: float) -> telephone.Samples:
    instants = np.arange(round(RING_SECONDS * wav.RATE)) / wav.RATE
    note = np.zeros(len(instants))
    for multiple, strength in HARMONICS:
        note += (
            strength * np.sin(2 * np.pi * hertz * multiple * instants) * np.exp(-1.6 * multiple * instants)
        )
    softly = np.minimum(instants / 0.012, 1.0) * np.minimum((RING_SECONDS - instants) / 0.2, 1.0)
    plucked: telephone.Samples = note * softly
    return plucked


def identifier() -> str:
    """The name of the music's file without its ending: it changes when the music does."""
    recipe = repr((TITLE, SCORE, NOTE_SECONDS, RING_SECONDS, HARMONICS, PEAK, telephone.ENCODING))
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def render_music(directory: Path) -> bool:
    """Put the music beside the sounds in `directory`; False if it was there. OSError if it cannot be."""
    path = sound_path(directory, identifier())
    if path.exists():
        return False
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(path, wav.pack(wav.Sound(telephone.mulaw(compose()), TITLE)))
    return True
