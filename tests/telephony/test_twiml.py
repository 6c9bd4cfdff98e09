"""Each kind of reply as the exact document that the carrier gets, which its own published rules accept."""

from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from audio import phrases
from audio.wording import Phrase, Prompt
from ivr.carrier_voices import language_of, reads_marks
from ivr.dialogue.reply import End, Gather, Queue, Recorder, Reply, Room
from ivr.links import Links
from ivr.telephony import twiml
from ivr.telephony.twiml import Writer
from tests import tiny
from tests.carrier.oracle import Context, check_house_rules, check_twiml
from tests.making import at

LINKS = Links("https://line.example")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SAY = '<Say language="es-MX" voice="Polly.Mia-Neural">'
NEXT = "https://line.example/voice/tiny.next?turn=4"
RETRY = "#rc=5&amp;rp=5xx,ct,rt"
WAIT = f"https://line.example/voice/tiny.music?wait=4{RETRY}"
NEWS_OF = "https://line.example/voice/recording?purpose="


def silent(_prompt: Prompt) -> str | None:
    """No sound is there: the carrier's voice says everything."""
    return None


def sounding(prompt: Prompt) -> str | None:
    """The one sentence that was recorded."""
    return "https://line.example/audio/beware.wav" if prompt is tiny.BEWARE else None


def written(reply: Reply, find_sound: twiml.FindSound = silent, recording: str = "") -> str:
    writer = Writer(links=LINKS, voice="Polly.Mia-Neural", find_sound=find_sound)
    return writer.write(reply, recording)


def body(document: str) -> str:
    assert document.startswith(f"{HEAD}<Response>")
    return document.removeprefix(f"{HEAD}<Response>").removesuffix("</Response>")


REPLIES = [
    pytest.param(
        Reply((), Gather((tiny.MENU,), 1, 5, None), "tiny.next", 4),
        f'<Gather action="{NEXT}" finishOnKey="" numDigits="1" timeout="5">{SAY}¿Qué desea?</Say></Gather>'
        f"<Redirect>{NEXT}</Redirect>",
        id="one key",
    ),
    pytest.param(
        Reply((), Gather((tiny.AMOUNT,), 0, 5, None), "tiny.next", 4),
        f'<Gather action="{NEXT}" finishOnKey="#" timeout="5">{SAY}¿Cuántas?</Say></Gather>'
        f"<Redirect>{NEXT}</Redirect>",
        id="an entry",
    ),
    pytest.param(
        Reply((), Gather((tiny.AMOUNT,), 0, 5, ("una", "dos")), "tiny.next", 4),
        f'<Gather action="{NEXT}" finishOnKey="#" hints="una,dos" input="dtmf speech" language="es-CL"'
        f' speechTimeout="2" timeout="5">{SAY}¿Cuántas?</Say></Gather><Redirect>{NEXT}</Redirect>',
        id="keys or words",
    ),
    pytest.param(
        Reply((), Gather((tiny.AMOUNT,), 0, 5, ()), "tiny.next", 4),
        f'<Gather action="{NEXT}" finishOnKey="#" input="dtmf speech" language="es-CL" speechTimeout="2"'
        f' timeout="5">{SAY}¿Cuántas?</Say></Gather><Redirect>{NEXT}</Redirect>',
        id="words that nobody can guess",
    ),
    pytest.param(
        Reply((tiny.WET_FLOOR,), Gather((tiny.BEWARE, tiny.MENU), 1, 10, None), "tiny.next", 4),
        f'{SAY}El piso está mojado.</Say><Gather action="{NEXT}" finishOnKey="" numDigits="1" timeout="10">'
        f"{SAY}Cuidado.</Say>{SAY}¿Qué desea?</Say></Gather><Redirect>{NEXT}</Redirect>",
        id="firm words before a question",
    ),
    pytest.param(
        Reply((tiny.NOTICE,), Recorder(90), "tiny.next", 4),
        f'{SAY}Quedará grabado.</Say><Record action="{NEXT}" finishOnKey="#*0" maxLength="90" playBeep="true"'
        f' recordingStatusCallback="{NEWS_OF}comment{RETRY}" recordingStatusCallbackEvent="completed absent"'
        f' timeout="5" /><Redirect>{NEXT}</Redirect>',
        id="a recording",
    ),
    pytest.param(
        Reply((tiny.PLEASE_WAIT,), Queue("standard", "tiny.music"), "tiny.next", 4),
        f'{SAY}Espere, por favor.</Say><Enqueue action="{NEXT}" waitUrl="{WAIT}">standard</Enqueue>',
        id="a queue",
    ),
    pytest.param(
        Reply((), Room("room-1", ends=True, record=False), "tiny.next", 4),
        f'<Dial action="{NEXT}"><Conference beep="false" endConferenceOnExit="true"'
        ' startConferenceOnEnter="true"'
        f' statusCallback="https://line.example/voice/conference{RETRY}"'
        ' statusCallbackEvent="start end join leave" waitUrl="">room-1</Conference></Dial>',
        id="a room",
    ),
    pytest.param(
        Reply((), Room("room-1", ends=False, record=True), "tiny.next", 4),
        f'<Dial action="{NEXT}"><Conference beep="false" endConferenceOnExit="false"'
        f' record="record-from-start" recordingStatusCallback="{NEWS_OF}talk&amp;room=room-1{RETRY}"'
        ' recordingStatusCallbackEvent="completed absent"'
        ' startConferenceOnEnter="true"'
        f' statusCallback="https://line.example/voice/conference{RETRY}"'
        ' statusCallbackEvent="start end join leave" waitUrl="">room-1</Conference></Dial>',
        id="a room that stays open and is recorded",
    ),
    pytest.param(
        Reply((tiny.BYE,), End(), "tiny.next", 4), f"{SAY}Hasta luego.</Say><Hangup />", id="a goodbye"
    ),
    pytest.param(Reply((), End(), "tiny.next", 4), "<Hangup />", id="an end without a word"),
]


