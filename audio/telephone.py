"""From any sound to the telephone's: mono, 8 kHz, level, without silence around it, mu-law."""

from io import BytesIO
from math import gcd

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.wav import RATE, silence

Samples = NDArray[np.float64]

ENCODING = "mu-law 8 kHz, speech at -19 dBFS, hiss lowered, 4"
LEVEL = 10 ** (-19 / 20)
PEAK = 10 ** (-1 / 20)
PASSED_HZ, STOPPED_HZ = 3500, 3900
FRAME = RATE // 100
QUIET = 10 ** (-38 / 20)
NOTHING = 10 ** (-70 / 20)
CONSONANT = round(0.08 * RATE)
HISS_FROM_HZ, HISS_UNTIL_HZ, HISS_EDGE_HZ, HISS_DOWN_HZ = 2600, 3700, 200, 1700
LEAD_SECONDS = 0.02
FADE_SECONDS = 0.004


def encode(samples: Samples, rate: int, *, tail_seconds: float) -> bytes:
    """Mu-law frames of `samples`: 20 ms of silence before the first sound, `tail_seconds` after the last.

    Empty when nothing can be heard in them.
    """
    heard = trim(resample(mono(samples), rate))
    if not heard.size:
        return b""
    return silence(LEAD_SECONDS) + mulaw(level(heard)) + silence(tail_seconds)


def mulaw(samples: Samples) -> bytes:
    """Samples between -1 and 1 as one byte each (ITU-T G.711)."""
    raw = BytesIO()
    soundfile.write(raw, samples, RATE, format="RAW", subtype="ULAW")
    return raw.getvalue()


def mono(samples: Samples) -> Samples:
    """The mean of all channels."""
    return samples if samples.ndim == 1 else samples.mean(axis=1)


def resample(samples: Samples, rate: int) -> Samples:
    """`samples` at 8 kHz from any higher rate, without anything that would fold back into the speech: 3.5 kHz
    passes whole, 3.9 kHz not at all. Done in the frequency domain, where that costs a millisecond."""
    if rate == RATE or not samples.size:
        return samples
    step, made = rate // gcd(RATE, rate), RATE // gcd(RATE, rate)
    blocks = -(-(len(samples) + rate // 20) // step)  # a pause at the end, into which nothing wraps round
    spectrum = np.fft.rfft(samples, blocks * step)[: blocks * made // 2 + 1]
    hertz = np.fft.rfftfreq(blocks * made, 1 / RATE)
    passing = np.clip((STOPPED_HZ - hertz) / (STOPPED_HZ - PASSED_HZ), 0.0, 1.0)
    whole = np.fft.irfft(spectrum * np.sin(passing * np.pi / 2) ** 2, blocks * made) * (made / step)
    resampled: Samples = whole[: len(samples) * RATE // rate]
    return resampled


def lower_hiss(samples: Samples, rate: int) -> Samples:
    """`samples` (mono) with what an "s" has above 4.3 kHz, where a synthetic one has nearly all of it, heard
    once more at 2.6 to 3.7 kHz, where a telephone carries it. Vowels have nothing there and stay as they are.
    """
    length = len(samples) + rate // 20
    spectrum = np.fft.rfft(samples, length)
    hertz = np.fft.rfftfreq(length, 1 / rate)
    places = np.flatnonzero((hertz >= HISS_FROM_HZ) & (hertz < HISS_UNTIL_HZ))
    higher = places + round(HISS_DOWN_HZ * length / rate)
    places, higher = places[higher < len(spectrum)], higher[higher < len(spectrum)]
    rising = np.clip((hertz[places] - HISS_FROM_HZ) / HISS_EDGE_HZ, 0.0, 1.0)
    falling = np.clip((HISS_UNTIL_HZ - hertz[places]) / HISS_EDGE_HZ, 0.0, 1.0)
    lowered = spectrum.copy()
    lowered[places] += rising * falling * spectrum[higher]
    return np.asarray(np.fft.irfft(lowered, length)[: len(samples)])


def loudness(samples: Samples) -> float:
    """The root mean square of the frames in which somebody speaks, 0 if nobody does."""
    frames = _frame_levels(samples)
    spoken = frames[frames > QUIET * frames.max(initial=0.0)]
    return float(np.sqrt(np.mean(spoken**2))) if spoken.size else 0.0


def level(samples: Samples) -> Samples:
    """`samples` as loud as all others, unless their peaks would then be cut off."""
    gain = min(LEVEL / loudness(samples), PEAK / float(np.abs(samples).max()))
    return samples * gain


def trim(samples: Samples) -> Samples:
    """`samples` from the first to the last moment at which something is heard, softly begun and ended.

    The burst of a "p" and the hiss of an "s" are far quieter than the vowel beside them, so a moment more is
    kept at both ends, as far as there is anything in it at all.
    """
    frames = _frame_levels(samples)
    audible = np.flatnonzero(frames > max(QUIET * frames.max(initial=0.0), 1e-4))
    if not audible.size:
        return samples[:0]
    first = max(0, audible[0] * FRAME - CONSONANT)
    around = samples[first : (audible[-1] + 1) * FRAME + CONSONANT]
    anything = np.flatnonzero(np.abs(around) > NOTHING)
    heard = around[anything[0] : anything[-1] + 1].copy()
    ramp = np.linspace(0.0, 1.0, round(FADE_SECONDS * RATE))
    heard[: ramp.size] *= ramp[: heard.size]
    heard[-ramp.size :] *= ramp[::-1][-heard.size :]
    return heard


def _frame_levels(samples: Samples) -> Samples:
    whole = len(samples) // FRAME * FRAME
    levels: Samples = np.sqrt(np.mean(samples[:whole].reshape(-1, FRAME) ** 2, axis=1))
    return levels
