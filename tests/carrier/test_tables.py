"""The committed tables are whole, and the parsers that made them understand what they read."""

import re

import pytest

from tests.carrier import documents, limits, rest
from tests.carrier.derive import OPERATIONS, REST_PACKAGE, TWIML_PACKAGE, parse_rest, parse_twiml, tag_of

TYPES = """
declare class VoiceResponse extends TwiML {
    /** <Response> TwiML for Voice */
    constructor();
    comment(comment: string): XMLElement;
    dial(number?: string): VoiceResponse.Dial;
    dial(attributes?: VoiceResponse.DialAttributes, number?: string): VoiceResponse.Dial;
    refer(attributes?: VoiceResponse.ReferAttributes): VoiceResponse.Refer;
    say(attributes: VoiceResponse.SayAttributes, message: string): VoiceResponse.Say;
}
declare namespace VoiceResponse {
    type DialTrim = "trim-silence" | "do-not-trim";
    type SayEvent = "start" | "end";
    export interface DialAttributes {
        /** timeout - Time to wait for answer */
        timeout?: number;
        /** trim - Trim the recording */
        trim?: DialTrim;
    }
    export interface SayAttributes {
        statusEvent?: SayEvent[];
        "xml:lang"?: string;
    }
    export interface SayAttributes {
        loud?: boolean;
    }
    export class Dial extends TwiML {
        dial: XMLElement;
        constructor(dial: XMLElement);
    }
    export class Refer extends TwiML {
        refer: XMLElement;
        sip(sipUrl: string): VoiceResponse.ReferSip;
    }
    export class ReferSip extends TwiML {
        referSip: XMLElement;
    }
    export class Say extends TwiML {
        say: XMLElement;
        sayAs(attributes: VoiceResponse.SsmlSayAsAttributes, words: string): VoiceResponse.SsmlSayAs;
    }
    export class SsmlSayAs extends TwiML {
        ssmlSayAs: XMLElement;
    }
    export {};
}
"""

PHONE = {"type": "string", "format": "phone-number"}
CALLS = {
    "post": {
        "operationId": "CreateCall",
        "parameters": [{"name": "AccountSid", "in": "path", "schema": {"pattern": "^AC"}, "required": True}],
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "required": ["To"],
                        "properties": {
                            "To": PHONE | {"description": "left out"},
                            "Events": {"type": "array", "items": {"$ref": "#/components/schemas/event"}},
                        },
                    }
                }
            }
        },
        "responses": {
            "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/call"}}}}
        },
    },
    "get": {
        "operationId": "ListCall",
        "parameters": [{"name": "To", "in": "query", "schema": PHONE}],
        "responses": {
            "200": {
                "content": {
                    "application/json": {
                        "schema": {
                            "properties": {
                                "calls": {"type": "array", "items": {"$ref": "#/components/schemas/call"}},
                                "page": {"type": "integer"},
                            }
                        }
                    }
                }
            }
        },
    },
    "delete": {"operationId": "DeleteCall", "responses": {"204": {"description": "Gone"}}},
    "description": "Calls",
}
OPENAPI = {
    "paths": {"/Calls.json": CALLS, "/Other.json": {"get": {"operationId": "ListOther", "responses": {}}}},
    "components": {
        "schemas": {
            "event": {"type": "string", "enum": ["ringing"]},
            "call": {"properties": {"sid": {"type": "string"}, "status": {"type": "string"}}},
        }
    },
}


def test_the_types_become_elements_with_attributes_children_and_text() -> None:
    table = parse_twiml(TYPES)
    assert table["enums"] == {"DialTrim": ["trim-silence", "do-not-trim"], "SayEvent": ["start", "end"]}
    assert table["elements"]["Response"] == {
        "tag": "Response",
        "attributes": {},
        "children": {"Dial": "Dial", "Refer": "Refer", "Say": "Say"},
        "text": "none",
    }
    assert table["elements"]["Dial"] == {
        "tag": "Dial",
        "attributes": {"timeout": {"type": "number"}, "trim": {"type": "enum", "enum": "DialTrim"}},
        "children": {},
        "text": "optional",
    }
    assert table["elements"]["Refer"]["children"] == {"Sip": "ReferSip"}
    assert table["elements"]["Say"]["children"] == {"say-as": "SsmlSayAs"}
    assert table["elements"]["Say"]["text"] == "required"


