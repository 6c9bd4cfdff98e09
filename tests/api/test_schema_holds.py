"""Whatever is sent to a running line, its answer is one that the document tells of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from ivr.api.document import describe
from ivr.api.routes import OPERATIONS
from ivr.store import schema
from ivr.store.session import Store
from tests.api.conftest import AGENT, CASE, HOME, OWNER, PROJECT
from tests.conftest import TUESDAY_AT_TEN
from tests.e2e.city import API_TOKEN, PATIENCE, open_city
from tests.servers import Postgres

HEADERS = {"Authorization": f"Bearer {API_TOKEN}"}
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
EXAMPLES = settings(
    max_examples=4,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def described() -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """The operations of the document, by name."""
    document = schemathesis.openapi.from_dict(json.loads(describe(OPERATIONS)))
    found = [result.ok() for result in document.get_all_operations()]
    return {operation.label: operation for operation in found}


DESCRIBED = described()


@dataclass(frozen=True)
class Live:
    """Where the line listens, and the names of something that is there."""

    url: str
    names: dict[str, Any]


@pytest.fixture(scope="module")
def live(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """``ivr serve`` on PostgreSQL, with a project, a home, an agent and a case."""
    with postgres.database(empty=True) as url:
        store = Store(url)
        schema.upgrade(store)
        store.close()
        folder = tmp_path_factory.mktemp("live")
        with open_city(folder, url, TUESDAY_AT_TEN, IVR_API_RATE="1000000") as city:
            base = f"{city.url}/api/v1"
            with httpx.Client(base_url=base, headers=HEADERS, trust_env=False, timeout=PATIENCE) as client:
                for path, body in (("/projects", PROJECT), ("/homes", HOME), ("/agents", AGENT)):
                    client.post(base + path, json=body).raise_for_status()
                number = client.post(base + "/cases", json=CASE).raise_for_status().json()["number"]
            ids = (
                "appointment_id",
                "agent_id",
                "closure_id",
                "entry_id",
                "task_id",
                "event_id",
                "recording_id",
            )
            names = dict.fromkeys(ids, 1) | {"number": number, "code": "101", "phone": OWNER, "sid": "CA0"}
            yield Live(base, names)
            assert city.errors == []


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_answer_is_documented_and_none_is_a_fault_of_ours(live: Live, name: str) -> None:
    operation = DESCRIBED[name]
    there = {each.name: live.names[each.name] for each in operation.path_parameters}
    kinds = [operation.as_strategy(GenerationMode.POSITIVE)]
    if there:
        kinds.append(operation.as_strategy(GenerationMode.POSITIVE, path_parameters=there))
    kinds.append(operation.as_strategy(GenerationMode.NEGATIVE))

    @EXAMPLES
    @given(case=st.one_of(kinds))
    def ask(case: Case) -> None:
        case.call_and_validate(base_url=live.url, headers=HEADERS, checks=CHECKS, timeout=PATIENCE)

    ask()