@pytest.mark.parametrize(("reply", "expected"), REPLIES)
def test_a_reply_is_written_so_and_the_carrier_executes_it(reply: Reply, expected: str) -> None:
    document = written(reply, recording="comment")
    assert body(document) == expected
    check_twiml(document, Context.CALL)
    check_house_rules(document)


def test_a_sentence_that_was_recorded_is_played_and_any_other_is_said() -> None:
    reply = Reply((tiny.BEWARE, tiny.WET_FLOOR), Gather((tiny.BEWARE,), 1, 5, None), "tiny.next", 4)
    play = "<Play>https://line.example/audio/beware.wav</Play>"
    document = written(reply, sounding)
    assert body(document) == (
        f"{play}{SAY}El piso está mojado.</Say>"
        f'<Gather action="{NEXT}" finishOnKey="" numDigits="1" timeout="5">{play}</Gather>'
        f"<Redirect>{NEXT}</Redirect>"
    )
    check_twiml(document, Context.CALL)
    check_house_rules(document)


@pytest.mark.parametrize(
    ("voice", "language"),
    [
        ("Polly.Mia", "es-MX"),
        ("Polly.Mia-Neural", "es-MX"),
        ("Polly.Andres-Neural", "es-MX"),
        ("Polly.Lupe-Generative", "es-US"),
        ("Polly.Miguel", "es-US"),
        ("Polly.Pedro-Neural", "es-US"),
        ("Polly.Penelope", "es-US"),
        ("Polly.Conchita", "es-ES"),
        ("Polly.Lucia-Neural", "es-ES"),
        ("Google.es-ES-Chirp3-HD-Kore", "es-ES"),
        ("Google.es-US-Neural2-A", "es-US"),
        ("alice", "es-ES"),
    ],
)
def test_a_voice_is_named_with_its_own_language(voice: str, language: str) -> None:
    assert language_of(voice) == language
    writer = Writer(links=LINKS, voice=voice, find_sound=silent)
    document = writer.write(Reply((tiny.BYE,), End(), "tiny.next", 1))
    assert f'<Say language="{language}" voice="{voice}">' in document
    check_house_rules(document)


