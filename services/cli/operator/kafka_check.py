"""`relais kafka check|apply`: the brokers' topics, rights and quotas against what was agreed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.common.asked import AtKafka, command
from services.cli.operator.drift import (
    ClusterOption,
    ConventionOption,
    DriftFormat,
    DriftFormatOption,
    LayoutOption,
    MetricsOption,
    Reached,
    copies,
    finish,
    need,
    own_gauge,
    print_changes,
    print_drifts,
    reached,
)

if TYPE_CHECKING:
    from contracts.kafka.topic_plan import PlannedTopic
    from services.operate.drift import Drift


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
        help="Copies of each topic; else three, or fewer where the home or one broker has fewer.",
    ),
]


@command
def check(
    asked: AtKafka,
    only: OnlyOption = None,
    convention: ConventionOption = None,
    layout: LayoutOption = None,
    replicas: ReplicasOption = None,
    cluster: ClusterOption = "relais",
    metrics: MetricsOption = None,
    output: DriftFormatOption = DriftFormat.TEXT,
) -> None:
    """Show what differs; exit 1 if anything does.

    Example: relais kafka check
    """
    from services.operate import drift, rights, topics

    parts = _parts(only)

    async def look() -> None:
        here = await reached(asked, convention, layout or ())
        planned, number = await _topics(here, replicas)
        if output is DriftFormat.STRIMZI:
            _print_resources(here, parts, planned, number, cluster)
            return
        need(here)
        drifts: list[Drift] = []
        kinds: list[str] = []
        if Part.TOPICS in parts:
            kinds += drift.TOPIC_KINDS
            drifts += await topics.check_topics(
                here.bootstrap, planned, replicas=number, tls=here.tls
            )
        if Part.RIGHTS in parts:
            kinds += drift.RIGHT_KINDS
            drifts += await rights.check_rights(here.bootstrap, *here.rights(), tls=here.tls)
        print_drifts(drifts, json=output is DriftFormat.JSON)
        finish(drifts, kinds, metrics, None if convention else own_gauge(asked))

    asyncio.run(look())


@command
def apply(
    asked: AtKafka,
    only: OnlyOption = None,
    replicas: ReplicasOption = None,
    shorten: Annotated[
        bool, typer.Option("--shorten", help="Also where a shorter retention deletes records.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also take rights and quotas that nothing gives.")
    ] = False,
) -> None:
    """Create and set what is missing; delete no topic.

    Example: relais kafka apply --prune
    """
    from services.operate import rights, topics

    parts = _parts(only)

    async def work() -> None:
        here = await reached(asked)
        need(here)
        done: list[Drift] = []
        if Part.TOPICS in parts:
            planned, number = await _topics(here, replicas)
            done += await topics.apply_topics(
                here.bootstrap, planned, replicas=number, tls=here.tls, shorten=shorten
            )
        if Part.RIGHTS in parts:
            done += await rights.apply_rights(
                here.bootstrap, *here.rights(), tls=here.tls, prune=prune
            )
        print_changes(done, json=asked.json)

    asyncio.run(work())


def _parts(only: Part | None) -> tuple[Part, ...]:
    return tuple(Part) if only is None else (only,)


async def _topics(here: Reached, replicas: int | None) -> tuple[list[PlannedTopic], int]:
    """The topics, and the number of their copies."""
    from services.operate.agreed import planned_topics

    return planned_topics(here.realms, here.home), await copies(here, replicas)


def _print_resources(
    here: Reached, parts: Iterable[Part], planned: list[PlannedTopic], number: int, cluster: str
) -> None:
    """The same for Strimzi."""
    from services.operate.strimzi import documents, topic_resources, user_resources

    resources: list[dict[str, Any]] = []
    if Part.TOPICS in parts:
        resources += topic_resources(planned, cluster=cluster, replicas=number)
    if Part.RIGHTS in parts:
        resources += user_resources(*here.rights(), cluster=cluster)
    sys.stdout.write(documents(resources))
