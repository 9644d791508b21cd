"""What a principal may take follows from its kind; honest work stays below it."""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.kafka.quotas import (
    AGENCY_WRITES,
    MOST_READS,
    ONE_THREAD,
    OTHER_WRITES,
    READS,
    REQUESTS,
    WRITES,
    quotas,
)
from contracts.kafka.rights import rights
from contracts.log.orders.layout import Layout
from contracts.vocabulary.scopes import AGENCIES
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}
REALMS = [(CONVENTION, directory) for directory in DIRECTORIES.values()]


def test_whoever_is_not_the_bus_itself_has_three_limits() -> None:
    """Agencies, owners and console; routing, audit and admin keep up, and have no limit."""
    found = quotas(REALMS)

    limited = {one.principal for one in found}
    assert limited == {*AGENCIES, "owners-civil", "owners-criminal", "console"}
    layouts = {realm: [Layout(1, 1)] for realm in DIRECTORIES}
    others = {one.principal for one in rights(CONVENTION, DIRECTORIES, layouts)} - limited
    assert {name.partition("-")[0] for name in others} == {"routing", "audit"}
    for principal in limited:
        own = {one.name: one.value for one in found if one.principal == principal}
        writes = AGENCY_WRITES if principal in AGENCIES else OTHER_WRITES
        assert own == {WRITES: writes, READS: MOST_READS, REQUESTS: ONE_THREAD}


def test_a_school_more_is_no_drift() -> None:
    """An agency's limits do not move with its desks."""
    civil = DIRECTORIES["civil"]
    school = civil.desks["urn:relais:civil:desk:edu-s"]
    urn = "urn:relais:civil:desk:edu-s-2"
    grown = replace(civil, desks=civil.desks | {urn: replace(school, desk=urn)})

    assert quotas([(CONVENTION, grown)]) == quotas([(CONVENTION, civil)])
