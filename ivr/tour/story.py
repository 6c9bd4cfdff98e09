"""The story: an urgency that is attended and mended, and a request from its first call to its end."""

from datetime import time
from zoneinfo import ZoneInfo

from audio import phrases, speech
from ivr.aftersales.calendar import BusinessCalendar, Hours, next_opening
from ivr.tour.stage import PACE, Stage

LINE, MOBILE_LINE = "+56800422727", "+56988894612"
#: Owners and agents of the demonstration's data.
FRANCISCA, CAMILA, MARCELA, RICARDO = "+56976543218", "+56991234567", "+56990010001", "+56990010002"
PEOPLE = {FRANCISCA: "Francisca", CAMILA: "Camila", MARCELA: "Marcela", RICARDO: "Ricardo"}
NAMES = {**PEOPLE, **dict.fromkeys((LINE, MOBILE_LINE, "+56600123456"), "the line")}

_ZONE = ZoneInfo("America/Santiago")
_CALENDAR = BusinessCalendar("RM", _ZONE.key)
#: Just after the office opens: the reminder of any date that is booked lies still ahead.
_OPENING = Hours.on_business_days(time(9, 5), time(9, 6))
#: When reminders are due, by which the clock must be past them.
_AFTER_REMINDERS = time(10, 1)

_URGENT_KEYS = "1 1 1 _"
_BOOKING_KEYS = '2 1 1 ~"Hay una mancha de humedad en el muro del dormitorio."# 1 2 1 1 1 1 -'
#: What is answered when the line calls: for a works date, and whether all is well.
_CAMILA_ANSWERS = ["1 1 1 -", '1 1 5 1 ~"Quedó impecable y fueron muy puntuales. Gracias."#']
_FRANCISCA_ANSWERS = ["1 1 4 -"]


def play(stage: Stage) -> None:
    """All acts. What should be so is noted as it goes; what cannot go on raises `TourFailed`."""
    answers = {
        FRANCISCA: _FRANCISCA_ANSWERS,
        CAMILA: _CAMILA_ANSWERS,
        MARCELA: ["1"],
        RICARDO: ["1"],
    }
    for number, keys in answers.items():
        stage.telephones[number].hold(keys=keys, stays=True, pace=PACE)
    urgent = urgency(stage)
    number = booking(stage)
    inspection(stage, number)
    works(stage, number)
    satisfaction(stage, number)
    end_of_the_urgency(stage, urgent)
    check = stage.teller.check
    check("nothing is left for anybody to do", not stage.house.api("GET", "/tasks?status=open")["tasks"])
    check("the line logged no error", not stage.house.faults)


def urgency(stage: Stage) -> str:
    """A water leak, and somebody who takes the call; the case's number."""
    stage.teller.act(
        "1. An urgent call",
        "Water runs from the ceiling of apartment 1103. Francisca dials the toll-free number; the line"
        " knows hers. What to do at once comes before any question. The agents' telephones ring while she"
        " waits.",
    )
    opening = next_opening(_CALENDAR, stage.house.now, _OPENING)
    stage.clock(stage.house.travel(to=opening.isoformat()))
    caller = stage.telephones[FRANCISCA]
    caller.dial(LINE, keys=_URGENT_KEYS, stays=True, pace=PACE)
    agent = stage.until("an agent is connected with Francisca", lambda: _who_talks_with_francisca(stage))
    stage.telephones[agent].say(f"Hola, le habla {PEOPLE[agent]} de postventa. ¿Cortó la llave de paso?")
    caller.say("Sí, pero sigue goteando en el living.")
    stage.telephones[agent].say("El gásfiter va en camino: llega en una hora.")
    caller.act("hang-up")
    over = (FRANCISCA, agent)
    stage.until("the talk is over", lambda: all(stage.count(each, "ended") for each in over))
    case = stage.case_of(FRANCISCA)
    stage.until_text(FRANCISCA, "urgencia", case["number"])
    stage.stands(case)
    check = stage.teller.check
    check("the safety message was heard", stage.heard(FRANCISCA, phrases.SAFETY_WATER.text))
    check("the agent heard what it is about", stage.heard(agent, phrases.AGENT_URGENT_WATER.text))
    check("owner and agent talked", all(stage.count(each, "joined") for each in over))
    found = (case["status"], case["priority"], case["urgent_kind"])
    check("the urgency is in somebody's hands", found == ("attending", "urgent", "water"))
    return str(case["number"])


