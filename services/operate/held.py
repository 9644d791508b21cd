"""What each broker holds against what was agreed: rules and limits are compared and changed alike.

A broker answers from what it knows, and learns of a change a moment after the controller took
it: each is asked by itself, until all of them know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, TypeVar

from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError

K = TypeVar("K")
ByBroker = Mapping[int, Mapping[K, int]]  # broker -> what it holds; a rule counts 1

LEARN_S: Final = 30.0  # for every broker to learn of a change
LOOK_S: Final = 0.02


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
