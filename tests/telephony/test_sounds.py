"""The sounds of the line: as long as is wished, and only those."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from audio import music, phrases, wav
from audio.library import FIXED_CACHE_CONTROL, JOINED_CACHE_CONTROL, Library
from audio.render import sound_id, sound_path
from ivr.telephony import sounds

ADDRESS = f"/audio/{music.identifier()}.wav"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """The sounds of a line that has only its music."""
    music.render_music(tmp_path)
    return Library(tmp_path, "nobody", secret=b"secret", clock=lambda: datetime.now(UTC))


@pytest.fixture
def client(library: Library) -> FlaskClient:
    app = Flask("sounds", static_folder=None)
    app.register_blueprint(sounds.blueprint(library))
    return app.test_client()


@pytest.mark.parametrize("seconds", [1, 5, 44, 100])
def test_music_lasts_exactly_as_long_as_is_wished(client: FlaskClient, tmp_path: Path, seconds: int) -> None:
    answer = client.get(f"{ADDRESS}?seconds={seconds}")
    assert (answer.status_code, answer.content_type) == (200, "audio/wav")
    whole = wav.unpack((tmp_path / Path(ADDRESS).name).read_bytes()).frames
    assert wav.unpack(answer.data).frames == (whole * 3)[: seconds * wav.RATE]


def test_it_is_fetched_once(client: FlaskClient) -> None:
    answer = client.get(f"{ADDRESS}?seconds=5")
    again = client.get(f"{ADDRESS}?seconds=5", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "301", "9" * 30])
def test_no_other_length_is_to_be_had(client: FlaskClient, seconds: str) -> None:
    assert client.get(f"{ADDRESS}?seconds={seconds}").status_code == 404


def test_a_sound_is_served_as_its_file_is_and_need_not_be_asked_for_again(
    client: FlaskClient, tmp_path: Path
) -> None:
    with client.get(ADDRESS) as answer:
        assert (answer.status_code, answer.content_type) == (200, "audio/wav")
        assert answer.data == (tmp_path / Path(ADDRESS).name).read_bytes()
        assert answer.headers["Cache-Control"] == FIXED_CACHE_CONTROL
    with client.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_a_joined_sentence_is_the_callers_own_and_fetched_once(
    client: FlaskClient, library: Library, tmp_path: Path
) -> None:
    sentence = phrases.URGENT_NUMBER(number="5000019")
    for part in sentence.parts:
        sound = wav.Sound(wav.silence(0.1), part.utterance)
        sound_path(tmp_path, sound_id(part.utterance, "nobody")).write_bytes(wav.pack(sound))
    found = library.find(sentence)
    assert found is not None
    assert found.private
    answer = client.get(found.url_path)
    assert (answer.status_code, answer.content_type) == (200, "audio/wav")
    assert "cinco" in wav.unpack(answer.data).words
    assert answer.headers["Cache-Control"] == JOINED_CACHE_CONTROL
    again = client.get(found.url_path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(found.url_path.replace("joined/", "joined/A")).status_code == 404


@pytest.mark.parametrize("name", [f"{'0' * 16}.wav", "music.wav", f"{music.identifier()}.mp3"])
def test_no_other_sound_is_to_be_had(client: FlaskClient, name: str) -> None:
    assert client.get(f"/audio/{name}").status_code == 404
