"""Synthetic records, one a kind: those of `services.sandbox.records`.

Every free-form field holds the word CANARY: replace it with a unique marker and search for that.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.decision.draft import Draft, Issuer
from contracts.vocabulary.scopes import AGENCIES, REALMS, ROLES
from services.agency.office.sending.identity import Book
from services.agency.trade import trade_of
from services.sandbox.records import CANARY, synthetic_record
from tests.contracts.envelope import kit

# The demo's desks (plan of the federation): short id -> role.
DESKS: Final = {desk: role for desk, (role, _realms, _secrecy) in kit.DESKS.items()}
# What only the second version has a clause for.
LATER: Final = frozenset(
    ("justice", kind)
    for kind in (
        "information_preoccupante", "signalement", "signalement_copy", "runaway", "runaway_end",
    )
)  # fmt: skip


BOOK: Final = Book({realm: kit.realm(realm).directory for realm in REALMS})


def kinds(agency: str) -> dict[str, Any]:
    """The kinds of record of an agency's service."""
    found: dict[str, Any] = import_module(f"services.{agency}.records").KINDS
    return found


def sample(agency: str, kind: str, marker: str = CANARY, **changes: Any) -> dict[str, Any]:
    """A sample record, its canary replaced by `marker`; a change to None removes the field."""
    record = synthetic_record(agency, kind, marker) | changes
    return {name: value for name, value in record.items() if value is not None}


def concern(marker: str = CANARY, **changes: Any) -> dict[str, Any]:
    """A school's information préoccupante, which most tests send."""
    return sample("education", "information_preoccupante", marker, **changes)


def desk_of(role: str) -> str:
    """The first desk of a role."""
    return next(desk for desk, one in DESKS.items() if one == role)


def drafts(agency: str, record: dict[str, Any], role: str) -> list[Draft]:
    """What the agency's intake makes of a record filed by the first desk of a role."""
    return trade_of(agency).intake(record, Issuer(desk_of(role), role), BOOK)


def roles_of(agency: str, kind: str) -> tuple[str, ...]:
    """The roles that file a kind, in the first version if any does; all if the kind names none."""
    model = kinds(agency)[kind]
    acts = {(one.etype, to) for one in model.events_of_kind() for to in one.to.values() if to}
    acts |= {("MEASURE", "execute_opp")} if kind == "measure_end" else set()  # of the prosecutor
    issuers = {
        issuer
        for grant in load(shipped()).grants
        for issuer in grant.issuers
        if (grant.event, grant.purpose) in acts
    }
    if not model.roles:
        return tuple(role for role, one in ROLES.items() if one == agency)
    first = tuple(role for role in model.roles if role in ROLES and (role in issuers or not acts))
    return first or model.roles


def every_kind() -> list[tuple[str, str]]:
    """(agency, kind) of all services."""
    return [(agency, kind) for agency in AGENCIES for kind in kinds(agency)]


def every_filing() -> list[tuple[str, str, str]]:
    """(agency, kind, role) of all services, as the first version has it."""
    return [
        (agency, kind, role)
        for agency, kind in every_kind()
        if (agency, kind) not in LATER
        for role in roles_of(agency, kind)
    ]


_FOR_ROLE: Final[dict[tuple[str, str], dict[str, Any]]] = {
    # The criminal hat tells the police, on the criminal bus, what became of its R21.
    ("report_outcome", "PARQ-CRIM"): {
        "to": None,
        "answers": [
            {
                "issuer": "parq-crim",
                "event": "01939e3a-0000-7000-8000-000000000001",
                "realm": "criminal",
            }
        ],
    },
    ("withdrawal", "ASE"): {"to": ["mo"]},
    # R30 is the ASE's; the CRIP refers for a joint evaluation (R19).
    ("specialist_referral", "CRIP"): {"frame": "joint_evaluation", "follow_up_until": None},
}


def filed(agency: str, kind: str, role: str, marker: str = CANARY) -> dict[str, Any]:
    """The sample as a desk of this role files it."""
    return sample(agency, kind, marker, **_FOR_ROLE.get((kind, role), {}))
