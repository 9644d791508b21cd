"""What a principal may take follows from figures and desks; honest work stays below it."""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.kafka.quotas import (
    CASE_BYTES,
    LEAST_WRITES,
    MIB,
    MOST_READS,
    ONE_THREAD,
    READS,
    REQUESTS,
    WRITES,
    quotas,
)
from contracts.kafka.rights import rights
from contracts.log.orders.layout import Layout
from contracts.vocabulary.scopes import AGENCIES
from tests.contracts.convention.amended import limited
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}
REALMS = [(CONVENTION, directory) for directory in DIRECTORIES.values()]


def test_whoever_is_not_the_bus_itself_has_three_limits() -> None:
    """Agencies, owners and console; routing, audit and admin keep up, and have no limit."""
    found = quotas(REALMS)

    limited_ones = {one.principal for one in found}
    assert limited_ones == {*AGENCIES, "owners-civil", "owners-criminal", "console"}
    layouts = {realm: [Layout(1, 1)] for realm in DIRECTORIES}
    others = {one.principal for one in rights(CONVENTION, DIRECTORIES, layouts)} - limited_ones
    assert {name.partition("-")[0] for name in others} == {"routing", "audit"}
    for principal in limited_ones:
        own = {one.name: one.value for one in found if one.principal == principal}
        assert own == {WRITES: LEAST_WRITES, READS: MOST_READS, REQUESTS: ONE_THREAD}


def test_more_is_written_where_more_cases_may_be_opened() -> None:
    """By the figures of all acting desks of both realms; nobody falls below the least."""
    convention = load(limited(60, POL=100_000))
    made = quotas([(convention, directory) for directory in DIRECTORIES.values()])

    found = {one.principal: one.value for one in made if one.name == WRITES}

    assert found["owners-civil"] == LEAST_WRITES
    assert found["education"] == LEAST_WRITES + MIB
    assert found["police"] == LEAST_WRITES + 4 * MIB  # 200,000 cases of 64 KiB in 3,600 s: 3.47


def test_a_departement_of_schools_may_write_what_its_figures_allow_and_one_more_is_no_drift() -> (
    None
):
    """A thousand desks more, each at its figure; in steps that one school does not reach."""
    convention, civil = load(limited(60)), DIRECTORIES["civil"]
    school = civil.desks["urn:relais:civil:desk:edu-s"]

    def writes(count: int) -> int:
        urns = [f"urn:relais:civil:desk:school-{number}" for number in range(count)]
        more = {urn: replace(school, desk=urn) for urn in urns}
        found = quotas([(convention, replace(civil, desks=civil.desks | more))])
        return next(
            one.value for one in found if (one.principal, one.name) == ("education", WRITES)
        )

    assert writes(1000) == LEAST_WRITES + 2 * MIB
    assert writes(1000) - LEAST_WRITES > 1003 * 60 * CASE_BYTES / 3600
    assert writes(1) == writes(0)
