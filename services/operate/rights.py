"""Rights on the brokers: read, compared with those that were agreed, applied.

    await apply_rights(bootstrap, wanted, tls=tls)

gives what is missing, and returns once every broker knows; a second call changes nothing. Limits
(quotas) are set with them, where they are named. It takes a right or limit away only with
`prune=True`, and then every one that nothing agreed gives, whoever made it: a denial, a wildcard, a
host, a prefix too. The cluster is Relais' own. Apply again after each order that adopts or lays
out.

A broker answers from what it knows, and learns of a change a moment after the controller took it:
each is asked by itself, until all of them know.

Who is named in a broker's `super.users` is beyond all this: that is in its file, which only its
host can show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from contracts.kafka.quotas import Quota
from contracts.kafka.rights import Right
from services.operate import quotas
from services.operate.drift import Drift, RightKind
from services.operate.rules import USER, Rule, asking, rule_of
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls

K = TypeVar("K")
ByBroker = Mapping[int, Mapping[K, int]]  # broker -> what it holds; a rule counts 1

LEARN_S: Final = 30.0  # for every broker to learn of a change
LOOK_S: Final = 0.02


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


def differences(
    wanted: Mapping[K, int], existing: ByBroker[K]
) -> tuple[dict[K, int], dict[K, int]]:
    """What some broker lacks or has otherwise, and what some broker has and nothing gives. Pure."""
    known = list(existing.values()) or [{}]
    lacking = {
        one: value for one, value in wanted.items() if any(have.get(one) != value for have in known)
    }
    extra = {one: value for have in known for one, value in have.items() if one not in wanted}
    return lacking, extra


async def settle(
    wanted: Mapping[K, int],
    read: Callable[[], Awaitable[ByBroker[K]]],
    change: Callable[[Mapping[K, int], Collection[K]], Awaitable[None]],
    *,
    prune: bool,
) -> tuple[dict[K, int], dict[K, int], ByBroker[K]]:
    """Give what is missing, with `prune` take the rest, and return once every broker knows.

    Args:
        change: gives the ones and takes the others.

    Returns:
        What was given, what was taken, and what was there before.

    Raises:
        UsageError, UnreachableError: those of `read` and `change`; `rights_not_known` in time.
    """
    existing = await read()
    lacking, extra = differences(wanted, existing)
    taken = extra if prune else {}
    await change(lacking, taken)
    if lacking or taken:
        await until_known(read, lacking, taken)
    return lacking, taken, existing


async def until_known(
    read: Callable[[], Awaitable[ByBroker[K]]], given: Mapping[K, int], taken: Collection[K]
) -> None:
    """Return once every broker has the ones and none of the others.

    Raises:
        UnreachableError: `rights_not_known` in time.
    """
    limit_s, gone = patient(LEARN_S), set(taken)
    try:
        async with asyncio.timeout(limit_s):
            while not all(
                given.items() <= have.items() and not have.keys() & gone
                for have in (await read()).values()
            ):
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise UnreachableError("rights_not_known", f"{limit_s:g} s", "all brokers") from None