@pytest.mark.parametrize("voice", ["", "Polly.Joanna", "Polly.Mia-neural", "Mia", "Google.en-US-Neural2-A"])
def test_a_voice_that_the_carrier_has_not_or_that_speaks_no_spanish_is_refused(voice: str) -> None:
    with pytest.raises(ValueError, match=r"Polly\.Mia-Neural"):
        language_of(voice)


def said_by(voice: str, prompt: Prompt) -> str:
    writer = Writer(links=LINKS, voice=voice, find_sound=silent)
    document = writer.write(Reply((prompt,), End(), "tiny.next", 1))
    check_twiml(document)
    return document.partition('Neural">' if voice.endswith("Neural") else f'{voice}">')[2].partition(
        "</Say>"
    )[0]


def test_the_carriers_voice_rests_after_a_group_of_digits() -> None:
    number = phrases.CONTACT_CORRECT(phone="+56986826248")
    rest = '<break time="400ms" />'
    assert said_by("Polly.Mia-Neural", number) == (
        f"El número es nueve.{rest} ocho, seis, ocho, dos.{rest} seis, dos, cuatro, ocho."
        " Si es correcto, marque uno. Para corregir, marque dos."
    )
    assert rest not in said_by("Polly.Mia-Neural", phrases.MAIN_MENU)


@pytest.mark.parametrize("voice", ["alice", "Polly.Mía-Generative", "Google.es-US-Chirp3-HD-Kore"])
def test_a_voice_that_heeds_no_marks_is_given_words_alone(voice: str) -> None:
    assert not reads_marks(voice)
    number = phrases.CONTACT_CORRECT(phone="+56986826248")
    assert said_by(voice, number) == number.words


def test_the_queue_speaks_until_a_key_and_then_is_silent_until_it_speaks_again() -> None:
    writer = Writer(links=LINKS, voice="Polly.Mia-Neural", find_sound=silent)
    document = writer.write_wait((tiny.NEXT,), 45, LINKS.wait("tiny.music", 4))
    assert body(document) == (
        f'<Gather action="{WAIT}" finishOnKey="" numDigits="1" timeout="45">{SAY}Usted es el siguiente.</Say>'
        f"</Gather><Redirect>{WAIT}</Redirect>"
    )
    check_twiml(document, Context.QUEUE_WAIT)


def test_with_music_the_queue_plays_it_until_a_key() -> None:
    music = "https://line.example/audio/music.wav"
    writer = Writer(links=LINKS, voice="Polly.Mia-Neural", find_sound=silent, music=lambda: music)
    document = writer.write_wait((tiny.NEXT,), 45, LINKS.wait("tiny.music", 4))
    assert body(document) == (
        f'<Gather action="{WAIT}" finishOnKey="" numDigits="1" timeout="1">{SAY}Usted es el siguiente.</Say>'
        f"<Play>{music}?seconds=44</Play></Gather><Redirect>{WAIT}</Redirect>"
    )
    check_twiml(document, Context.QUEUE_WAIT)


@pytest.mark.parametrize(
    ("document", "expected", "context"),
    [
        pytest.param(twiml.leave(), "<Leave />", Context.QUEUE_WAIT, id="out of the queue"),
        pytest.param(
            twiml.hiccup(LINKS.wait("tiny.music", 4)),
            f'<Pause length="5" /><Redirect>{WAIT}</Redirect>',
            Context.QUEUE_WAIT,
            id="a hiccup in the queue",
        ),
        pytest.param(
            Writer(LINKS, "Polly.Mia-Neural", silent).write_redirect(NEXT),
            f"<Redirect>{NEXT}</Redirect>",
            Context.CALL,
            id="elsewhere",
        ),
    ],
)
def test_documents_that_lead_elsewhere(document: str, expected: str, context: Context) -> None:
    assert body(document) == expected
    check_twiml(document, context)


