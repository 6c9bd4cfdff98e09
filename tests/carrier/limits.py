"""Published limits that the carrier's generated files call only "string" or "number".

Where no other source is named, the source is the page of the verb, noun or resource in the carrier's
documentation (`/voice/twiml/<verb>`, `/voice/api/<resource>`). A range is inclusive; None is an open side.
"""

SID = "[0-9a-fA-F]{32}"
DETECTION = "Enable|DetectMessageEnd"
DETECTION_RANGES = {  # /voice/answering-machine-detection: seconds, then milliseconds
    "MachineDetectionTimeout": (3, 60),
    "MachineDetectionSpeechThreshold": (1000, 6000),
    "MachineDetectionSpeechEndThreshold": (500, 5000),
    "MachineDetectionSilenceTimeout": (2000, 10_000),
}
CALL_EVENTS = "initiated|ringing|answered|completed"
RECORDING_EVENTS = "in-progress|completed|absent"
TRIM = "trim-silence|do-not-trim"
TRACK = "inbound|outbound|both"

DOCUMENT_BYTES = 64 * 1024  # error 11750
INLINE_CHARACTERS = 4000  # error 32018: the REST parameter Twiml
SAY_CHARACTERS = 4096  # error 13521
HINTS, HINT_CHARACTERS = 500, 100
QUEUE_NAME_CHARACTERS = 64  # errors 14204 and 14205
DIAL_NUMBERS = 10
MESSAGE_CHARACTERS = 1600
MESSAGE_CALLBACK_CHARACTERS = 4000  # error 21609

TWIML_RANGES: dict[str, tuple[int | None, int | None]] = {
    "Say.loop": (0, 1000),
    "Play.loop": (0, 1000),
    "Pause.length": (1, None),
    "Gather.timeout": (1, None),
    "Gather.numDigits": (1, None),
    "Gather.maxSpeechTime": (1, 60),
    "Record.timeout": (0, None),
    "Record.maxLength": (1, 14_400),
    "Dial.timeout": (5, 600),
    "Dial.timeLimit": (1, 86_400),
    "Conference.maxParticipants": (1, 250),
    "Enqueue.maxQueueSize": (1, 5000),
    **{
        f"{noun}.{name[0].lower()}{name[1:]}": limits
        for noun in ("Number", "Sip")
        for name, limits in DETECTION_RANGES.items()
    },
}

TWIML_PATTERNS = {
    "Gather.finishOnKey": "[0-9#*]?",
    # "auto" is allowed by one page and forbidden by error 13335, so nothing may rest on it.
    "Gather.speechTimeout": "[1-9][0-9]*",
    "Gather.speechModel": "default|numbers_and_commands|phone_call|experimental_(conversations|utterances)"
    "|googlev2_(long|short|telephony|telephony_short)|deepgram_nova-[23]",
    "Record.finishOnKey": "[0-9#*]+",
    "Play.digits": "[0-9A-D#*wW]+",
    "Number.sendDigits": "[0-9#*wW]+",
    "Number.byoc": f"BY{SID}",
    "Number.machineDetection": DETECTION,
    "Sip.machineDetection": DETECTION,
    "Dial.callerId": r"\+[1-9][0-9]{6,14}|client:\S+|sips?:\S+",
    "Dial.callReason": ".{1,50}",
    "Enqueue.workflowSid": f"WW{SID}",
    "Conference.coach": f"CA{SID}",
    "Conference.participantLabel": ".{1,128}",
}

TWIML_BEYOND_TYPES = {"Dial.callReason": {"type": "string"}}
"""Attributes that a page documents and the generated types lack."""

VALUES_BEYOND_TYPES = {"Dial.record": {"true"}}
"""The page of Dial: `true` is record-from-answer."""

SPANISH_VOICES = {  # /voice/twiml/say/text-to-speech; the Google voices carry their language in their name
    "es-MX": {"Mia", "Mia-Neural", "Andres-Neural", "Andres-Generative", "Mía-Generative"},
    "es-US": {
        "Lupe",
        "Penelope",
        "Miguel",
        "Lupe-Neural",
        "Pedro-Neural",
        "Lupe-Generative",
        "Pedro-Generative",
    },
    "es-ES": {
        *("Conchita", "Enrique", "Lucia", "Lucia-Neural", "Lucia-Generative"),
        *("Sergio-Neural", "Sergio-Generative", "Ines-Neural"),
    },
}

REST_RANGES: dict[str, tuple[int | None, int | None]] = {
    "CreateCall.Timeout": (1, 600),
    "CreateParticipant.Timeout": (5, 600),
    "CreateParticipant.MaxParticipants": (2, 250),
    "CreateCall.TimeLimit": (1, 86_400),
    "UpdateCall.TimeLimit": (1, 86_400),
    "CreateMessage.ValidityPeriod": (1, 36_000),
    "CreateQueue.MaxSize": (1, 5000),
    "UpdateQueue.MaxSize": (1, 5000),
    **{
        f"{operation}.{name}": limits
        for operation in ("CreateCall", "CreateParticipant")
        for name, limits in DETECTION_RANGES.items()
    },
}

REST_PATTERNS = {
    "CreateCall.StatusCallbackEvent": CALL_EVENTS,
    "CreateParticipant.StatusCallbackEvent": CALL_EVENTS,
    "CreateParticipant.ConferenceStatusCallbackEvent": "start|end|join|leave|mute|hold|modify|speaker"
    "|announcement",
    "CreateParticipant.ConferenceRecordingStatusCallbackEvent": RECORDING_EVENTS,
    "CreateParticipant.Beep": "true|false|onEnter|onExit",
    "CreateParticipant.ConferenceRecord": "true|false|record-from-start|do-not-record",
    "CreateParticipant.Label": ".{1,128}",
    "CreateCall.SendDigits": "[0-9#*wW]{1,32}",
    "CreateCall.AsyncAmd": "true|false",
    "CreateQueue.FriendlyName": ".{1,64}",
    "UpdateQueue.FriendlyName": ".{1,64}",
    # "Front" stands in the OpenAPI file's own example of this request.
    "UpdateMember.CallSid": f"CA{SID}|Front",
    "FetchMember.CallSid": f"CA{SID}|Front",
    "CreateCall.MachineDetection": DETECTION,
    "CreateParticipant.MachineDetection": DETECTION,
    **{
        f"{operation}.{name}": pattern
        for operation in ("CreateCall", "CreateParticipant", "CreateCallRecording")
        for name, pattern in {
            "Trim": TRIM,
            "RecordingChannels": "mono|dual",
            "RecordingTrack": TRACK,
            "RecordingStatusCallbackEvent": RECORDING_EVENTS,
        }.items()
    },
}
