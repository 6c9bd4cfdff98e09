"""The oracle itself: what it lets pass, what it refuses, and for which reason."""

import pytest

from tests.carrier.accepted import ACCEPTED, SAY
from tests.carrier.oracle import CarrierRefuses, Context, check_house_rules, check_twiml
from tests.carrier.refused import REFUSED, REFUSED_BYTES

MENU = f'<Gather action="/m" numDigits="1" finishOnKey="">{SAY}</Gather><Redirect>/m</Redirect>'
ENTRY = f'<Gather action="/e" finishOnKey="#" timeout="5">{SAY}</Gather><Redirect>/e</Redirect>'


def document(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'.encode()


@pytest.mark.parametrize(
    ("context", "sentence"), [(context, sentence) for context in ACCEPTED for sentence in ACCEPTED[context]]
)
def test_the_carrier_executes(context: Context, sentence: str) -> None:
    check_twiml(document(ACCEPTED[context][sentence]), context)


@pytest.mark.parametrize("sentence", REFUSED)
def test_the_carrier_refuses(sentence: str) -> None:
    body, reason, *context = REFUSED[sentence]
    with pytest.raises(CarrierRefuses) as refusal:
        check_twiml(document(body), *context)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("sentence", REFUSED_BYTES)
def test_the_carrier_cannot_read(sentence: str) -> None:
    data, reason = REFUSED_BYTES[sentence]
    with pytest.raises(CarrierRefuses) as refusal:
        check_twiml(data)
    assert reason in str(refusal.value)


def test_a_document_may_be_given_as_text_and_without_a_declaration() -> None:
    check_twiml("<Response><Say>Señor</Say></Response>")


def test_a_restricted_document_is_refused_there_only() -> None:
    leave = document("<Leave/>")
    check_twiml(leave, Context.QUEUE_WAIT)
    with pytest.raises(CarrierRefuses, match="WHISPER"):
        check_twiml(leave, Context.WHISPER)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MENU, id="a one-digit menu with its prompt inside and a way on for silence"),
        pytest.param(ENTRY, id="an entry ended by the hash or a pause of five seconds"),
        pytest.param('<Record action="/r" maxLength="90"/><Redirect>/r</Redirect>', id="a recording"),
        pytest.param(f"{SAY}<Play>/aviso.wav</Play>{MENU}", id="a safety message outside the question"),
        pytest.param(
            MENU.replace("numDigits", 'timeout="10" numDigits'), id="ten seconds for an agent's key"
        ),
    ],
)
def test_the_house_keeps(body: str) -> None:
    check_twiml(document(body))
    check_house_rules(document(body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(MENU.replace(' action="/m"', ""), "no action", id="a question without action"),
        pytest.param(MENU.partition("<Redirect>")[0], "nothing follows", id="a question that silence ends"),
        pytest.param('<Record maxLength="90"/>', "no action", id="a recording without action"),
        pytest.param(
            f'{SAY}<Gather action="/m" numDigits="1" finishOnKey=""/><Hangup/>',
            "outside its <Gather>",
            id="a prompt that no key interrupts",
        ),
        pytest.param(MENU.replace(' finishOnKey=""', ""), "hears '#'", id="a menu that a lone hash leaves"),
        pytest.param(MENU.replace('"1"', '"4"'), "ends by its length", id="an entry that ends by its length"),
        pytest.param(ENTRY.replace('"#"', '"*"'), "ends by # or", id="an entry that the hash does not end"),
        pytest.param(ENTRY.replace('"5"', '"3"'), "ends by # or", id="an entry with too short a pause"),
        pytest.param("<Say>Hola</Say>", "its Spanish", id="a sentence without its language"),
        pytest.param('<Say language="en-US">Hi</Say>', "its Spanish", id="a sentence in English"),
    ],
)
def test_the_house_refuses_what_the_carrier_executes(body: str, reason: str) -> None:
    check_twiml(document(body))
    with pytest.raises(CarrierRefuses) as refusal:
        check_house_rules(document(body))
    assert reason in str(refusal.value)
