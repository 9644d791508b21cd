"""`relais topics check|apply`, `relais acl check|apply`: the brokers against what was agreed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

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
    from services.operate.drift import Drift

SHORTEN: Final = "--shorten"
PRUNE: Final = "--prune"
ReplicasOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=7,
        help="Copies of each topic; else three, or fewer where the home or one broker has fewer.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the groups `topics` and `acl`."""
    for name, text, check, apply in (
        ("topics", "Compare and set Kafka's topics.", check_topics, apply_topics),
        ("acl", "Compare and set Kafka's rights and quotas.", check_rights, apply_rights),
    ):
        group = typer.Typer(help=text, no_args_is_help=True)
        group.command("check")(check)
        group.command("apply")(apply)
        app.add_typer(group, name=name)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was agreed of topics, or of rights, and how it is brought to the brokers.

    Attributes:
        kinds: of drift.
        option: of `apply`: also do what takes something away.
        resources: the same for Strimzi, of a Kafka cluster by its name.
        apply: takes whether `option` was given.
    """

    here: Reached
    kinds: Sequence[str]
    option: str
    resources: Callable[[str], list[dict[str, Any]]]
    check: Callable[[], Awaitable[list[Drift]]]
    apply: Callable[[bool], Awaitable[list[Drift]]]


@command
def check_topics(
    asked: AtKafka,
    convention: ConventionOption = None,
    replicas: ReplicasOption = None,
    cluster: ClusterOption = "relais",
    metrics: MetricsOption = None,
    output: DriftFormatOption = DriftFormat.TEXT,
) -> None:
    """Show what differs; exit 1 if anything does.

    Example: relais topics check
    """
    gauges = (metrics, None if convention else own_gauge(asked))
    _check(_topics(asked, replicas, convention), output, cluster, gauges)


@command
def apply_topics(
    asked: AtKafka,
    replicas: ReplicasOption = None,
    shorten: Annotated[
        bool, typer.Option(SHORTEN, help="Also where a shorter retention deletes records.")
    ] = False,
) -> None:
    """Create topics and set what differs; delete none.

    Example: relais topics apply --replicas 3
    """
    _apply(_topics(asked, replicas), asked, losing=shorten)


@command
def check_rights(
    asked: AtKafka,
    convention: ConventionOption = None,
    layout: LayoutOption = None,
    cluster: ClusterOption = "relais",
    metrics: MetricsOption = None,
    output: DriftFormatOption = DriftFormat.TEXT,
) -> None:
    """Show missing and extra rights; exit 1 if any.

    Example: relais acl check
    """
    gauges = (metrics, None if convention else own_gauge(asked))
    _check(_rights(asked, convention, layout or ()), output, cluster, gauges)


@command
def apply_rights(
    asked: AtKafka,
    prune: Annotated[
        bool,
        typer.Option(PRUNE, help="Also take away every right and every quota that nothing gives."),
    ] = False,
) -> None:
    """Give missing rights; with --prune, take the rest.

    Example: relais acl apply --prune
    """
    _apply(_rights(asked), asked, losing=prune)


async def _topics(
    asked: AtKafka, replicas: int | None, convention: Path | None = None
) -> Comparison:
    from services.operate import topics
    from services.operate.agreed import planned_topics
    from services.operate.drift import TOPIC_KINDS
    from services.operate.strimzi import topic_resources

    here = await reached(asked, convention)
    planned, number = planned_topics(here.realms, asked.home), await copies(here, replicas)
    common: dict[str, Any] = {"replicas": number, "tls": here.tls}
    return Comparison(
        here, TOPIC_KINDS, SHORTEN,
        lambda cluster: topic_resources(planned, cluster=cluster, replicas=number),
        lambda: topics.check_topics(here.bootstrap, planned, **common),
        lambda losing: topics.apply_topics(here.bootstrap, planned, shorten=losing, **common),
    )  # fmt: skip


async def _rights(
    asked: AtKafka, convention: Path | None = None, layouts: Sequence[str] = ()
) -> Comparison:
    from services.operate import rights
    from services.operate.agreed import wanted_quotas, wanted_rights
    from services.operate.drift import RIGHT_KINDS
    from services.operate.strimzi import user_resources

    here = await reached(asked, convention, layouts)
    agreed = wanted_rights(here.realms), wanted_quotas(here.realms)
    return Comparison(
        here, RIGHT_KINDS, PRUNE,
        lambda cluster: user_resources(*agreed, cluster=cluster),
        lambda: rights.check_rights(here.bootstrap, *agreed, tls=here.tls),
        lambda losing: rights.apply_rights(here.bootstrap, *agreed, tls=here.tls, prune=losing),
    )  # fmt: skip


def _check(
    compared: Coroutine[Any, Any, Comparison],
    output: DriftFormat,
    cluster: str,
    gauges: Sequence[Path | None],
) -> None:
    """Print what differs and exit 1 if anything does; or print Strimzi's resources alone."""
    from services.operate.strimzi import documents

    async def look() -> None:
        it = await compared
        if output is DriftFormat.STRIMZI:
            sys.stdout.write(documents(it.resources(cluster)))
            return
        need(it.here)
        drifts = await it.check()
        print_drifts(drifts, it.option, json=output is DriftFormat.JSON)
        finish(drifts, it.kinds, *gauges)

    asyncio.run(look())


def _apply(compared: Coroutine[Any, Any, Comparison], asked: AtKafka, *, losing: bool) -> None:
    """Bring what was agreed to the brokers, and print what was changed."""

    async def work() -> None:
        it = await compared
        need(it.here)
        print_changes(await it.apply(losing), json=asked.json)

    asyncio.run(work())
