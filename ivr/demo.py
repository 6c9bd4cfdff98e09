"""Demonstration data: projects all over Chile, homes and their owners, and agents. Nobody in it is real."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ivr.aftersales import homes, projects
from ivr.clock import Clock
from ivr.store.session import Store
from ivr.store.tables import Agent, Project
from ivr.switchboard import accounts, presence
from ivr.switchboard.accounts import Role
from ivr.switchboard.presence import Presence


@dataclass(frozen=True)
class Person:
    """Somebody to dial the line as: the caller ID that the carrier shows, and who that is (in English for
    whoever runs the demonstration, in Spanish for who plays it)."""

    number: str
    who: str
    name: str
    about: str


#: Between the reception of a building and the registration of its homes in their buyers' names.
_SALE = timedelta(days=75)

#: Code, name, weekday of the visits, region, time zone, municipal reception; two whose names begin alike.
_PROJECTS = (
    ("101", "Los Aromos", 4, "RM", "America/Santiago", date(2025, 6, 12)),
    ("102", "Parque Ñielol", 2, "AR", "America/Santiago", date(2024, 11, 5)),
    ("103", "Mirador del Pacífico", 3, "VS", "America/Santiago", date(2023, 3, 21)),
    ("104", "Altos del Estrecho", 1, "MA", "America/Punta_Arenas", date(2025, 1, 30)),
    ("105", "Brisas de Coyhaique", 5, "AI", "America/Coyhaique", date(2022, 9, 8)),
    ("106", "Puerta del Desierto", 2, "AN", "America/Santiago", date(2024, 4, 17)),
    ("107", "Los Almendros", 4, "NB", "America/Santiago", date(2021, 12, 2)),
)

CAMILA, PABLO = "+56991234567", "+56982345671"

#: Project, number, owner, telephones.
_HOMES = (
    ("101", "1204", "Camila Rojas Fuentes", CAMILA),
    ("101", "1205", "Sebastián Muñoz Vera", "+56987412356"),
    ("101", "1103", "Francisca Soto Pizarro", "+56976543218"),
    ("101", "A-12", "Pablo Contreras Leiva", PABLO),
    ("101", "B-12", "Daniela Araya Tapia", "+56965432187"),
    ("101", "Torre B 304", "Ignacio Silva Morales", "+56954321876"),
    ("101", "Torre A 304", "Valentina Díaz Herrera", "+56993217654"),
    ("101", "Casa 7", "Rodrigo Espinoza Bravo", "+56962178543"),
    ("101", "Casa 8", "Antonia Reyes Castillo", "+56971785432"),
    ("102", "101", "Javiera Painemal Curín", "+56981854321"),
    ("102", "102", "Matías Huenchumilla Torres", "+56998543217"),
    ("102", "201", "Carolina Sepúlveda Ríos", "+56975432178"),
    ("102", "202", "Felipe Carrasco Núñez", "+56964321785"),
    ("102", "301", "Constanza Vega Salazar", "+56953217854"),
    ("102", "302", "Pablo Contreras Leiva", PABLO),
    ("103", "501", "Nicolás Fernández Olivares", "+56992178546"),
    ("103", "502", "Fernanda Cortés Villalobos", "+56961785463"),
    ("103", "1501", "Gonzalo Zamora Peña", "+56977854632"),
    ("103", "1502", "Paulina Álvarez Rivas", "+56988546321"),
    ("103", "PH-1", "Cristóbal Lagos Errázuriz", "+56985463217 +56322345678"),
    ("104", "Casa 1", "Marcelo Vukovic Andrade", "+56994632178"),
    ("104", "Casa 2", "Loreto Barría Mansilla", "+56966321785"),
    ("104", "Casa 12", "Hernán Oyarzún Cárcamo", "+56973217856"),
    ("104", "Casa 14", "Ximena Mihovilovic Paredes", "+56982178563"),
    ("104", "Casa 21", "Óscar Ampuero Gallardo", "+56991785632"),
    ("105", "Casa 3", "Rosa Millar Foitzick", "+56967856321"),
    ("105", "Casa 4", "Jorge Catalán Vidal", "+56978563214"),
    ("105", "Casa 5", "Alejandra Cadagán Solís", "+56989632147"),
    ("105", "Casa 6", "Luis Antrillao Pérez", "+56995632148"),
    ("106", "801", "Katherine Mamani Godoy", "+56956321478"),
    ("106", "802", "Patricio Cruz Flores", "+56963214785"),
    ("106", "901", "Natalia Choque Rojas", "+56972147856"),
    ("106", "902", "Esteban Varas Guzmán", "+56981478563"),
    ("106", "1001", "Pablo Contreras Leiva", PABLO),
    ("106", "1002", "Claudia Aguirre Molina", "+56994785632"),
    ("107", "11", "Miguel Sandoval Acuña", "+56957856321"),
    ("107", "12", "Verónica Inostroza Jara", "+56968563214"),
    ("107", "21", "Tomás Riquelme Parra", "+56975632147"),
    ("107", "22", "Beatriz Venegas Lillo", "+56986321478"),
    ("107", "31", "Andrés Saavedra Merino", "+56993214786"),
)

#: Name, telephone, skills, on-call level, presence.
_AGENTS: tuple[tuple[str, str, list[str], int | None, Presence], ...] = (
    ("Marcela Soto", "+56990010001", ["standard", "urgent"], 1, Presence.AVAILABLE),
    ("Ricardo Pino", "+56990010002", ["standard", "urgent"], 2, Presence.AVAILABLE),
    ("Andrea Lobos", "+56990010003", ["standard"], None, Presence.AVAILABLE),
    ("Jaime Urrutia", "+56990010004", ["urgent"], 3, Presence.AWAY),
    ("Soledad Marín", "+56990010005", ["standard", "urgent"], 4, Presence.OFFLINE),
)

PEOPLE = (
    Person(
        CAMILA,
        "Camila Rojas, owner of apartment 1204 in Los Aromos",
        "Camila Rojas",
        "propietaria del 1204, Los Aromos",
    ),
    Person(
        PABLO, "Pablo Contreras, owner of three homes", "Pablo Contreras", "propietario de tres viviendas"
    ),
    Person(
        "+56955501234",
        "a stranger: the line asks which project and apartment",
        "Desconocido",
        "número que no está en el registro",
    ),
    Person(
        "anonymous", "somebody who withholds the number", "Número oculto", "sin identificación de llamada"
    ),
)

#: Who is more than an agent at the console.
_ROLES = {"Ricardo Pino": Role.SUPERVISOR, "Soledad Marín": Role.ADMINISTRATOR}

_PRESENT = {Presence.AVAILABLE: "disponible", Presence.AWAY: "ausente", Presence.OFFLINE: "desconectado"}


def staff() -> tuple[Person, ...]:
    """The agents, in the order of the on-call list as far as they stand on it."""
    people = []
    for name, phone, _skills, level, there in _AGENTS:
        duty = f"turno {level}" if level else "sin turno"
        people.append(Person(phone, f"agent {name}", name, f"{_PRESENT[there]}, {duty}"))
    return tuple(people)


def sign_ins() -> dict[Role, str]:
    """Whom one may sign in as at the console: an e-mail for each role."""
    return {
        role: _email(next(name for name, *_ in _AGENTS if _ROLES.get(name, Role.AGENT) == role))
        for role in Role
    }


def project_codes() -> dict[str, str]:
    """The projects' names by the codes that callers dial."""
    return {code: name for code, name, *_ in _PROJECTS}


