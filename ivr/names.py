"""Names that the catalogue does not know: what must be rendered besides it."""

from sqlalchemy import select

from audio import render
from ivr.store.session import Store
from ivr.store.tables import Home, Project


def utterances(store: Store, company: str) -> list[str]:
    """The company's name, those of all projects, and the apartments that are more than digits."""
    with store.reading() as session:
        names = session.scalars(select(Project.name)).all()
        numbers = session.scalars(select(Home.number).where(Home.number != Home.digits).distinct()).all()
    said = [form for name in (company, *names) for form in render.open_utterances("name", name)]
    said += [form for number in numbers for form in render.open_utterances("apartment", number)]
    return list(dict.fromkeys(said))
