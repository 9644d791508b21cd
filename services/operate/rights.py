"""Rights on the brokers: read, compared with those that were agreed, applied.

    await apply_rights(bootstrap, wanted, tls=tls)

gives what is missing, and returns once every broker knows; a second call changes nothing. Limits
(quotas) are set with them, where they are named. It takes a right or limit away only with
`prune=True`, and then every one that nothing agreed gives, whoever made it: a denial, a wildcard, a
host, a prefix too. The cluster is Relais' own. Apply again after each order that adopts or lays out.

Who is named in a broker's `super.users` is beyond all this: that is in its file, which only its host can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from contracts.kafka.quotas import Quota
from contracts.kafka.rights import Right
from services.operate import quotas
from services.operate.drift import Drift, RightKind
from services.operate.rules import USER, BrokerRules, Rule, asking, rule_of

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
        missing, extra = differences(wanted, await brokers.read())
        taken = extra if prune else []
        await brokers.give(missing)
        await brokers.take(taken)
        if missing or taken:
            await brokers.until_known(missing, taken)
        limited = await _limited(brokers, limits, prune=prune)
    return sorted([*_told(missing, taken), *limited])


async def _limited(
    brokers: BrokerRules, wanted: Iterable[Quota] | None, *, prune: bool
) -> list[Drift]:
    if wanted is None:
        return []
    existing = await quotas.read(brokers)
    lacking, extra = quotas.differences(quotas.limits(wanted), existing)
    taken = extra if prune else {}
    await quotas.change(brokers, lacking, taken)
    if lacking or taken:
        await quotas.until_known(brokers, lacking, taken)
    return quotas.told(lacking, taken, existing)


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
        drifts = _told(*differences(wanted, await brokers.read()))
        if limits is not None:
            existing = await quotas.read(brokers)
            drifts += quotas.told(*quotas.differences(quotas.limits(limits), existing), existing)
    return sorted(drifts)


def differences(
    wanted: Iterable[Right], existing: Mapping[int, Iterable[Rule]]
) -> tuple[list[Rule], list[Rule]]:
    """What some broker lacks, and what some broker has and nothing gives. Pure.

    Args:
        existing: broker -> its rules.
    """
    agreed = {rule_of(right) for right in wanted}
    known = [frozenset(rules) for rules in existing.values()]
    everywhere = frozenset.intersection(*known) if known else frozenset()
    return sorted(agreed - everywhere), sorted(frozenset().union(*known) - agreed)


def _told(missing: Iterable[Rule], extra: Iterable[Rule]) -> list[Drift]:
    return sorted(
        [
            *(_drift("right_missing", rule) for rule in missing),
            *(_drift("right_extra", rule) for rule in extra),
        ]
    )


def _drift(kind: RightKind, rule: Rule) -> Drift:
    return Drift(kind, rule.principal.removeprefix(USER), rule.describe())
