"""`relais kafka apply`: the brokers' topics, rights and quotas against what was agreed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.errors import UsageError
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
    cluster: ClusterOption = "relais",
    metrics: MetricsOption = None,
    output: DriftFormatOption = DriftFormat.TEXT,
) -> None:
    """Create and set what is missing; delete no topic.

    --convention, --layout, --cluster, --metrics and --format strimzi are of --check alone.

    Example: relais kafka apply --check
    """
    if not check and (convention or layout or metrics or output is DriftFormat.STRIMZI):
        raise UsageError("option_missing", "what only a check takes", "--check", "kafka apply")
    parts, json = tuple(Part) if only is None else (only,), output is DriftFormat.JSON

    async def work() -> None:
        here = await reached(asked, convention, layout or ())
        topics = planned_topics(here.realms, here.home), await copies(here, replicas)
        if output is DriftFormat.STRIMZI:
            _print_resources(here, parts, *topics, cluster)
            return
        need(here)
        if not check:
            done = await _apply(here, parts, *topics, shorten=shorten, prune=prune)
            print_changes(done, json=json)
            return
        drifts, kinds = await _check(here, parts, *topics)
        print_drifts(drifts, json=json)
        finish(drifts, kinds, metrics, None if convention else own_gauge(asked))

    from services.operate.agreed import planned_topics

    asyncio.run(work())


async def _check(
    here: Reached, parts: Iterable[Part], planned: list[PlannedTopic], number: int
) -> tuple[list[Drift], list[str]]:
    """What differs, and all kinds of drift that were looked for."""
    from services.operate import drift, rights, topics

    drifts: list[Drift] = []
    kinds: list[str] = []
    if Part.TOPICS in parts:
        kinds += drift.TOPIC_KINDS
        drifts += await topics.check_topics(here.bootstrap, planned, replicas=number, tls=here.tls)
    if Part.RIGHTS in parts:
        kinds += drift.RIGHT_KINDS
        drifts += await rights.check_rights(here.bootstrap, *here.rights(), tls=here.tls)
    return drifts, kinds


async def _apply(
    here: Reached, parts: Iterable[Part], planned: list[PlannedTopic], number: int,
    *, shorten: bool, prune: bool,
) -> list[Drift]:  # fmt: skip
    """Change what differs, and say what that was."""
    from services.operate import rights, topics

    done: list[Drift] = []
    if Part.TOPICS in parts:
        done += await topics.apply_topics(
            here.bootstrap, planned, replicas=number, tls=here.tls, shorten=shorten
        )
    if Part.RIGHTS in parts:
        done += await rights.apply_rights(here.bootstrap, *here.rights(), tls=here.tls, prune=prune)
    return done


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
