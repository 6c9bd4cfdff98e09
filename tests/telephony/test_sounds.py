"""The sounds of the line: as long as is wished, and only those."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from audio import music, wav
from audio.library import Library
from ivr.telephony import sounds

ADDRESS = f"/audio/{music.identifier()}.wav"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """The sounds of a line that has only its music."""
    music.render_music(tmp_path)
    app = Flask("sounds", static_folder=None)
    library = Library(tmp_path, "nobody", secret=b"secret", clock=lambda: datetime.now(UTC))
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
