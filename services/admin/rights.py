"""Rights on the brokers: read, compared with those that were agreed, applied.

    await apply_rights(bootstrap, wanted, tls=tls)

gives what is missing; a second call changes nothing. It takes a right away only with `prune=True`, and
then every one that nothing agreed gives, whoever made it: a denial, a wildcard, a host, a prefix too.
The cluster is Relais' own. Apply again after each order that adopts or lays out.

Everything wanted passes `contracts.rights_guard` first, so that nothing else can reach a broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contracts.rights import Right
from contracts.rights_guard import guard_rights
from services.admin.client import ASK_S, answer, answers, connect, no_rights, told
from services.admin.drift import Drift, RightKind

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

    from services.shell.connection import Tls

USER: Final = "User:"
CLUSTER: Final = "BROKER"  # librdkafka's word for the resource type `cluster`
LITERAL: Final = "LITERAL"
ANY_HOST: Final = "*"  # the only value that is no address
ALLOW: Final = "ALLOW"


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """An ACL as the brokers have it, in the words of the AdminClient.

    Attributes:
        principal: with `User:`.
        resource, operation, pattern, permission: names of the client's own enumerations.
    """

    principal: str
    resource: str
    name: str
    operation: str
    pattern: str = LITERAL
    host: str = ANY_HOST
    permission: str = ALLOW

    def describe(self) -> str:
        """`topic relais.civil.control READ`; what no right of ours has comes after it."""
        resource = self.resource.lower().replace(CLUSTER.lower(), "cluster")
        odd = [] if self.pattern == LITERAL else [self.pattern.lower()]
        odd += [] if self.host == ANY_HOST else [f"from {self.host}"]
        odd += [] if self.permission == ALLOW else [self.permission.lower()]
        return " ".join([resource, self.name, self.operation, *odd])


async def apply_rights(
    bootstrap: str, wanted: Iterable[Right], *, tls: Tls | None = None, prune: bool = False
) -> list[Drift]:
    """Give the rights that are missing; with `prune`, take all others away.

    Args:
        wanted: every right of the federation (`contracts.rights`).
        tls: of `admin`.

    Returns:
        What was made good; empty if there was nothing to do.

    Raises:
        UsageError: `right_forbidden` (the guard; nothing was changed), `no_rights`, `not_admin`.
        UnreachableError: `kafka_unreachable`.
    """
    return await asyncio.to_thread(_apply, bootstrap, list(wanted), tls, prune=prune)


async def check_rights(
    bootstrap: str, wanted: Iterable[Right], *, tls: Tls | None = None
) -> list[Drift]:
    """What differs: rights that are missing, and rights that nothing gives.

    Raises:
        UsageError, UnreachableError: as `apply_rights`.
    """

    def look() -> list[Drift]:
        return compare(wanted, read_rules(connect(bootstrap, tls)))

    return await asyncio.to_thread(look)


def compare(wanted: Iterable[Right], found: Iterable[Rule]) -> list[Drift]:
    """What differs, sorted. Pure."""
    agreed, here = {rule_of(right) for right in wanted}, set(found)
    missing = [_drift("right_missing", rule) for rule in agreed - here]
    return sorted([*missing, *(_drift("right_extra", rule) for rule in here - agreed)])


def rule_of(right: Right) -> Rule:
    """The one form in which a right of ours stands on a broker."""
    resource = CLUSTER if right.resource == "cluster" else right.resource.upper()
    return Rule(USER + right.principal, resource, right.name, right.operation)


def read_rules(admin: AdminClient) -> set[Rule]:
    """Every rule of the brokers, whoever made it.

    Raises:
        UsageError: `no_rights`: they have no authorizer; `not_admin`.
        UnreachableError: `kafka_unreachable`.
    """
    _need_authorizer(admin)
    future = admin.describe_acls(_binding(None), request_timeout=ASK_S)
    return {
        Rule(
            one.principal, one.restype.name, one.name, one.operation.name,
            one.resource_pattern_type.name, one.host, one.permission_type.name,
        )
        for one in answer(future, "read rights")
    }  # fmt: skip


def _apply(bootstrap: str, wanted: list[Right], tls: Tls | None, *, prune: bool) -> list[Drift]:
    """`apply_rights`, blocking."""
    guard_rights(wanted)
    admin = connect(bootstrap, tls)
    here, agreed = read_rules(admin), {rule_of(right) for right in wanted}
    if missing := sorted(agreed - here):
        bindings = [_binding(rule) for rule in missing]
        answers(admin.create_acls(bindings, request_timeout=ASK_S), "give rights")
    if prune and (extra := sorted(here - agreed)):
        filters = [_binding(rule, find=True) for rule in extra]
        answers(admin.delete_acls(filters, request_timeout=ASK_S), "take rights")
    return [one for one in compare(wanted, here) if prune or one.kind == "right_missing"]


def _need_authorizer(admin: AdminClient) -> None:
    """Ask a broker for its authorizer: without one, the client would say that there are no rules."""
    from confluent_kafka.admin import ConfigResource, ResourceType

    with told("list brokers"):
        broker = min(admin.list_topics(timeout=ASK_S).brokers)
    futures = admin.describe_configs(
        [ConfigResource(ResourceType.BROKER, str(broker))], request_timeout=ASK_S
    )
    (settings,) = answers(futures, "describe brokers").values()
    if "authorizer.class.name" not in settings or not settings["authorizer.class.name"].value:
        raise no_rights()


def _drift(kind: RightKind, rule: Rule) -> Drift:
    return Drift(kind, rule.principal.removeprefix(USER), rule.describe())


def _binding(rule: Rule | None, *, find: bool = False) -> Any:
    """The client's own form of a rule, to be made or found; of None, what finds every rule."""
    from confluent_kafka import admin

    if rule is None:
        rule, find = Rule("", "ANY", "", "ANY", "ANY", "", "ANY"), True
    form = admin.AclBindingFilter if find else admin.AclBinding
    return form(
        admin.ResourceType[rule.resource],
        rule.name or None,  # type: ignore[arg-type]
        admin.ResourcePatternType[rule.pattern],
        rule.principal or None,  # type: ignore[arg-type]
        rule.host or None,  # type: ignore[arg-type]
        admin.AclOperation[rule.operation],
        admin.AclPermissionType[rule.permission],
    )
