"""Which parameters a REST request may carry, by the carrier's OpenAPI file; anything else is refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from ivr.simulator.rest.errors import RestError
from ivr.simulator.webhooks import is_web_address

INVALID_PARAMETER = 20001
"""The carrier's general code for a parameter it does not know or cannot read."""

Check = Callable[[str], bool]


def one_of(*values: str) -> Check:
    """One of these, in any case (the carrier is lenient about it here)."""
    return lambda value: value.lower() in {known.lower() for known in values}


def whole(low: int, high: int) -> Check:
    """A decimal integer within bounds."""
    return lambda value: value.isdecimal() and low <= int(value) <= high


def shorter(length: int) -> Check:
    """Text of at most `length` characters, not empty."""
    return lambda value: 0 < len(value) <= length


def sid(prefix: str) -> Check:
    """Two letters and 32 hexadecimal digits."""
    return lambda value: re.fullmatch(prefix + "[0-9a-f]{32}", value) is not None


def anything(_value: str) -> bool:
    """No rule is known."""
    return True


def moment(value: str) -> bool:
    """A day, or a day with a time in UTC."""
    return re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?", value) is not None


BOOL = one_of("true", "false")
METHOD = one_of("GET", "POST")


@dataclass(frozen=True)
class Rule:
    """One parameter: its check, the error code if the check fails, and whether it may be repeated."""

    check: Check = anything
    code: int = INVALID_PARAMETER
    many: bool = False


def url(code: int = 21205) -> Rule:
    """An absolute web address of at most 4000 characters."""
    return Rule(lambda value: len(value) <= 4000 and is_web_address(value), code)


def rules(**checks: Check) -> dict[str, Rule]:
    """Parameters by their names, with the general error code."""
    return {name: Rule(check) for name, check in checks.items()}


def urls(*names: str) -> dict[str, Rule]:
    """Web addresses, each with its Method parameter beside it."""
    found: dict[str, Rule] = {}
    for name in names:
        found[name] = url()
        found[name.removesuffix("Url") + "Method" if name.endswith("Url") else name + "Method"] = Rule(METHOD)
    return found


RECORDING_EVENTS = Rule(one_of("in-progress", "completed", "absent"), many=True)
PROGRESS = Rule(one_of("initiated", "ringing", "answered", "completed"), many=True)

RECORDED = {
    **rules(
        RecordingChannels=one_of("mono", "dual"),
        RecordingTrack=one_of("inbound", "outbound", "both"),
        Trim=one_of("trim-silence", "do-not-trim"),
        RecordingConfigurationId=anything,
    ),
    **urls("RecordingStatusCallback"),
    "RecordingStatusCallbackEvent": RECORDING_EVENTS,
}
DETECTED = rules(
    MachineDetection=one_of("Enable", "DetectMessageEnd"),
    MachineDetectionTimeout=whole(3, 60),
    MachineDetectionSpeechThreshold=whole(1000, 6000),
    MachineDetectionSpeechEndThreshold=whole(500, 5000),
    MachineDetectionSilenceTimeout=whole(2000, 10000),
)
PAGING = rules(PageSize=whole(1, 1000), Page=whole(0, 10**6), PageToken=anything)


def range_of(name: str) -> dict[str, Rule]:
    """A moment as a filter: on that day, before it, after it."""
    return {name + sign: Rule(moment) for sign in ("", "<", ">")}


def read(given: MultiDict[str, str], allowed: Mapping[str, Rule]) -> MultiDict[str, str]:
    """The parameters, checked; `RestError` names the first that is unknown, repeated or ill-formed."""
    for name, values in given.lists():
        rule = allowed.get(name)
        if rule is None:
            raise RestError(400, INVALID_PARAMETER, f"unknown parameter {name}")
        if len(values) > 1 and not rule.many:
            raise RestError(400, INVALID_PARAMETER, f"{name} was given {len(values)} times")
        for value in values:
            if not rule.check(value):
                raise RestError(400, rule.code, f"{name} {value!r} is not valid")
    return given


def need(given: MultiDict[str, str], name: str, code: int) -> str:
    """A parameter that must be there and not empty."""
    value = given.get(name, "")
    if not value:
        raise RestError(400, code, f"a {name!r} is required")
    return value