def fill(store: Store, clock: Clock) -> None:
    """Put the demonstration data into a database that has no project yet; any other stays as it is."""
    now = clock.now()
    with store.transaction() as session:
        if session.scalars(select(Project.id).limit(1)).first() is not None:
            return
        made: dict[str, Project] = {}
        for code, name, weekday, region, timezone, received_on in _PROJECTS:
            made[code] = projects.create(
                session,
                code=code,
                name=name,
                weekday=weekday,
                region=region,
                timezone=timezone,
                received_on=received_on,
                now=now,
            )
        for code, number, owner, phones in _HOMES:
            project = made[code]
            homes.create(
                session,
                project=project,
                number=number,
                owner=owner,
                phones=phones.split(),
                registered_on=project.received_on + _SALE if project.received_on else None,
                now=now,
            )
        for name, phone, skills, level, there in _AGENTS:
            _add_agent(session, there, now=now, name=name, phone=phone, skills=skills, on_call_level=level)


def _add_agent(session: Session, there: Presence, **fields: Any) -> None:
    agent = presence.create(session, email=_email(fields["name"]), **fields)
    if there != Presence.OFFLINE:
        presence.update(session, agent, now=fields["now"], presence=there)


def give_access(store: Store, passwords: Mapping[str, str]) -> None:
    """For the console: to agents without a password their role, and the password of that role."""
    hashes = {role: accounts.hashed(password) for role, password in passwords.items()}
    with store.transaction() as session:
        for name, *_ in _AGENTS:
            role = _ROLES.get(name, Role.AGENT)
            agents = update(Agent).where(Agent.email == _email(name), Agent.password_hash.is_(None))
            session.execute(agents.values(role=role, password_hash=hashes[role]))


def _email(name: str) -> str:
    first, _, last = name.lower().replace("í", "i").partition(" ")
    return f"{first}.{last}@example.cl"