def test_attributes_of_an_interface_declared_twice_are_put_together() -> None:
    assert parse_twiml(TYPES)["elements"]["Say"]["attributes"] == {
        "statusEvent": {"type": "enum", "enum": "SayEvent", "list": True},
        "xml:lang": {"type": "string"},
        "loud": {"type": "boolean"},
    }


@pytest.mark.parametrize(
    ("class_name", "tag"), [("Say", "Say"), ("SsmlSayAs", "say-as"), ("SsmlP", "p"), ("SipUri", "Uri")]
)
def test_a_class_renders_as_its_tag(class_name: str, tag: str) -> None:
    assert tag_of(class_name) == tag


def test_the_openapi_file_becomes_the_chosen_operations() -> None:
    operations = parse_rest(OPENAPI)["operations"]
    assert list(operations) == ["CreateCall", "DeleteCall", "ListCall"]
    assert operations["CreateCall"] == {
        "method": "POST",
        "path": "/Calls.json",
        "segments": {"AccountSid": {"pattern": "^AC", "required": True}},
        "query": {},
        "form": {
            "To": PHONE | {"required": True},
            "Events": {"type": "string", "enum": ["ringing"], "array": True},
        },
        "answer": {"status": 201, "fields": ["sid", "status"]},
    }
    assert operations["ListCall"]["query"] == {"To": PHONE}
    assert operations["ListCall"]["answer"] == {"status": 200, "list": "calls", "fields": ["sid", "status"]}
    assert operations["DeleteCall"]["answer"] == {"status": 204}


def test_the_tables_name_the_packages_they_come_from() -> None:
    for table, (package, version, _) in ((documents.TABLE, TWIML_PACKAGE), (rest.TABLE, REST_PACKAGE)):
        assert table["source"].keys() == {"package", "version", "file"}
        assert (table["source"]["package"], table["source"]["version"]) == (package, version)


def test_every_child_and_every_enumeration_of_the_twiml_table_exists() -> None:
    for element in documents.ELEMENTS.values():
        assert element["text"] in {"none", "optional", "required"}
        for tag, child in element["children"].items():
            assert documents.ELEMENTS[child]["tag"] == tag
        for attribute in element["attributes"].values():
            assert attribute["type"] in {"string", "number", "boolean", "enum"}
            assert attribute["type"] != "enum" or documents.ENUMS[attribute["enum"]]


def test_the_twiml_table_is_as_large_as_the_carrier_published_it() -> None:
    assert len(documents.ENUMS["SayVoice"]) == 900
    assert len(documents.ENUMS["SayLanguage"]) == 69
    assert len(documents.ENUMS["GatherLanguage"]) == 130
    assert len(documents.ELEMENTS["Dial"]["attributes"]["ringTone"]) == 2
    assert documents.ELEMENTS["Leave"]["attributes"] == {}


def test_every_chosen_operation_stands_in_the_rest_table() -> None:
    assert set(rest.TABLE["operations"]) == set(OPERATIONS)
    for operation in rest.TABLE["operations"].values():
        assert set(re.findall(r"\{(\w+)\}", operation["path"])) == set(operation["segments"])


def test_every_limit_is_about_something_in_the_tables() -> None:
    for key in {*limits.TWIML_RANGES, *limits.TWIML_PATTERNS, *limits.VALUES_BEYOND_TYPES}:
        element, attribute = key.split(".")
        known = key in limits.TWIML_BEYOND_TYPES or attribute in documents.ELEMENTS[element]["attributes"]
        assert known, key
    for key in limits.TWIML_BEYOND_TYPES:
        element, attribute = key.split(".")
        assert attribute not in documents.ELEMENTS[element]["attributes"]
    voices = {f"Polly.{name}" for names in limits.SPANISH_VOICES.values() for name in names}
    assert voices <= set(documents.ENUMS["SayVoice"])
    assert set(limits.SPANISH_VOICES) <= set(documents.ENUMS["SayLanguage"])


def test_every_limit_of_a_request_is_about_one_of_its_parameters() -> None:
    for key in {*limits.REST_RANGES, *limits.REST_PATTERNS}:
        operation, parameter = key.split(".")
        described = rest.OPERATIONS[operation]
        assert parameter in {*described["form"], *described["segments"]}, key
