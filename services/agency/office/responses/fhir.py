"""FHIR R4 as far as `GET /v1/referrals/{event_id}/tasks` speaks it: a bundle of tasks (use §2.5)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from services.agency.office.responses.common import Moment, ResponseModel

URI: Final = "urn:ietf:rfc:3986"  # FHIR's system of identifiers that are URIs
TaskState = Literal[
    "requested", "received", "accepted", "in-progress", "on-hold", "completed", "rejected", "cancelled", "failed",
]  # fmt: skip


class FhirCoding(ResponseModel):
    """A code, and whose it is."""

    system: Annotated[
        str,
        Field(
            description="FHIR's own, or `urn:relais:codes:` with the name of a list of `GET /v1/codes`; "
            "`standing` is that of `businessStatus`.",
            examples=["urn:relais:codes:event_types"],
        ),
    ]
    code: Annotated[str, Field(description="The code.", examples=["IP"])]


class FhirConcept(ResponseModel):
    """A CodeableConcept."""

    coding: Annotated[tuple[FhirCoding, ...], Field(description="Its codes.")]


class FhirIdentifier(ResponseModel):
    """An Identifier that is a URI."""

    system: Annotated[
        Literal["urn:ietf:rfc:3986"], Field(description="That of URIs.", examples=[URI])
    ] = "urn:ietf:rfc:3986"
    value: Annotated[str, Field(description="The URI.", examples=["urn:relais:civil:desk:crip"])]


class FhirReference(ResponseModel):
    """A Reference by identifier: nothing can be fetched by it."""

    type: Annotated[
        Literal["Organization"], Field(description="A desk.", examples=["Organization"])
    ] = "Organization"
    identifier: Annotated[FhirIdentifier, Field(description="The desk's name on the bus.")]


class FhirPeriod(ResponseModel):
    """A Period of which the end is known."""

    end: Annotated[Moment, Field(description="Its last instant.")]


class FhirRestriction(ResponseModel):
    """`Task.restriction`."""

    period: Annotated[FhirPeriod, Field(description="By when.")]


class FhirTask(ResponseModel):
    """What one desk is asked by one event, and how far it is; no person, no case and no content."""

    resource_type: Annotated[
        Literal["Task"],
        Field(alias="resourceType", description="FHIR's word for it.", examples=["Task"]),
    ] = "Task"
    id: Annotated[
        str,
        Field(
            description="UUID made of event and desk: the same each time.",
            examples=["7b7f0a1e-9c1e-5a53-9f0e-2f6d3a0d5c11"],
        ),
    ]
    group: Annotated[
        FhirIdentifier,
        Field(alias="groupIdentifier", description="The event: all tasks of one have it."),
    ]
    status: Annotated[
        TaskState, Field(description="How far it is, in FHIR's words.", examples=["received"])
    ]
    why: Annotated[
        FhirConcept | None,
        Field(alias="statusReason", description="Reasons of a refusal, by code."),
    ] = None
    standing: Annotated[
        FhirConcept, Field(alias="businessStatus", description="The same in the bus's own words.")
    ]
    intent: Annotated[
        Literal["order"], Field(description="As SDOH Clinical Care has it.", examples=["order"])
    ] = "order"
    code: Annotated[FhirConcept, Field(description="To fulfil it, and the event's type.")]
    authored: Annotated[Moment, Field(alias="authoredOn", description="When it was sealed.")]
    modified: Annotated[
        Moment, Field(alias="lastModified", description="When its desk last told how far it is.")
    ]
    requester: Annotated[FhirReference, Field(description="Who sent it.")]
    owner: Annotated[FhirReference, Field(description="Whom it is for.")]
    purpose: Annotated[
        FhirConcept | None, Field(alias="reasonCode", description="The purpose, by code.")
    ] = None
    restriction: Annotated[
        FhirRestriction | None, Field(description="Until when its desk owes something, if it does.")
    ] = None


class FhirEntry(ResponseModel):
    """An entry of a bundle."""

    full_url: Annotated[
        str,
        Field(
            alias="fullUrl",
            description="The task's name.",
            examples=["urn:uuid:7b7f0a1e-9c1e-5a53-9f0e-2f6d3a0d5c11"],
        ),
    ]
    resource: Annotated[FhirTask, Field(description="The task.")]


class FhirBundle(ResponseModel):
    """The tasks of one event, one a desk."""

    resource_type: Annotated[
        Literal["Bundle"],
        Field(alias="resourceType", description="FHIR's word for it.", examples=["Bundle"]),
    ] = "Bundle"
    type: Annotated[
        Literal["collection"], Field(description="A set, read as it is.", examples=["collection"])
    ] = "collection"
    timestamp: Annotated[Moment, Field(description="When this was told.")]
    entry: Annotated[
        tuple[FhirEntry, ...] | None, Field(description="Absent of an event that names no desk.")
    ] = None
