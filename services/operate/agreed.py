"""What was agreed and is in force, realm by realm: of it follow topics and rights.

It stands on control, signed by its owners, and is read from there. Where nothing has been adopted
yet (the first time: control itself is still to be made), it is what files say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from contracts.convention.model import Convention
from contracts.errors import LogError, UsageError
from contracts.kafka.quotas import Quota, quotas
from contracts.kafka.rights import Right, realm_rights
from contracts.kafka.topic_plan import PlannedTopic, plan
from contracts.keys.directory import Directory
from contracts.log.orders.layout import Layout, ordered
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import CRIMINAL, REALMS
from services.operate.cleaned import cleaned_after
from services.operate.client import ASK_S, connect, told
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import client_options
from services.platform.kafka.orders.control import read_registry
from services.platform.patience import patient

if TYPE_CHECKING:
    from services.operate.home.home import Home
    from services.platform.kafka.connection.connection import Tls

CRIMINAL_ROLES: Final = ("POL", "PARQ-CRIM")


@dataclass(frozen=True, slots=True)
class Agreed:
    """One realm's convention, directory and layouts (the one in force last).

    Attributes:
        partitions: what its first layout says, or will say.
    """

    convention: Convention
    directory: Directory
    layouts: tuple[Layout, ...] = ()
    partitions: int = topics.PARTITIONS


def at_home(
    home: Home, layouts: Mapping[str, tuple[Layout, ...]] = MappingProxyType({})
) -> list[Agreed]:
    """What a home's own files say of each realm, before anything is in force on control."""
    return [
        Agreed(home.convention, home.directory(realm), layouts.get(realm, ()), home.partitions)
        for realm in REALMS
    ]


def planned_topics(realms: Iterable[Agreed], home: Path | None = None) -> list[PlannedTopic]:
    """The topics of all realms.

    Args:
        home: says how soon Kafka cleans, if the environment does not.

    Raises:
        UsageError: as `cleaned_after`.
    """
    cleaned_s = cleaned_after(home)
    return [
        topic
        for agreed in realms
        for topic in plan(agreed.convention, agreed.directory, agreed.partitions, cleaned_s)
    ]


def wanted_rights(realms: Iterable[Agreed]) -> tuple[Right, ...]:
    """The rights of all realms, sorted.

    Raises:
        UsageError: `right_forbidden`.
    """
    given = list(realms)
    rights = {
        right
        for agreed in given
        for right in realm_rights(agreed.convention, agreed.directory, agreed.layouts)
    }
    for agreed in given:
        _check_criminal(agreed.directory)
    return tuple(sorted(rights))


def _check_criminal(directory: Directory) -> None:
    """Whatever a convention says, the criminal bus serves inquiry and prosecution (rules §2)."""
    if directory.realm == CRIMINAL:
        for desk in directory.desks.values():
            if desk.role not in CRIMINAL_ROLES:
                got = f"{desk.role} on the criminal bus"
                raise UsageError("right_forbidden", got, ", ".join(CRIMINAL_ROLES))


def wanted_quotas(realms: Iterable[Agreed]) -> tuple[Quota, ...]:
    """The limits of all principals; sorted."""
    return quotas((agreed.convention, agreed.directory) for agreed in realms)


async def in_force(
    bootstrap: str, owners: Owners, files: Iterable[Agreed], at: int, *, tls: Tls | None = None
) -> list[Agreed]:
    """What control says, of each realm that files name.

    Args:
        files: what holds in a realm whose control has adopted nothing yet.
        at: instant, seconds.
        tls: of `admin`.

    Raises:
        LogError: a control holds conventions and none that was lawfully adopted.
        UnreachableError: Kafka did not answer in time.
    """
    there = await asyncio.to_thread(_names, bootstrap, tls)
    return [
        await _of_realm(bootstrap, owners, agreed, at, tls)
        if topics.control(agreed.directory.realm) in there
        else agreed
        for agreed in files
    ]


async def _of_realm(
    bootstrap: str, owners: Owners, files: Agreed, at: int, tls: Tls | None
) -> Agreed:
    reader = Bus(bootstrap, client_options(tls)).reader()
    registry = await read_registry(reader, files.directory.realm, owners)
    return from_registry(registry, files, at)


def from_registry(registry: Registry, files: Agreed, at: int) -> Agreed:
    """What a registry says at an instant; of what it says nothing, files. Pure.

    Raises:
        LogError: control holds conventions and none that was lawfully adopted: no file stands in.
    """
    registry.check_first()
    layouts = tuple(ordered(registry))
    partitions = layouts[-1].partitions if layouts else files.partitions
    try:
        convd, dird = registry.in_force(at)
    except LogError:
        return replace(files, layouts=layouts, partitions=partitions)
    convention, directory = registry.conventions[convd], registry.directories[dird]
    return Agreed(convention, directory, layouts, partitions)


def _names(bootstrap: str, tls: Tls | None) -> Mapping[str, object]:
    with told("list topics"):
        return connect(bootstrap, tls).list_topics(timeout=patient(ASK_S)).topics
