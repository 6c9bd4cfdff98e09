"""Every move that a case, a requirement or a date may make, and no other: written down as in the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pytest

from ivr.aftersales import life
from ivr.aftersales.life import AppointmentStatus, RequirementStatus, Status
from ivr.errors import MoveNotAllowed

CASE = {
    "open": "visit_scheduled attending cancelled",
    "attending": "visit_scheduled inspected works_scheduled works_done rejected cancelled",
    "visit_scheduled": "inspected rejected open cancelled",
    "inspected": "works_scheduled visit_scheduled cancelled",
    "works_scheduled": "works_done inspected cancelled",
    "works_done": "closed visit_scheduled works_scheduled open inspected",
    "closed": "",
    "rejected": "",
    "cancelled": "",
}
REQUIREMENT = {
    "reported": "covered not_covered",
    "covered": "done",
    "not_covered": "",
    "done": "accepted disputed",
    "accepted": "",
    "disputed": "covered not_covered done",
}
APPOINTMENT = {"booked": "done cancelled missed", "done": "", "cancelled": "", "missed": ""}


@dataclass
class Record:
    status: str


@pytest.mark.parametrize(
    ("words", "moves", "contract"),
    [
        (Status, life.CASE_MOVES, CASE),
        (RequirementStatus, life.REQUIREMENT_MOVES, REQUIREMENT),
        (AppointmentStatus, life.APPOINTMENT_MOVES, APPOINTMENT),
    ],
)
def test_the_moves_of_the_contract_are_made_and_all_others_refused(
    words: type[StrEnum], moves: Mapping[StrEnum, frozenset[StrEnum]], contract: Mapping[str, str]
) -> None:
    assert {word.value for word in words} == set(contract)
    for start in words:
        for target in words:
            record = Record(start.value)
            if target in contract[start].split():
                life.move(record, target, moves)
                assert record.status == target
            else:
                with pytest.raises(MoveNotAllowed, match=f"record that is {start} cannot become {target}"):
                    life.move(record, target, moves)
                assert record.status == start


def test_what_has_ended_makes_no_move() -> None:
    assert {status for status in Status if not life.CASE_MOVES[status]} == life.ENDED
