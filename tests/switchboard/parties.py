"""A talk in tests, and those who come into it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ivr.aftersales.carrier import Seat
from ivr.store.tables import Agent, Guest, Leg, Wait
from ivr.switchboard import supervising, talks, technicians, transfers
from ivr.switchboard.supervising import Mode
from ivr.switchboard.talks import Talk
from tests.board import Board, Rung
from tests.line import KNOWN, TestCall

ANA, BRUNO, SARA = "+56911111111", "+56922222222", "+56944444444"
TECHNICIAN, OUTSIDE = "+56955555555", "+56966666666"


@dataclass
class Party:
    """A call, and the telephone that rang for it, if one did."""

    call: TestCall
    rung: Rung | None = None

    @property
    def sid(self) -> str:
        return self.call.sid


@dataclass
class Scene:
    """Owner and agent who talk, and whoever comes besides."""

    board: Board
    owner: TestCall
    agent: Party
    ids: dict[str, int]
    others: dict[str, Party] = field(default_factory=dict)

    def do(self, what: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """One function of the switchboard, on Ana's talk, in a transaction; then what is due."""
        with self.board.store.transaction() as session:
            talk = talks.of_agent(session, self.ids["ana"])
            result = what(session, talk, *args, now=self.board.clock.now(), **more)
        self.board.work()
        return result

    def ask(self, who: str) -> Rung:
        """Somebody is asked into the talk, and their telephone rings."""
        settings = self.board.context.settings
        with self.board.store.transaction() as session:
            talk = talks.of_agent(session, self.ids["ana"])
            self._ask(session, talk, who, settings)
        self.board.work()
        rung = self.board.rings()
        self.others[who] = Party(
            TestCall(self.board.line, rung.request.from_, rung.request.to, sid=rung.sid), rung
        )
        return rung

    def _ask(self, session: Session, talk: Talk, who: str, settings: Any) -> None:
        now = self.board.clock.now()
        match who:
            case "colleague":
                bruno = session.get_one(Agent, self.ids["bruno"])
                transfers.consult(session, talk, bruno, reason="Pide un plano", settings=settings, now=now)
            case "technician":
                technicians.invite(session, talk, TECHNICIAN, settings=settings, now=now)
            case "outside":
                transfers.to_number(session, talk, OUTSIDE, settings=settings, now=now)
            case "supervisor":
                sara = session.get_one(Agent, self.ids["sara"])
                supervising.supervise(session, talk, sara, Mode.LISTEN, settings=settings, now=now)

    def bring(self, who: str) -> TestCall:
        """Somebody is asked in, and comes."""
        call = self.ask(who).answer().press("1")
        self.others[who] = Party(call, self.others[who].rung)
        self.board.work()
        return call

    def leaves(self, who: str) -> None:
        """Somebody hangs up; the carrier says so, and what is due is done."""
        if who == "owner":
            self.board.hang_up(self.owner)
        else:
            party = self.agent if who == "agent" else self.others[who]
            assert party.rung is not None
            party.rung.ends("completed" if party.call.document else "no-answer")
        self.board.work()

    def closes(self, call: TestCall) -> TestCall:
        """The room was closed under a call: its document goes on."""
        call.ask(call.waits_for.attrib["action"], DialCallStatus="answered")
        self.board.work()
        return call

    def seat(self, call: TestCall) -> Seat:
        return self.board.carrier.seats[call.sid]

    def is_moved_to(self, call: TestCall, step: str) -> bool:
        """Whether the carrier was asked to move that call there, at last."""
        urls = [url for sid, url in self.board.carrier.moved if sid == call.sid]
        return bool(urls) and f"/voice/{step}?" in urls[-1]

    @property
    def wait(self) -> Wait:
        return self.board.wait

    @property
    def leg(self) -> Leg:
        """The leg of whoever has the owner now."""
        with self.board.store.reading() as session:
            wanted = select(Leg).join(Wait, Wait.leg_id == Leg.id).order_by(Wait.id.desc())
            return session.scalars(wanted.limit(1)).one()

    def guest(self, who: str) -> Guest:
        """The last guest who came as that."""
        with self.board.store.reading() as session:
            wanted = select(Guest).where(Guest.role == who).order_by(Guest.id.desc()).limit(1)
            return session.scalars(wanted).one()

    def is_hung_up(self, who: str) -> bool:
        """Whether the carrier was asked to end that guest's call."""
        return self.others[who].sid in self.board.carrier.hung_up


def talk_of(board: Board, from_: str = KNOWN) -> Scene:
    """Somebody who called, and Ana, who took them; Bruno and Sara are there too."""
    ids = {"ana": board.agent("Ana", ANA)}
    owner = board.caller(from_, "0")
    board.work()
    rung = board.rings()
    agent = rung.answer().press("1")
    board.work()
    board.follow(owner)
    ids |= {"bruno": board.agent("Bruno", BRUNO), "sara": board.agent("Sara", SARA)}
    return Scene(board, owner, Party(agent, rung), ids)


def room(call: TestCall) -> str:
    """The conference that the call is in."""
    conference = call.waits_for.find("Conference")
    assert conference is not None
    return str(conference.text)


def agent_of(it: Scene, name: str) -> Agent:
    with it.board.store.reading() as session:
        return session.get_one(Agent, it.ids[name])


def do(it: Scene, what: object, *args: object, **more: object) -> object:
    """A function that needs the operator's settings."""
    return it.do(what, *args, settings=it.board.context.settings, **more)  # type: ignore[arg-type]
