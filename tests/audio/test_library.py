"""What the carrier is given to play, and what it gets when it asks for it."""

import builtins
import io
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import soundfile

from audio import wav
from audio.library import Library, Origin, Playable, UnknownSoundError
from audio.recordings import script, take_in
from audio.render import open_utterances, render, sound_id, sound_path
from audio.wording import Phrase
from tests.audio.fakes import ToneVoice, tone

WELCOME = Phrase("welcome", "Bienvenido.")
CASE = Phrase("case", "¿Es el {number:case_number}? Marque {yes:key}.")
PROJECT = Phrase("project", "Usted llama por {project:name}.")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WORDS = ["uno", "dos", "tres", "cuatro", "siete"]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    phrases = [WELCOME, CASE, PROJECT]
    wanted = [piece.utterance for phrase in phrases for piece in phrase.pieces]
    render([*wanted, *(word + mark for word in WORDS for mark in ",.")], folder, ToneVoice())
    return folder


@pytest.fixture
def library(sounds: Path, clock: Clock) -> Library:
    return Library(sounds, "tone 1", secret=b"secret", clock=clock)


def token_of(playable: Playable | None) -> str:
    assert playable is not None
    assert playable.private
    return playable.url_path.removeprefix("/audio/joined/").removesuffix(".wav")


def test_a_phrase_plays_its_file_under_a_name_that_never_changes(library: Library) -> None:
    identifier = sound_id("Bienvenido.", "tone 1")
    assert library.find(WELCOME) == library.find(WELCOME()) == Playable(f"/audio/{identifier}.wav")
    assert wav.unpack(library.file(f"{identifier}.wav").read_bytes()).words == "Bienvenido."


def test_a_sentence_with_values_plays_as_one_file_that_says_it(library: Library) -> None:
    sentence = CASE(number=4227, yes=1)
    sound = wav.unpack(library.joined(token_of(library.find(sentence))))
    assert sound.words == sentence.words == "¿Es el cuatro, dos, dos, siete? Marque uno."
    data, rate = soundfile.read(io.BytesIO(library.joined(token_of(library.find(sentence)))))
    assert len(data) / rate == pytest.approx(sound.seconds)


def test_the_joints_are_the_pauses_of_the_punctuation_and_nothing_else(
    library: Library, sounds: Path
) -> None:
    sentence = CASE(number=42, yes=1)
    files = [sound_path(sounds, sound_id(part.utterance, "tone 1")) for part in sentence.parts]
    length = sum(wav.unpack(file.read_bytes()).seconds for file in files)
    joined = wav.unpack(library.joined(token_of(library.find(sentence)))).seconds
    pauses = {"Es el": 0.0, "4,": 0.12, "2?": 0.2, "Marque": 0.0, "1.": 0.2}
    assert joined - length == pytest.approx(sum(pauses.values()), abs=0.001)


def test_a_sentence_without_all_its_sounds_is_left_to_the_carrier(library: Library) -> None:
    assert library.find(CASE(number=9, yes=1)) is None
    assert library.find(Phrase("new", "Frase nueva.")) is None


def test_a_name_is_left_to_the_carrier_until_its_job_has_rendered_it(library: Library, sounds: Path) -> None:
    sentence = PROJECT(project="Los Aromos")
    assert library.find(sentence) is None
    render(open_utterances("name", "Los Aromos"), sounds, ToneVoice())
    assert wav.unpack(library.joined(token_of(library.find(sentence)))).words == sentence.words


def test_a_file_deleted_while_the_line_is_open_is_left_to_the_carrier(library: Library, sounds: Path) -> None:
    sentence = CASE(number=4227, yes=1)
    token = token_of(library.find(sentence))
    sound_path(sounds, sound_id("Marque,", "tone 1")).unlink()
    assert library.find(sentence) is None
    with pytest.raises(UnknownSoundError):
        library.joined(token)


def test_a_folder_that_is_not_there_leaves_everything_to_the_carrier(tmp_path: Path, clock: Clock) -> None:
    library = Library(tmp_path / "none", "tone 1", secret=b"s", clock=clock)
    assert library.find(WELCOME) is None


