"""`relais report friction`: where partners are held back, month by month, for the committee."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.auditor.options import ReportsOption
from services.cli.auditor.readings import SUPERVISION, PurposeOption, say_first
from services.cli.auditor.telling import REPLAYED, progress_of
from services.cli.common.asked import AtKafka, command
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.cli.auditor.friction_log import FrictionLog
    from services.committee.friction.told import ToldReport

_ = Catalogue(__name__)

FOUND: Final = 1  # exit code: the log is not what honest routing writes


class ReportFormat(StrEnum):
    """The forms of the report."""

    HTML = "html"
    PDF = "pdf"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the group `report`."""
    group = typer.Typer(no_args_is_help=True, help="Figures from the log that anybody may read.")
    group.command("friction")(friction)
    app.add_typer(group, name="report")


@command
def friction(
    asked: AtKafka,
    from_: Annotated[str, typer.Option("--from", help="First month, such as 2026-09.")],
    to: Annotated[str, typer.Option("--to", help="Last month; it is told 14 days after its end.")],
    form: Annotated[
        ReportFormat, typer.Option("--format", help="A page, a PDF of it, or its figures.")
    ] = ReportFormat.HTML,
    output: Annotated[
        Path | None, typer.Option(help="Where page or PDF go; else beside the figures.")
    ] = None,
    published: ReportsOption = None,
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Tell where cases are held back, from the log, with no figure that points to a child."""  # fmt: skip
    from services.cli.auditor import published_reports
    from services.cli.committee import report_files
    from services.committee.friction.months import span

    months = span(from_, to)
    if form is ReportFormat.PDF:
        report_files.check_pdf()
    folder = published or asked.home / published_reports.FOLDER
    earlier = published_reports.read_all(folder)
    log = _read(asked, months[-1], purpose)
    if not log.verdict.clean:
        asked.note(_("the log is not what honest routing writes: see `relais audit replay`"))
        raise typer.Exit(FOUND)
    told, convention = _made(log, months, earlier)
    kept = published_reports.keep(folder, told)
    if form is ReportFormat.JSON:
        typer.echo(told.bytes().decode(), nl=False)
        return
    path = output or kept.with_suffix(f".{asked.lang.value}.{form.value}")
    report_files.write(path, told, asked.lang.code, convention, pdf=form is ReportFormat.PDF)
    asked.say(_("{file} (figures: {kept})"), file=str(path), kept=str(kept))


def _read(asked: AtKafka, last: str, purpose: str) -> FrictionLog:
    """Say that the log is read, then replay it with progress on standard error."""
    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.audit.source import KafkaLog
    from services.cli.auditor.friction_log import read_log
    from services.committee.friction.counting import cut_of
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    say_first(asked, REALMS, "replay", purpose)
    reached = {realm: asked.reach(principals.audit(realm)) for realm in REALMS}
    address = next(iter(reached.values()))[0]
    clients = {realm: client for realm, (_address, client) in reached.items()}
    owners, clock = read_owners(asked.home), home_clock(asked.home)
    with progress_of(asked, _("reading the log"), REPLAYED) as progress:
        source = KafkaLog(address, clients)
        return asyncio.run(read_log(source, REALMS, owners, clock.now, cut_of(last), progress))


def _made(
    log: FrictionLog, months: tuple[str, ...], earlier: list[ToldReport]
) -> tuple[ToldReport, Convention | None]:
    """The report, and the convention whose words it is told in.

    Raises:
        UsageError: `month_not_over`.
    """
    from services.committee.friction.report import made

    log.check_over(months[-1])
    return made(log.cases(), months, earlier), log.last_convention
