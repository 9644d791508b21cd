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
        agreed = standing(wanted, limits)
        found = compare(agreed, await brokers.read())
        given = {one: agreed[one] for one in found if one in agreed}
        taken = found.keys() - agreed.keys() if prune else set[Item]()
        await brokers.change(given, taken)
    return sorted(found[one] for one in (*given, *taken))


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
        return sorted(compare(standing(wanted, limits), await brokers.read()).values())


def compare(wanted: Standing, existing: Mapping[int, Standing]) -> dict[Item, Drift]:
    """What any broker has otherwise than agreed. Pure.

    Args:
        existing: broker -> what it knows.
    """
    return {
        item: _drift(item, wanted.get(item), have.get(item))
        for have in existing.values()
        for item in wanted.keys() | have.keys()
        if wanted.get(item) != have.get(item)
    }


def _drift(item: Item, agreed: int | None, got: int | None) -> Drift:
    """A difference as it is told; None: nothing gives it, a broker lacks it."""
    extra = agreed is None
    if isinstance(item, Rule):
        return Drift("right_extra" if extra else "right_missing", item.whose, item.describe())
    here, there = ("" if value is None else str(value) for value in (got, agreed))
    return Drift("quota_extra" if extra else "quota", item.whose, item.name, here, there)
