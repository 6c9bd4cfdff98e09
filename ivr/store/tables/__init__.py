"""Every table, by the part of the business that it belongs to."""

from ivr.store.tables.base import Base
from ivr.store.tables.calls import CallRow, Recording, TurnRow
from ivr.store.tables.cases import (
    Appointment,
    Case,
    CaseContact,
    CaseEvent,
    Requirement,
    Survey,
    SurveyAnswer,
)
from ivr.store.tables.console import AgentSession, AuditEntry, SettingOverride, SignInTries
from ivr.store.tables.outbound import Pace, PlannedCall
from ivr.store.tables.people import Agent, Leg, Wait
from ivr.store.tables.photos import Photo
from ivr.store.tables.places import ClosureDay, Home, HomePhone, Project
from ivr.store.tables.roster import RosterEntry
from ivr.store.tables.talks import Guest
from ivr.store.tables.tokens import ApiToken
from ivr.store.tables.work import Job, PurgeRow, Refusal, StoredAnswer, Task, TextRow, Tries

__all__ = [
    "Agent",
    "AgentSession",
    "ApiToken",
    "Appointment",
    "AuditEntry",
    "Base",
    "CallRow",
    "Case",
    "CaseContact",
    "CaseEvent",
    "ClosureDay",
    "Guest",
    "Home",
    "HomePhone",
    "Job",
    "Leg",
    "Pace",
    "Photo",
    "PlannedCall",
    "Project",
    "PurgeRow",
    "Recording",
    "Refusal",
    "Requirement",
    "RosterEntry",
    "SettingOverride",
    "SignInTries",
    "StoredAnswer",
    "Survey",
    "SurveyAnswer",
    "Task",
    "TextRow",
    "Tries",
    "TurnRow",
    "Wait",
]
