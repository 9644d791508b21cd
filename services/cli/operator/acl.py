"""`relais acl plan|apply|check`: the brokers' rights against those that were agreed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from services.cli.common.kafka_options import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    given_tls,
)
from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    Lang,
    LangOption,
    errors_become_exit_codes,
)
from services.cli.operator.drift import (
    ClusterOption,
    ConventionOption,
    LayoutOption,
    MetricsOption,
    PlanFormat,
    PlanFormatOption,
    finish,
    need,
    print_drifts,
    reached,
    tell_done,
    tell_plan,
    tell_state,
)

PRUNE = "--prune"


def register(app: typer.Typer) -> None:
    """Add the group `acl`."""
    group = typer.Typer(
        help="Rights, as convention, directory and layout in force give them.",
        no_args_is_help=True,
    )
    group.command("plan")(plan)
    group.command("apply")(apply)
    group.command("check")(check)
    app.add_typer(group, name="acl")


def plan(
    convention: ConventionOption = None,
    layout: LayoutOption = None,
    cluster: ClusterOption = "relais",
    lang: LangOption = Lang.FR,
    output: PlanFormatOption = PlanFormat.TEXT,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Say what `apply` would give, and what it would take with --prune; nothing is changed."""
    from services.operate.agreed import wanted_rights
    from services.operate.rights import check_rights
    from services.operate.strimzi import documents, user_resources

    async def look() -> None:
        tls = given_tls(tls_ca, tls_cert, tls_key)
        here = await reached(home, kafka, tls, convention, layout or ())
        wanted = wanted_rights(here.realms)
        if output is PlanFormat.STRIMZI:
            sys.stdout.write(documents(user_resources(wanted, cluster=cluster)))
            return
        need(here)
        drifts = await check_rights(here.bootstrap, wanted, tls=here.tls)
        if output is PlanFormat.TEXT:
            tell_plan(drifts, lang, PRUNE)
        else:
            print_drifts(drifts, rights=[asdict(right) for right in wanted])

    with errors_become_exit_codes():
        asyncio.run(look())


def apply(
    prune: Annotated[
        bool, typer.Option(PRUNE, help="Also take away every right that nothing gives.")
    ] = False,
    lang: LangOption = Lang.FR,
    output: FormatOption = Format.TEXT,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Give what is missing; with --prune, take the rest away. Prints what it changed."""
    from services.operate.agreed import wanted_rights
    from services.operate.rights import apply_rights

    async def work() -> None:
        here = await reached(home, kafka, given_tls(tls_ca, tls_cert, tls_key))
        need(here)
        wanted = wanted_rights(here.realms)
        done = await apply_rights(here.bootstrap, wanted, tls=here.tls, prune=prune)
        if output is Format.JSON:
            print_drifts(done)
        else:
            tell_done(done, lang)

    with errors_become_exit_codes():
        asyncio.run(work())


def check(
    metrics: MetricsOption = None,
    lang: LangOption = Lang.FR,
    output: FormatOption = Format.TEXT,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Say who lacks what, and who has what nothing gives; exit 1 if anybody. Nothing is changed."""
    from services.operate.agreed import wanted_rights
    from services.operate.drift import RIGHT_KINDS
    from services.operate.rights import check_rights

    async def look() -> None:
        here = await reached(home, kafka, given_tls(tls_ca, tls_cert, tls_key))
        need(here)
        drifts = await check_rights(here.bootstrap, wanted_rights(here.realms), tls=here.tls)
        if output is Format.JSON:
            print_drifts(drifts)
        else:
            tell_state(drifts, lang)
        finish(drifts, RIGHT_KINDS, metrics)

    with errors_become_exit_codes():
        asyncio.run(look())
