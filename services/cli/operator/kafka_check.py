"""`relais kafka apply`: the brokers' topics, rights and quotas against what was agreed."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.errors import UsageError
from services.cli.common.asked import AtKafka, answered, check_address, command, own_kafka
from services.cli.common.output import print_json_lines
from services.platform.ports import now

if TYPE_CHECKING:
    from services.operate.agreed import Agreed
    from services.operate.drift import Drift
    from services.platform.kafka.connection.connection import Tls


FOUND: Final = 1  # exit code: something differs
_HEADS: Final = {
    "apply": "Without `--check`:",
    "asked": "Only with `--shorten` (topics) or `--prune` (rights):",
    "by hand": "By hand, never by `kafka apply`:",
}
_CHANGED: Final = "Changed, so that this differs no more:"


class DriftFormat(StrEnum):
    """Of a check: for people, for programs, or as resources for Kubernetes."""

    TEXT = "text"
    JSON = "json"
    STRIMZI = "strimzi"


DriftFormatOption = Annotated[
    DriftFormat,
    typer.Option("--format", help="Text for people, JSON, or Strimzi's custom resources (YAML)."),
]
ConventionOption = Annotated[
    Path | None,
    typer.Option("--convention", help="File to plan by, instead of the convention in force."),
]
LayoutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layout",
        help="REALM=ORDER:SHARDS, where control cannot be asked (`--format strimzi`): "
        "number of the layout order and its shards, e.g. civil=1:2.",
    ),
]
MetricsOption = Annotated[
    Path | None,
    typer.Option("--metrics", help="File ending in .prom: write the gauge `relais_drift` to it."),
]


class Part(StrEnum):
    """What is compared."""

    TOPICS = "topics"
    RIGHTS = "rights"


OnlyOption = Annotated[
    Part | None, typer.Option(help="Topics alone, or rights and quotas; else all of them.")
]
ReplicasOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=7,
        help="Copies of each topic; else three, or fewer where the home has fewer nodes.",
    ),
]


@command
def apply(
    asked: AtKafka,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if anything differs.")
    ] = False,
    only: OnlyOption = None,
    replicas: ReplicasOption = None,
    shorten: Annotated[
        bool, typer.Option("--shorten", help="Also where a shorter retention deletes records.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also take rights and quotas that nothing gives.")
    ] = False,
    convention: ConventionOption = None,
    layout: LayoutOption = None,
    metrics: MetricsOption = None,
    output: DriftFormatOption = DriftFormat.TEXT,
) -> None:
    """Create and set what is missing; delete no topic.

    --convention, --layout, --metrics and --format strimzi are of --check alone.

    Example: relais kafka apply --check
    """
    if not check and (convention or layout or metrics or output is DriftFormat.STRIMZI):
        raise UsageError("option_missing", "what only a check takes", "--check", "kafka apply")
    parts = tuple(Part) if only is None else (only,)

    async def work() -> None:
        bootstrap, tls = asked.reach(principals.ADMIN)
        realms = await in_force_at(asked, bootstrap, tls, _from_files(asked.home, layout or ()))
        if convention is not None:
            planned = load(read_convention(convention), str(convention))
            realms = [replace(one, convention=planned) for one in realms]
        wanted, limits = agreed.wanted_rights(realms), agreed.wanted_quotas(realms)
        named, number = (
            agreed.planned_topics(realms, asked.home), copies(asked.home, bootstrap, replicas),
        )  # fmt: skip
        if output is DriftFormat.STRIMZI:
            resources = list[dict[str, Any]]()
            if Part.TOPICS in parts:
                resources += strimzi.topic_resources(named, replicas=number)
            if Part.RIGHTS in parts:
                resources += strimzi.user_resources(wanted, limits)
            sys.stdout.write(strimzi.documents(resources))
            return
        check_address(asked.home, bootstrap)
        kinds, found = list[str](), list[drift.Drift]()
        if Part.TOPICS in parts:
            kinds += drift.TOPIC_KINDS
            found += await (
                topics.check_topics(bootstrap, named, replicas=number, tls=tls)
                if check
                else topics.apply_topics(
                    bootstrap, named, replicas=number, tls=tls, shorten=shorten
                )
            )
        if Part.RIGHTS in parts:
            kinds += drift.RIGHT_KINDS
            found += await (
                rights.check_rights(bootstrap, wanted, limits, tls=tls)
                if check
                else rights.apply_rights(bootstrap, wanted, limits, tls=tls, prune=prune)
            )
        _print(found, check=check, json=output is DriftFormat.JSON)
        if check:
            finish(found, kinds, metrics, None if convention else own_gauge(asked))

    from contracts.convention.load import load
    from contracts.vocabulary import principals
    from services.operate import agreed, drift, rights, strimzi, topics
    from services.platform.keys.signatures import read_convention

    asyncio.run(work())


async def in_force_at(
    asked: AtKafka, bootstrap: str, tls: Tls | None, files: list[Agreed]
) -> list[Agreed]:
    """What is in force by control; what the home's files say where nothing was adopted, or asked.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    from services.operate.agreed import in_force
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    if not bootstrap:
        return files
    await answered(bootstrap, asked.kafka, tls)
    at = home_clock(asked.home).now()
    return await in_force(bootstrap, read_owners(asked.home), files, at, tls=tls)


