"""A project's name is rendered when the project is saved: from then on sentences with it are played."""

from dataclasses import replace
from pathlib import Path

import pytest

from audio import phrases, render
from audio.engines import voice_of
from audio.library import Library
from ivr.aftersales import projects
from ivr.present import Present
from ivr.store.jobs import Done, JobKind
from ivr.store.tables import Project
from tests.worker.bench import Bench, make_settings
from worker import names


@pytest.fixture
def line(bench: Bench, tmp_path: Path) -> Bench:
    """A worker that renders into a folder where everything is but names."""
    folder = tmp_path / "audio"
    render.render([piece.utterance for piece in phrases.AGENT_PROJECT.pieces], folder, voice_of())
    present = Present(make_settings(voice="files", audio_folder=folder))
    bench.ctx = replace(bench.ctx, present=present, handlers={JobKind.NAME: names.render})
    return bench


def save(line: Bench, name: str) -> int:
    """A new project; its id."""
    with line.store.transaction() as session:
        return projects.create(session, code="901", name=name, weekday=4, now=line.clock.now()).id


def is_played(line: Bench, name: str) -> bool:
    library = Library(
        line.ctx.settings.audio_folder, voice_of().identity, secret=b"secret", clock=line.clock.now
    )
    return library.find(phrases.AGENT_PROJECT(project=name)) is not None


def test_a_name_is_said_by_the_carrier_until_its_job_has_run(line: Bench) -> None:
    save(line, "Los Quillayes")
    assert not is_played(line, "Los Quillayes")
    assert line.work() == 1
    assert is_played(line, "Los Quillayes")
    assert line.job(JobKind.NAME).outcome == "rendered"


def test_another_name_is_rendered_too_and_other_changes_ask_for_nothing(line: Bench) -> None:
    project_id = save(line, "Los Quillayes")
    line.work()
    for fields, due in (({"inspectors": 2}, 0), ({"name": "Los Peumos"}, 1)):
        with line.store.transaction() as session:
            project = session.get_one(Project, project_id)
            projects.update(session, project, now=line.clock.now(), **fields)
        assert line.work() == due
    assert is_played(line, "Los Peumos")
    assert names.render(line.ctx, project_id) == Done("current")


def test_where_the_carrier_says_everything_nothing_is_rendered(line: Bench, tmp_path: Path) -> None:
    settings = make_settings(voice="carrier", audio_folder=tmp_path / "none")
    line.ctx = replace(line.ctx, present=Present(settings))
    save(line, "Los Quillayes")
    line.work()
    assert line.job(JobKind.NAME).outcome == "said by the carrier"
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_tried_again(line: Bench, tmp_path: Path) -> None:
    settings, blocked = line.ctx.settings, tmp_path / "blocked"
    blocked.write_text("no folder")
    line.ctx = replace(line.ctx, present=Present(settings.model_copy(update={"audio_folder": blocked})))
    save(line, "Los Quillayes")
    line.work()
    assert (line.job(JobKind.NAME).state, line.job(JobKind.NAME).outcome) == ("due", "FileExistsError")
    line.ctx = replace(line.ctx, present=Present(settings))
    line.later(minutes=1)
    assert is_played(line, "Los Quillayes")


def test_a_project_that_is_gone_needs_no_sound(line: Bench) -> None:
    assert names.render(line.ctx, 4711) == Done("gone")