def test_finding_neither_decodes_nor_synthesises_nor_opens_a_sound(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.find(WELCOME)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a webhook must not wait for this")

    for owner, name in (
        (soundfile, "read"),
        (soundfile, "SoundFile"),
        (subprocess, "Popen"),
        (wav, "unpack"),
        (builtins, "open"),
        (io, "open"),
    ):
        monkeypatch.setattr(owner, name, forbidden)
    assert library.find(CASE(number=4227, yes=1)) is not None


def test_joining_does_not_decode(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(library.find(CASE(number=4227, yes=1)))
    monkeypatch.setattr(soundfile, "SoundFile", None)
    assert library.joined(token)


def test_the_url_of_a_sentence_ends_with_the_call(library: Library, clock: Clock) -> None:
    token = token_of(library.find(CASE(number=4227, yes=1)))
    clock.now += timedelta(minutes=59)
    assert library.joined(token)
    clock.now += timedelta(minutes=17)
    with pytest.raises(UnknownSoundError, match="ended"):
        library.joined(token)


def test_a_sentence_heard_again_soon_has_the_same_url(library: Library, clock: Clock) -> None:
    sentence = CASE(number=4227, yes=1)
    first = library.find(sentence)
    clock.now += timedelta(minutes=10)
    assert library.find(sentence) == first


@pytest.mark.parametrize("position", [0, 7, 20, -1])
def test_a_token_changed_in_one_place_is_not_ours(library: Library, position: int) -> None:
    token = token_of(library.find(CASE(number=4227, yes=1)))
    letters = list(token)
    letters[position] = "A" if letters[position] != "A" else "w"
    with pytest.raises(UnknownSoundError):
        library.joined("".join(letters))


@pytest.mark.parametrize("token", ["", "x", "ñ", "====", "A" * 2000, "../../etc/passwd"])
def test_rubbish_is_no_token(library: Library, token: str) -> None:
    with pytest.raises(UnknownSoundError):
        library.joined(token)


def test_a_token_signed_with_another_secret_is_not_ours(library: Library, sounds: Path, clock: Clock) -> None:
    other = Library(sounds, "tone 1", secret=b"other", clock=clock)
    with pytest.raises(UnknownSoundError):
        library.joined(token_of(other.find(CASE(number=4227, yes=1))))


def test_a_library_without_secret_cannot_be_made(sounds: Path, clock: Clock) -> None:
    with pytest.raises(ValueError, match="secret"):
        Library(sounds, "tone 1", secret=b"", clock=clock)


@pytest.mark.parametrize(
    "name",
    ["", ".wav", "0123456789abcdef", "0123456789abcdef.wav", "../secret.wav", "/etc/passwd", "recorded.json"],
)
def test_only_the_names_of_sounds_are_served(library: Library, sounds: Path, name: str) -> None:
    (sounds.parent / "secret.wav").write_bytes(b"secret")
    with pytest.raises(UnknownSoundError):
        library.file(name)


def test_a_recording_wins_over_the_rendered_voice(library: Library, sounds: Path, tmp_path: Path) -> None:
    studio = tmp_path / "recorded"
    studio.mkdir()
    soundfile.write(studio / "welcome.wav", tone(seconds=1.5, rate=48000), 48000)
    rendered = library.find(WELCOME)
    take_in(studio, script([WELCOME, CASE], words=False), sounds)
    recorded = library.find(WELCOME)
    assert recorded is not None
    assert recorded != rendered
    played = wav.unpack(library.file(recorded.url_path.removeprefix("/audio/")).read_bytes())
    assert (played.words, round(played.seconds, 1)) == ("Bienvenido.", 1.8)


def test_each_part_says_where_its_sound_comes_from(library: Library, sounds: Path, tmp_path: Path) -> None:
    (piece,) = WELCOME.pieces
    rendered, playable = library.origin(piece)
    assert (rendered, playable) == (Origin.RENDERED, library.find(WELCOME))
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    soundfile.write(recorded / "welcome.wav", tone(seconds=1.5, rate=48000), 48000)
    take_in(recorded, script([WELCOME], words=False), sounds)
    assert library.origin(piece) == (Origin.RECORDED, library.find(WELCOME))
    (unknown,) = Phrase("nobody", "Nadie lo dijo.").pieces
    assert library.origin(unknown) == (Origin.CARRIER, None)


def test_a_sentence_is_never_patched_together_from_two_voices(
    library: Library, sounds: Path, tmp_path: Path
) -> None:
    studio = tmp_path / "recorded"
    studio.mkdir()
    lines = script([CASE])
    sentence = CASE(number=42, yes=1)
    rendered = wav.unpack(library.joined(token_of(library.find(sentence))))
    soundfile.write(studio / "case.1.wav", tone(seconds=2.5, rate=8000), 8000)
    take_in(studio, lines, sounds)
    assert wav.unpack(library.joined(token_of(library.find(sentence)))) == rendered
    (studio / "palabras").mkdir()
    for name in ("case.2", "palabras/cuatro", "palabras/dos", "palabras/uno"):
        soundfile.write(studio / f"{name}.wav", tone(seconds=2.5, rate=8000), 8000)
    take_in(studio, lines, sounds)
    recorded = wav.unpack(library.joined(token_of(library.find(sentence))))
    assert recorded.words == sentence.words
    assert recorded.seconds > 12


def test_an_old_recording_is_not_played_for_a_new_text(
    library: Library, sounds: Path, tmp_path: Path
) -> None:
    studio = tmp_path / "recorded"
    studio.mkdir()
    soundfile.write(studio / "welcome.wav", tone(seconds=1.5, rate=8000), 8000)
    take_in(studio, script([WELCOME], words=False), sounds)
    render(["Bienvenida."], sounds, ToneVoice())
    changed = Phrase("welcome", "Bienvenida.")
    assert library.find(changed) == Playable(f"/audio/{sound_id('Bienvenida.', 'tone 1')}.wav")