def _from_files(home: Path, layouts: Iterable[str]) -> list[Agreed]:
    from contracts.log.orders.layout import Layout
    from contracts.vocabulary.scopes import REALMS
    from services.operate.agreed import at_home
    from services.operate.home.home import Home

    given: dict[str, tuple[Layout, ...]] = {}
    for text in layouts:
        found = re.fullmatch(rf"({'|'.join(REALMS)})=(\d+):(\d+)", text)
        if found is None:
            raise UsageError("layout_malformed", "another text", "REALM=ORDER:SHARDS", "--layout")
        realm = found[1]
        given[realm] = (*given.get(realm, ()), Layout(int(found[2]), int(found[3])))
    folder = Home(home)
    with folder.complete():
        return at_home(folder, given)


def copies(home: Path, bootstrap: str, asked: int | None) -> int:
    """Replicas of each topic, as asked; else three, or the home's own nodes if fewer.

    Brokers are not counted: one that is away for a while would leave topics with two copies for
    good.
    """
    from services.operate.topics import COPIES

    own = own_kafka(home)
    if asked is None and own is not None and bootstrap == own.bootstrap:
        return min(COPIES, len(own.nodes))
    return asked or COPIES


def _print(found: Sequence[Drift], *, check: bool, json: bool) -> None:
    """What differs by what it takes to change it, or what was changed; for people or programs."""
    if json:
        print_json_lines(one.json() for one in found)
        return
    if not found:
        typer.echo("Nothing differs from what was agreed." if check else "Nothing to change.")
    told = {head: [one for one in found if one.remedy == how] for how, head in _HEADS.items()}
    for head, some in (told if check else {_CHANGED: found}).items():
        if some:
            typer.echo(head)
        for one in some:
            typer.echo(f"  {one.describe()}")


def finish(drifts: Sequence[Drift], kinds: Sequence[str], *gauges: Path | None) -> None:
    """Write the gauge to each file, and exit 1 if anything differs.

    Raises:
        UsageError: `metrics_unusable`.
    """
    from services.operate.drift import counts
    from services.operate.gauge import write_gauge
    from services.platform.process.os_errors import why

    for file in (path for path in gauges if path is not None):
        try:
            write_gauge(file, counts(drifts, kinds), now())
        except OSError as error:
            expected = "a file that can be written"
            raise UsageError("metrics_unusable", why(error), expected, str(file)) from None
    if drifts:
        raise typer.Exit(FOUND)


def own_gauge(asked: AtKafka) -> Path | None:
    """Where `relais status` looks for a home's last check; None without a writable home."""
    from services.operate.gauge import DRIFT_FILE

    return asked.home / DRIFT_FILE if os.access(asked.home, os.W_OK) else None
