"""Rights and quotas on the brokers: compared with those that were agreed, applied.

    await apply_rights(bootstrap, wanted, limits, tls=tls)

gives what is missing, and returns once every broker knows; a second call changes nothing. It takes
a right or limit away only with `prune=True`, and then every one that nothing agreed gives, whoever
made it: a denial, a wildcard, a host, a prefix too. The cluster is Relais' own. Apply again after
each order that adopts or lays out.

Who is named in a broker's `super.users` is beyond all this: that is in its file, which only its
host can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from contracts.kafka.quotas import Quota
from contracts.kafka.rights import Right
from services.operate.drift import Drift
from services.operate.rules import Item, Rule, Standing, asking, standing

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls

ByBroker = Mapping[int, Standing]


async def apply_rights(
    bootstrap: str,
    wanted: Iterable[Right],
    limits: Iterable[Quota] = (),
    *,
    tls: Tls | None = None,
    prune: bool = False,
) -> list[Drift]:
    """Give the rights that are missing and set the limits; with `prune`, take all others away.

    Args:
        wanted: every right of the federation (`contracts.kafka.rights`).
        limits: every limit (`contracts.kafka.quotas`).
        tls: of `admin`.

    Returns:
        What was made good; empty if there was nothing to do.

    Raises:
        UsageError: `no_rights`, `not_admin`.
        UnreachableError: `kafka_unreachable`, `rights_not_known`.
    """
    async with asking(bootstrap, tls) as brokers:
        existing = await brokers.read()
        lacking, extra = differences(standing(wanted, limits), existing)
        taken = extra if prune else {}
        await brokers.change(lacking, taken)
    return drifts(lacking, taken, existing)


async def check_rights(
    bootstrap: str,
    wanted: Iterable[Right],
    limits: Iterable[Quota] = (),
    *,
    tls: Tls | None = None,
) -> list[Drift]:
    """What differs on any broker: rights and limits that are missing, and those that nothing gives.

    Raises:
        UsageError, UnreachableError: as `apply_rights`.
    """
    async with asking(bootstrap, tls) as brokers:
        existing = await brokers.read()
    return drifts(*differences(standing(wanted, limits), existing), existing)


def differences(wanted: Standing, existing: ByBroker) -> tuple[dict[Item, int], dict[Item, int]]:
    """What some broker lacks or has otherwise, and what some broker has and nothing gives. Pure."""
    known = list(existing.values()) or [{}]
    lacking = {
        one: value for one, value in wanted.items() if any(have.get(one) != value for have in known)
    }
    extra = {one: value for have in known for one, value in have.items() if one not in wanted}
    return lacking, extra


def drifts(lacking: Standing, extra: Standing, existing: ByBroker) -> list[Drift]:
    """The same as drift; of a limit that differs, what some broker has."""
    found: list[Drift] = []
    for one, value in lacking.items():
        if isinstance(one, Rule):
            found.append(Drift("right_missing", one.whose, one.describe()))
            continue
        others = {have[one] for have in existing.values() if one in have} - {value}
        got = str(min(others)) if others else ""
        found.append(Drift("quota", one.whose, one.name, got, str(value)))
    for one, value in extra.items():
        if isinstance(one, Rule):
            found.append(Drift("right_extra", one.whose, one.describe()))
        else:
            found.append(Drift("quota_extra", one.whose, one.name, str(value)))
    return sorted(found)
