"""`relais acl plan|apply|check`: the brokers' rights and quotas against those that were agreed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from services.cli.common.asked import AtKafka, command
from services.cli.operator.drift import (
    ClusterOption,
    ConventionOption,
    LayoutOption,
    MetricsOption,
    PlanFormat,
    PlanFormatOption,
    at_brokers,
    finish,
    need,
    own_gauge,
    print_drifts,
    reached,
    tell,
    tell_plan,
)

PRUNE = "--prune"


def register(app: typer.Typer) -> None:
    """Add the group `acl`."""
    group = typer.Typer(
        help="Compare and set Kafka's rights and quotas.",
        no_args_is_help=True,
    )
    group.command("plan")(plan)
    group.command("apply")(apply)
    group.command("check")(check)
    app.add_typer(group, name="acl")


@command
def plan(
    asked: AtKafka,
    convention: ConventionOption = None,
    layout: LayoutOption = None,
    cluster: ClusterOption = "relais",
    output: PlanFormatOption = PlanFormat.TEXT,
) -> None:
    """Show which rights `apply` would give or take.

    Example: relais acl plan
    """
    from services.operate.agreed import wanted_quotas, wanted_rights
    from services.operate.rights import check_rights
    from services.operate.strimzi import documents, user_resources

    async def look() -> None:
        here = await reached(asked, convention, layout or ())
        wanted, limits = wanted_rights(here.realms), wanted_quotas(here.realms)
        if output is PlanFormat.STRIMZI:
            sys.stdout.write(documents(user_resources(wanted, limits, cluster=cluster)))
            return
        need(here)
        drifts = await check_rights(here.bootstrap, wanted, limits, tls=here.tls)
        if output is PlanFormat.TEXT:
            tell_plan(drifts, PRUNE)
        else:
            print_drifts(
                drifts,
                rights=[asdict(right) for right in wanted],
                quotas=[asdict(limit) for limit in limits],
            )

    asyncio.run(look())


@command
def apply(
    asked: AtKafka,
    prune: Annotated[
        bool,
        typer.Option(PRUNE, help="Also take away every right and every quota that nothing gives."),
    ] = False,
) -> None:
    """Give missing rights; with --prune, take the rest.

    Example: relais acl apply --prune
    """
    from services.operate.agreed import wanted_quotas, wanted_rights
    from services.operate.rights import apply_rights

    async def work() -> None:
        here = await at_brokers(asked)
        wanted, limits = wanted_rights(here.realms), wanted_quotas(here.realms)
        done = await apply_rights(here.bootstrap, wanted, limits, tls=here.tls, prune=prune)
        tell(done, asked, done=True)

    asyncio.run(work())


@command
def check(
    asked: AtKafka,
    metrics: MetricsOption = None,
) -> None:
    """Show missing and extra rights; exit 1 if any.

    Example: relais acl check
    """
    from services.operate.agreed import wanted_quotas, wanted_rights
    from services.operate.drift import RIGHT_KINDS
    from services.operate.rights import check_rights

    async def look() -> None:
        here = await at_brokers(asked)
        wanted, limits = wanted_rights(here.realms), wanted_quotas(here.realms)
        drifts = await check_rights(here.bootstrap, wanted, limits, tls=here.tls)
        tell(drifts, asked)
        finish(drifts, RIGHT_KINDS, metrics, own_gauge(asked))

    asyncio.run(look())
