"""Renders the names of projects: until then the carrier's own voice says the sentences that they are in."""

from sqlalchemy import select

from audio import render as rendering
from audio.engines import voice_of
from ivr.store.jobs import Done
from ivr.store.tables import Project
from worker.duty import Context, Result


def render(ctx: Context, project_id: int) -> Result:
    """Make the sounds of a project's present name. May be repeated: what has its sound is left alone."""
    settings = ctx.settings
    if settings.voice == "carrier":
        return Done("said by the carrier")
    with ctx.store.reading() as session:
        name = session.scalar(select(Project.name).where(Project.id == project_id))
    if name is None:
        return Done("gone")
    said = rendering.open_utterances("name", name)
    voice = voice_of(settings.voice_engine, settings.voice_command)
    made = rendering.render(said, settings.audio_folder, voice, processes=1).made
    return Done("rendered" if made else "current")
