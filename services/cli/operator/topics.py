"""`relais topics plan|apply|check`: the brokers' topics against those that were agreed."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import typer

from services.cli.common.asked import AtKafka, command
from services.cli.operator.drift import (
    ClusterOption,
    ConventionOption,
    MetricsOption,
    PlanFormat,
    PlanFormatOption,
    at_brokers,
    copies,
    finish,
    need,
    own_gauge,
    print_drifts,
    reached,
    tell,
    tell_plan,
)

SHORTEN = "--shorten"

ReplicasOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=7,
        help="Copies of each topic; else three, or fewer where the home or one broker has fewer.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group `topics`."""
    group = typer.Typer(help="Compare and set Kafka's topics.", no_args_is_help=True)
    group.command("plan")(plan)
    group.command("apply")(apply)
    group.command("check")(check)
    app.add_typer(group, name="topics")


@command
def plan(
    asked: AtKafka,
    convention: ConventionOption = None,
    replicas: ReplicasOption = None,
    cluster: ClusterOption = "relais",
    output: PlanFormatOption = PlanFormat.TEXT,
) -> None:
    """Show what `apply` would change.

    Example: relais topics plan
    """
    from services.operate.agreed import planned_topics
    from services.operate.strimzi import documents, topic_resources
    from services.operate.topics import check_topics

    async def look() -> None:
        here = await reached(asked, convention)
        planned, number = planned_topics(here.realms, asked.home), await copies(here, replicas)
        if output is PlanFormat.STRIMZI:
            resources = topic_resources(planned, cluster=cluster, replicas=number)
            sys.stdout.write(documents(resources))
            return
        need(here)
        drifts = await check_topics(here.bootstrap, planned, replicas=number, tls=here.tls)
        if output is PlanFormat.TEXT:
            tell_plan(drifts, SHORTEN)
            return
        rows: list[dict[str, Any]] = [
            {
                "name": topic.name, "partitions": topic.partitions, "replicas": number,
                "settings": topic.settings(number),
            }
            for topic in planned
        ]  # fmt: skip
        print_drifts(drifts, topics=rows)

    asyncio.run(look())


@command
def apply(
    asked: AtKafka,
    replicas: ReplicasOption = None,
    shorten: Annotated[
        bool, typer.Option(SHORTEN, help="Also where a shorter retention deletes records.")
    ] = False,
) -> None:
    """Create topics and set what differs; delete none.

    Example: relais topics apply --replicas 3
    """
    from services.operate.agreed import planned_topics
    from services.operate.topics import apply_topics

    async def work() -> None:
        here = await at_brokers(asked)
        number = await copies(here, replicas)
        planned = planned_topics(here.realms, asked.home)
        done = await apply_topics(
            here.bootstrap, planned, replicas=number, tls=here.tls, shorten=shorten
        )
        tell(done, asked, done=True)

    asyncio.run(work())


@command
def check(
    asked: AtKafka,
    replicas: ReplicasOption = None,
    metrics: MetricsOption = None,
) -> None:
    """Show what differs; exit 1 if anything does.

    Example: relais topics check
    """
    from services.operate.agreed import planned_topics
    from services.operate.drift import TOPIC_KINDS
    from services.operate.topics import check_topics

    async def look() -> None:
        here = await at_brokers(asked)
        planned, number = planned_topics(here.realms, asked.home), await copies(here, replicas)
        drifts = await check_topics(here.bootstrap, planned, replicas=number, tls=here.tls)
        tell(drifts, asked)
        finish(drifts, TOPIC_KINDS, metrics, own_gauge(asked))

    asyncio.run(look())
