"""Which convention a command reads without FILE: the one in force, if it can be asked.

Else the home's file; else the one that Relais ships. Which it was is always said, on standard
error: an answer about a version that is not in force would look like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.conventions import SHIPPED
from contracts.errors import ConventionError, RelaisError

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.log.orders.registry import Registry

REALM: Final = "civil"  # whoever reads a convention reads one; both buses are given the same
ANSWER_S: Final = 3.0  # for a broker that is said to run
READ_S: Final = 6.0  # for all of it: no command waits longer for a Kafka that is away
SHOWN: Final = 8  # characters of a digest, to tell versions apart by eye

InForceArgument = Annotated[
    Path | None,
    typer.Argument(help="A convention file; else the one in force.", dir_okay=False, exists=True),
]
_LINE: Final = "Convention: {version}{where}{how}"
_VERSION: Final = "version {version}, "
_WHERE: Final = {
    "bus": "in force on the bus ({digest}…)",
    "home": "file of this folder ({path})",
    "shipped": "shipped with Relais",
}
_HOW: Final = {
    "not asked": "; the bus was not asked",
    "not read": "; the bus could not be read ({why})",
    "nothing": "; nothing is in force on the bus yet",
}


@dataclass(frozen=True, slots=True)
class BusAnswer:
    """What the bus answered.

    Attributes:
        convention: in force; None if there is none to be had.
        order: its order's claims.
        before: the version before it, if the bus was given that.
        how: key of `_HOW`: why there is none.
        why: code of the error that stood in the way.
    """

    convention: Convention | None = None
    order: Mapping[str, Any] = field(default_factory=dict)
    before: Convention | None = None
    how: str = "not asked"
    why: str = ""


@dataclass(frozen=True, slots=True)
class ConventionInForce:
    """A convention that no FILE named.

    Attributes:
        order: the claims of the order that adopted it: `convention`, `signatures`; empty if the
            bus was not asked.
        path: the home's own file, if it is that one: its signatures lie beside it.
        before: the version before it, if the bus has it.
    """

    convention: Convention
    order: Mapping[str, Any]
    path: Path | None = None
    before: Convention | None = None


def convention_of(file: Path | None, home: Path) -> Convention:
    """The convention of a file; without one, the one in force if known, and say which.

    Raises:
        ConventionError: it does not load.
    """
    from contracts.convention.load import load
    from services.platform.keys.signatures import read_convention

    if file is not None:
        return load(read_convention(file), file.name)
    return asked_in_force(home).convention


def asked_in_force(home: Path) -> ConventionInForce:
    """The convention in force as far as it can be known, and where it was found; say which it is.

    Raises:
        ConventionError: it does not load.
    """
    asked = ask(home)
    if asked.convention is not None:
        _tell(asked.convention, "bus", asked)
        return ConventionInForce(_named(asked.convention, home), asked.order, before=asked.before)
    path = home / "convention.yaml"
    where = "home" if path.exists() else "shipped"
    try:
        convention = _of_files(path)
    except ConventionError:
        _tell(None, where, asked, path)  # of which file its faults are told
        raise
    _tell(convention, where, asked, path)
    return ConventionInForce(convention, {}, path if path.exists() else None)


def _of_files(path: Path) -> Convention:
    from contracts.convention.load import load
    from contracts.conventions import shipped
    from services.platform.keys.signatures import read_convention

    if path.exists():
        return load(read_convention(path), path.name)
    return load(shipped(), SHIPPED)


def _tell(
    convention: Convention | None,
    where: str,
    asked: BusAnswer,
    path: Path | None = None,
) -> None:
    version, digest, how = "", "", ""
    if convention is not None:
        version = _VERSION.format(version=convention.name)
        digest = convention.digest[:SHOWN]
    # Where nothing but ours is at hand, there is no bus that anybody would think was asked.
    if where != "bus" and not (where == "shipped" and asked.how == "not asked"):
        how = _HOW[asked.how].format(why=asked.why)
    place = _WHERE[where].format(digest=digest, path=path)
    text = _LINE.format(version=version, where=place, how=how)
    typer.echo(text, err=True)


def _named(convention: Convention, home: Path) -> Convention:
    """Under the name of a file that has these very bytes, since findings name file and line."""
    from contracts.conventions import FILES, read
    from contracts.encoding import digest
    from services.platform.keys.signatures import read_convention

    own = home / "convention.yaml"
    if own.exists() and digest(read_convention(own)) == convention.digest:
        return replace(convention, file=own.name)
    for name in FILES:
        if digest(read(name)) == convention.digest:
            return replace(convention, file=name)
    return replace(convention, file="bus")


def ask(home: Path) -> BusAnswer:
    """Read control, if the home has a Kafka that runs; whatever goes wrong fails no command."""
    if not (home / "kafka").is_dir():  # and nothing of Kafka's clients is imported
        return BusAnswer()
    from aiokafka.errors import KafkaError

    from services.cli.common.kafka_options import own_kafka

    try:
        own = own_kafka(home)
        if own is None or not own.running:
            return BusAnswer()
        return in_force(asyncio.run(_control(home)), _now(home))
    except RelaisError as error:
        return BusAnswer(how="not read", why=error.code)
    except (OSError, ValueError, LookupError, TypeError, KafkaError) as error:  # and TimeoutError
        return BusAnswer(how="not read", why=type(error).__name__)


def in_force(registry: Registry, at: int) -> BusAnswer:
    """What control says at an instant, seconds. Pure."""
    from contracts.errors import LogError

    try:
        registry.check_first()
        convd, _ = registry.in_force(at)
    except LogError as error:
        if error.code == "nothing_adopted":
            return BusAnswer(how="nothing")
        return BusAnswer(how="not read", why=error.code)
    order = next(one for one in reversed(registry.orders) if one.target == convd)
    convention = registry.conventions[convd]
    before = registry.conventions.get(convention.predecessor)
    return BusAnswer(convention, order.payload, before, how="bus")


def _now(home: Path) -> int:
    """The federation's time: its clock may have been moved."""
    from services.platform.process.clock import FileClock

    return FileClock(home / "clock").now()


async def _control(home: Path) -> Registry:
    """All that control of the civil bus holds, read as its auditor, who may write nothing."""
    from contracts.vocabulary import principals
    from services.cli.common.kafka_options import bus_of
    from services.platform.kafka.orders.control import read_registry
    from services.platform.keys.owners import read_owners

    owners = read_owners(home)
    bus = bus_of(home, "", principals.audit(REALM), None)
    async with asyncio.timeout(READ_S):
        await bus.wait(ANSWER_S)
        return await read_registry(bus.reader(), REALM, owners)
