"""Enqueue, Leave, dequeuing by REST, conferences: how a caller reaches a person."""

import threading
from collections.abc import Callable

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from ivr.simulator.carrier import CallHandle, SimulatedCarrier
from ivr.simulator.telephones import ScriptedTelephone
from tests.simulator.conftest import AGENT, LINE, MOBILE, OWNER, Application

Dial = Callable[..., CallHandle]
WAIT = "<Gather numDigits='1' timeout='1' action='/wait/key'><Say>Espere</Say></Gather>"


@pytest.fixture
def waiting_room(app: Application) -> Application:
    """An application that lets callers wait in the queue `personas`."""
    app.replies |= {
        "/voice/inbound": "<Enqueue action='/queue/done' waitUrl='/wait'>personas</Enqueue><Say>Detrás</Say>",
        "/wait": WAIT,
        "/wait/key": lambda form: "<Leave/>" if form["Digits"] == "1" else "<Redirect>/wait</Redirect>",
        "/queue/done": lambda form: "<Say>Atendido</Say>" if form["QueueResult"] == "leave" else "",
        "/talk": "<Say>Le atiende una persona</Say>"
        "<Dial action='/talk/over'><Conference>caso</Conference></Dial>",
        "/talk/over": "<Say>Fin</Say>",
        "/agent": "<Gather numDigits='1' action='/agent/key'><Say>Urgencia</Say></Gather>",
        "/agent/key": "<Dial><Conference endConferenceOnExit='true'>caso</Conference></Dial>",
    }
    return app


def queue_sid(client: Client) -> str:
    return next(str(queue.sid) for queue in client.queues.list() if queue.friendly_name == "personas")


def test_the_wait_document_is_requested_again_when_its_verbs_run_out(
    waiting_room: Application, dial: Dial
) -> None:
    call = dial()
    first = call.wait_for("asked")
    call.wait_for("asked", after=call.wait_for("asked", after=first["id"])["id"])
    call.hang_up()
    assert call.wait().status == "completed"
    form = waiting_room.forms("/wait")[0]
    assert form["QueuePosition"] == "1"
    assert form["CurrentQueueSize"] == "1"
    assert form["MaxQueueSize"] == "1000"
    assert {"QueueSid", "QueueTime", "AvgQueueTime"} <= set(form)


def test_hanging_up_in_the_queue_reports_hangup_to_the_action(waiting_room: Application, dial: Dial) -> None:
    call = dial("!")
    call.wait()
    form = waiting_room.forms("/queue/done")[0]
    assert (form["QueueResult"], form["CallStatus"]) == ("hangup", "completed")


def test_a_key_in_the_wait_document_can_leave_the_queue(waiting_room: Application, dial: Dial) -> None:
    """Leave: "the call leaves the queue, action is requested at once"."""
    assert dial("- 1").wait().heard.endswith("Atendido")
    assert [form["QueueResult"] for form in waiting_room.forms("/queue/done")] == ["leave"]


def test_without_an_action_the_next_verb_follows(waiting_room: Application, dial: Dial) -> None:
    waiting_room.replies["/voice/inbound"] = "<Enqueue waitUrl='/wait'>personas</Enqueue><Say>Detrás</Say>"
    assert dial("1").wait().heard.endswith("Detrás")


def test_a_dequeued_member_hears_the_new_document_and_the_action_is_told_redirected(
    waiting_room: Application, dial: Dial, client: Client, app: Application
) -> None:
    """ "The carrier then requests both the Enqueue action (QueueResult redirected) and the new URL, and
    executes the latter"."""
    call = dial()
    call.wait_for("asked")
    client.queues(queue_sid(client)).members(call.sid).update(url=f"{app.url}/talk")
    call.wait_to_hear("Le atiende una persona")
    call.hang_up()
    record = call.wait()
    assert "Atendido" not in record.heard
    assert [form["QueueResult"] for form in app.forms("/queue/done")] == ["redirected"]


def test_a_member_that_is_gone_answers_404(waiting_room: Application, dial: Dial, client: Client) -> None:
    call = dial()
    call.wait_for("asked")
    sid = queue_sid(client)
    call.hang_up()
    call.wait()
    with pytest.raises(TwilioRestException) as refusal:
        client.queues(sid).members(call.sid).update(url=f"{waiting_room.url}/talk")
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


