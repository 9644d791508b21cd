"""Child welfare's records become drafts; each desk's mappings stand in a module of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.decision.draft import AddressBook, Draft, Issuer
from services.agency.record.drafting import Drafter, run
from services.child_welfare import ase_intake, crip_intake, field_intake
from services.child_welfare.records import KINDS

_DRAFTERS: Final[dict[str, Drafter]] = {
    **crip_intake.DRAFTERS,
    **ase_intake.DRAFTERS,
    **field_intake.DRAFTERS,
}


def intake(record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
    """Drafts of one record of child welfare.

    Raises:
        IntakeError: the record cannot become an event; says field and expectation, no value.
    """
    return run(KINDS, _DRAFTERS, record, issuer, book)
