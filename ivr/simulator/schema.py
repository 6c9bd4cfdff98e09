"""Which elements, attributes and values a TwiML document may hold: the carrier's generated types as a table.

Source: npm `twilio`, `lib/twiml/VoiceResponse.d.ts`, and the pages under twilio.com/docs/voice/twiml. An
attribute that is unknown or holds another value is refused with the code of the carrier's error dictionary.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Check = Callable[[str], bool]

SCHEMA_WARNING = 12200


def one_of(*values: str) -> Check:
    """Exactly one of these, case-sensitive."""
    return lambda value: value in values


def some_of(*values: str) -> Check:
    """A space-separated list of these, not empty."""
    return lambda value: bool(value.split()) and all(part in values for part in value.split())


def whole(low: int, high: int | None = None) -> Check:
    """A decimal integer within bounds, both included."""
    return lambda value: value.isdecimal() and low <= int(value) and (high is None or int(value) <= high)


def matching(pattern: str) -> Check:
    """The whole value matches."""
    return lambda value: re.fullmatch(pattern, value) is not None


def anything(_value: str) -> bool:
    """No rule is known."""
    return True


def address(value: str) -> bool:
    """An absolute or relative URL without white space; at most 4000 characters."""
    return len(value) <= 4000 and not re.search(r"\s", value)


BOOL = one_of("true", "false")
METHOD = one_of("GET", "POST")
PROGRESS = some_of("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = some_of("in-progress", "completed", "absent")
TRIM = one_of("trim-silence", "do-not-trim")

SPANISH_VOICES = (
    *(
        "Polly.Mia",
        "Polly.Mia-Neural",
        "Polly.Andres-Neural",
        "Polly.Andres-Generative",
        "Polly.Mía-Generative",
    ),
    *("Polly.Lupe", "Polly.Penelope", "Polly.Miguel", "Polly.Lupe-Neural", "Polly.Pedro-Neural"),
    *("Polly.Lupe-Generative", "Polly.Pedro-Generative", "Polly.Conchita", "Polly.Enrique"),
    *("Polly.Lucia", "Polly.Lucia-Neural", "Polly.Lucia-Generative", "Polly.Sergio", "Polly.Sergio-Neural"),
    *("Polly.Sergio-Generative", "Polly.Ines-Neural"),
)
GOOGLE_VOICE = r"Google\.es-(US|ES)-((Standard|Wavenet|Neural2)-[A-H]|Chirp3-HD-[A-Z][a-z]+)"
BASIC_VOICES = ("man", "woman", "alice")


def voice(value: str) -> bool:
    """A basic voice or one of the Spanish voices of the text-to-speech page."""
    return value in BASIC_VOICES or value in SPANISH_VOICES or re.fullmatch(GOOGLE_VOICE, value) is not None


SAY_LANGUAGES = one_of("es-ES", "es-MX", "es-US", "en-US", "en-GB")
HEARD_LANGUAGES = matching(
    "en-US|en-GB|es-(AR|BO|CL|CO|CR|DO|EC|ES|GT|HN|MX|NI|PA|PE|PR|PY|SV|US|UY|VE)",
)
SPEECH_MODELS = one_of(
    *("default", "numbers_and_commands", "experimental_conversations", "experimental_utterances"),
    *("googlev2_long", "googlev2_short", "googlev2_telephony", "googlev2_telephony_short"),
    *("deepgram_nova-2", "deepgram_nova-3"),
)


@dataclass(frozen=True)
class Shape:
    """One element: its attributes with checks and error codes, its children, and whether it has text."""

    attributes: Mapping[str, tuple[Check, int]] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    text: bool = False
    nesting_error: int = SCHEMA_WARNING


def _rules(code: int = SCHEMA_WARNING, **checks: Check) -> dict[str, tuple[Check, int]]:
    return {name: (check, code) for name, check in checks.items()}


SSML = {
    name: Shape(dict.fromkeys(attributes, (anything, SCHEMA_WARNING)), text=True)
    for name, attributes in {
        "break": ("strength", "time"),
        "emphasis": ("level",),
        "lang": ("xml:lang",),
        "p": (),
        "phoneme": ("alphabet", "ph"),
        "prosody": ("volume", "rate", "pitch"),
        "s": (),
        "say-as": ("interpret-as", "format"),
        "sub": ("alias",),
        "w": ("role",),
    }.items()
}

CALLED = _rules(url=address, method=METHOD) | _rules(
    statusCallback=address, statusCallbackMethod=METHOD, statusCallbackEvent=PROGRESS
)
AMD = _rules(
    machineDetection=one_of("Enable", "DetectMessageEnd"),
    machineDetectionTimeout=whole(3, 60),
    machineDetectionSpeechThreshold=whole(1000, 6000),
    machineDetectionSpeechEndThreshold=whole(500, 5000),
    machineDetectionSilenceTimeout=whole(2000, 10000),
    amdStatusCallback=address,
    amdStatusCallbackMethod=METHOD,
)
RECORDING_NEWS = _rules(
    13621,
    recordingStatusCallback=address,
    recordingStatusCallbackMethod=METHOD,
    recordingStatusCallbackEvent=RECORDING_EVENTS,
)
RING_TONES = matching(
    "at|au|bg|br|be|ch|cl|cn|cz|de|dk|ee|es|fi|fr|gr|hu|il|in|it|lt|jp|mx|my|"
    "nl|no|nz|ph|pl|pt|ru|se|sg|th|uk|us|us-old|tw|ve|za"
)

SHAPES: dict[str, Shape] = {
    "Response": Shape(
        children=frozenset(
            {
                *("Say", "Play", "Pause", "Gather", "Record", "Dial", "Enqueue", "Leave"),
                *("Redirect", "Reject", "Hangup"),
            }
        )
    ),
    "Say": Shape(
        _rules(13511, voice=voice) | _rules(13512, language=SAY_LANGUAGES) | _rules(13510, loop=whole(0)),
        children=frozenset(SSML),
        text=True,
    ),
    "Play": Shape(_rules(loop=whole(0), digits=matching("[0-9A-D#*wW]+")), text=True),
    "Pause": Shape(_rules(13910, length=whole(1))),
    "Gather": Shape(
        _rules(action=address)
        | _rules(13312, method=METHOD)
        | _rules(13310, finishOnKey=matching("[0-9#*]?"))
        | _rules(13313, timeout=whole(1))
        | _rules(13314, numDigits=whole(1))
        | _rules(13326, input=one_of("dtmf", "speech", "dtmf speech", "speech dtmf"))
        | _rules(13335, speechTimeout=whole(1))
        | _rules(13329, hints=lambda value: all(len(hint) <= 100 for hint in value.split(",")[:501])
                 and value.count(",") < 500)
        | _rules(13330, language=HEARD_LANGUAGES)
        | _rules(13334, speechModel=SPEECH_MODELS)
        | _rules(13338, actionOnEmptyResult=BOOL)
        | _rules(partialResultCallback=address, partialResultCallbackMethod=METHOD)
        | _rules(profanityFilter=BOOL, enhanced=BOOL, bargeIn=BOOL, debug=BOOL, maxSpeechTime=whole(1, 60)),
        children=frozenset({"Say", "Play", "Pause"}),
        nesting_error=13320,
    ),
    "Record": Shape(
        _rules(13610, action=address, method=METHOD)
        | _rules(13613, finishOnKey=matching("[0-9#*]*"))
        | _rules(13612, timeout=whole(0), maxLength=whole(1, 86400))
        | _rules(playBeep=BOOL, recordingConfigurationId=anything)
        | _rules(13615, transcribe=BOOL, transcribeCallback=address, transcribeCallbackMethod=METHOD)
        | _rules(13699, trim=TRIM)
        | RECORDING_NEWS,
    ),
    "Dial": Shape(
        _rules(action=address, method=METHOD, referUrl=address, referMethod=METHOD)
        | _rules(13212, timeout=whole(5, 600))
        | _rules(timeLimit=whole(1, 86400), answerOnBridge=BOOL, hangupOnStar=BOOL, sequential=BOOL)
        | _rules(13214, callerId=matching(r"\+[1-9][0-9]{6,14}|client:.+|sip:.+"))
        | _rules(
            record=one_of(
                *("do-not-record", "true", "false", "record-from-answer", "record-from-ringing"),
                *("record-from-answer-dual", "record-from-ringing-dual"),
            ),
            recordingTrack=one_of("both", "inbound", "outbound"),
            recordingConfigurationId=anything,
            trim=TRIM,
            ringTone=RING_TONES,
            callReason=lambda value: len(value) <= 50,
        )
        | RECORDING_NEWS,
        children=frozenset({"Number", "Client", "Sip", "Queue", "Conference"}),
        text=True,
        nesting_error=13215,
    ),
    "Number": Shape(CALLED | AMD | _rules(sendDigits=matching("[0-9*#wW]+"), byoc=anything), text=True),
    "Client": Shape(CALLED, text=True),
    "Sip": Shape(CALLED | AMD | _rules(username=anything, password=anything), text=True),
    "Queue": Shape(
        _rules(14210, url=address) | _rules(14211, method=METHOD)
        | _rules(reservationSid=anything, postWorkActivitySid=anything),
        text=True,
    ),
    "Conference": Shape(
        _rules(
            muted=BOOL,
            beep=one_of("true", "false", "onEnter", "onExit"),
            startConferenceOnEnter=BOOL,
            endConferenceOnExit=BOOL,
            participantLabel=lambda value: 0 < len(value) <= 128,
            jitterBufferSize=one_of("large", "medium", "small", "off"),
            waitUrl=address,
            waitMethod=METHOD,
            maxParticipants=whole(2, 250),
            record=one_of("do-not-record", "record-from-start"),
            region=one_of("us1", "us2", "ie1", "sg1", "br1", "au1", "jp1", "de1"),
            trim=TRIM,
            eventCallbackUrl=address,
            recordingConfigurationId=anything,
        )
        | _rules(13240, coach=matching("CA[0-9a-f]{32}"))
        | _rules(
            16011,
            statusCallback=address,
            statusCallbackMethod=METHOD,
            statusCallbackEvent=some_of(
                "start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"
            ),
        )
        | RECORDING_NEWS,
        text=True,
    ),
    "Enqueue": Shape(
        _rules(14203, action=address) | _rules(14201, method=METHOD)
        | _rules(14202, waitUrl=address) | _rules(14206, waitUrlMethod=METHOD)
        | _rules(maxQueueSize=whole(1, 5000)),
        text=True,
    ),
    "Leave": Shape(),
    "Redirect": Shape(_rules(13710, method=METHOD), text=True),
    "Reject": Shape(_rules(13810, reason=one_of("rejected", "busy"))),
    "Hangup": Shape(),
    **SSML,
}  # fmt: skip

NOT_PLAYED = frozenset(
    {"Refer", "Connect", "Start", "Stop", "Pay", "Sms", "Echo", "Prompt", "Task", "Application", "Sim"}
)
"""Genuine TwiML that this carrier does not act: refused with a message that says so."""