def booking(stage: Stage) -> str:
    """A standard request, with a visit booked in the same call; the case's number."""
    stage.teller.act(
        "2. A request, and its visit in the same call",
        "Camila has a damp wall in apartment 1204. The line knows her number, records what she says, and"
        " offers the visits that are free on the project's own weekday within five business days.",
    )
    stage.telephones[CAMILA].dial(LINE, keys=_BOOKING_KEYS, pace=PACE)
    stage.until("Camila's call is over", lambda: stage.count(CAMILA, "ended"))
    case = stage.case_of(CAMILA)
    number, date = str(case["number"]), stage.date(case, "visit")
    stage.until_text(CAMILA, "visita", number)
    stage.stands(case)
    check = stage.teller.check
    check("a visit is booked", case["status"] == "visit_scheduled")
    check("its date was said", stage.heard(CAMILA, speech.words("moment", date.astimezone(_ZONE))))
    check("the case number was said", stage.heard(CAMILA, speech.words("case_number", number)))
    check("it is within five business days", date.date() in _CALENDAR.window(stage.house.now.date(), 5))
    check("what she said was recorded", stage.count(CAMILA, "recording"))
    return number


def inspection(stage: Stage, number: str) -> None:
    """The reminder, the inspection, and the call for a works date."""
    stage.teller.act(
        "3. The inspection, and a call for the works",
        "On the business day before, a text reminds of the visit, and Camila confirms by answering it."
        " The inspector finds the damp covered; the line calls her by itself and agrees on a half-day.",
    )
    day_before = _CALENDAR.add(stage.date(stage.case(number), "visit").date(), -1)
    stage.clock(stage.house.travel(to=_CALENDAR.at(day_before, _AFTER_REMINDERS).isoformat()))
    stage.until_text(CAMILA, "recordamos", "visita")
    stage.telephones[CAMILA].text(MOBILE_LINE, "1")
    stage.teller.tell("texted", "1", PEOPLE[CAMILA])
    stage.until("her answer is kept", lambda: stage.happened(number, "comment"))
    stage.clock(stage.house.step("day-of-visit"))
    stage.clock(stage.house.travel(forward=1800))
    waiting = stage.case(number)["requirements"]
    results = [{"requirement": each["id"], "covered": True} for each in waiting]
    stage.house.api("POST", f"/cases/{number}/inspection", {"results": results})
    stage.stands(stage.case(number))
    stage.until_called(CAMILA, number)
    stage.until_text(CAMILA, "trabajos", number)
    case = stage.case(number)
    stage.stands(case)
    check = stage.teller.check
    check("she confirmed the visit by text", stage.happened(number, "comment"))
    check("the line said why it calls", stage.heard(CAMILA, phrases.CALL_WHY_WORKS.text))
    check("a half-day of works is booked", case["status"] == "works_scheduled")


def works(stage: Stage, number: str) -> None:
    """The works take place."""
    stage.teller.act("4. The works", "A crew comes, and the works are received at home.")
    stage.clock(stage.house.step("day-of-works"))
    stage.clock(stage.house.travel(forward=4 * 3600))
    _done(stage, number, "Camila Rojas", "Sellado y pintado.")


def satisfaction(stage: Stage, number: str) -> None:
    """The line asks whether all is in order."""
    stage.teller.act(
        "5. The satisfaction call",
        "The line calls once more. Only the owner's own word closes a case.",
    )
    _asked(stage, CAMILA, number, score=5)
    stage.teller.check("a spoken comment was left", stage.heard(CAMILA, phrases.COMMENT_NOTICE.text))


def end_of_the_urgency(stage: Stage, number: str) -> None:
    """What began as an urgency ends as any other case."""
    stage.teller.act(
        "6. What became of the urgency",
        "The leak was mended, and nobody needs to remember to ask: the line calls Francisca too.",
    )
    _done(stage, number, "Francisca Soto", "Se cambió el flexible.")
    _asked(stage, FRANCISCA, number, score=4)


def _done(stage: Stage, number: str, received_by: str, note: str) -> None:
    stage.house.api("POST", f"/cases/{number}/works-done", {"received_by": received_by, "note": note})
    case = stage.case(number)
    stage.stands(case)
    stage.teller.check(f"the works of {received_by} are done", case["status"] == "works_done")


def _asked(stage: Stage, owner: str, number: str, *, score: int) -> None:
    stage.until_called(owner, number)
    stage.until_text(owner, "cerramos", number)
    case = stage.case(number)
    stage.stands(case)
    who, check = PEOPLE[owner], stage.teller.check
    check(f"{who} was asked whether all is in order", stage.heard(owner, phrases.ALL_IN_ORDER.text))
    check(
        f"{who}'s word closed the case, with score {score}",
        (case["status"], case["surveys"][-1]["score"]) == ("closed", score),
    )


def _who_talks_with_francisca(stage: Stage) -> str | None:
    """The agent, once both are connected."""
    there = [agent for agent in (MARCELA, RICARDO) if stage.count(agent, "joined")]
    return there[0] if there and stage.count(FRANCISCA, "joined") else None
