"""The buttons of a talk: what each does, and what is said when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.console.access import Visit
from ivr.console.desk.forms import OUTSIDE, TransferForm
from ivr.errors import Invalid
from ivr.switchboard import holding, legs, presence, talks, taping, technicians, transfers
from ivr.switchboard.agent_fields import Skill
from ivr.switchboard.talks import Talk


@dataclass(frozen=True)
class Deed:
    """``do`` changes the agent's present talk; ``said`` tells that it is under way."""

    do: Callable[[Visit, Talk], object]
    said: str


def _hold(visit: Visit, talk: Talk) -> None:
    holding.hold(visit.session, talk, now=visit.now)


def _take_back(visit: Visit, talk: Talk) -> None:
    holding.take_back(visit.session, talk, settings=visit.context.settings, now=visit.now)


def _pause(visit: Visit, talk: Talk) -> None:
    taping.pause(visit.session, talk, now=visit.now)


def _resume(visit: Visit, talk: Talk) -> None:
    taping.resume(visit.session, talk, settings=visit.context.settings, now=visit.now)


def _refuse(visit: Visit, talk: Talk) -> None:
    taping.refuse(visit.session, talk, now=visit.now)


def _complete(visit: Visit, talk: Talk) -> None:
    transfers.complete(visit.session, talk, settings=visit.context.settings, now=visit.now)


def _dismiss(visit: Visit, talk: Talk) -> None:
    technicians.dismiss(visit.session, talk, settings=visit.context.settings, now=visit.now)


def _finish(visit: Visit, talk: Talk) -> None:
    """The agent's call ends; what follows for the owner is as if the agent hung up."""
    legs.hang_up(visit.session, [talk.leg.call_id], visit.now)


#: By the last word of their address.
DEEDS: Mapping[str, Deed] = {
    "retener": Deed(_hold, "Quien llamó escucha música y no lo oye."),
    "retomar": Deed(_take_back, "Vuelve a la conversación."),
    "pausar": Deed(_pause, "La grabación está en pausa."),
    "reanudar": Deed(_resume, "La grabación continúa."),
    "sin-grabacion": Deed(_refuse, "Esta llamada y las próximas de este número no se graban."),
    "completar": Deed(_complete, "Su colega queda con la llamada."),
    "sacar-tecnico": Deed(_dismiss, "El técnico sale de la llamada."),
    "terminar": Deed(_finish, "La llamada se está cerrando."),
}


def hand_on(visit: Visit, form: TransferForm) -> None:
    """Do what the form says with the agent's present talk. Raises Conflict and Invalid, as `transfers`."""
    session, settings, now = visit.session, visit.context.settings, visit.now
    talk = talks.of_agent(session, visit.agent.id)
    kind, _, which = form.to.data.partition(":")
    if kind == OUTSIDE:
        if not form.phone.data:
            raise Invalid("no number", {"phone": "is required"})
        transfers.to_number(session, talk, form.phone.data, settings=settings, now=now)
    elif kind == "skill":
        transfers.to_queue(session, talk, Skill(which), settings=settings, now=now)
    else:
        colleague = presence.get(session, int(which))
        if form.consult.data == "yes":
            reason = form.reason.data or ""
            transfers.consult(session, talk, colleague, reason=reason, settings=settings, now=now)
        else:
            transfers.to_agent(session, talk, colleague, settings=settings, now=now)


def invite(visit: Visit, phone: str) -> None:
    """Bring the technician's telephone into the agent's present talk. Raises Conflict and Invalid."""
    talk = talks.of_agent(visit.session, visit.agent.id)
    technicians.invite(visit.session, talk, phone, settings=visit.context.settings, now=visit.now)
