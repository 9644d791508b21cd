"""The only place where the names of Kafka principals are made: the subject (CN) of a certificate.

A principal is a service, not a host and not a person. It names service, realm and shard, so that a
right can be given to one process and taken from it. An agency has one principal, even if it has
desks in both realms; everybody else has one a realm.
"""

from __future__ import annotations

import re
from typing import Final

ADMIN: Final = "admin"  # applies topics and rights; a superuser of the brokers, used by no service
CONSOLE: Final = "console"  # operators': metrics, and what Kafka describes; no right to a record
METRICS: Final = "metrics"  # scrapes; no right in Kafka
# Words of `relais serve` and first words of names of ours: an agency whose name begins with one
# could be taken for somebody else.
RESERVED: Final = frozenset({
    ADMIN, CONSOLE, METRICS, "anonymous", "audit", "broker", "owners", "partner", "routing",
})  # fmt: skip
_AGENCY: Final = re.compile(r"[a-z][a-z_]{0,30}\Z")  # no hyphen: others' names have one

_NODE: Final = re.compile(r"broker-(0|[1-9][0-9]*)\Z")


def is_agency(name: str) -> bool:
    """Whether a party of a convention or an agency of a directory may be called so."""
    return bool(_AGENCY.match(name)) and name.partition("_")[0] not in RESERVED


def agency(name: str) -> str:
    """The service of an agency, e.g. `child_welfare`."""
    return name


def routing(realm: str, shard: int) -> str:
    """One shard of a realm's routing."""
    return f"routing-{realm}-{shard}"


def audit(realm: str) -> str:
    """The auditor of one realm: who audits both holds two certificates."""
    return f"audit-{realm}"


def owners(realm: str) -> str:
    """Who writes orders to a realm's control; what they say is signed besides."""
    return f"owners-{realm}"


def broker(number: int) -> str:
    """A Kafka node, a superuser among brokers."""
    return f"broker-{number}"


def is_broker(name: str) -> bool:
    """Whether a certificate's name is one Kafka node's as they are named here, and no other's."""
    return bool(_NODE.match(name))
