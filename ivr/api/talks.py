"""/calls/{sid}/…: what can be done in the talk that a call is in."""

from typing import Annotated

from sqlalchemy.orm import Session

from ivr.api.clients import Scope
from ivr.api.fields import Answer, Body, Phone, RowId, Text, documented, example
from ivr.api.operations import Nothing, Operations, Request
from ivr.errors import Invalid, NotFound
from ivr.store.tables import Agent, Leg
from ivr.switchboard import guests, holding, presence, supervising, talks, taping, technicians, transfers
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.supervising import Mode

operations = Operations("talks")

Reason = Annotated[Text, documented(maxLength=guests.LONGEST_REASON, description="spoken to the colleague")]
_TALK = "/calls/<sid>"


class GuestOut(Answer):
    """Somebody who is on the way into the talk, or there."""

    id: int
    role: str
    agent: int | None
    state: str
    mode: str | None


class TalkOut(Answer):
    """How a talk stands, as far as it was asked for: the carrier follows within seconds."""

    agent: int | None
    hold: str | None
    tape: str | None
    guests: list[GuestOut]


class TransferIn(Body):
    """To an agent, to whoever has a skill, or to a number outside: exactly one of them.

    ``consult``: the agent is asked first, with the owner on hold, and then `/transfer/complete` or `/resume`.
    """

    model_config = example(agent=2, consult=True, reason="Pide un plano")

    agent: RowId | None = None
    skill: Skill | None = None
    phone: Phone | None = None
    consult: bool = False
    reason: Reason = ""


class TechnicianIn(Body):
    model_config = example(phone="+56955555555")

    phone: Phone


class SupervisionIn(Body):
    model_config = example(agent=2, mode="listen")

    agent: RowId
    mode: Mode


@operations.add("POST", f"{_TALK}/hold", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True)
def hold(request: Request[Nothing], sid: str) -> TalkOut:
    """The owner hears music."""
    talk = talks.of_call(request.session, sid)
    holding.hold(request.session, talk, now=request.now)
    return _shown(request.session, talk.leg)


@operations.add("POST", f"{_TALK}/resume", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True)
def resume(request: Request[Nothing], sid: str) -> TalkOut:
    """The owner is taken back; a colleague who was consulted is gone."""
    talk = talks.of_call(request.session, sid)
    holding.take_back(request.session, talk, settings=request.context.settings, now=request.now)
    return _shown(request.session, talk.leg)


@operations.add(
    "POST", f"{_TALK}/transfer", scope=Scope.TALKS, given=TransferIn, gives=TalkOut, may_conflict=True
)
def transfer(request: Request[TransferIn], sid: str) -> TalkOut:
    """Hand the owner on."""
    session, settings, now = request.session, request.context.settings, request.now
    talk = talks.of_call(session, sid)
    given = request.given
    chosen = [name for name in ("agent", "skill", "phone") if getattr(given, name) is not None]
    if len(chosen) != 1:
        raise Invalid("the transfer has wrong fields", {"agent": "expected one of agent, skill and phone"})
    if given.consult and given.agent is None:
        raise Invalid("the transfer has wrong fields", {"consult": "only an agent can be consulted"})
    if given.agent is not None:
        colleague = _agent(session, given.agent)
        if given.consult:
            transfers.consult(session, talk, colleague, reason=given.reason, settings=settings, now=now)
        else:
            transfers.to_agent(session, talk, colleague, settings=settings, now=now)
    elif given.skill is not None:
        transfers.to_queue(session, talk, given.skill, settings=settings, now=now)
    else:
        transfers.to_number(session, talk, str(given.phone), settings=settings, now=now)
    return _shown(request.session, talk.leg)


@operations.add(
    "POST", f"{_TALK}/transfer/complete", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True
)
def complete(request: Request[Nothing], sid: str) -> TalkOut:
    """The colleague who was consulted has the owner now."""
    talk = talks.of_call(request.session, sid)
    leg = transfers.complete(request.session, talk, settings=request.context.settings, now=request.now)
    return _shown(request.session, leg)


@operations.add(
    "POST", f"{_TALK}/technician", scope=Scope.TALKS, given=TechnicianIn, gives=TalkOut, may_conflict=True
)
def invite(request: Request[TechnicianIn], sid: str) -> TalkOut:
    """Bring a technician's telephone into the talk."""
    talk = talks.of_call(request.session, sid)
    technicians.invite(
        request.session, talk, request.given.phone, settings=request.context.settings, now=request.now
    )
    return _shown(request.session, talk.leg)


@operations.add(
    "DELETE", f"{_TALK}/technician", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True
)
def dismiss(request: Request[Nothing], sid: str) -> TalkOut:
    """The technician is out of the talk."""
    talk = talks.of_call(request.session, sid)
    technicians.dismiss(request.session, talk, settings=request.context.settings, now=request.now)
    return _shown(request.session, talk.leg)


@operations.add(
    "POST", f"{_TALK}/supervision", scope=Scope.TALKS, given=SupervisionIn, gives=TalkOut, may_conflict=True
)
def supervise(request: Request[SupervisionIn], sid: str) -> TalkOut:
    """A supervisor listens, whispers to the agent, or joins."""
    talk = talks.of_call(request.session, sid)
    supervisor = _agent(request.session, request.given.agent)
    settings, mode = request.context.settings, request.given.mode
    supervising.supervise(request.session, talk, supervisor, mode, settings=settings, now=request.now)
    return _shown(request.session, talk.leg)


@operations.add(
    "POST", f"{_TALK}/recording/pause", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True
)
def pause(request: Request[Nothing], sid: str) -> TalkOut:
    """What is said now is not recorded."""
    talk = talks.of_call(request.session, sid)
    taping.pause(request.session, talk, now=request.now)
    return _shown(request.session, talk.leg)


@operations.add(
    "POST", f"{_TALK}/recording/resume", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True
)
def go_on(request: Request[Nothing], sid: str) -> TalkOut:
    """The recording goes on."""
    talk = talks.of_call(request.session, sid)
    taping.resume(request.session, talk, settings=request.context.settings, now=request.now)
    return _shown(request.session, talk.leg)


@operations.add(
    "POST", f"{_TALK}/recording/refuse", scope=Scope.TALKS, given=Nothing, gives=TalkOut, may_conflict=True
)
def refuse(request: Request[Nothing], sid: str) -> TalkOut:
    """The caller does not want to be recorded, now or in later talks."""
    talk = talks.of_call(request.session, sid)
    taping.refuse(request.session, talk, now=request.now)
    return _shown(request.session, talk.leg)


def _agent(session: Session, agent_id: int) -> Agent:
    try:
        return presence.get(session, agent_id)
    except NotFound as error:
        raise Invalid("the request has wrong fields", {"agent": str(error)}) from None


def _shown(session: Session, leg: Leg) -> TalkOut:
    session.flush()
    return TalkOut(
        agent=leg.agent_id,
        hold=leg.hold,
        tape=leg.tape,
        guests=[
            GuestOut(id=each.id, role=each.role, agent=each.agent_id, state=each.state, mode=each.mode)
            for each in guests.living(session, leg)
        ],
    )
