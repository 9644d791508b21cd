"""Attacks on the rights: hostile conventions, hostile directories, rights made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.model import Convention
from contracts.errors import UsageError
from contracts.kafka.forbidden_rights import guard_rights
from contracts.kafka.rights import Resource, Right, rights
from contracts.kafka.topic_plan import plan
from contracts.keys.directory import DeskEntry, Directory
from contracts.log.orders.layout import Layout
from contracts.vocabulary import topics
from tests.contracts.decision import policy
from tests.contracts.kafka.test_rights import ALL, CONVENTION, DIRECTORIES, LAYOUTS

Attack = tuple[str, Resource, str, str]
ATTACKS: tuple[Attack, ...] = (
    ("education", "topic", "*", "READ"),
    ("education", "topic", "relais.", "READ"),
    ("education", "topic", "relais.civil.inbox.*", "READ"),
    ("education", "topic", "relais.civil.control\n", "READ"),
    ("education", "topic", "__consumer_offsets", "READ"),
    ("education", "topic", "relais.civil.outbox.education", "ALL"),
    ("education", "topic", "relais.civil.outbox.education", "DELETE"),
    ("education", "topic", "relais.civil.outbox.education", "ALTER_CONFIGS"),
    ("education", "cluster", "kafka-cluster", "IDEMPOTENT_WRITE"),
    ("education", "cluster", "kafka-cluster", "ALTER"),
    ("routing-civil-0", "cluster", "kafka-cluster", "CLUSTER_ACTION"),
    ("education", "group", "relais.civil.routing", "READ"),
    ("routing-civil-0", "group", "*", "READ"),
    ("routing-civil-0", "group", "relais.civil.routing", "DELETE"),
    ("education", "transactional_id", "*", "WRITE"),
    ("education", "transactional_id", "relais.intake.education.d", "WRITE"),
    ("education", "transactional_id", "relais.intake.education.a", "ALL"),
    ("routing-civil-0", "transactional_id", "relais.civil.routing.4", "WRITE"),
    ("routing-civil-0", "transactional_id", "relais.civil.routing.9.0.a", "WRITE"),
    ("routing-civil-7", "topic", "relais.civil.decisions", "READ"),
    ("routing-civil-07", "topic", "relais.civil.decisions", "READ"),
    ("routing-civil-60", "transactional_id", "relais.civil.routing.1.60.a", "WRITE"),
    ("routing-civil-2", "transactional_id", "relais.civil.routing.1.2.a", "WRITE"),
    ("admin", "topic", "relais.civil.decisions", "READ"),
    ("broker-1", "topic", "relais.civil.decisions", "READ"),
    ("ANONYMOUS", "topic", "relais.civil.control", "READ"),
    ("*", "topic", "relais.civil.control", "READ"),
    ("console", "topic", "relais.civil.control", "READ"),
    ("console", "topic", "relais.civil.control", "WRITE"),
    ("console", "topic", "relais.civil.control", "DESCRIBE_CONFIGS"),
    ("console", "topic", "*", "DESCRIBE"),
    ("console", "topic", "__consumer_offsets", "DESCRIBE"),
    ("console", "group", "relais.civil.routing", "READ"),
    ("console", "group", "*", "DESCRIBE"),
    ("console", "transactional_id", "relais.civil.routing.4.0.a", "DESCRIBE"),
    ("console", "transactional_id", "relais.civil.routing.4.0.a", "WRITE"),
    ("console", "cluster", "kafka-cluster", "ALTER"),
    ("console", "cluster", "kafka-cluster", "CLUSTER_ACTION"),
    ("console", "cluster", "another", "DESCRIBE"),
    ("education", "topic", "relais.civil.decisions", "DESCRIBE"),
    ("education", "cluster", "kafka-cluster", "DESCRIBE"),
    ("metrics", "topic", "relais.civil.control", "DESCRIBE"),
    ("metrics", "topic", "relais.civil.control", "READ"),
    ("routing", "topic", "relais.civil.control", "READ"),
    ("audit-both", "topic", "relais.civil.control", "READ"),
    ("owners-civil-2", "topic", "relais.civil.control", "WRITE"),
    ("reader-odpe", "topic", "relais.civil.statistics.onpe", "READ"),
    ("reader-odpe", "topic", "relais.civil.statistics.odpe", "WRITE"),
    ("reader-odpe", "topic", "relais.civil.statistics.odpe", "DESCRIBE_CONFIGS"),
    ("reader-odpe", "topic", "relais.criminal.statistics.odpe", "READ"),
    ("reader-odpe", "topic", "relais.civil.decisions", "READ"),
    ("reader-odpe", "topic", "relais.civil.inbox.odpe", "READ"),
    ("reader-odpe", "topic", "relais.civil.control", "READ"),
    ("reader-odpe", "group", "relais.civil.routing", "READ"),
    ("reader-audit", "topic", "relais.civil.outbox.audit", "WRITE"),
    ("audit-criminal", "topic", "relais.criminal.statistics.odpe", "WRITE"),
    ("audit-criminal", "topic", "relais.civil.statistics.odpe", "WRITE"),
    ("routing-civil-0", "topic", "relais.civil.statistics.odpe", "WRITE"),
    ("education", "topic", "relais.civil.statistics.education", "READ"),
    ("reader", "topic", "relais.civil.statistics.odpe", "READ"),
    ("school", "topic", "relais.civil.control", "READ"),
    ("school", "topic", "relais.civil.outbox.school", "WRITE"),
)


def test_no_right_beyond_the_table_gets_past() -> None:
    """Whatever pair the table denies is refused, if somebody adds it to all that is right."""
    tried = 0
    for principal in policy.PRINCIPALS:
        for topic in policy.TOPICS:
            for letter, operation in (("R", "READ"), ("W", "WRITE")):
                if letter not in policy.on_topic(principal, topic):
                    _refused(Right(principal, "topic", topic, operation))
                    tried += 1
        for one in policy.IDS:
            if not policy.may_publish_as(principal, one):
                _refused(Right(principal, "transactional_id", one, "WRITE"))
                tried += 1

    assert tried > 1000


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: " ".join(attack).strip())
def test_a_made_up_right_is_refused(attack: Attack) -> None:
    """A pattern, an operation, a principal or a name that is not ours never reaches a broker."""
    _refused(Right(*attack))


def test_the_other_realm_is_refused_without_any_directory() -> None:
    """Even who knows no directory keeps the realms' own principals apart."""
    for principal in ("routing-civil-0", "audit-civil", "owners-civil", "education"):
        right = Right(principal, "topic", "relais.criminal.control", "READ")
        with pytest.raises(UsageError, match="right_forbidden"):
            guard_rights([*ALL, right])


