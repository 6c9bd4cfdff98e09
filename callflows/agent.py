"""The agent's telephone: who is waiting, before saying hello; and one key rings a caller who is gone."""

from audio import phrases
from audio.wording import Phrase, Prompt
from callflows import waiting
from ivr.aftersales.life import UrgentKind
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Goto, Hangup, Join, Menu, Step, Turn
from ivr.switchboard import answering, legs, owners, talking
from ivr.switchboard.answering import Accepted, CallerGone, Late, Offer

#: Seconds without a key after which the call passes: no voicemail ever takes a caller.
TO_DECIDE = 10

HAZARDS: dict[UrgentKind, Phrase] = {
    UrgentKind.WATER: phrases.AGENT_URGENT_WATER,
    UrgentKind.GAS: phrases.AGENT_URGENT_GAS,
    UrgentKind.ELECTRICITY: phrases.AGENT_URGENT_ELECTRICITY,
}


@step
def answered(call: Call) -> Turn:
    answering.greet(call.db, call.row, now=call.now)
    return Goto(who_is_waiting)


@step
def who_is_waiting(call: Call) -> Turn:
    offer = answering.offer(call.db, call.row)
    if isinstance(offer, Late):
        return Hangup(phrases.AGENT_TOO_LATE, outcome="late")
    if isinstance(offer, CallerGone):
        call.notes["present"] = False
        return _ring_or_go(phrases.AGENT_CALLER_GONE, take)
    call.notes["present"] = offer.present
    return Menu(
        _described(offer),
        keys={"1": take, "2": let_pass},
        timeout=TO_DECIDE,
        silent=no_key,
        failed=no_key,
        operator=False,
        fresh=True,
    )


def _described(offer: Offer) -> tuple[Prompt, ...]:
    """What an agent must know before saying hello."""
    if offer.present:
        return (*who(offer), phrases.AGENT_TAKE)
    return (*who(offer), phrases.AGENT_CALLER_AWAY, phrases.AGENT_TAKE_AND_RING)


def who(offer: Offer) -> tuple[Prompt, ...]:
    """Who waits, in a few words."""
    said: list[Prompt] = []
    if offer.urgent:
        said.append(HAZARDS[offer.hazard] if offer.hazard else phrases.AGENT_URGENT)
    else:
        said.append(phrases.AGENT_STANDARD)
    if offer.project:
        said.append(phrases.AGENT_PROJECT(project=offer.project))
    if offer.apartment:
        said.append(phrases.AGENT_APARTMENT(apartment=offer.apartment))
    if offer.case_number:
        said.append(phrases.AGENT_CASE(number=offer.case_number))
    return tuple(said)


@step
def take(call: Call) -> Turn:
    """Whoever knew that the caller is not on the line rings them with this same key."""
    match answering.accept(call.db, call.row, now=call.now):
        case Accepted(room=room, taped=taped):
            return Join(room, then=talked, prompt=phrases.AGENT_CONNECTING, record=taped)
        case CallerGone():
            return Goto(caller_left if call.notes.get("present") else ring_owner)
        case Late():
            return Hangup(phrases.AGENT_TOO_LATE, outcome="late")


@step
def let_pass(call: Call) -> Turn:
    answering.passed(call.db, call.row, by_key=True, settings=call.settings, now=call.now)
    return Hangup(phrases.AGENT_PASSED, outcome="passed")


@step
def no_key(call: Call) -> Turn:
    answering.passed(call.db, call.row, by_key=False, settings=call.settings, now=call.now)
    return Hangup(outcome="no_key")


@step
def caller_left(_call: Call) -> Turn:
    return _ring_or_go(phrases.AGENT_CALLER_GONE, ring_owner)


@step
def owner_unreached(_call: Call) -> Turn:
    return _ring_or_go(phrases.AGENT_OWNER_UNREACHED, ring_owner)


def _ring_or_go(prompt: Prompt, ring: Step) -> Turn:
    return Menu(prompt, keys={"1": ring}, otherwise=go, timeout=TO_DECIDE, operator=False, fresh=True)


@step
def ring_owner(call: Call) -> Turn:
    """The owner's telephone rings; the agent waits in the room. Not recorded: the owner heard no notice."""
    if not owners.ring(call.db, call.row, settings=call.settings, now=call.now):
        return Hangup(phrases.AGENT_NO_NUMBER, outcome="no_number")
    room = legs.room(legs.of_call(call.db, call.row))
    return Join(room, then=talked, prompt=phrases.AGENT_RINGING_OWNER)


@step
def go(_call: Call) -> Turn:
    return Hangup(phrases.AGENT_DONE)


@step
def talked(call: Call) -> Turn:
    talking.over_for_agent(call.db, call.row, settings=call.settings, now=call.now)
    return Hangup(outcome="talked")


@step
def owner_answered(call: Call) -> Turn:
    room = talking.owner_reached(call.db, call.row, now=call.now)
    if room is None:
        return Hangup(phrases.OWNER_TOO_LATE)
    return Join(room, then=owner_gone, prompt=phrases.OWNER_GREETING)


@step
def owner_gone(_call: Call) -> Turn:
    return Hangup(phrases.GOODBYE)


@at_the_end_of("agent")
def agent_ended(over: Ended) -> None:
    """Whatever ended the agent's call has a name."""
    talking.agent_hung_up(over.db, over.row, over.row.status, settings=over.settings, now=over.now)


@at_the_end_of("owner")
def owner_ended(over: Ended) -> None:
    """An agent who is left alone hears that nobody answered; an owner who was handed on has waited."""
    if not waiting.waited(over):
        talking.owner_hung_up(over.db, over.row, now=over.now)
