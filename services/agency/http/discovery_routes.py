"""Routes of what a desk may find out before it sends: recipients, codes, the form of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path

from contracts.vocabulary.schema import desk_urn
from services.agency.discovery.records import code_lists, recipients, record_form
from services.agency.discovery.responses import CodeLists, Recipients, RecordForm
from services.agency.http.desk_request import Caller, Parts
from services.agency.http.interface.openapi import operation
from services.agency.http.interface.portable_schema import example
from services.agency.office.responses.sending import SendAnswer
from services.platform.http.problems import ProblemError


def add_discovery(app: FastAPI, parts: Parts, described: Callable[[], Mapping[str, Any]]) -> None:
    """GET /v1/desks, /v1/codes and /v1/records/{kind}.

    Args:
        described: `/openapi.json`, once all routes are there.
    """
    agency = parts.office.agency
    kept_lists: dict[tuple[str, ...], CodeLists] = {}  # of the conventions in force

    @app.get(
        "/v1/desks",
        **operation("discovery", "See whom the desk may write to", "Roles, their desks, the acts"),
    )
    async def get_desks(call: Caller) -> Recipients:
        """For what, with which data and conditions, and what is then owed, by the convention.

        What no act here leads to is refused whoever asks; what one of its conditions needs of the
        case or of the record, a dry run of `POST /v1/referrals` tells.
        """
        return recipients(agency, parts.kinds, call.desk, call.now)

    @app.get("/v1/codes", **operation("discovery", "Read every list of codes", "The lists"))
    async def get_codes(call: Caller) -> CodeLists:
        """Each code that requests and answers have, with its words in French and English."""
        at = call.now
        conventions = [agency.in_force(realm, at)[0] for realm in agency.realms]
        digests = tuple(convention.digest for convention in conventions)
        if digests not in kept_lists:
            kept_lists.clear()
            kept_lists[digests] = code_lists(conventions)
        return kept_lists[digests]

    @app.get(
        "/v1/records/{kind}",
        **operation("discovery", "Read the form of a record", "Schema, example, fields", "kind"),
    )
    async def get_record(
        kind: Annotated[
            str,
            Path(
                description="Kind of one of the agency's records.",
                examples=["information_preoccupante"],
            ),
        ],
        _call: Caller,
    ) -> RecordForm:
        """JSON Schema and an example of a kind of record, and what each of its fields becomes."""
        if (model := parts.kinds.get(kind)) is None:
            expected = " or ".join(sorted(parts.kinds))
            raise ProblemError(404, "kind_unknown", "another kind", expected, "kind")
        schemas = described()["components"]["schemas"]
        return record_form(kind, model, schemas, example(schemas[model.__name__], schemas))


PING_S: Final = 900  # within which a desk's next PING is its last one


def add_check(app: FastAPI) -> None:
    """POST /check: a PING on the first bus of the token's desk."""

    @app.post("/check", status_code=202, include_in_schema=False)
    async def post_check(call: Caller) -> SendAnswer:
        return await call.publish(
            "ping", {"realm": _realm(call)}, key=f"check {call.now // PING_S}"
        )


def _realm(call: Caller) -> str:
    """The first bus on which the directory names a desk; of an unknown desk, any."""
    agency = call.parts.office.agency
    named = (
        realm
        for realm in agency.realms
        if agency.in_force(realm, call.now)[1].desk(desk_urn(realm, call.desk)) is not None
    )
    return next(named, agency.realms[0])
