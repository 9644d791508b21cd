"""`relais setup …`: what has to be done once before services start apart from one another.

In containers each is a container of its own that ends: `keys` with everybody's keys, for play and
development alone; `kafka` with the certificates of admin and owners. In Kubernetes, where Strimzi
applies topics and rights, `orders`.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.vocabulary.scopes import AHEAD_WEEKS
from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import AtHome, KafkaOption, command
from services.cli.common.output import print_json_lines
from services.cli.operator.layout import PartitionsOption
from services.platform.ports import monotonic, now
from services.texts import counted

if TYPE_CHECKING:
    from services.operate.home.home import Home
    from services.platform.process.clock import Clock
    from services.play.run.plan import Plan

LOOK_S: Final = 0.5

ShardsOption = Annotated[
    int,
    typer.Option(
        min=1, max=MOST_PARTITIONS, envvar="RELAIS_SHARDS", help="Civil routing processes."
    ),
]


class Step(StrEnum):
    """What is prepared."""

    KEYS = "keys"
    KAFKA = "kafka"
    ORDERS = "orders"


@command
def setup(
    asked: AtHome,
    step: Annotated[Step, typer.Argument(help="Keys; topics, rights and orders; or orders alone.")],
    bootstrap: KafkaOption = "",
    shards: ShardsOption = 2,
    nodes: Annotated[int, typer.Option(min=1, max=9, help="Kafka nodes.")] = 3,
    parcels: Annotated[
        Path | None, typer.Option(help="keys: a folder a process is made in here.")
    ] = None,
    weeks: Annotated[
        int,
        typer.Option(min=1, max=104, envvar="RELAIS_WEEKS", help="keys: weeks that they cover."),
    ] = AHEAD_WEEKS,
    clock_file: Annotated[
        Path | None,
        typer.Option("--clock-file", envvar="RELAIS_CLOCK_FILE", help="A play's moved clock."),
    ] = None,
    start: Annotated[
        int | None,
        typer.Option(envvar="RELAIS_START", help="keys: seconds to which a new clock is moved."),
    ] = None,
    partitions: PartitionsOption = None,
    wait_s: Annotated[
        float, typer.Option("--wait", help="kafka: seconds until exit code 3.")
    ] = 120.0,
    tls_folder: Annotated[
        Path | None,
        typer.Option(help="orders: ca.pem, owners-<realm>.pem and .key; else the home's."),
    ] = None,
) -> None:
    """Prepare containers: keys, topics, first orders.

    A second time it changes nothing. `keys` hands each process its own, for development: in
    earnest each party makes its own keys, and none leaves it.

    Example: relais setup kafka --kafka kafka-1:9092
    """
    from contracts.errors import UsageError
    from services.operate.home.home import Home
    from services.play.run.plan import Plan

    folder, plan = Home(asked.home), Plan(shards=shards, nodes=nodes, tls=True)
    folder.choose_partitions(partitions if step is Step.KEYS else None, shards)
    if step is Step.KEYS:
        if parcels is None:
            raise UsageError("option_missing", "no folder", "--parcels", "setup keys")
        _keys(asked, folder, plan, parcels, weeks, clock_file, start)
        return
    if not bootstrap:
        raise UsageError("kafka_unknown", "no address", "--kafka host:port")
    if step is Step.KAFKA:
        _kafka(folder, plan, bootstrap, _clock(clock_file).now(), wait_s)
    else:
        _orders(folder, plan, bootstrap, tls_folder or folder.tls)
    applied = ["topics", "rights", "orders"] if step is Step.KAFKA else ["orders"]
    done = f"applied at {bootstrap}: {', '.join(applied)}"
    asked.print({"kafka": bootstrap, "applied": applied}, done)


def _keys(
    asked: AtHome, folder: Home, plan: Plan, parcels: Path, weeks: int,
    clock_file: Path | None, start: int | None,
) -> None:  # fmt: skip
    """Make missing keys and hand each process its own."""
    from services.play.run.parcels import deliver, user_of
    from services.play.run.parcels import parcels as divide

    folder.prepare(_clock(clock_file, start).now(), weeks)
    _certificates(folder, plan)
    if clock_file is not None:  # a play: nobody else has accounts in a file
        _console_accounts(folder)
    rows = []
    for name, parcel in divide(folder, plan).items():
        user = user_of(name) if os.geteuid() == 0 else None
        changed = deliver(parcels / name, parcel, user)
        rows.append({"process": name, "files": len(parcel), "changed": changed})
    if asked.json:
        print_json_lines(rows)
        return
    for row in rows:
        asked.say("{process}: {files} files, {changed} changed".format(**row))


def _console_accounts(folder: Home) -> None:
    """Accounts of the console, their passwords in a file beside the keys: logs would keep them."""
    import orjson

    from services.operate.home.keys import write_secret
    from services.play.run.prepare import console_accounts

    if passwords := console_accounts(folder):
        write_secret(folder.path / "console-passwords.json", orjson.dumps(dict(passwords)))


def _kafka(folder: Home, plan: Plan, bootstrap: str, at: int, wait_s: float) -> None:
    """Wait for Kafka, then apply topics, rights and orders: anew while brokers come and go."""
    import asyncio

    from contracts.vocabulary import principals
    from services.platform.process.exit_codes import UnreachableError
    from services.play.run.prepare import bus_of, topics_rights_orders

    async def work() -> None:
        bus = bus_of(folder, plan, bootstrap, principals.ADMIN)
        deadline = monotonic() + wait_s
        await bus.wait(wait_s)
        await asyncio.to_thread(_await_nodes, folder, bootstrap, plan.nodes, wait_s)
        while True:
            try:
                await topics_rights_orders(folder, bootstrap, plan, at)
                return
            except UnreachableError:
                if monotonic() > deadline:
                    raise
                await asyncio.sleep(LOOK_S)

    asyncio.run(work())


def _orders(folder: Home, plan: Plan, bootstrap: str, tls: Path) -> None:
    """Give the first orders, as the owners whose certificates lie in a folder."""
    import asyncio

    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.operate.home.first_orders import give_first_orders
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.connection.connection import client_options, tls_of

    clients = {realm: client_options(tls_of(tls, principals.owners(realm))) for realm in REALMS}
    buses = {realm: Bus(bootstrap, client) for realm, client in clients.items()}
    shards = {realm: plan.shards_of(realm) for realm in REALMS}
    asyncio.run(give_first_orders(folder, buses, now(), shards))


def _certificates(home: Home, plan: Plan) -> None:
    """Everybody's; a broker is found by its own name inside, and at this machine's loopback."""
    from services.play.certificates.ca import HOSTS, ensure_ca, ensure_certificate, everyone

    ensure_ca(home.tls)
    for name in everyone(plan.shards, plan.nodes, home.agencies):
        ensure_certificate(home.tls, name, (name, *HOSTS))


def _await_nodes(home: Home, bootstrap: str, nodes: int, limit_s: float) -> None:
    """A topic of three copies can be made only once three brokers have joined."""
    import time

    from contracts.vocabulary import principals
    from services.platform.process.exit_codes import UnreachableError
    from services.play.kafka.brokers import brokers_known

    admin, deadline = home.certificate(principals.ADMIN), monotonic() + limit_s
    while (here := brokers_known(bootstrap, admin)) < nodes:
        if monotonic() > deadline:
            got = counted(("{n} broker", "{n} brokers"), n=here)
            raise UnreachableError("kafka_not_whole", got, str(nodes))
        time.sleep(LOOK_S)


def _clock(file: Path | None, start: int | None = None) -> Clock:
    from services.platform.process import clock as clocks

    if file is None:
        return clocks.SystemClock()
    if start is not None and not file.exists():
        clocks.set_to(file, start)
    return clocks.FileClock(file)