def test_a_member_can_be_taken_once_only(waiting_room: Application, dial: Dial, client: Client) -> None:
    call = dial()
    call.wait_for("asked")
    sid, outcomes = queue_sid(client), []

    def take() -> None:
        try:
            client.queues(sid).members(call.sid).update(url=f"{waiting_room.url}/talk")
            outcomes.append(200)
        except TwilioRestException as error:
            outcomes.append(error.status)

    takers = [threading.Thread(target=take) for _ in range(4)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(outcomes) == [200, 404, 404, 404]
    call.hang_up()
    call.wait()


def test_caller_and_agent_meet_in_a_conference_and_part(
    waiting_room: Application, carrier: SimulatedCarrier, dial: Dial, client: Client
) -> None:
    """The product's own pattern, from the ring of the agent's telephone to the end of the talk."""
    carrier.connect(ScriptedTelephone(AGENT, keys=["1"]))

    def accept(form: dict[str, str]) -> str:
        client.queues(queue_sid(client)).members("Front").update(url=f"{waiting_room.url}/talk")
        return "<Dial><Conference endConferenceOnExit='true'>caso</Conference></Dial>"

    waiting_room.replies["/agent/key"] = accept
    caller = dial()
    caller.wait_for("asked")
    client.calls.create(to=AGENT, from_=MOBILE, url=f"{waiting_room.url}/agent")
    assert caller.wait_for("joined")["others"] == [AGENT]
    agent = carrier.calls_to(AGENT)[0]
    assert agent.wait_for("joined")["others"] == [OWNER]
    agent.hang_up()
    assert caller.wait().heard.endswith("Fin")
    assert waiting_room.forms("/talk/over")[0]["DialCallStatus"] == "answered"
    assert "DialCallSid" not in waiting_room.forms("/talk/over")[0]


def test_the_queue_is_first_in_first_out(
    waiting_room: Application, carrier: SimulatedCarrier, client: Client
) -> None:
    calls = []
    for number in ("+56911110001", "+56911110002", "+56911110003"):
        calls.append(carrier.dial(number, LINE))
        calls[-1].wait_for("asked")
    members = client.queues(queue_sid(client)).members.list()
    assert [member.call_sid for member in members] == [call.sid for call in calls]
    assert [member.position for member in members] == [1, 2, 3]
    for call in calls:
        call.hang_up()
        call.wait()


def test_a_full_queue_says_so(
    waiting_room: Application, carrier: SimulatedCarrier, dial: Dial, client: Client
) -> None:
    client.queues.create(friendly_name="personas", max_size=1)
    first = carrier.dial("+56911110001", LINE)
    first.wait_for("asked")
    dial().wait()
    assert [form["QueueResult"] for form in waiting_room.forms("/queue/done")] == ["queue-full"]
    assert "QueueSid" not in waiting_room.forms("/queue/done")[0]


def test_dial_queue_bridges_with_the_first_and_tells_both_actions(
    waiting_room: Application, carrier: SimulatedCarrier, dial: Dial, client: Client
) -> None:
    """On hang-up: the caller's Enqueue action (bridged) and the agent's Dial action (completed)."""
    carrier.connect(ScriptedTelephone(AGENT))
    waiting_room.replies |= {
        "/agent": "<Dial action='/agent/over'><Queue url='/whisper'>personas</Queue></Dial>",
        "/whisper": "<Say>Le comunico</Say>",
        "/agent/over": "",
    }
    caller = dial()
    caller.wait_for("asked")
    client.calls.create(to=AGENT, from_=MOBILE, url=f"{waiting_room.url}/agent")
    caller.wait_for("joined")
    carrier.calls_to(AGENT)[0].hang_up()
    record = caller.wait()
    assert "Le comunico" in record.heard
    carrier.settle()
    assert waiting_room.forms("/queue/done")[0]["QueueResult"] == "bridged"
    assert waiting_room.forms("/agent/over")[0]["DialCallStatus"] == "completed"
    whisper = waiting_room.forms("/whisper")[0]
    assert whisper["CallSid"] == caller.sid
    assert whisper["DequeingCallSid"] == carrier.calls_to(AGENT)[0].sid


def test_an_updated_call_leaves_its_queue(waiting_room: Application, dial: Dial, client: Client) -> None:
    call = dial()
    call.wait_for("asked")
    client.calls(call.sid).update(twiml="<Response><Say>Traslado</Say></Response>")
    assert call.wait().heard.endswith("Traslado")
    assert waiting_room.forms("/queue/done")[0]["QueueResult"] == "redirected"
    assert client.queues(queue_sid(client)).fetch().current_size == 0


def test_a_caller_who_goes_during_the_whisper_leaves_the_agent_free(
    waiting_room: Application, carrier: SimulatedCarrier, dial: Dial, client: Client
) -> None:
    carrier.connect(ScriptedTelephone(AGENT))
    caller = dial()

    def whisper(_form: dict[str, str]) -> str:
        caller.hang_up()
        caller.wait()
        return "<Say>Le comunico</Say>"

    waiting_room.replies |= {
        "/agent": "<Dial action='/agent/over'><Queue url='/whisper'>personas</Queue></Dial>",
        "/whisper": whisper,
        "/agent/over": "<Say>Se fue</Say>",
    }
    caller.wait_for("asked")
    client.calls.create(to=AGENT, from_=MOBILE, url=f"{waiting_room.url}/agent")
    caller.wait()
    carrier.settle()
    assert carrier.calls_to(AGENT)[0].record().heard == "Se fue"


@pytest.mark.parametrize(("opened", "status"), [(True, "no-answer"), (False, "failed")])
def test_dialling_an_empty_or_missing_queue_ends_with_its_status(
    app: Application, dial: Dial, client: Client, opened: bool, status: str
) -> None:
    if opened:
        client.queues.create(friendly_name="personas")
    app.replies |= {
        "/voice/inbound": "<Dial action='/over' timeout='9'><Queue>personas</Queue></Dial>",
        "/over": lambda form: f"<Say>{form['DialCallStatus']}</Say>",
    }
    assert dial().wait().heard == status


def test_a_wait_document_that_fails_is_an_error_of_the_queue(
    waiting_room: Application, carrier: SimulatedCarrier, dial: Dial
) -> None:
    waiting_room.replies["/wait"] = "<Record/>"
    dial().wait()
    assert [form["QueueResult"] for form in waiting_room.forms("/queue/done")] == ["error"]
    assert carrier.alerts[0].code == 12200


def test_hangup_in_the_wait_document_ends_the_call(waiting_room: Application, dial: Dial) -> None:
    waiting_room.replies["/wait"] = "<Hangup/>"
    assert dial().wait().ended_by == "line"
    assert [form["QueueResult"] for form in waiting_room.forms("/queue/done")] == ["hangup"]


@pytest.mark.parametrize(("wait", "heard"), [("", "[music]"), ("waitUrl=''", "")])
def test_without_a_wait_document_there_is_music_or_silence(
    app: Application, dial: Dial, client: Client, wait: str, heard: str
) -> None:
    """ "waitUrl: default classical playlist; '' = silence"."""
    app.replies["/voice/inbound"] = f"<Enqueue {wait}>personas</Enqueue><Say>Fin</Say>"
    call = dial()
    call.wait_for("answered")
    while not client.queues.list() or not client.queues(queue_sid(client)).members.list():
        call.wait_for("answered")
    client.calls(call.sid).update(twiml="<Response><Hangup/></Response>")
    assert call.wait().heard == heard


@pytest.mark.parametrize(
    ("attributes", "code"),
    [("participantLabel='ana'", 16025), (f"coach='CA{'0' * 32}'", 13240), ("maxParticipants='2'", 16020)],
)
def test_who_cannot_come_into_a_conference_goes_on_with_the_next_verb(
    app: Application, carrier: SimulatedCarrier, attributes: str, code: int
) -> None:
    app.replies["/voice/inbound"] = "<Dial><Conference participantLabel='ana'>a</Conference></Dial>"
    first = carrier.dial(OWNER, LINE)
    first.wait_for("answered")
    app.replies["/voice/inbound"] = "<Dial><Conference>a</Conference></Dial>"
    second = carrier.dial("+56911112223", LINE)
    second.wait_for("joined")
    app.replies["/voice/inbound"] = f"<Dial><Conference {attributes}>a</Conference></Dial><Say>Fuera</Say>"
    assert carrier.dial("+56911112224", LINE).wait().heard == "Fuera"
    assert carrier.alerts[-1].code == code
    first.hang_up()
    second.hang_up()


def test_a_conference_is_recorded_from_its_start(app: Application, carrier: SimulatedCarrier) -> None:
    app.replies["/voice/inbound"] = (
        "<Dial><Conference record='record-from-start' recordingStatusCallback='/news'>a</Conference></Dial>"
    )
    calls = [carrier.dial(number, LINE) for number in (OWNER, "+56911112223")]
    calls[0].wait_for("joined")
    for call in calls:
        call.hang_up()
        call.wait()
    carrier.settle()
    form = app.forms("/news")[0]
    assert (form["RecordingSource"], form["RecordingStatus"]) == ("Conference", "completed")
    assert form["ConferenceSid"].startswith("CF")
    assert "CallSid" not in form
