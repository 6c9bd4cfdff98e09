"""What the line does not dial, whoever asks for it: the last look before a request leaves for the carrier.

Toll fraud makes a line ring numbers that pay those who own them: abroad, at premium rates, or again and
again. Countries and premium numbers are refused by `ivr.aftersales.numbers.may_dial`, where a number is given
already, and here once more, since settings change; how often a number is rung a day is counted here alone.
"""

from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from ivr.aftersales.numbers import may_dial, may_ring
from ivr.settings import Settings
from ivr.store.tables import Agent, CallRow


class Refused(StrEnum):
    """What became of a call that the line did not place; the call's outcome."""

    NOT_DIALLED = "not_dialled"  #: a country that the operator has not listed, or a service
    DAY_FULL = "day_full"  #: the number was rung as often as it may be on one day


def refusal(session: Session, call: CallRow, *, settings: Settings, now: datetime) -> Refused | None:
    """Why this call may not be placed; None if it may.

    The operator's own backup number may always be rung, and an agent's for an urgency: its rounds go on until
    somebody answers. Days are the office's.
    """
    phone = call.to_number
    if phone == settings.backup_number:
        return None
    today = now.astimezone(ZoneInfo(settings.timezone))
    midnight = datetime.combine(today, time(), today.tzinfo)
    rung, is_agents = session.execute(select(_rung(phone, midnight), _is_agents(phone))).one()
    if not (may_ring if is_agents else may_dial)(phone, settings.countries):
        return Refused.NOT_DIALLED
    if is_agents and call.urgent:
        return None
    most = settings.calls_per_agent if is_agents else settings.calls_per_number
    return Refused.DAY_FULL if rung >= most else None


def _rung(phone: str, since: datetime) -> ColumnElement[int]:
    """How many calls have left for that number."""
    ours = and_(CallRow.direction == "outbound", CallRow.sid.is_not(None))
    rung = select(func.count()).where(CallRow.to_number == phone, CallRow.started_at >= since, ours)
    return rung.scalar_subquery()


def _is_agents(phone: str) -> ColumnElement[bool]:
    return exists().where(Agent.phone == phone, Agent.deactivated_at.is_(None))
