"""Rights on the brokers: read, compared with those that were agreed, applied.

    await apply_rights(bootstrap, wanted, tls=tls)

gives what is missing, and returns once every broker knows; a second call changes nothing. It takes a
right away only with `prune=True`, and then every one that nothing agreed gives, whoever made it: a
denial, a wildcard, a host, a prefix too. The cluster is Relais' own. Apply again after each order that
adopts or lays out.

Everything wanted passes `contracts.kafka.forbidden_rights` first, so that nothing else can reach a broker. Who is
named in a broker's `super.users` is beyond all this: that is in its file, which only its host can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from contracts.kafka.forbidden_rights import guard_rights
from contracts.kafka.rights import Right
from services.operate.drift import Drift, RightKind
from services.operate.rules import USER, Rule, asking, rule_of

if TYPE_CHECKING:
    from services.platform.kafka.connection import Tls


async def apply_rights(
    bootstrap: str, wanted: Iterable[Right], *, tls: Tls | None = None, prune: bool = False
) -> list[Drift]:
    """Give the rights that are missing; with `prune`, take all others away.

    Args:
        wanted: every right of the federation (`contracts.kafka.rights`).
        tls: of `admin`.

    Returns:
        What was made good; empty if there was nothing to do.

    Raises:
        UsageError: `right_forbidden` (the guard; nothing was changed), `no_rights`, `not_admin`.
        UnreachableError: `kafka_unreachable`, `rights_not_known`.
    """
    rights = list(wanted)
    guard_rights(rights)
    async with asking(bootstrap, tls) as brokers:
        missing, extra = differences(rights, await brokers.read())
        taken = extra if prune else []
        await brokers.give(missing)
        await brokers.take(taken)
        if missing or taken:
            await brokers.until_known(missing, taken)
    return _told(missing, taken)


async def check_rights(
    bootstrap: str, wanted: Iterable[Right], *, tls: Tls | None = None
) -> list[Drift]:
    """What differs on any broker: rights that are missing, and rights that nothing gives.

    Raises:
        UsageError, UnreachableError: as `apply_rights`.
    """
    async with asking(bootstrap, tls) as brokers:
        return _told(*differences(wanted, await brokers.read()))


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
