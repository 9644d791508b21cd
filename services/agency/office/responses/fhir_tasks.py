"""Where an own event stands, as FHIR R4 tasks (use §2.5): a view to read, made of the status and of nothing else.

States are those of SDOH Clinical Care's `Task`. One desk is one task, since a task has one owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid5

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import desk_urn
from services.agency.office.responses.fhir import (
    FhirBundle,
    FhirCoding,
    FhirConcept,
    FhirEntry,
    FhirIdentifier,
    FhirPeriod,
    FhirReference,
    FhirRestriction,
    FhirTask,
    TaskState,
)
from services.agency.office.responses.standing import DeskStatus, DutyStatus, EventStatus

FULFILL: Final = FhirCoding(system="http://hl7.org/fhir/CodeSystem/task-code", code="fulfill")
CODES: Final = "urn:relais:codes:"
REFUSED: Final = frozenset({"withheld", "refused", "left_out"})
# A desk's own word, the furthest first: what it declined or could not read is no longer owed.
STAGES: Final[dict[str, TaskState]] = {
    "declined": "rejected",
    "unreadable": "failed",
    "decided": "completed",
    "started": "in-progress",
    "accepted": "accepted",
    "received": "received",
}


def tasks(status: EventStatus, issuer: str, now: int) -> FhirBundle:
    """A bundle of the event's tasks.

    Args:
        issuer: short id of the desk whose event it is.
        now: seconds.
    """
    made = [_task(status, desk, issuer) for desk in status.to]
    entries = tuple(FhirEntry(full_url=f"urn:uuid:{one.id}", resource=one) for one in made)
    return FhirBundle(timestamp=rfc3339(now), entry=entries or None)


def _task(status: EventStatus, desk: DeskStatus, issuer: str) -> FhirTask:
    owing = (desk.desk, *(desk.heirs or ()))
    duties = [duty for duty in status.duties if duty.debtor in owing]
    due = min((duty.due for duty in duties if duty.state == "open"), default=None)
    state, standing = _stands(status, desk, duties)
    reasons = desk.reasons or status.reasons or ()
    return FhirTask(
        id=str(uuid5(UUID(status.event), desk.desk)),
        group=FhirIdentifier(value=f"urn:uuid:{status.event}"),
        status=state,
        why=_concept("reasons", reasons) if state == "rejected" else None,
        standing=FhirConcept(coding=(_coding("standing", standing),)),
        code=FhirConcept(coding=(FULFILL, _coding("event_types", status.type))),
        authored=status.issued,
        modified=max((told.at for told in desk.acknowledged), default=status.issued),
        requester=_desk(status.realm, issuer),
        owner=_desk(status.realm, desk.desk),
        purpose=_concept("purposes", (desk.purpose,) if desk.purpose else ()),
        restriction=FhirRestriction(period=FhirPeriod(end=due)) if due else None,
    )


def _stands(
    status: EventStatus, desk: DeskStatus, duties: Iterable[DutyStatus]
) -> tuple[TaskState, str]:
    """FHIR's state, and our own word that it follows from."""
    if desk.withdrawn:
        return "cancelled", "withdrawn"
    if desk.state in REFUSED:
        return "rejected", desk.state
    if status.state == "quarantined":
        return "on-hold", "quarantined"
    if status.state == "refused":
        return "rejected", "refused"
    told = {one.stage for one in desk.acknowledged}
    stage = next((one for one in STAGES if one in told), "")
    state: TaskState = STAGES.get(stage, "requested")
    acts = [duty.state for duty in duties if not duty.act.startswith("ACK:")]
    if state in ("rejected", "failed") or "closed" not in acts:
        return state, stage or desk.state
    return ("in-progress", "answered_in_part") if "open" in acts else ("completed", "answered")


def _coding(codes: str, code: str) -> FhirCoding:
    return FhirCoding(system=f"{CODES}{codes}", code=code)


def _concept(codes: str, listed: Iterable[str]) -> FhirConcept | None:
    coding = tuple(_coding(codes, code) for code in listed)
    return FhirConcept(coding=coding) if coding else None


def _desk(realm: str, desk: str) -> FhirReference:
    return FhirReference(identifier=FhirIdentifier(value=desk_urn(realm, desk)))
