"""What `/openapi.json` says of each route beyond its path: bodies, answers, problems.

Requests are read by `json_body.py` and validated by the agency's own records, so their schemas are
given here rather than inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import Response
from pydantic.json_schema import models_json_schema

from services.agency.office.replies import AcknowledgeRequest, OutcomeRequest
from services.platform.http.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from services.agency.http.routes import Parts

CREATED: Final = "Location"
_JSON: Final = "application/json"
_LIST: Final = {"type": "array", "items": {"type": "object"}}
_TEXT: Final = {"type": "string"}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Same key and same body: the same answer. Same key, other body: 409.",
}
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457, `urn:relais:problem:<code>`; never repeats what was sent.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "code": _TEXT, "got": _TEXT,
        "expected": _TEXT, "place": _TEXT,
    },
}  # fmt: skip
_PUBLISHED: Final = {
    "type": "object",
    "properties": {
        "outcome": {"enum": ["published", "published_in_part", "attempt_recorded"]},
        "sent_to": {"type": "array", "items": _TEXT, "description": "desks that content goes to"},
        "doors": {**_LIST, "description": "the right doors for what was not sent"},
        "events": {"type": "array", "items": _TEXT, "description": "ids of the events"},
        "case": {**_TEXT, "description": "token of the case, to be quoted as `case`"},
        "dry_run": {"type": "boolean"},
        "published": {**_LIST, "description": "id, type, realm, case, attempt of each event"},
        "to": {
            **_LIST,
            "description": "by desk: verdict, clause, scopes, left_out, reasons, doors",
        },
        "left_out": {**_LIST, "description": "record fields not published, with reasons"},
    },
}
_STATUS: Final = {
    "type": "object",
    "properties": {
        "event": _TEXT, "type": _TEXT, "realm": _TEXT, "case": _TEXT, "issued": _TEXT,
        "state": {"enum": ["published", "decided", "refused", "quarantined"]},
        "attempt": {"type": "boolean"}, "withdrawn": {"type": "boolean"},
        "overdue": {"type": "boolean"}, "to": _LIST, "duties": _LIST,
    },
}  # fmt: skip
_INBOX: Final = {
    "type": "object",
    "properties": {
        "desk": _TEXT,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "description": "An arrival; with `error` and no content if it did not verify.",
                "properties": {
                    "event": _TEXT, "case": _TEXT, "realm": _TEXT, "from": _TEXT, "type": _TEXT,
                    "purpose": _TEXT, "delivered_at": _TEXT, "issued_at": _TEXT,
                    "parts": {"type": "object", "description": "scope → content"},
                    "clauses": {"type": "object", "description": "scope → clause"},
                    "owes": _LIST, "receipt": _TEXT, "error": _TEXT,
                    "withdrawn": {"type": "boolean"},
                },
            },
        },
        "cursor": {**_TEXT, "description": "for `after`; opaque, authenticated"},
        "missing": {**_LIST, "description": "sequence numbers that never came"},
    },
}  # fmt: skip
_DUTIES: Final = {"type": "object", "properties": {"desk": _TEXT, "duties": _LIST}}

# Every route refuses parameters that it does not have: 422.
_DESK: Final = (401, 403, 422, 429, 503)
_BODY: Final = (400, 409, 413, 415)
_ANSWERS: Final = {
    "post_referral": (_PUBLISHED, "Send a record", (*_DESK, *_BODY)),
    "get_referral": (_STATUS, "Follow an event", (*_DESK, 404)),
    "withdraw": (_PUBLISHED, "Withdraw an event", (*_DESK, 404, 409)),
    "get_inbox": (_INBOX, "Read the inbox", (*_DESK, 400, 410)),
    "acknowledge": (_PUBLISHED, "Acknowledge an arrival", (*_DESK, *_BODY, 404)),
    "outcome": (_PUBLISHED, "Give an arrival's outcome", (*_DESK, *_BODY, 404)),
    "get_duties": (_DUTIES, "See what is owed", _DESK),
}


def described(route: str, parts: Parts) -> dict[str, Any]:
    """Keyword arguments of a FastAPI route: its answers, its body and its headers."""
    schema, summary, problems = _ANSWERS[route]
    success = 202 if schema is _PUBLISHED else 200
    responses: dict[int | str, Any] = {
        success: {"description": "Accepted" if success == 202 else "Found", **_content(schema)}
    }
    if route == "post_referral":
        responses[200] = {"description": "Dry run: nothing was published", **_content(schema)}
    for status in sorted(problems):
        responses[status] = {
            "description": "Refused",
            "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
        }
    extra: dict[str, Any] = {"operationId": route}
    if success == 202:
        extra["parameters"] = [_KEY]
    if (body := _request_of(route, parts)) is not None:
        required = route != "acknowledge"
        extra["requestBody"] = {"required": required, **_content(body)}
    return {
        "summary": summary, "responses": responses, "openapi_extra": extra,
        "response_class": Response,
    }  # fmt: skip


def _content(schema: Any) -> dict[str, Any]:
    return {"content": {_JSON: {"schema": schema}}}


def _request_of(route: str, parts: Parts) -> dict[str, Any] | None:
    if route == "acknowledge":
        return AcknowledgeRequest.model_json_schema()
    if route == "outcome":
        return _inlined(OutcomeRequest)
    if route == "post_referral":
        kinds = list(dict.fromkeys(parts.kinds.values()))
        return {"oneOf": [_inlined(kind) for kind in kinds]}
    return None


def _inlined(model: Any) -> dict[str, Any]:
    """A model's schema without references: a request's schema stands in no `components`."""
    _, found = models_json_schema([(model, "validation")], ref_template="{model}")
    definitions: dict[str, Any] = found.get("$defs", {})

    def expand(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return expand(definitions[node["$ref"]])
            return {name: expand(value) for name, value in node.items()}
        if isinstance(node, list):
            return [expand(one) for one in node]
        return node

    expanded: dict[str, Any] = expand(definitions[model.__name__])
    return expanded
