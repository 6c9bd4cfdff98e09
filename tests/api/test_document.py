"""The OpenAPI document tells all that the API does."""

from typing import Any

import pytest

from tests.api.conftest import Client

PROMISED = {
    "POST /projects",
    "GET /projects",
    "GET /projects/{code}",
    "PATCH /projects/{code}",
    "GET /projects/{code}/slots",
    "POST /homes",
    "GET /homes",
    "POST /cases",
    "GET /cases",
    "GET /cases/{number}",
    "POST /cases/{number}/appointments",
    "DELETE /cases/{number}/appointments/{appointment_id}",
    "POST /cases/{number}/appointments/{appointment_id}/missed",
    "POST /cases/{number}/inspection",
    "POST /cases/{number}/works-done",
    "POST /cases/{number}/acknowledge",
    "POST /cases/{number}/cancel",
    "POST /agents",
    "GET /agents",
    "PATCH /agents/{agent_id}",
    "GET /calls/{sid}",
    "GET /calls",
    "POST /closures",
    "GET /closures",
    "DELETE /closures/{closure_id}",
    "GET /tasks",
    "POST /tasks/{task_id}/done",
    "GET /owners/{phone}/export",
    "DELETE /owners/{phone}",
}


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    """As anybody may read it, without a token."""
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_call_of_the_contract_is_described(document: dict[str, Any]) -> None:
    assert operations(document).keys() >= PROMISED


def test_every_operation_says_who_may_call_it_and_how_it_may_fail(document: dict[str, Any]) -> None:
    assert document["security"] == [{"token": []}]
    scheme = document["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    described = operations(document)
    for name, operation in described.items():
        expected = {"401", "403", "422", "429", "500", "503"}
        expected |= {"404"} if "{" in name else set()
        expected |= {"400", "413", "415"} if "requestBody" in operation else set()
        assert expected <= operation["responses"].keys(), name
        assert operation["summary"], name
    assert len({operation["operationId"] for operation in described.values()}) == len(described)


def test_every_reference_leads_to_a_schema(document: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, list):
            return [found for each in part for found in references(each)]
        if not isinstance(part, dict):
            return []
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for each in part.values() for found in references(each)]

    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    found = set(references(document))
    assert found
    assert found == schemas


def test_the_words_of_the_business_are_those_of_the_document(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Channel"]["enum"] == ["phone", "mobile", "email", "web"]
    assert schemas["UrgentKind"]["enum"] == ["water", "gas", "electricity"]
    assert schemas["AgentChange"]["properties"]["presence"]["enum"] == ["available", "away", "offline"]
    assert schemas["CallOut"]["properties"].keys() >= {"from", "to"}
    assert "default" not in schemas["ProjectChange"]["properties"]["name"]
