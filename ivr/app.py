"""Wires everything. The only module, with `ivr.cli`, that knows all rooms."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from audio.engines import voice_of
from audio.library import Library
from audio.wording import Prompt
from callflows import agent, callback, guest, inbound, reminder, satisfaction, waiting, works
from ivr import demo, headers, health, logs, metrics, time_machine
from ivr.aftersales.carrier import Carrier
from ivr.api import ApiContext
from ivr.api import blueprint as api
from ivr.clock import Clock, MovableClock, WallClock
from ivr.console import ConsoleContext, Live
from ivr.console import blueprint as console
from ivr.dialogue.engine import Engine
from ivr.links import Links
from ivr.present import Present
from ivr.settings import Settings
from ivr.simulator import web_phone
from ivr.simulator.blueprint import simulator_blueprint
from ivr.simulator.carrier import NumberConfig, SimulatedCarrier
from ivr.simulator.pace import REAL
from ivr.store.session import Store
from ivr.telephony import hooks, sounds, voice
from ivr.telephony.carrier import TwilioCarrier
from ivr.telephony.conversation import Conversation
from ivr.telephony.deadline import Deadline
from ivr.telephony.signature import PREFIXES, Signatures
from ivr.telephony.storage import Storage, open_storage
from ivr.telephony.twiml import Writer
from ivr.time_machine import TimeMachine

#: The conversations that nothing else leads to: they register their steps by being here.
ENTRANCES = (inbound, agent, guest, callback, works, satisfaction, reminder)
#: Where the demonstration mounts the simulated carrier.
SIMULATOR = "/carrier"


@dataclass(frozen=True)
class Line:
    """All that the line is made of, put together once in each process."""

    present: Present
    clock: Clock
    store: Store
    carrier: Carrier
    storage: Storage
    library: Library
    links: Links

    @property
    def settings(self) -> Settings:
        """What the process was started with: what is put together once goes by it."""
        return self.present.environment

    def music(self) -> str | None:
        """Where the carrier finds the music for those who wait; none until it is rendered."""
        found = self.library.music() if self.settings.voice == "files" else None
        return self.links.audio(found.url_path) if found else None

    def sound_of(self, prompt: Prompt) -> str | None:
        """Where the carrier finds the sound of a sentence; none: it says the words itself."""
        if self.settings.voice == "carrier":
            return None
        found = self.library.find(prompt)
        return self.links.audio(found.url_path) if found else None


def open_line(
    settings: Settings,
    *,
    clock: Clock | None = None,
    carrier: Carrier | None = None,
    store: Store | None = None,
) -> Line:
    """Put the line together. Connects to nothing yet."""
    clock = clock or WallClock()
    return Line(
        present=Present(settings),
        clock=clock,
        store=store
        or Store(settings.database_url, pool_size=settings.threads, prepared=settings.prepared_statements),
        carrier=carrier
        or TwilioCarrier(settings.account_sid, settings.auth_token.get_secret_value(), settings.carrier_url),
        storage=open_storage(settings.storage, settings.storage_endpoint),
        library=Library(
            Path(settings.audio_folder),
            voice_of(settings.voice_engine, settings.voice_command).identity,
            secret=settings.secret_key.get_secret_value().encode(),
            clock=clock.now,
        ),
        links=Links(settings.public_url),
    )


def create_app(line: Line) -> Flask:
    """The web application: the carrier's webhooks, sounds, the API, the console, and what operations ask."""
    settings = line.settings
    app = Flask("ivr", static_folder=None, static_url_path="/static")  # the path of Bootstrap's own files
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=1_000_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
    )
    app.session_interface = _Sessions()
    deadline = Deadline(cut=line.store.cut)
    signatures = Signatures(settings.auth_token.get_secret_value(), settings.public_url)
    writer = Writer(
        links=line.links, voice=settings.carrier_voice, find_sound=line.sound_of, music=line.music
    )
    conversation = Conversation(
        store=line.store,
        engine=Engine(person=waiting.person),
        writer=writer,
        links=line.links,
        present=line.present,
        clock=line.clock,
    )
    logs.follow_webhooks(app)
    metrics.count_requests(app)
    headers.protect(app, settings.public_url)
    signatures.guard(app)
    app.register_blueprint(voice.blueprint(conversation, deadline, settings))
    app.register_blueprint(hooks.blueprint(line.store, deadline, line.present, line.clock))
    app.register_blueprint(sounds.blueprint(line.library))
    app.register_blueprint(
        health.blueprint(
            line.store,
            line.clock,
            settings.redis_url,
            line.storage.usable,
            tells_crm=settings.events_url is not None,
        )
    )
    app.register_blueprint(
        api(
            ApiContext(
                store=line.store,
                clock=line.clock,
                present=line.present,
                storage=line.storage,
                deadline=deadline,
            )
        )
    )
    app.register_blueprint(
        console(
            ConsoleContext(
                store=line.store,
                clock=line.clock,
                present=line.present,
                storage=line.storage,
                live=Live(line.store, line.clock, settings),
            )
        )
    )
    return app


