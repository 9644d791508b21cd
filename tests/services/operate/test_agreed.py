"""What is in force is what control says, files where it says nothing; its users for Kubernetes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from contracts.conventions import shipped
from contracts.errors import LogError, UsageError
from contracts.kafka.rights import CLUSTER, Right
from contracts.keys.directory import DeskEntry
from contracts.log.orders.layout import Layout
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from services.operate.agreed import Agreed, from_registry, planned_topics, wanted_rights
from services.operate.strimzi import documents, user_resources
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.decision.policy import rights
from tests.contracts.envelope import kit
from tests.contracts.log import first_orders as control

AT = kit.NOW
OTHER = replace(CONVENTION, grants=())  # what a file says that nobody adopted
FILES = Agreed(OTHER, kit.realm("civil").directory)


def _registry(*orders: bytes) -> Registry:
    registry = Registry("civil", control.owners())
    assert registry.extend(orders) == []
    return registry


def test_control_wins_over_files_from_the_hour_of_its_adoptions() -> None:
    """What nobody has signed into an order, or is announced, gives nothing to anybody."""
    registry = _registry(*control.first_orders("civil", 2))
    found, early = (from_registry(registry, FILES, at) for at in (AT, AT - 2 * kit.DAY))

    assert found.convention.digest == CONVENTION.digest
    assert (early.convention, early.directory) == (OTHER, FILES.directory)
    assert found.layouts == early.layouts == (Layout(1, 2),)
    assert "relais.civil.inbox.child_welfare" in {one.name for one in planned_topics([found])}
    assert not [one for one in planned_topics([FILES]) if ".inbox." in one.name]


def test_topics_have_the_partitions_of_the_first_layout() -> None:
    """What a home chose counts until then, and never after it."""
    chosen = replace(FILES, partitions=48)
    begun = from_registry(_registry(*control.first_orders("civil", 1, 24)), chosen, AT)
    empty = from_registry(_registry(), chosen, AT)

    for found, number in ((begun, 24), (empty, 48)):
        own = {one.name.split(".")[2]: one.partitions for one in planned_topics([found])}
        assert own.pop("control") == 1
        assert set(own.values()) == {number}


def test_no_file_stands_in_for_a_convention_that_was_refused() -> None:
    """Where control holds a convention without its parties' signatures, nothing is computed."""
    registry = _registry(*control.first_orders()[:3])
    unsigned = make_order(
        "civil", "adopt_convention", {"convention": shipped().decode()},
        last=registry.last, start=AT - kit.DAY, signers=[control.OWNER],
    )  # fmt: skip
    assert registry.extend([unsigned]) != []

    with pytest.raises(LogError):
        from_registry(registry, FILES, AT)


def test_a_desk_in_another_agency_than_agreed_has_no_right_there() -> None:
    """A directory that moves a desk to another house gives that house nothing of it."""
    directory = kit.realm("civil").directory
    urn = "urn:relais:civil:desk:crip"
    moved = {**directory.desks, urn: replace(directory.desks[urn], agency="police")}

    before = wanted_rights([Agreed(CONVENTION, directory)])
    after = wanted_rights([Agreed(CONVENTION, replace(directory, desks=moved))])

    assert set(after) <= set(before)


def test_the_criminal_bus_is_closed_to_a_school_whatever_the_convention_says() -> None:
    """Its desk in that directory ends the command before any broker is asked."""
    directory = kit.realm("criminal").directory
    urn = "urn:relais:criminal:desk:edu-s"
    school = DeskEntry(urn, "EDU-S", "education", False, {"fr": "x", "en": "x"})
    entered = {**directory.desks, urn: school}

    with pytest.raises(UsageError, match="right_forbidden: got EDU-S on the criminal bus"):
        wanted_rights([Agreed(CONVENTION, replace(directory, desks=entered))])


DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}
RIGHTS = rights(CONVENTION, DIRECTORIES, {"civil": [Layout(1, 2)], "criminal": [Layout(1, 1)]})
ALLOWED = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")  # RFC 1123
RESOURCES = {
    "topic": "topic", "group": "group", "transactionalId": "transactional_id", "cluster": "cluster",
}  # fmt: skip


def test_every_right_is_in_the_users_and_nothing_else() -> None:
    """Read back from the resources, rights are those agreed, `child_welfare` renamed."""
    users = {
        user["metadata"]["name"]: user["spec"]["authorization"]["acls"]
        for user in yaml.safe_load_all(documents(user_resources(RIGHTS)))
    }

    back = {
        Right(
            name,
            RESOURCES[acl["resource"]["type"]],  # type: ignore[arg-type]
            acl["resource"].get("name", CLUSTER),
            operation.upper(),
        )
        for name, acls in users.items()
        for acl in acls
        for operation in acl["operations"]
    }
    acls = [acl for one in users.values() for acl in one]
    assert back == {replace(one, principal=one.principal.replace("_", "-")) for one in RIGHTS}
    assert {acl["resource"].get("patternType", "literal") for acl in acls} == {"literal"}
    assert all(map(ALLOWED.fullmatch, users))


def test_two_principals_are_never_one_user() -> None:
    """`child-welfare` and `child_welfare` would share a resource, and so a certificate."""
    twins = [Right(name, "topic", "relais.civil.control", "READ") for name in ("a_b", "a-b")]

    with pytest.raises(UsageError, match="names_collide"):
        user_resources(twins)