def test_a_convention_that_lets_a_school_into_the_criminal_realm_is_refused() -> None:
    """The file may say so; the bus of inquiry and prosecution stays closed."""
    directory = _with(DIRECTORIES["criminal"], "edu-s", "EDU-S", "education")
    convention = _letting(CONVENTION, "EDU-S")

    given = rights(convention, {**DIRECTORIES, "criminal": directory}, LAYOUTS)

    assert "relais.criminal.outbox.education" in {one.name for one in plan(convention, directory)}
    assert [one for one in given if one.principal == "education" and "criminal" in one.name]
    _stopped(given, {**DIRECTORIES, "criminal": directory})
    _stopped(given, None)


@pytest.mark.parametrize(
    "agency",
    ["routing-civil-0", "audit-civil", "owners-civil", "admin", "broker-1", "console", "metrics"],
)
def test_convention_and_directory_cannot_make_an_agency_of_an_office(agency: str) -> None:
    """A desk whose agency is called like a router would read and write as the router."""
    roles = CONVENTION.roles
    convention = replace(CONVENTION, roles={**roles, "PSP": replace(roles["PSP"], agency=agency)})
    hostile = {**DIRECTORIES, "civil": _with(DIRECTORIES["civil"], "spy", "PSP", agency)}

    given = rights(convention, hostile, LAYOUTS)

    assert Right(agency, "topic", f"relais.civil.inbox.{agency}", "READ") in given
    _stopped(given, hostile)
    _stopped(given, None)


def test_a_directory_cannot_move_a_role_to_another_agency() -> None:
    """The child-concern unit's inbox is child welfare's, whoever the directory says."""
    civil = DIRECTORIES["civil"]
    urn = "urn:relais:civil:desk:crip"
    moved = {**civil.desks, urn: replace(civil.desks[urn], agency="police")}
    hostile = {**DIRECTORIES, "civil": replace(civil, desks=moved)}

    _stopped(rights(CONVENTION, hostile, LAYOUTS), hostile)