class _Sessions(SecureCookieSessionInterface):
    """Sessions of browsers. The carrier keeps none, and need not wait until one is signed for it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith(PREFIXES) else super().open_session(app, request)


def simulated_carrier(line: Line) -> SimulatedCarrier:
    """The pretend telephone company of the demonstration: it knows the line's webhooks, and all numbers
    that the line shows."""
    settings = line.settings
    shown = (settings.outbound_number, settings.agent_caller_id, settings.sms_from)
    numbers = dict.fromkeys([*settings.line_numbers, *filter(None, shown)])
    return SimulatedCarrier(
        settings.account_sid,
        settings.auth_token.get_secret_value(),
        public_url=settings.public_url,
        numbers={number: NumberConfig() for number in numbers},
        api_url=settings.carrier_url,
        now=line.clock.now,
        pace=REAL,
    )


def mount_demo(app: Flask, line: Line, simulated: SimulatedCarrier) -> None:
    """Put the simulated carrier with its telephones beside the line, and what moves its clock."""
    app.register_blueprint(simulator_blueprint(simulated), url_prefix=SIMULATOR)
    app.register_blueprint(
        web_phone.blueprint(
            _directory(line.settings),
            telephones=f"{SIMULATOR}/phone",
            public_url=line.settings.public_url,
            links={"Consola": "/console"} if "console" in app.blueprints else {},
        )
    )
    if isinstance(line.clock, MovableClock):
        app.register_blueprint(time_machine.blueprint(TimeMachine(line.store, line.clock, line.settings)))


def create_carrier(line: Line, simulated: SimulatedCarrier, address: str) -> Flask:
    """The simulated carrier as an application of its own, with its telephones: the line knows it as it knows
    any other, by HTTP only. ``address``: where browsers find it."""
    app = Flask("carrier", static_folder=None)
    app.register_blueprint(simulator_blueprint(simulated), url_prefix=SIMULATOR)
    app.register_blueprint(
        web_phone.blueprint(
            _directory(line.settings),
            telephones=f"{SIMULATOR}/phone",
            public_url=address,
            links={"Consola": f"{line.settings.public_url}/console/"},
            sounds=line.settings.public_url,
        )
    )
    return app


def _directory(settings: Settings) -> web_phone.Directory:
    """The people of the demonstration, as the web phone offers them."""
    owners, others = demo.PEOPLE[:2], demo.PEOPLE[2:]
    supervisor = settings.supervisor_number
    holders = [web_phone.Holder(one.number, one.name, one.about, "Propietarios") for one in owners]
    holders += [web_phone.Holder(one.number, one.name, one.about, "Otras personas") for one in others]
    holders += [web_phone.Holder(one.number, one.name, one.about, "Ejecutivos") for one in demo.staff()]
    if supervisor:
        holders.append(web_phone.Holder(supervisor, "Supervisión", "recibe los avisos", "Ejecutivos"))
    return web_phone.Directory(
        lines=settings.line_numbers,
        holders=holders,
        second_group="Ejecutivos",
        projects=demo.project_codes(),
        others={settings.outbound_number: "la línea, automática"} if settings.outbound_number else {},
    )
