"""What an operator chooses about hours, patience and how long things are kept.

The environment sets them first (`ivr.settings`); an administrator may change each of them in the console
while the line runs (`ivr.present`). Both are read by the fields and checks below, and by no others. What is a
secret, an address, a number or a guard against abuse is not among them: that takes the environment.
"""

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import NoDecode

from ivr.errors import Invalid, NotFound

#: As they are shown, with a dash, they may be written too.
_HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)$")
_HOUR = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_DELAY = re.compile(r"^(?:(\d{1,4})(m|h)|([01]\d|2[0-3]):([0-5]\d))$")
#: Attempts after the first.
_MOST_RETRIES = 10


class Hours(NamedTuple):
    """From when until when, on the same day."""

    start: time
    end: time


#: A delay, or an hour of the next business day.
Delay = timedelta | time
#: A hundred years of days are as good as for ever, and no date leaves the calendar.
Days = Annotated[int, Field(ge=1, le=36_525)]
#: Up to a day.
Seconds = Annotated[int, Field(ge=1, le=86_400)]


def variable(name: str, meaning: str, default: Any = ...) -> Any:
    """A field that the environment sets by ``name``; ``meaning`` is for the README."""
    return Field(default, validation_alias=name, description=meaning)


class Choices(BaseModel):
    """Every choice that may change while the line runs, with the defaults of a line that chose nothing."""

    model_config = ConfigDict(populate_by_name=True, frozen=True, extra="forbid")

    office_hours: Annotated[Hours, NoDecode] = variable(
        "IVR_OFFICE_HOURS", "when agents answer, on business days", Hours(time(9), time(18, 30))
    )
    calling_hours: Annotated[Hours, NoDecode] = variable(
        "IVR_CALLING_HOURS", "when automated calls go out, on business days", Hours(time(9), time(19))
    )
    text_hours: Annotated[Hours, NoDecode] = variable(
        "IVR_TEXT_HOURS",
        "when texts go out that neither an urgency nor the owner's call asked for",
        Hours(time(8), time(21)),
    )
    reminder_time: time = variable(
        "IVR_REMINDER_TIME", "when a visit or works are reminded of, on the business day before", time(10)
    )
    retry_plan: Annotated[tuple[Delay, ...], NoDecode] = variable(
        "IVR_RETRY_PLAN",
        "after each unanswered attempt: a delay (`30m`, `4h`) or an hour of the next business day (`10:00`)",
        (timedelta(minutes=30), timedelta(hours=4), time(10)),
    )
    concurrent_calls: Annotated[int, Field(ge=1, le=100_000)] = variable(
        "IVR_CONCURRENT_CALLS", "automated calls that go on at the same time, at most", 10
    )
    text_before_call: Annotated[int, Field(ge=0, le=3600)] = variable(
        "IVR_TEXT_BEFORE_CALL", "seconds before an automated call that a text announces it; 0: no text", 60
    )
    callback_first: Literal["agent", "owner"] = variable(
        "IVR_CALLBACK_FIRST",
        "who is rung first when it is the turn of somebody who keeps their place by telephone: `agent`, or"
        " `owner` (a machine dials, so only with an `IVR_OUTBOUND_NUMBER`)",
        "agent",
    )
    longest_wait: Seconds = variable("IVR_LONGEST_WAIT", "seconds that a caller waits for a person", 300)
    wait_notice: Seconds = variable(
        "IVR_WAIT_NOTICE", "seconds between two announcements of the position", 45
    )
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = variable(
        "IVR_RING_SECONDS", "seconds that an agent's telephone rings, 5 to 120", 20
    )
    round_seconds: Seconds = variable(
        "IVR_ROUND_SECONDS", "seconds that a round of the on-call list lasts at least", 60
    )
    wrap_up_seconds: Seconds = variable(
        "IVR_WRAP_UP_SECONDS", "seconds after a talk before the next is offered", 60
    )
    recordings_days: Days = variable("IVR_RECORDINGS_DAYS", "days that recordings are kept", 180)
    calls_days: Days = variable("IVR_CALLS_DAYS", "days that the trace of a call is kept", 730)
    texts_days: Days = variable("IVR_TEXTS_DAYS", "days that the words of a text are kept", 730)
    cases_days: Days = variable(
        "IVR_CASES_DAYS",
        "days after its end that a case names its people: ten years, the longest term of art. 18 LGUC",
        3653,
    )

    @field_validator("office_hours", "calling_hours", "text_hours", mode="before")
    @classmethod
    def _span(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = _HOURS.match(value.strip())
        if not found:
            raise ValueError(f"{value!r} is not of the form 09:00-18:30")
        a, b, c, d = map(int, found.groups())
        if (a, b) >= (c, d):
            raise ValueError(f"{value!r} ends before it begins")
        return Hours(time(a, b), time(c, d))

    @field_validator("reminder_time", mode="before")
    @classmethod
    def _hour(cls, value: Any) -> Any:
        if isinstance(value, str) and not _HOUR.match(value.strip()):
            raise ValueError(f"{value!r} is not of the form 10:00")
        return value

    @field_validator("retry_plan", mode="before")
    @classmethod
    def _plan(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        plan: list[Delay] = []
        for word in value.split():
            found = _DELAY.match(word)
            if not found:
                raise ValueError(f"{word!r} is neither a delay such as 30m or 4h nor an hour such as 10:00")
            count, unit, hour, minute = found.groups()
            if unit:
                plan.append(timedelta(minutes=int(count)) if unit == "m" else timedelta(hours=int(count)))
            else:
                plan.append(time(int(hour), int(minute)))
        if len(plan) > _MOST_RETRIES:
            raise ValueError(f"at most {_MOST_RETRIES} attempts follow the first")
        return tuple(plan)


def read(name: str, text: str) -> object:
    """The value of the choice of that field's name, written as in the environment.

    Raises:
        NotFound: there is no such choice.
        Invalid: the text says nothing that this choice may be; ``fields`` names it and why.
    """
    if name not in Choices.model_fields:
        raise NotFound(f"{name} is no choice that may change while the line runs")
    try:
        return getattr(Choices.model_validate({name: text}), name)
    except ValidationError as fault:
        reason = fault.errors()[0]["msg"].removeprefix("Value error, ")
        raise Invalid(f"{name} is wrong", {name: reason}) from None


def written(value: object) -> str:
    """A value as one would write it into the environment: what `read` reads back."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case Hours(start, end):
            return f"{start:%H:%M}-{end:%H:%M}"
        case tuple():
            separator = " " if any(not isinstance(part, str) for part in value) else ","
            return separator.join(map(written, value))
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            minutes = int(value.total_seconds() // 60)
            return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
        case _:
            return str(value)
