"""Rights on the brokers: read, compared with those that were agreed, applied.

    await apply_rights(bootstrap, wanted, tls=tls)

gives what is missing, and returns once every broker knows; a second call changes nothing. Limits
(quotas) are set with them, where they are named. It takes a right or limit away only with
`prune=True`, and then every one that nothing agreed gives, whoever made it: a denial, a wildcard, a
host, a prefix too. The cluster is Relais' own. Apply again after each order that adopts or lays
out.

Who is named in a broker's `super.users` is beyond all this: that is in its file, which only its
host can show.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from contracts.kafka.quotas import Quota
from contracts.kafka.rights import Right
from services.operate import quotas
from services.operate.drift import Drift, RightKind
from services.operate.held import differences, settle
from services.operate.rules import USER, Rule, asking, rule_of

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls


async def apply_rights(
    bootstrap: str,
    wanted: Iterable[Right],
    limits: Iterable[Quota] | None = None,
    *,
    tls: Tls | None = None,
    prune: bool = False,
) -> list[Drift]:
    """Give the rights that are missing and set the limits; with `prune`, take all others away.

    Args:
        wanted: every right of the federation (`contracts.kafka.rights`).
        limits: every limit (`contracts.kafka.quotas`); None leaves them as they are.
        tls: of `admin`.

    Returns:
        What was made good; empty if there was nothing to do.

    Raises:
        UsageError: `no_rights`, `not_admin`.
        UnreachableError: `kafka_unreachable`, `rights_not_known`.
    """
    async with asking(bootstrap, tls) as brokers:
        given, taken, _ = await settle(rules_of(wanted), brokers.read, brokers.change, prune=prune)
        drifts = _told(given, taken)
        if limits is not None:
            read, change = partial(quotas.read, brokers), partial(quotas.change, brokers)
            done = await settle(quotas.limits(limits), read, change, prune=prune)
            drifts += quotas.told(*done)
    return sorted(drifts)


async def check_rights(
    bootstrap: str,
    wanted: Iterable[Right],
    limits: Iterable[Quota] | None = None,
    *,
    tls: Tls | None = None,
) -> list[Drift]:
    """What differs on any broker: rights and limits that are missing, and those that nothing gives.

    Raises:
        UsageError, UnreachableError: as `apply_rights`.
    """
    async with asking(bootstrap, tls) as brokers:
        drifts = _told(*differences(rules_of(wanted), await brokers.read()))
        if limits is not None:
            existing = await quotas.read(brokers)
            drifts += quotas.told(*differences(quotas.limits(limits), existing), existing)
    return sorted(drifts)


def rules_of(wanted: Iterable[Right]) -> dict[Rule, int]:
    """Rights of ours as they stand on a broker."""
    return {rule_of(right): 1 for right in wanted}


def _told(missing: Iterable[Rule], extra: Iterable[Rule]) -> list[Drift]:
    return sorted(
        [
            *(_drift("right_missing", rule) for rule in missing),
            *(_drift("right_extra", rule) for rule in extra),
        ]
    )


def _drift(kind: RightKind, rule: Rule) -> Drift:
    return Drift(kind, rule.principal.removeprefix(USER), rule.describe())
