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
from ivr.store.tables.outbound import Pace, PlannedCall
from ivr.store.tables.people import Agent, Leg, Wait
from ivr.store.tables.places import ClosureDay, Home, HomePhone, Project
from ivr.store.tables.work import Job, Refusal, StoredAnswer, Task, TextRow, Tries

__all__ = [
    "Agent",
    "Appointment",
    "Base",
    "CallRow",
    "Case",
    "CaseContact",
    "CaseEvent",
    "ClosureDay",
    "Home",
    "HomePhone",
    "Job",
    "Leg",
    "Pace",
    "PlannedCall",
    "Project",
    "Recording",
    "Refusal",
    "Requirement",
    "StoredAnswer",
    "Survey",
    "SurveyAnswer",
    "Task",
    "TextRow",
    "Tries",
    "TurnRow",
    "Wait",
]