def test_nothing_to_be_said_is_an_empty_document() -> None:
    assert twiml.empty() == f"{HEAD}<Response />"
    check_twiml(twiml.empty(), Context.CALL)


BACKUP, CALLER_ID = "+56922223333", "+56988894612"


@pytest.mark.parametrize(
    ("outbound", "backup", "expected"),
    [
        pytest.param(
            False,
            BACKUP,
            f'{SAY}{phrases.LAST_RESORT.words}</Say><Dial callerId="{CALLER_ID}" timeout="30">{BACKUP}</Dial>'
            f"{SAY}{phrases.LAST_RESORT_OVER.words}</Say><Hangup />",
            id="a person is dialled",
        ),
        pytest.param(
            False,
            None,
            f"{SAY}{phrases.CALL_AGAIN.words}</Say><Hangup />",
            id="there is no person to be dialled",
        ),
        pytest.param(
            True,
            BACKUP,
            f"{SAY}{phrases.OUTBOUND_APOLOGY.words}</Say><Hangup />",
            id="whom we called is not passed on to anybody",
        ),
    ],
)
def test_the_last_resort_needs_nothing_but_settings(
    outbound: bool, backup: str | None, expected: str
) -> None:
    document = twiml.last_resort("Polly.Mia-Neural", backup, CALLER_ID, outbound=outbound)
    assert body(document) == expected
    check_twiml(document, Context.CALL)
    check_house_rules(document)


def test_the_same_moment_in_two_time_zones_is_said_in_the_hours_of_each() -> None:
    writer = Writer(links=LINKS, voice="Polly.Mia-Neural", find_sound=silent)
    moment = at("2026-11-24 10:00")
    visits = [
        phrases.VISIT_BOOKED(when=moment.astimezone(ZoneInfo(zone)))
        for zone in ("America/Santiago", "Pacific/Easter")
    ]

    assert visits[0] == visits[1]
    documents = [writer.write(Reply((visit,), End(), "tiny.next", 4)) for visit in visits]
    assert "diez" in documents[0]
    assert "ocho" in documents[1]


@pytest.mark.parametrize("name", ["Parque 50% & Cía", "<Dial>900</Dial>", "%s %(a)s {0}", "Ñuñoa “B”"])
def test_words_are_nothing_but_words_whatever_they_hold(name: str) -> None:
    greets = Phrase("tiny-greets", "Proyecto {name:name}.")
    writer = Writer(links=LINKS, voice="Polly.Mia-Neural", find_sound=silent)
    documents = [writer.write(Reply((greets(name=each),), End(), "tiny.next", 4)) for each in ("Uno", name)]
    said = [ET.fromstring(document.encode()).findtext("Say") for document in documents]  # noqa: S314 -- our own
    assert said == ["Proyecto Uno.", f"Proyecto {name}."]


def test_sentences_that_rest_and_sentences_that_do_not_share_no_document() -> None:
    """As many runs of words, in other sentences: the rests are where the digits of each end."""
    writer = Writer(links=LINKS, voice="Polly.Mia-Neural", find_sound=silent)
    number, plain = phrases.CASE_NUMBER(number="1234567"), tiny.MENU

    def heard(*prompts: Prompt) -> str:
        return body(writer.write(Reply(prompts, End(), "tiny.next", 4)))

    assert heard(number, plain) == heard(number).replace("<Hangup />", "") + heard(plain)
    assert heard(plain, number) == heard(plain).replace("<Hangup />", "") + heard(number)


def test_a_sound_that_was_rendered_meanwhile_is_played_from_then_on() -> None:
    rendered: list[str] = []
    writer = Writer(
        links=LINKS, voice="Polly.Mia-Neural", find_sound=lambda _: rendered[0] if rendered else None
    )
    reply = Reply((tiny.BEWARE,), End(), "tiny.next", 4)

    before = writer.write(reply)
    rendered.append("https://line.example/audio/beware.wav")

    assert "<Say" in before
    assert "<Play>https://line.example/audio/beware.wav</Play>" in writer.write(reply)
