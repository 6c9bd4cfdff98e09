"""From an urgent call to the owner's last word, and how nothing of the owner is left when they want to go."""

from pathlib import Path

from ivr.store.session import Store
from ivr.store.tables import CallRow, PurgeRow, Recording
from tests.aftersales.a_person import dumped
from tests.e2e.journey import AGENT, Journey, open_journey
from tests.e2e.people import HASTE
from tests.line import LINE, MOBILE_LINE
from tests.making import at

CAMILA = "+56961234567"
#: What would show that something of her is left: her number, as stored and as spoken, and her name.
TRACES = ("961234567", "seis, uno, dos, tres. cuatro", "Camila")


def live(life: Journey) -> str:
    """A leak on a Tuesday morning, and all that follows until the owner is satisfied; the case's number."""
    life.owns("1204", CAMILA)
    life.on_call("1")
    # In the works call: it is me, the first half-day, yes. In the next: all in order, five, and a comment.
    camila = life.telephone(CAMILA, "1 1 1", "1 1 5 1 ~#")

    call = life.carrier.dial(CAMILA, LINE, "1 1 1", talk=20, pace=HASTE)
    life.meanwhile(lambda: any(event["type"] == "joined" for event in call.events))
    life.work()
    (number,) = [case["number"] for case in life.api("GET", "/cases")["cases"]]
    assert number in life.texts(CAMILA)[0]
    assert (life.case(number)["status"], life.calls(AGENT)[0].status) == ("attending", "completed")

    slot = life.api("GET", f"/projects/101/slots?kind=visit&case={number}")["slots"][0]["start"]
    life.api("POST", f"/cases/{number}/appointments", {"kind": "visit", "start": slot})
    life.work()
    life.until("2026-11-25 10:01")
    assert "Responda" in life.texts(CAMILA)[-1]  # the reminder
    life.carrier.send_text(CAMILA, MOBILE_LINE, "1")
    life.work()
    life.until("2026-11-26 09:30")
    life.inspects(number, True)
    life.calls_go_out()
    assert life.case(number)["status"] == "works_scheduled"
    life.until("2026-11-27 13:30")
    life.receives_works(number)
    life.calls_go_out()
    assert [event["type"] for event in camila.journal.events].count("answered") == 2
    life.passes(minutes=11)
    return number


def test_the_whole_life_and_after_it_nothing_is_left_of_who_wants_to_be_forgotten(
    store: Store, tmp_path: Path
) -> None:
    with open_journey(store, tmp_path, at("2026-11-24 10:00")) as life:
        number = live(life)
        case = life.case(number)
        assert (case["status"], case["urgent_kind"]) == ("closed", "water")
        assert life.verdicts(number) == ["accepted"]
        assert life.dates(number) == [("visit", "done"), ("works", "done")]
        (survey,) = case["surveys"]
        assert (survey["attempts"], survey["outcome"], survey["score"]) == (1, "satisfied", 5)
        kinds = [event["kind"] for event in case["events"]]
        assert [kind for kind in kinds if kind in _MILESTONES] == _MILESTONES
        assert life.outcomes(CAMILA) == [("works", "booked"), ("satisfaction", "satisfied")]
        assert life.tasks() == []
        assert [_said(text) for text in life.texts(CAMILA)] == [
            "urgent",
            "visit",
            "reminder",
            "call",
            "works",
            "call",
            "closed",
        ]
        kept = {recording.purpose: recording.status for recording in life.rows(Recording)}
        assert kept == {"talk": "kept", "comment": "kept"}
        assert len(_sounds(tmp_path)) == 2
        assert _left(life) != set()

        assert life.api("GET", f"/owners/{CAMILA}/export")["cases"][0]["number"] == number
        life.api("DELETE", f"/owners/{CAMILA}")
        life.work()
        assert _left(life) == set()
        assert _sounds(tmp_path) == []
        assert life.carrier.do(lambda: [*life.carrier.exchange.recordings]) == []
        assert life.case(number)["surveys"][0]["score"] == 5


def test_years_after_its_end_nothing_is_left_of_the_people_in_a_case(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Only the register of homes still knows who lives there."""
    with open_journey(sqlite_store, tmp_path, at("2026-11-24 10:00")) as life:
        live(life)
        life.until("2036-12-02 03:00")
        life.passes(hours=1)
        assert _left(life) == {"homes", "home_phones"}
        assert _sounds(tmp_path) == []
        removed = [row.removed for row in life.rows(PurgeRow)]
        assert sum(each["recordings"] for each in removed) == 2
        assert sum(each["cases"] for each in removed) == 1
        assert sum(each["traces"] for each in removed) == len(life.rows(CallRow))


_MILESTONES = [
    "opened",
    "acknowledged",
    "visit_booked",
    "inspected",
    "works_booked",
    "works_done",
    "closed",
]


def _said(text: str) -> str:
    """Which of the texts it is, by words of its own."""
    words = {
        "urgencia": "urgent",
        "Responda": "reminder",
        "llamar": "call",
        "visita": "visit",
        "trabajos": "works",
        "cerra": "closed",
    }
    return next((name for word, name in words.items() if word in text), text)


def _left(life: Journey) -> set[str]:
    """The tables whose dump says something of her."""
    with life.store.reading() as session:
        return {name for name, words in dumped(session).items() if any(trace in words for trace in TRACES)}


def _sounds(folder: Path) -> list[Path]:
    """What lies in the storage of recordings."""
    return [path for path in (folder / "recordings").rglob("*") if path.is_file()]
