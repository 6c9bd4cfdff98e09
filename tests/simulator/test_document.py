"""What the carrier refuses in a document, with the code of its error dictionary (Twilio: TwiML, errors)."""

import pytest

from ivr.simulator.document import Context, DocumentError, parse

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def refusal(body: str | bytes, context: Context = Context.CALL) -> int:
    """The code with which these bytes (or these verbs) are refused."""
    raw = body if isinstance(body, bytes) else f"{HEAD}<Response>{body}</Response>".encode()
    with pytest.raises(DocumentError) as error:
        parse(raw, "http://h/voice/inbound", context)
    assert error.value.url == "http://h/voice/inbound"
    return error.value.code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 11770),
        (b"<Response>" + b" " * 65536 + b"</Response>", 11750),
        (b"<Response><Say>a</Response>", 12100),
        (f"\n{HEAD}<Response/>".encode(), 12100),
        (b"<!DOCTYPE a []><Response/>", 12100),
        (b"<response/>", 12102),
        (b"<Say>a</Say>", 12102),
    ],
)
def test_bytes_that_are_no_document(body: bytes, code: int) -> None:
    assert refusal(body) == code


@pytest.mark.parametrize(
    ("verbs", "code"),
    [
        ("<say>a</say>", 12200),
        ("<Talk/>", 12200),
        ("<Refer><Sip>sip:a@b</Sip></Refer>", 12200),
        ("<Say Voice='man'>a</Say>", 12200),
        ("text", 12200),
        ("<Redirect><Say>a</Say></Redirect>", 12200),
        ("<Gather><Gather/></Gather>", 13320),
        ("<Gather><Redirect>a</Redirect></Gather>", 13320),
        ("<Gather><Play digits='1'/></Gather>", 13320),
        ("<Gather>texto</Gather>", 12200),
        ("<Gather finishOnKey='##'/>", 13310),
        ("<Gather method='PUT'/>", 13312),
        ("<Gather timeout='0'/>", 13313),
        ("<Gather timeout='auto'/>", 13313),
        ("<Gather numDigits='uno'/>", 13314),
        ("<Gather input='voice'/>", 13326),
        ("<Gather speechTimeout='auto'/>", 13335),
        ("<Gather language='es-XX'/>", 13330),
        ("<Gather actionOnEmptyResult='yes'/>", 13338),
        (f"<Gather hints='{'a' * 101}'/>", 13329),
        ("<Gather action='/a b'/>", 12200),
        ("<Say></Say>", 13520),
        (f"<Say>{'a' * 4097}</Say>", 13521),
        ("<Say voice='Polly.Nadie'>a</Say>", 13511),
        ("<Say voice='Polly.Mia' language='es-ES'>a</Say>", 13512),
        ("<Say language='es-CL'>a</Say>", 13512),
        ("<Say loop='-1'>a</Say>", 13510),
        ("<Play></Play>", 13420),
        ("<Pause length='0'/>", 13910),
        ("<Record maxLength='0'/>", 13612),
        ("<Record trim='yes'/>", 13699),
        ("<Record recordingStatusCallbackEvent='done'/>", 13621),
        ("<Redirect method='put'>/a</Redirect>", 13710),
        ("<Reject reason='tired'/>", 13810),
        ("<Dial></Dial>", 13223),
        ("<Dial>123</Dial>", 13223),
        ("<Dial><Number>+56911112222</Number><Conference>a</Conference></Dial>", 13000),
        ("<Dial><Queue>a</Queue><Number>+56911112222</Number></Dial>", 13215),
        ("<Dial>+56911112222<Number>+56911112222</Number></Dial>", 13215),
        (f"<Dial>{'<Number>+56911112222</Number>' * 11}</Dial>", 13215),
        ("<Dial><Say>a</Say></Dial>", 13215),
        ("<Dial timeout='4'>+56911112222</Dial>", 13212),
        ("<Dial callerId='1'>+56911112222</Dial>", 13214),
        ("<Dial><Conference coach='yo'>a</Conference></Dial>", 13240),
        ("<Dial><Conference statusCallbackEvent='all'>a</Conference></Dial>", 16011),
        ("<Enqueue/>", 14204),
        (f"<Enqueue>{'a' * 65}</Enqueue>", 14205),
        ("<Enqueue method='PUT'>a</Enqueue>", 14201),
        ("<Enqueue waitUrlMethod='PUT'>a</Enqueue>", 14206),
    ],
)
def test_verbs_attributes_values_and_nesting_that_are_refused(verbs: str, code: int) -> None:
    assert refusal(verbs) == code


@pytest.mark.parametrize(
    ("context", "allowed", "refused", "code"),
    [
        (Context.QUEUE_WAIT, "<Gather/><Leave/>", "<Record/>", 12200),
        (Context.QUEUE_WAIT, "<Play>a</Play>", "<Dial>+56911112222</Dial>", 12200),
        (Context.QUEUE_WHISPER, "<Redirect>a</Redirect>", "<Gather/>", 12200),
        (Context.NUMBER_WHISPER, "<Gather/><Hangup/>", "<Dial>+56911112222</Dial>", 13201),
        (Context.NUMBER_WHISPER, "<Say>a</Say>", "<Redirect>a</Redirect>", 12200),
        (Context.CONFERENCE, "<Pause/><Redirect/>", "<Gather/>", 13238),
    ],
)
def test_some_documents_may_hold_few_verbs_only(
    context: Context, allowed: str, refused: str, code: int
) -> None:
    assert parse(f"<Response>{allowed}</Response>".encode(), "http://h/wait", context).verbs
    assert refusal(refused, context) == code


def test_addresses_are_relative_to_the_document() -> None:
    document = parse(b"<Response/>", "https://h/voice/inbound?x=1#rc=2")
    assert document.address("menu?a=1") == "https://h/voice/menu?a=1"
    assert document.address("/a#rc=5") == "https://h/a#rc=5"
    assert document.address("") == "https://h/voice/inbound?x=1#rc=2"


def test_twiml_given_as_a_parameter_needs_absolute_addresses() -> None:
    """ "if the call was created or updated with the Twiml parameter, the action .. MUST be absolute"."""
    document = parse(b"<Response/>", None)
    assert document.address("https://h/a") == "https://h/a"
    with pytest.raises(DocumentError, match="11100"):
        document.address("/a")


def test_ssml_is_read_as_words() -> None:
    say = "<Say>Son <say-as interpret-as='digits'>12</say-as><break time='1s'/> casos</Say>"
    assert parse(f"<Response>{say}</Response>".encode(), None).verbs[0].text == "Son 12 casos"
