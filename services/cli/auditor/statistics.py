"""`relais statistics export|publish`: monthly figures for their readers, from a log that was replayed."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import UsageError
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
    from services.cli.auditor.monthly import CountedLog

_ = Catalogue(__name__)

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


class FiguresFormat(StrEnum):
    """Of figures: for a spreadsheet or for a program."""

    CSV = "csv"
    JSON = "json"


FirstOption = Annotated[
    str, typer.Option("--from", help="The first month, as 2026-10; else the first there is.")
]
LastOption = Annotated[
    str, typer.Option("--to", help="The last month; else the last that has ended.")
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
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Write one reader's figures by month, and what the bus cannot know of what the law asks.

    The civil log is replayed first. A month that was published is given as it was published.
    """
    from services.committee.statistics.written import document, table

    _check_months(first, last)
    read = asyncio.run(_read(asked, (reader,), purpose))
    name, grant = read.readers[0]
    months = asyncio.run(read.as_published(name, grant, first, last))
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
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Publish the months that have ended and are not published yet, signed, to each reader's topic."""
    from services.audit.publishing import publish as publish_months

    _check_months(first, last)
    read = asyncio.run(_read(asked, tuple(readers or ()), purpose))
    done = {}
    for name, grant in read.readers:
        months = read.counts(grant, first, last)
        publishing = publish_months(read.auditor, read.log.registry, name, grant, months)
        done[name] = asyncio.run(publishing)
        said = _.ngettext("{reader}: {n} month published", "{reader}: {n} months published")
        if not asked.json:
            asked.say(said, n=len(done[name]), reader=name)
    if asked.json:
        print_json(done)


def _check_months(*texts: str) -> None:
    for text in texts:
        if text and not _MONTH.fullmatch(text):
            raise UsageError("month_malformed", text[:20], _("a month, as 2026-10"))


@dataclass(frozen=True)
class _ReadLog:
    """What was read for whom.

    Attributes:
        readers: code and clause of each.
        convention: the one in force.
    """

    auditor: AuditorAtKafka
    readers: tuple[tuple[str, Grant], ...]
    convention: Convention
    log: CountedLog

    def counts(self, grant: Grant, first: str, last: str) -> list[Counts]:
        """The figures of the months of a span that have ended."""
        from services.cli.auditor.monthly import between
        from services.committee.statistics.tables import counts

        return [
            counts(name, self.log.ended[name], *self.log.in_force(name), grant.purpose)
            for name in between(self.log.ended, first, last)
        ]

    async def as_published(self, reader: str, grant: Grant, first: str, last: str) -> list[Counts]:
        """The same, each month that was published as it was."""
        from services.audit.publishing import published

        known = await published(self.auditor, self.log.registry, reader)
        return [
            known[month.period].counts if month.period in known else month
            for month in self.counts(grant, first, last)
        ]


async def _read(asked: AtKafka, named: tuple[str, ...], purpose: str) -> _ReadLog:
    """Look whether there are such readers, say that the log is read, then read and count it."""
    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import CIVIL
    from services.audit.source import KafkaLog
    from services.audit.writing import AuditorAtKafka
    from services.cli.auditor.monthly import counted
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

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
        log = await counted(source, owners, clock.now, progress)
    return _ReadLog(auditor, readers, convention, log)


def _published_for(convention: Convention, named: tuple[str, ...]) -> list[tuple[str, Grant]]:
    """Readers by the convention's codes, and the clause of each; without a name, all.

    Raises:
        UsageError: `reader_unknown`.
    """
    from contracts.convention.agreed import readers
    from contracts.vocabulary.scopes import CIVIL

    every = readers(convention, CIVIL)
    wanted = [name.upper() for name in named] or list(every)
    for name in wanted:
        if name not in every:
            got, expected = _("a reader that no clause names"), ", ".join(every).lower()
            raise UsageError("reader_unknown", got, expected, "--for")
    return [(name, every[name]) for name in wanted]
