"""Rules about the application's own addresses, whoever adds one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from ivr.clock import MovableClock
from tests.line import KNOWN, LINE, TestLine, open_test_line
from tests.watching import contents

#: What only the carrier may ask for or tell.
CARRIERS = ("/voice/", "/messages/")


@pytest.fixture
def line(sqlite_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[TestLine]:
    with open_test_line(sqlite_url, tmp_path, clock) as opened:
        yield opened


def carriers_rules(line: TestLine) -> list[Rule]:
    return [rule for rule in line.app.url_map.iter_rules() if rule.rule.startswith(CARRIERS)]


def test_the_carriers_addresses_are_those_of_the_contract(line: TestLine) -> None:
    assert {rule.rule for rule in carriers_rules(line)} >= {
        "/voice/inbound",
        "/voice/fallback",
        "/voice/status",
        "/voice/recording",
        "/voice/conference",
        "/voice/<flow>.<name>",
        "/messages/inbound",
        "/messages/status",
    }


def test_every_address_of_the_carrier_refuses_whoever_does_not_sign(line: TestLine) -> None:
    """Whatever the method, also those that Flask answers by itself; and nothing is changed."""
    line.dial(KNOWN)
    before = contents(line.store)
    form = {"CallSid": "CA1", "From": KNOWN, "To": LINE, "MessageSid": "SM1", "Body": "ALTO"}
    answers = {}
    for rule in carriers_rules(line):
        path = rule.rule.replace("<flow>.<name>", "inbound.main_menu")
        for method in rule.methods or ():
            for signature in ("", "L/OH5YylLD5NRKLltdqwSvS0BnU="):
                headers = {"X-Twilio-Signature": signature} if signature else {}
                answer = line.app.test_client().open(path, method=method, data=form, headers=headers)
                answers[method, path, signature] = answer.status_code
    assert len(answers) >= 2 * 2 * 8
    assert {key: status for key, status in answers.items() if status != 403} == {}
    assert contents(line.store) == before


def test_documents_and_news_are_only_ever_posted(line: TestLine) -> None:
    assert {tuple(sorted(rule.methods or ())) for rule in carriers_rules(line)} == {("OPTIONS", "POST")}
