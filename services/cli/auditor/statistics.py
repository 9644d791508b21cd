"""`relais statistics export|publish`: monthly figures for their readers, from a log that was replayed."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import UsageError
from contracts.vocabulary.scopes import CIVIL
from services.cli.auditor.options import ReportsOption
from services.cli.auditor.readings import SUPERVISION, PurposeOption, saying
from services.cli.auditor.telling import REPLAYED, progress_of
from services.cli.common.asked import AtKafka, command
from services.cli.common.output import print_json
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.convention.clauses import Grant
    from contracts.convention.model import Convention
    from contracts.vocabulary.figures import Counts
    from services.audit.writing import AuditorAtKafka
    from services.cli.auditor.friction_log import FrictionLog, RealmReading
    from services.committee.friction.told import ToldMonth, ToldReport

_ = Catalogue(__name__)


class FiguresFormat(StrEnum):
    """Of figures: for a spreadsheet or for a program."""

    CSV = "csv"
    JSON = "json"


FirstOption = Annotated[
    str, typer.Option("--from", help="The first month, as 2026-10; else the first there is.")
]
LastOption = Annotated[
    str,
    typer.Option("--to", help="The last month; else the last that is told, 14 days after its end."),
]


def register(app: typer.Typer) -> None:
    """Add the group `statistics`."""
    group = typer.Typer(
        no_args_is_help=True, help="Monthly figures for observatories and committee, none small."
    )
    group.command("export")(export)
    group.command("publish")(publish)
    app.add_typer(group, name="statistics")


@command
def export(
    asked: AtKafka,
    reader: Annotated[
        str, typer.Option("--for", help="Whom the convention names: odpe, onpe, copil …")
    ],
    first: FirstOption = "",
    last: LastOption = "",
    output: Annotated[
        FiguresFormat, typer.Option("--format", help="A table (RFC 4180), or one document.")
    ] = FiguresFormat.CSV,
    published: ReportsOption = None,
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Write one reader's figures by month, and what the bus cannot know of what the law asks.

    The civil log is replayed first. A month that was published is given as it was published.
    """
    from services.committee.statistics.written import document, table

    read = asyncio.run(_read(asked, (reader,), purpose, (first, last), published))
    name, grant = read.readers[0]
    months = asyncio.run(read.as_published(name, grant, read.between(first, last)))
    if output is FiguresFormat.JSON:
        print_json(document(name, grant, months, read.convention, asked.lang))
    else:
        sys.stdout.write(table(months, read.convention, asked.lang))


@command
def publish(
    asked: AtKafka,
    readers: Annotated[
        list[str] | None,
        typer.Option("--for", help="Whom the convention names; else all of them."),
    ] = None,
    first: FirstOption = "",
    last: LastOption = "",
    published: ReportsOption = None,
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Publish the months that are told and are not published yet, signed, to each reader's topic."""
    from services.audit.publishing import publish as publish_months

    read = asyncio.run(_read(asked, tuple(readers or ()), purpose, (first, last), published))
    done = {}
    for name, grant in read.readers:
        publishing = publish_months(
            read.auditor,
            read.reading.registry,
            name,
            grant,
            read.between(first, last),
            partial(read.counts, grant),
        )
        done[name] = asyncio.run(publishing)
        said = _.ngettext("{reader}: {n} month published", "{reader}: {n} months published")
        if not asked.json:
            asked.say(said, n=len(done[name]), reader=name)
    if asked.json:
        print_json(done)


@dataclass(frozen=True)
class _ReadLog:
    """What was read for whom.

    Attributes:
        readers: code and clause of each.
        convention: the one in force.
        earlier: reports of the months that were told before.
    """

    auditor: AuditorAtKafka
    readers: tuple[tuple[str, Grant], ...]
    convention: Convention
    log: FrictionLog
    earlier: list[ToldReport]
    _told: dict[str, ToldMonth] = field(default_factory=dict)

    @property
    def reading(self) -> RealmReading:
        """What was read of the civil log."""
        return self.log.realms[CIVIL]

    def between(self, first: str, last: str) -> list[str]:
        """The months of a span that are told; an empty end is open."""
        return [name for name in self.log.months if (first or name) <= name <= (last or name)]

    def counts(self, grant: Grant, month: str) -> Counts:
        """The figures of a month: made of what is told of it, which is made once."""
        from services.committee.friction.report import made
        from services.committee.statistics.tables import counts

        if month not in self._told:
            self._told[month] = made(self.log.cases(), (month,), self.earlier).months[0]
        convd, heads = self.reading.counted_until(month)
        return counts(self._told[month], convd, heads, grant.purpose)

    async def as_published(self, reader: str, grant: Grant, months: list[str]) -> list[Counts]:
        """The same, each month that was published as it was."""
        from services.audit.publishing import published

        known = await published(self.auditor, self.reading.registry, reader)
        return [
            known[month].counts if month in known else self.counts(grant, month) for month in months
        ]


async def _read(
    asked: AtKafka,
    named: tuple[str, ...],
    purpose: str,
    months: tuple[str, str],
    reports: Path | None,
) -> _ReadLog:
    """Look whether there are such readers, say that the log is read, then read and count it.

    Raises:
        UsageError: `month_malformed`, `reader_unknown`; `log_not_clean`: an auditor signs no figures of it.
    """
    from contracts.vocabulary import principals
    from services.audit.source import KafkaLog
    from services.audit.writing import AuditorAtKafka
    from services.cli.auditor import published_reports
    from services.cli.auditor.friction_log import read_log
    from services.committee.friction.months import check
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    check(*filter(None, months))
    earlier = published_reports.read_all(reports or asked.home / published_reports.FOLDER)
    address, client = asked.reach(principals.audit(CIVIL))
    owners, clock = read_owners(asked.home), home_clock(asked.home)
    auditor = AuditorAtKafka(address, owners, asked.home / "keys", clock.now_ms, client)
    source = KafkaLog(address, {CIVIL: client})
    control = source.control(CIVIL, owners)
    try:
        await control.start()
        convd, _dird = control.registry.in_force(clock.now())
        convention = control.registry.conventions[convd]
        readers = tuple(_published_for(convention, named))
    finally:
        await control.stop()
    await saying(asked, [CIVIL], "replay", purpose)
    with progress_of(asked, _("replaying"), REPLAYED) as progress:
        log = await read_log(source, (CIVIL,), owners, clock.now, clock.now(), progress)
    if not log.verdict.clean:
        alarm = next(finding for _realm, finding in log.verdict.findings if finding.alarm)
        expected = _("a log without alarms; `relais audit replay` lists them")
        raise UsageError("log_not_clean", alarm.code, expected)
    return _ReadLog(auditor, readers, convention, log, earlier)


def _published_for(convention: Convention, named: tuple[str, ...]) -> list[tuple[str, Grant]]:
    """Readers by the convention's codes, and the clause of each; without a name, all.

    Raises:
        UsageError: `reader_unknown`.
    """
    from contracts.convention.agreed import readers

    every = readers(convention, CIVIL)
    wanted = [name.upper() for name in named] or list(every)
    for name in wanted:
        if name not in every:
            got, expected = _("a reader that no clause names"), ", ".join(every).lower()
            raise UsageError("reader_unknown", got, expected, "--for")
    return [(name, every[name]) for name in wanted]
