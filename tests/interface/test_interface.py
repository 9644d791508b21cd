"""Nothing breaks the callers of the last release, and the comparison finds each kind of break."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from contracts.vocabulary.scopes import AGENCIES
from tests.interface.breaking import Comparison
from tests.interface.kept import compared

Change = Callable[[dict[str, Any]], object]

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/v1/letters": {
            "post": {
                "operationId": "send",
                "parameters": [
                    {"name": "dry", "in": "query", "schema": {"type": "string", "maxLength": 9}}
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Letter"}}
                    }
                },
                "responses": {
                    "202": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}
                        }
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Letter": {
                "type": "object",
                "required": ["to"],
                "properties": {
                    "to": {"type": "string", "enum": ["crip", "pol"]},
                    "text": {"type": "string", "maxLength": 100},
                    "copies": {"type": "array", "items": {"$ref": "#/components/schemas/Letter"}},
                },
            },
            "Answer": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["a"]},
                },
            },
        }
    },
}


def operation(document: dict[str, Any]) -> dict[str, Any]:
    """The one operation."""
    found: dict[str, Any] = document["paths"]["/v1/letters"]["post"]
    return found


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A schema."""
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


BREAKS: dict[str, Change] = {
    "the operation is gone": lambda d: d["paths"].clear(),
    "another operationId": lambda d: operation(d).update(operationId="post"),
    "parameter dry is gone": lambda d: operation(d)["parameters"].clear(),
    "parameter dry is demanded": lambda d: operation(d)["parameters"][0].update(required=True),
    "parameter dry: maxLength": lambda d: operation(d)["parameters"][0]["schema"].update(maxLength=8),
    "a body is demanded": lambda d: operation(d)["requestBody"].update(required=True),
    "status 202 is gone": lambda d: operation(d)["responses"].clear(),
    "application/json is gone": lambda d: operation(d)["responses"]["202"]["content"].clear(),
    "request.text: demanded": lambda d: schema(d, "Letter")["required"].append("text"),
    "request.text: gone": lambda d: schema(d, "Letter")["properties"].pop("text"),
    "request.text: another type": lambda d: schema(d, "Letter")["properties"]["text"].update(type="integer"),
    "request.text: maxLength is 99": lambda d: schema(d, "Letter")["properties"]["text"].update(maxLength=99),
    "request.text: a pattern is demanded": lambda d: schema(d, "Letter")["properties"]["text"].update(pattern="a"),
    "request.to: pol is taken no more": lambda d: schema(d, "Letter")["properties"]["to"]["enum"].remove("pol"),
    "answer 202.id: gone": lambda d: schema(d, "Answer")["properties"].pop("id"),
    "answer 202.id: may be absent": lambda d: schema(d, "Answer")["required"].clear(),
}  # fmt: skip
BREAKS_NOT: dict[str, Change] = {
    "another operation": lambda d: d["paths"].update({"/v1/other": {"get": operation(d)}}),
    "an optional member": lambda d: schema(d, "Letter")["properties"].update(more={"type": "string"}),
    "a longer text": lambda d: schema(d, "Letter")["properties"]["text"].update(maxLength=200),
    "another value taken": lambda d: schema(d, "Letter")["properties"]["to"]["enum"].append("ase"),
    "a member of an answer": lambda d: schema(d, "Answer")["properties"].update(more={"type": "string"}),
    "a value in an answer": lambda d: schema(d, "Answer")["properties"]["state"]["enum"].append("b"),
    "no longer demanded": lambda d: schema(d, "Letter")["required"].clear(),
}  # fmt: skip


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.anyio
async def test_nothing_breaks_the_callers_of_the_last_release(agency: str) -> None:
    """A break is a new version (use §2.1): the old one goes on beside it, or the change is made another way."""
    assert await compared(agency) == []


@pytest.mark.parametrize("told", BREAKS)
def test_a_break_is_told_where_it_is(told: str) -> None:
    """Each kind of change that a caller would notice, alone."""
    new = deepcopy(DOCUMENT)
    BREAKS[told](new)

    (line,) = Comparison(DOCUMENT, new).breaking()

    assert told in line
    assert line.startswith("POST /v1/letters")


@pytest.mark.parametrize("allowed", BREAKS_NOT)
def test_what_breaks_nobody_is_let_through(allowed: str) -> None:
    """More may be offered at any time."""
    new = deepcopy(DOCUMENT)
    BREAKS_NOT[allowed](new)

    assert list(Comparison(DOCUMENT, new).breaking()) == []


def test_what_a_receiver_is_posted_may_hold_more_and_not_less() -> None:
    """A webhook is a request that the caller reads: its members stay as those of an answer do."""
    answer = {"$ref": "#/components/schemas/Answer"}
    posted = {"post": {"requestBody": {"content": {"application/json": {"schema": answer}}}}}
    old, new = ({**deepcopy(DOCUMENT), "webhooks": {"arrival": posted}} for _ in range(2))
    new["paths"] = old["paths"] = {}

    schema(new, "Answer")["properties"]["more"] = {"type": "string"}
    assert list(Comparison(old, new).breaking()) == []

    schema(new, "Answer")["properties"].pop("id")
    assert list(Comparison(old, new).breaking()) == ["webhook arrival.id: gone"]
    assert list(Comparison(old, {**new, "webhooks": {}}).breaking()) == ["webhook arrival: gone"]
