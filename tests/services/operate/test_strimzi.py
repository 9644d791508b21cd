"""The same plan as custom resources: every topic and every right, once, by an allowed name."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.errors import UsageError
from contracts.kafka.rights import CLUSTER, Right
from contracts.log.orders.layout import Layout
from services.operate.strimzi import documents, user_resources
from tests.contracts.decision.policy import rights
from tests.contracts.envelope import kit

CONVENTION = load(shipped())
DIRECTORIES = {realm: kit.realm(realm).directory for realm in ("civil", "criminal")}
RIGHTS = rights(CONVENTION, DIRECTORIES, {"civil": [Layout(1, 2)], "criminal": [Layout(1, 1)]})
ALLOWED = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")  # RFC 1123
RESOURCES = {
    "topic": "topic", "group": "group", "transactionalId": "transactional_id", "cluster": "cluster",
}  # fmt: skip


def test_every_right_is_in_the_users_and_nothing_else() -> None:
    """Read back from the resources, rights are those agreed, `child_welfare` renamed."""
    found = list(yaml.safe_load_all(documents(user_resources(RIGHTS))))

    back = {
        Right(
            user["metadata"]["name"],
            RESOURCES[acl["resource"]["type"]],  # type: ignore[arg-type]
            acl["resource"].get("name", CLUSTER),
            operation.upper(),
        )
        for user in found
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }
    patterns = {
        acl["resource"].get("patternType", "literal")
        for user in found
        for acl in user["spec"]["authorization"]["acls"]
    }
    assert back == {replace(one, principal=one.principal.replace("_", "-")) for one in RIGHTS}
    assert patterns == {"literal"}
    assert all(ALLOWED.fullmatch(one["metadata"]["name"]) for one in found)


def test_two_principals_are_never_one_user() -> None:
    """`child-welfare` and `child_welfare` would share a resource, and so a certificate."""
    twins = [Right(name, "topic", "relais.civil.control", "READ") for name in ("a_b", "a-b")]

    with pytest.raises(UsageError, match="names_collide"):
        user_resources(twins)
