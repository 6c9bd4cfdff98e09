"""The music of the wait: what it does to an ear, measured."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from audio import music, telephone, wav
from audio.library import Library
from tests.full_disk import no_room_beyond


def test_it_comes_round_without_a_seam() -> None:
    samples = music.compose()
    steps = np.abs(np.diff(np.concatenate((samples, samples))))
    seam = steps[len(samples) - 1]
    assert seam <= steps[: len(samples) - 1].max()
    around = np.concatenate((samples[-400:], samples[:400]))
    assert telephone.loudness(around) > 0.3 * telephone.loudness(samples)


def test_it_is_quieter_than_speech_and_never_silent() -> None:
    samples = music.compose()
    assert telephone.loudness(samples) < telephone.LEVEL / 1.5
    half_seconds = samples[: len(samples) // 4000 * 4000].reshape(-1, 4000)
    assert np.sqrt((half_seconds**2).mean(axis=1)).min() > 0.01


def test_the_telephone_carries_nearly_all_of_it() -> None:
    spectrum = np.abs(np.fft.rfft(music.compose())) ** 2
    hertz = np.fft.rfftfreq(len(music.compose()), 1 / 8000)
    carried = spectrum[(hertz > 190) & (hertz < 3400)].sum()
    assert carried > 0.99 * spectrum.sum()


def test_it_lasts_until_the_next_announcement() -> None:
    assert 30 < len(music.compose()) / wav.RATE < 45


def test_the_library_plays_it_once_it_is_rendered(tmp_path: Path) -> None:
    library = Library(tmp_path / "s", "v", secret=b"s", clock=lambda: datetime(2026, 11, 26, tzinfo=UTC))
    assert library.music() is None
    assert music.render_music(tmp_path / "s")
    assert not music.render_music(tmp_path / "s")
    found = library.music()
    assert found is not None
    assert not found.private
    assert wav.unpack(library.file(found.url_path.removeprefix("/audio/")).read_bytes()).words == music.TITLE


def test_a_disk_that_fills_up_leaves_no_half_of_it(tmp_path: Path) -> None:
    with no_room_beyond(100_000), pytest.raises(OSError, match="too large"):
        music.render_music(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert music.render_music(tmp_path)
