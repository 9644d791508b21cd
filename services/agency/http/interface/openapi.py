"""`/openapi.json`: FastAPI's own document, with what FastAPI cannot read off a route.

Answers are described by their models (`office/responses/`). Requests are read by `json_body.py` and
validated by the agency's own records, so their models are named here; refusals are the codes of
`problem_codes.py`. `portable_schema.py` then makes every schema one that any reader takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from services.agency.http.interface import problem_codes
from services.agency.http.interface.portable_schema import portable
from services.agency.office.requests.replies import (
    AcknowledgeRequest,
    LookUpRequest,
    OutcomeRequest,
)
from services.agency.office.responses.common import Realm, ResponseModel, member
from services.agency.office.responses.inbox import ArrivalNotice
from services.agency.office.responses.sending import AddresseeVerdict, LeftOutField, SendAnswer
from services.agency.record.record import Record
from services.labels.problem_texts import At
from services.platform.http.problems import MEDIA_TYPE, Problem, ProblemError

ARRIVAL: Final = "inbox.arrival"
_HEADERS: Final = {  # name -> pattern, example, what it is
    "webhook-id": (
        "^msg_[A-Za-z0-9_-]{24}$",
        "msg_q0fP0nM1yG2tS8dQm4vXhWc7",
        "The same for each try of a message: pass over one that you know.",
    ),
    "webhook-timestamp": (
        "^[0-9]+$",
        "1788760800",
        "Instant of this try, seconds; refuse one that is more than five minutes off.",
    ),
    "webhook-signature": (
        "^v1a?,[A-Za-z0-9+/=]+( [^ ]+)*$",
        f"v1a,{'A' * 86}== v1,{'A' * 43}=",
        (
            "Of the bytes `id.timestamp.body`: Ed25519 (`v1a`) and HMAC-SHA-256 (`v1`), either "
            "suffices."
        ),
    ),
}
_ANSWERS: Final = {
    "2XX": "Taken; the body is not read",
    "410": "You want no more: nothing is posted until `POST /v1/webhook/resume`",
    "429": "Later, after `Retry-After`; 502, 504 and no answer within 15 s mean the same",
    "default": "Not taken: it is tried again, ten times in 75 hours; no redirect is followed",
}


# Its name is the operator's to give: relative, it is where the document was read.
SERVER: Final = {"url": "/", "description": "The service that serves this document."}
CREATED: Final = "Location"
MAX_KEY: Final = 200  # characters of an Idempotency-Key
_JSON: Final = "application/json"
_REF: Final = "#/components/schemas/{model}"
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": MAX_KEY, "pattern": "^[ -~]+$"},
    "description": "Same key and same body: the same answer. Same key, other body: 409.",
    "example": "0d3c7f5a-9a51-4b8e-8c0b-1f6f8f1f0c11",
}
_LOCATION: Final = {
    "description": "Where the first event stands; absent if there is none.",
    "schema": {"type": "string", "pattern": "^/v1/referrals/"},
}
_SMALL: Final[dict[str, type[BaseModel]]] = {
    "acknowledge": AcknowledgeRequest, "outcome": OutcomeRequest, "look_up": LookUpRequest,
}  # fmt: skip
_SMALL_EXAMPLES: Final = {
    "acknowledge": {"stage": "received"},
    "outcome": {"code": "closed", "on": "2026-12-14"},
    "look_up": {"case": "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k"},
}


def webhooks(schema: str) -> dict[str, Any]:
    """The section."""
    posted = {
        "operationId": "receive_arrival",
        "tags": ["webhooks"],
        "summary": "Be told of an arrival",
        "description":
            "Something has arrived in the desk's inbox.\n\nPosted to the address that the "
            "operator of the "
        "service has set for the desk, at least once, by Standard Webhooks: verify the bytes as "
        "they came, before "
        "they are parsed. It names the event and never what it holds.",
        "parameters": [
            {
                "name": name, "in": "header", "required": True, "description": told,
                "schema": {"type": "string", "pattern": pattern}, "example": example,
            }
            for name, (pattern, example, told) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "description": "Canonical JSON (RFC 8785).",
            "content": {"application/json": {"schema": {"$ref": schema}}},
        },
        "responses": {status: {"description": told} for status, told in _ANSWERS.items()},
        "security": [],
    }  # fmt: skip
    return {ARRIVAL: {"post": posted}}


class LostRange(ResponseModel):
    """Offsets of an inbox partition that are no longer kept."""

    realm: Realm
    partition: int = member("Of the inbox topic.", 3)
    first: int = Field(alias="from", description="First lost offset.", examples=[17])
    last: int = Field(alias="to", description="Last lost offset.", examples=[40])


class AgencyProblem(Problem):
    """Why a request was refused (RFC 9457). It never repeats what was sent."""

    code: Annotated[
        Literal[tuple(problem_codes.CODES)],  # type: ignore[valid-type]
        member(
            "Cause: the last word of `type`. "
            + " ".join(f"`{code}`: {one.meaning}" for code, one in problem_codes.CODES.items()),
            "event_unknown",
        ),
    ]
    at: At = member(Problem.model_fields["at"].description, "issuer")
    next: str = member(
        Problem.model_fields["next"].description,
        "Take an id that an answer to this desk has named.",
    )
    to: tuple[AddresseeVerdict, ...] | None = member(
        "Of `nothing_to_publish`: reasons and suggested recipients, desk by desk.", default=None
    )
    left_out: tuple[LeftOutField, ...] | None = member(
        "Of `nothing_to_publish`: fields of the record, with reasons.", default=None
    )
    gaps: tuple[LostRange, ...] | None = member(
        "Of `cursor_too_old`: what cannot be read any more.", default=None
    )


def operation(
    tag: str,
    summary: str,
    success: str,
    codes: str = "",
    *,
    kinds: Mapping[str, type[Record]] | None = None,
) -> dict[str, Any]:
    """Keyword arguments of a FastAPI route: its title, status, answers, body and headers.

    Args:
        success: what its answer says.
        codes: groups of those that it may be refused with.
        kinds: the records that it takes, if it takes one.
    """
    groups = codes.split()
    extra: dict[str, Any] = {}
    if "publish" in groups:
        extra["parameters"] = [_KEY]
    if (body := _body(groups, kinds)) is not None:
        extra["requestBody"] = body
    responses = _refusals(groups)
    if "publish" in groups:
        responses[202] = {"headers": {CREATED: _LOCATION}}
    if kinds is not None:
        responses[200] = {"description": "A dry run: nothing was published", "model": SendAnswer}
    return {
        "tags": [tag],
        "status_code": 202 if "publish" in groups else None,
        "summary": summary,
        "response_description": success,
        "responses": responses,
        "response_model_exclude_none": True,
        "openapi_extra": extra,
    }


def _refusals(groups: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    refusals: dict[int | str, dict[str, Any]] = {}
    for status, codes in problem_codes.of(groups).items():
        listed = "".join(f"\n- `{code}`: {meaning}" for code, meaning in codes.items())
        example = ProblemError(status, next(iter(codes))).document()
        refusals[status] = {
            "description": f"{HTTPStatus(status).phrase}:\n{listed}",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": _REF.format(model="Problem")},
                    "example": example | {"request_id": "3f9c2b7d51e8a604"},
                }
            },
        }
    return refusals


def _body(groups: Iterable[str], kinds: Mapping[str, type[Record]] | None) -> dict[str, Any] | None:
    if kinds is not None:
        refs = {kind: _REF.format(model=one.__name__) for kind, one in kinds.items()}
        schema: dict[str, Any] = {
            "oneOf": [{"$ref": ref} for ref in sorted(set(refs.values()))],
            "discriminator": {"propertyName": "kind", "mapping": refs},
        }
        return {
            "required": True,
            "description": "The agency's own record, in its own words: one kind of those below.",
            "content": {_JSON: {"schema": schema}},
        }
    name = next((group for group in groups if group in _SMALL), None)
    if name is None:
        return None
    return {
        "required": name != "acknowledge",
        "content": {
            _JSON: {
                "schema": {"$ref": _REF.format(model=_SMALL[name].__name__)},
                "example": _SMALL_EXAMPLES[name],
            }
        },
    }


def document(app: FastAPI, kinds: Mapping[str, type[Record]]) -> dict[str, Any]:
    """The document of one agency's application."""
    described = app.openapi()
    schemas = described["components"]["schemas"]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    models: list[type[BaseModel]] = [*dict.fromkeys(kinds.values()), *_SMALL.values()]
    _, requests = models_json_schema([(one, "validation") for one in models], ref_template=_REF)
    told = (AgencyProblem, ArrivalNotice)
    _, answers = models_json_schema([(one, "serialization") for one in told], ref_template=_REF)
    described["webhooks"] = webhooks(_REF.format(model=ArrivalNotice.__name__))
    answers["$defs"]["Problem"] = answers["$defs"].pop("AgencyProblem")
    schemas |= requests["$defs"] | answers["$defs"]
    return portable(described, {model.__name__ for model in kinds.values()})
