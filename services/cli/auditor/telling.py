"""How a verdict is told, and how far it is, to who waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from contracts.encoding import rfc3339
from services.cli.auditor.finding_sentences import UNATTESTED, place, sentence, where
from services.cli.common.asked import Asked
from services.cli.common.output import print_json, print_table, stderr
from services.texts import counted

if TYPE_CHECKING:
    from contracts.log.replaying.finding import AuditFinding
    from services.audit.verdict import AuditVerdict

_COUNTS: Final = {
    "records": "records", "released": "categories released", "withheld": "withheld",
    "not_published": "never published", "refused": "events refused",
}  # fmt: skip
_CLEAN: Final = (
    "clean: {records} records decided again, no divergence, {n} note",
    "clean: {records} records decided again, no divergence, {n} notes",
)
_DECIDED: Final = ("{n} record decided again", "{n} records decided again")
_ALARM: Final = ("{n} alarm: {where}: {what}", "{n} alarms; the first: {where}: {what}")
_UNAUDITED: Final = (
    "{n} record could not be decided again",
    "{n} records could not be decided again",
)

REPLAYED: Final = "{done} of about {total} records"


def tell(asked: Asked, verdict: AuditVerdict) -> None:
    """The verdict as JSON, or in words with counts, every alarm with its place, and notes by code.

    Of ends that no checkpoint attests each is listed, like an alarm.
    """
    from contracts.log.replaying.finding import AuditFinding

    if asked.json:
        print_json(verdict.json())
        return
    rows = [
        [realm, *(str(tally[name]) for name in _COUNTS)] for realm, tally in verdict.tallies.items()
    ]
    print_table(["bus", *_COUNTS.values()], rows)
    alarms = [(realm, finding) for realm, finding in verdict.findings if finding.alarm]
    if alarms:
        realm, first = alarms[0]
        told = {"where": where(realm, first, "en"), "what": sentence(first, "en")}
        asked.say(counted(_ALARM, n=len(alarms), **told))
        for _realm, alarm in alarms:
            typer.echo(_line(alarm))
    elif "end_unattested" in verdict.notes:
        asked.say(UNATTESTED.say("en"))
        asked.say(counted(_DECIDED, n=verdict.records))
    else:
        asked.say(counted(_CLEAN, records=verdict.records, n=len(verdict.findings)))
    for _realm, finding in verdict.findings:
        if finding.code == "end_unattested":
            typer.echo(_line(finding))
    if verdict.unaudited:
        asked.say(counted(_UNAUDITED, n=verdict.unaudited))
    if verdict.from_evidence:
        asked.say(f"taken from evidence: {_listed(verdict.from_evidence)}")
    if verdict.notes:
        asked.say(f"notes: {_listed(verdict.notes)}")
        for code in verdict.notes:
            typer.echo(f"  {code}  {sentence(AuditFinding(-1, -1, code), 'en')}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def _line(finding: AuditFinding) -> str:
    """An alarm with its place and instant, and the event that it is about."""
    words = [finding.code]
    if finding.topic:
        words.append(place(finding))
    if finding.at:
        words.append(rfc3339(finding.at))
    if finding.event:
        words.append(f"event {finding.event}")
    if finding.detail:
        words.append(finding.detail)  # of codes and numbers, in English for technicians everywhere
    return "  " + "  ".join(words)


@contextmanager
def progress_of(doing: str, told: str) -> Iterator[Callable[[int, int], None]]:
    """Progress on standard error, begun when it is first told.

    Args:
        told: says `done` and `total`.
    """
    from rich.progress import Progress, TextColumn

    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[told]}"))
    shown = Progress(*columns, console=stderr(), transient=True)
    task = shown.add_task(doing, total=None, told="")

    def progress(done: int, total: int) -> None:
        shown.start()
        words = told.format(done=done, total=total)
        shown.update(task, completed=done, total=total, told=words)

    try:
        yield progress
    finally:
        shown.stop()
