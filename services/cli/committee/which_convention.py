"""Which convention a command reads without FILE: the one in force, if it can be asked.

Else the home's file; else the one that Relais ships. Which it was is always said, on standard
error: an answer about a version that is not in force would look like any other.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import RelaisError

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.log.orders.registry import Registry

REALM: Final = "civil"  # whoever reads a convention reads one; both buses are given the same
ANSWER_S: Final = 3.0  # for a broker that is said to run
READ_S: Final = 6.0  # for all of it: no command waits longer for a Kafka that is away
SHOWN: Final = 8  # characters of a digest, to tell versions apart by eye

FileArgument = Annotated[
    Path, typer.Argument(help="A convention file.", dir_okay=False, exists=True)
]
InForceArgument = Annotated[
    Path | None,
    typer.Argument(help="A convention file; else the one in force.", dir_okay=False, exists=True),
]
_NOT_ASKED: Final = "; the bus was not asked"


def convention_of(file: Path | None, home: Path) -> Convention:
    """The convention of a file; without one, the one in force if known, and say which.

    Raises:
        ConventionError: it does not load.
    """
    return _of_file(file) if file is not None else asked_in_force(home)[0]


def asked_in_force(home: Path) -> tuple[Convention, bool]:
    """The convention in force as far as it can be known, and whether the bus named it; say which.

    Raises:
        ConventionError: it does not load.
    """
    from contracts.convention.load import load
    from contracts.conventions import SHIPPED, shipped

    found, why = _of_bus(home)
    if found is not None:
        _tell(found, f"in force on the bus ({found.digest[:SHOWN]}…)")
        return found, True
    path = home / "convention.yaml"
    if path.exists():
        convention, where = _of_file(path), f"file of this folder ({path}){why}"
    else:  # where nothing but ours is at hand, there is no bus that anybody would think was asked
        convention = load(shipped(), SHIPPED)
        where = "shipped with Relais" + why.removeprefix(_NOT_ASKED)
    _tell(convention, where)
    return convention, False


def _of_file(path: Path) -> Convention:
    from contracts.convention.load import load
    from services.platform.keys.signatures import read_convention

    return load(read_convention(path), path.name)


def _tell(convention: Convention, where: str) -> None:
    typer.echo(f"Convention: version {convention.name}, {where}", err=True)


def _of_bus(home: Path) -> tuple[Convention | None, str]:
    """What control says, if the home has a Kafka that runs; else why none is to be had.

    Whatever goes wrong fails no command.
    """
    if not (home / "kafka").is_dir():  # and nothing of Kafka's clients is imported
        return None, _NOT_ASKED
    from aiokafka.errors import KafkaError

    from services.cli.common.asked import own_kafka
    from services.platform.process.clock import FileClock

    try:
        own = own_kafka(home)
        if own is None or not own.running:
            return None, _NOT_ASKED
        now = FileClock(home / "clock").now()  # the federation's time: it may have been moved
        return in_force(asyncio.run(_control(home)), now), ""
    except (RelaisError, OSError, ValueError, LookupError, TypeError, KafkaError) as error:
        code = error.code if isinstance(error, RelaisError) else type(error).__name__
        if code == "nothing_adopted":
            return None, "; nothing is in force on the bus yet"
        return None, f"; the bus could not be read ({code})"


def in_force(registry: Registry, at: int) -> Convention:
    """What control says at an instant, seconds. Pure.

    Raises:
        LogError: `nothing_adopted`, or the orders are not whole.
    """
    registry.check_first()
    convd, _ = registry.in_force(at)
    return replace(registry.conventions[convd], file="bus")


async def _control(home: Path) -> Registry:
    """All that control of the civil bus holds, read as its auditor, who may write nothing."""
    from contracts.vocabulary import principals
    from services.cli.common.asked import AtKafka
    from services.platform.kafka.orders.control import read_registry
    from services.platform.keys.owners import read_owners

    owners = read_owners(home)
    bus = AtKafka(home=home).bus(principals.audit(REALM))
    async with asyncio.timeout(READ_S):
        await bus.wait(ANSWER_S)
        return await read_registry(bus.reader(), REALM, owners)
