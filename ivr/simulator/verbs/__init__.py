"""One class per TwiML verb that may stand in a Response."""

from collections.abc import Mapping

from ivr.simulator.verbs.base import Verb
from ivr.simulator.verbs.control import Hangup, Leave, Redirect, Reject
from ivr.simulator.verbs.dial import Dial
from ivr.simulator.verbs.enqueue import Enqueue
from ivr.simulator.verbs.gather import Gather
from ivr.simulator.verbs.record import Record
from ivr.simulator.verbs.speaking import Pause, Play, Say

VERBS: Mapping[str, type[Verb]] = {
    "Say": Say,
    "Play": Play,
    "Pause": Pause,
    "Gather": Gather,
    "Record": Record,
    "Dial": Dial,
    "Enqueue": Enqueue,
    "Leave": Leave,
    "Redirect": Redirect,
    "Reject": Reject,
    "Hangup": Hangup,
}