def test_an_agency_without_a_desk_in_a_realm_has_nothing_there() -> None:
    """Justice may be on the criminal bus; with no desk in its directory it is not."""
    criminal = DIRECTORIES["criminal"]
    desks = {urn: row for urn, row in criminal.desks.items() if row.agency != "justice"}
    fewer = {**DIRECTORIES, "criminal": replace(criminal, desks=desks)}
    guard_rights(rights(CONVENTION, fewer, LAYOUTS), fewer)

    _stopped(ALL, fewer)


def test_an_inbox_cannot_change_hands() -> None:
    """Nor does it help that its own agency no longer reads it."""
    mine = Right("child_welfare", "topic", "relais.civil.inbox.child_welfare", "READ")
    others = [*(one for one in ALL if one != mine), replace(mine, principal="police")]
    assert mine in ALL

    with pytest.raises(UsageError, match="its own inbox"):
        guard_rights(others, DIRECTORIES)


def test_justice_is_on_the_criminal_bus_as_prosecutor_alone() -> None:
    """A judicial youth service has no desk there, though its agency has."""
    criminal = _with(DIRECTORIES["criminal"], "pjj", "PJJ", "justice")

    with pytest.raises(UsageError, match="PJJ in criminal"):
        guard_rights(ALL, {**DIRECTORIES, "criminal": criminal})


def test_two_agencies_cannot_read_one_inbox() -> None:
    """Without any directory, who is second is refused."""
    twice = Right("police", "topic", "relais.civil.inbox.child_welfare", "READ")

    with pytest.raises(UsageError, match="its own inbox"):
        guard_rights([*ALL, twice])


def test_a_forged_newer_layout_does_not_free_the_ids_of_the_one_in_force() -> None:
    """To pass as newer, a layout needs all shards' own ids: one shard cannot make it up alone."""
    forged = [
        Right("routing-civil-0", "transactional_id", f"relais.civil.routing.9.0.{turn}", "WRITE")
        for turn in "abc"
    ]
    taken = Right("routing-civil-0", "transactional_id", "relais.civil.routing.4.1.a", "WRITE")

    with pytest.raises(UsageError, match="right_forbidden"):
        guard_rights([*ALL, *forged, taken])


def test_as_many_shards_as_a_realm_can_have_get_past() -> None:
    """One a partition, each with its own ids; none may write under another's."""
    many = topics.MOST_PARTITIONS
    given = rights(CONVENTION, DIRECTORIES, {"civil": [Layout(1, many, many)]})
    stolen = Right("routing-civil-5", "transactional_id", "relais.civil.routing.1.59.a", "WRITE")

    guard_rights(given, DIRECTORIES)
    with pytest.raises(UsageError, match="right_forbidden"):
        guard_rights([*given, stolen], DIRECTORIES)
    assert len({one.principal for one in given if one.principal.startswith("routing-")}) == many


def test_a_shard_without_its_own_ids_is_nobody() -> None:
    """One id of three, or topics alone, make no shard; three shards that have theirs are taken."""
    three = rights(CONVENTION, DIRECTORIES, {"civil": [Layout(1, 3)]})
    guard_rights(three, DIRECTORIES)

    id_ = Right("routing-civil-3", "transactional_id", "relais.civil.routing.1.3.a", "WRITE")
    topic = Right("routing-civil-3", "topic", "relais.civil.outbox.police", "READ")

    for right in (id_, topic):
        with pytest.raises(UsageError, match="a shard of the layout"):
            guard_rights([*three, right])


def _refused(right: Right) -> None:
    with pytest.raises(UsageError, match="right_forbidden"):
        guard_rights([*ALL, right], DIRECTORIES)


def _stopped(given: tuple[Right, ...], directories: dict[str, Directory] | None) -> None:
    with pytest.raises(UsageError, match="right_forbidden"):
        guard_rights(given, directories)


def _with(directory: Directory, desk: str, role: str, agency: str) -> Directory:
    """A directory with one more desk."""
    urn = f"urn:relais:{directory.realm}:desk:{desk}"
    row = DeskEntry(urn, role, agency, False, {"fr": "x", "en": "x"})
    return replace(directory, desks={**directory.desks, urn: row})


def _letting(convention: Convention, role: str) -> Convention:
    """A convention whose every criminal clause lets one more role send."""
    return replace(
        convention,
        grants=tuple(
            replace(one, issuers=(*one.issuers, role)) if one.realm == "criminal" else one
            for one in convention.grants
        ),
    )
