"""The telephone of somebody who is asked into a talk: who asks, why, and one key to come in."""

from audio import phrases
from audio.wording import Prompt
from callflows import agent
from ivr.dialogue.call import Call, Ended
from ivr.dialogue.engine import at_the_end_of, step
from ivr.dialogue.turns import Goto, Hangup, Join, Menu, Turn
from ivr.switchboard import arriving
from ivr.switchboard.arriving import Asked, Place
from ivr.switchboard.guests import Role

_GREETINGS = {
    Role.COLLEAGUE: phrases.GUEST_CONSULTED,
    Role.TECHNICIAN: phrases.GUEST_TECHNICIAN,
    Role.OUTSIDE: phrases.GUEST_OUTSIDE,
    Role.SUPERVISOR: phrases.GUEST_SUPERVISOR,
}


@step
def answered(call: Call) -> Turn:
    arriving.greet(call.db, call.row, now=call.now)
    return Goto(who_asks)


@step
def who_asks(call: Call) -> Turn:
    asked = arriving.asked(call.db, call.row)
    if asked is None:
        return Hangup(phrases.GUEST_NOT_NEEDED, outcome="late")
    return Menu(
        _described(asked),
        keys={"1": come, "2": decline},
        timeout=agent.TO_DECIDE,
        silent=no_key,
        failed=no_key,
        operator=False,
        fresh=True,
    )


def _described(asked: Asked) -> tuple[Prompt, ...]:
    """Strangers hear nothing of the case; colleagues all that an agent hears, and why they are asked."""
    greeting = _GREETINGS[asked.role]
    said: list[Prompt] = [greeting(agent=asked.by) if greeting.blanks else greeting]
    if asked.role == Role.COLLEAGUE:
        said += agent.who(asked.about)
    if asked.reason:
        said.append(phrases.GUEST_REASON(reason=asked.reason))
    return (*said, phrases.GUEST_KEYS)


@step
def come(call: Call) -> Turn:
    return _to(arriving.come(call.db, call.row, now=call.now), phrases.AGENT_CONNECTING)


def _to(place: Place | None, *said: Prompt) -> Turn:
    if place is None:
        return Hangup(phrases.GUEST_NOT_NEEDED, outcome="late")
    notice = (phrases.TALK_NOTICE,) if place.recorded else ()
    return Join(place.room, then=gone, prompt=(*notice, *said), ends=False, muted=place.muted)


@step
def decline(call: Call) -> Turn:
    arriving.decline(call.db, call.row, by_key=True, settings=call.settings, now=call.now)
    return Hangup(phrases.AGENT_DONE, outcome="declined")


@step
def no_key(call: Call) -> Turn:
    arriving.decline(call.db, call.row, by_key=False, settings=call.settings, now=call.now)
    return Hangup(outcome="no_key")


@step
def gone(call: Call) -> Turn:
    """Out of the room: where an agent who left has closed it, the talk goes on in a new one."""
    place = arriving.out_of_the_room(call.db, call.row, settings=call.settings, now=call.now)
    return _to(place) if place is not None else Hangup(outcome="talked")


@at_the_end_of("guest")
def ended(over: Ended) -> None:
    """Whatever ended the guest's call has a name."""
    arriving.hung_up(over.db, over.row, over.row.status, settings=over.settings, now=over.now)
