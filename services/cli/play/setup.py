"""`relais setup …`: what has to be done once before services start apart from one another.

In containers each is a container of its own that ends: `keys` with everybody's keys, for play and
development alone; `kafka` with the certificates of admin and owners. In Kubernetes, where Strimzi
applies topics and rights, `orders`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import AtHome, command
from services.cli.common.kafka_options import KafkaOption
from services.cli.common.output import print_json
from services.cli.operator.layout import PartitionsOption, ShardsOption, orders
from services.texts import counted

if TYPE_CHECKING:
    from services.operate.home.home import Home
    from services.platform.process.clock import Clock
    from services.play.run.plan import Plan

LOOK_S: Final = 0.5

NodesOption = Annotated[int, typer.Option(min=1, max=9, help="Kafka nodes.")]
ClockOption = Annotated[
    Path | None,
    typer.Option("--clock-file", envvar="RELAIS_CLOCK_FILE", help="A play's moved clock."),
]


def register(app: typer.Typer) -> None:
    """Add the group `setup`."""
    group = typer.Typer(
        help="Prepare containers: keys, topics, first orders.",
        no_args_is_help=True,
    )
    group.command("keys")(keys)
    group.command("kafka")(kafka)
    group.command("orders")(orders)
    app.add_typer(group, name="setup")


@command
def keys(
    asked: AtHome,
    parcels: Annotated[Path, typer.Option(help="A folder a process is made in here.")],
    shards: ShardsOption = 2,
    nodes: NodesOption = 3,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, envvar="RELAIS_WEEKS", help="Weeks that keys cover.")
    ] = 16,
    clock_file: ClockOption = None,
    start: Annotated[
        int | None,
        typer.Option(envvar="RELAIS_START", help="Seconds to which a new clock file is moved."),
    ] = None,
    partitions: PartitionsOption = None,
) -> None:
    """Make missing keys and hand each process its own.

    For development: in earnest each party makes its own keys, and none leaves it.

    Example: relais setup keys --parcels parcels
    """
    from services.operate.home.home import Home
    from services.play.run.parcels import deliver, user_of
    from services.play.run.parcels import parcels as divide

    folder, plan = Home(asked.home), _plan(shards, nodes)
    folder.choose_partitions(partitions, shards)
    folder.prepare(_clock(clock_file, start).now(), weeks)
    _certificates(folder, plan)
    if clock_file is not None:  # a play: nobody else has accounts in a file
        _console_accounts(folder)
    rows = []
    for name, parcel in divide(folder, plan).items():
        changed = deliver(parcels / name, parcel, _if_root(user_of(name)))
        rows.append({"process": name, "files": len(parcel), "changed": changed})
        if not asked.json:
            asked.say(f"{name}: {len(parcel)} files, {changed} changed")
    if asked.json:
        print_json(rows)


def _console_accounts(folder: Home) -> None:
    """Accounts of the console, and their passwords in a file beside everybody's keys: a log would keep them."""
    import orjson

    from services.operate.home.keys import write_secret
    from services.play.run.prepare import console_accounts

    if passwords := console_accounts(folder):
        write_secret(folder.path / "console-passwords.json", orjson.dumps(dict(passwords)))


@command
def kafka(
    asked: AtHome,
    bootstrap: KafkaOption,
    shards: ShardsOption = 2,
    nodes: NodesOption = 3,
    clock_file: ClockOption = None,
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds until exit code 3.")] = 120.0,
) -> None:
    """Wait for Kafka, then apply topics, rights and orders.

    A second time it changes nothing.

    Example: relais setup kafka --kafka kafka-1:9092
    """
    import asyncio

    from contracts.vocabulary import principals
    from services.operate.home.home import Home
    from services.platform.kafka.connection.wait import wait_for_kafka
    from services.play.run.prepare import client_of, topics_rights_orders

    folder, plan = Home(asked.home), _plan(shards, nodes)
    folder.choose_partitions(None, shards)

    async def work() -> None:
        client = client_of(folder, plan, principals.ADMIN)
        await wait_for_kafka(bootstrap, wait_s, **client)
        await asyncio.to_thread(_await_nodes, folder, bootstrap, nodes, wait_s)
        await topics_rights_orders(folder, bootstrap, plan, _clock(clock_file).now())

    asyncio.run(work())
    asked.print(
        {"kafka": bootstrap, "applied": ["topics", "rights", "orders"]},
        f"topics, rights and orders are applied at {bootstrap}",
    )


def _certificates(home: Home, plan: Plan) -> None:
    """Everybody's; a broker is found by its own name inside, and at this machine's loopback."""
    from services.play.certificates.ca import HOSTS, ensure_ca, ensure_certificate

    ensure_ca(home.tls)
    for name in dict.fromkeys((*plan.principals, *home.agencies)):
        ensure_certificate(home.tls, name, (name, *HOSTS))


def _await_nodes(home: Home, bootstrap: str, nodes: int, limit_s: float) -> None:
    """A topic of three copies can be made only once three brokers have joined."""
    import time

    from contracts.vocabulary import principals
    from services.operate.client import ASK_S, connect, told
    from services.platform.patience import patient
    from services.platform.process.exit_codes import UnreachableError

    admin = connect(bootstrap, home.certificate(principals.ADMIN))
    deadline = time.monotonic() + limit_s
    while True:
        with told("list brokers"):
            here = len(admin.list_topics(timeout=patient(ASK_S)).brokers)
        if here >= nodes:
            return
        if time.monotonic() > deadline:
            got = counted(("{n} broker", "{n} brokers"), n=here)
            raise UnreachableError("kafka_not_whole", got, str(nodes))
        time.sleep(LOOK_S)


def _plan(shards: int, nodes: int) -> Plan:
    from services.play.run.plan import Plan

    return Plan(shards=shards, nodes=nodes, tls=True)


def _clock(file: Path | None, start: int | None = None) -> Clock:
    from services.platform.process import clock as clocks

    if file is None:
        return clocks.SystemClock()
    if start is not None and not file.exists():
        clocks.set_to(file, start)
    return clocks.FileClock(file)


def _if_root(user: int) -> int | None:
    import os

    return user if os.geteuid() == 0 else None
