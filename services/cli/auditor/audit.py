"""`relais audit replay`: the auditor's verdict on the log, without any decryption key."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import UsageError
from services.cli.auditor import proofs
from services.cli.common.asked import AtKafka, command
from services.cli.common.output import check_realm, in_words, print_json, print_table, stderr
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.log.finding import AuditFinding
    from services.audit.replay import Ended
    from services.audit.snapshot import RealmSnapshot
    from services.audit.verdict import AuditVerdict


_ = Catalogue(__name__)

_COUNTS: Final = {
    "records": _("records"), "released": _("scopes released"), "withheld": _("withheld"),
    "refused": _("events refused"),
}  # fmt: skip
_CLEAN: Final = _.ngettext(
    "clean: {records} records decided again, no divergence, {n} note",
    "clean: {records} records decided again, no divergence, {n} notes",
)
_ALARM: Final = _.ngettext(
    "{n} alarm: {code} in {realm}, partition {partition}, record {index}: {detail}",
    "{n} alarms; the first: {code} in {realm}, partition {partition}, record {index}: {detail}",
)
_UNAUDITED: Final = _.ngettext(
    "{n} record could not be decided again", "{n} records could not be decided again"
)
RealmOption = Annotated[
    str, typer.Option("--realm", help="One bus alone, as its auditor; else both.")
]
FromOption = Annotated[
    str, typer.Option("--from", help="Replay only what came after this snapshot.")
]
SaveOption = Annotated[str, typer.Option("--save", help="Save a snapshot here, for --from.")]
ProcessesOption = Annotated[
    int,
    typer.Option(
        "--processes", min=0, show_default=False,
        help="At most so many at once, else one a core. With --from or --save it is one.",
    ),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Replay the log and prove what was shared.")
    group.command("replay")(replay)
    group.command("prove")(proofs.prove)
    group.command("check")(proofs.check)
    app.add_typer(group, name="audit")


@command
def replay(
    asked: AtKafka,
    realm: RealmOption = "",
    from_: FromOption = "",
    save: SaveOption = "",
    processes: ProcessesOption = 0,
) -> None:
    """Decide every event again from the log and compare byte by byte; exit 1 at a divergence."""
    from services.audit import snapshot

    begun = snapshot.read(Path(from_)) if from_ else {}
    if save:
        snapshot.check_target(Path(save))
    ended: dict[str, Ended] = {}
    if from_ or save:
        processes = 1  # what goes on behind a snapshot, and what makes one, has all partitions
    kept = (begun, ended) if from_ or save else None
    verdict = _replay(asked, _realms(realm), processes or len(os.sched_getaffinity(0)), kept)
    if asked.json:
        print_json(verdict.json())
    else:
        _tell(asked, verdict)
    if save:
        _save(asked, Path(save), begun, ended)
    raise typer.Exit(0 if verdict.clean else 1)


def _save(
    asked: AtKafka, path: Path, begun: Mapping[str, RealmSnapshot], ended: Mapping[str, Ended]
) -> None:
    """Keep where the replay stands, and other realms as they were; the verdict holds if it cannot be."""
    from services.audit import snapshot

    try:
        snapshot.save(path, {**begun, **{realm: stood() for realm, stood in ended.items()}})
    except UsageError as error:
        asked.note(_("no snapshot was saved: {why}"), why=in_words(error, asked.lang))


def _realms(named: str) -> tuple[str, ...]:
    from contracts.vocabulary.scopes import REALMS

    if not named:
        return REALMS
    check_realm(named)
    return (named,)


def _replay(
    asked: AtKafka,
    realms: tuple[str, ...],
    processes: int,
    kept: tuple[dict[str, RealmSnapshot], dict[str, Ended]] | None,
) -> AuditVerdict:
    """Replay with progress on standard error.

    Args:
        kept: where to go on behind, and what is told where it ended; None if nothing is kept.
    """
    from rich.progress import Progress, TextColumn

    from contracts.vocabulary import principals
    from services.audit.replay import replay as replay_log
    from services.audit.shares import WholeLog, replay_shared
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import FileClock, SystemClock
    from services.platform.process.collector import be_rare
    from services.platform.process.exit_codes import sigterm_raises

    reached = {realm: asked.reach(principals.audit(realm)) for realm in realms}
    address = next(iter(reached.values()))[0]
    clients = {realm: client for realm, (_address, client) in reached.items()}
    owners, moved = read_owners(asked.home), asked.home / "clock"
    clock = FileClock(moved) if moved.exists() else SystemClock()
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[told]}"))
    shown = Progress(*columns, console=stderr(), transient=True)
    task = shown.add_task(_("replaying").say(asked.lang), total=None, told="")

    def progress(done: int, total: int) -> None:
        shown.start()  # only now: no process is begun beside the thread that draws
        told = _("{done} of about {total} records").say(asked.lang, done=done, total=total)
        shown.update(task, completed=done, total=total, told=told)

    be_rare()
    try:
        if kept is None:
            log = WholeLog(address, realms, owners, clock.now, clients)
            with sigterm_raises():  # what was laid aside does not stay
                return replay_shared(log, processes, progress)
        return asyncio.run(replay_log(address, realms, owners, clock.now, progress, clients, *kept))
    finally:
        shown.stop()


def _tell(asked: AtKafka, verdict: AuditVerdict) -> None:
    """The verdict in words, counts, every alarm with its place, and notes by code."""
    rows = [
        [realm, *(str(tally[name]) for name in _COUNTS)] for realm, tally in verdict.tallies.items()
    ]
    print_table([head.say(asked.lang) for head in (_("bus"), *_COUNTS.values())], rows)
    alarms = [(realm, one) for realm, one in verdict.findings if one.alarm]
    if alarms:
        realm, first = alarms[0]
        place = {"realm": realm, "partition": first.partition, "index": str(first.index)}
        asked.say(_ALARM, n=len(alarms), code=first.code, detail=first.detail, **place)
        for _realm, alarm in alarms:
            typer.echo(_line(alarm, asked.lang))
    else:
        asked.say(_CLEAN, records=verdict.records, n=len(verdict.findings))
    if verdict.unaudited:
        asked.say(_UNAUDITED, n=verdict.unaudited)
    if verdict.notes:
        listed = ", ".join(f"{code} {number}" for code, number in verdict.notes.items())
        asked.say(_("notes: {notes}"), notes=listed)


def _line(finding: AuditFinding, lang: str) -> str:
    """An alarm with its place and instant, and the event that it is about."""
    words = [finding.code]
    if finding.topic:
        words.append(f"{finding.topic}/{finding.partition}/{finding.offset}")
    if finding.at:
        words.append(datetime.fromtimestamp(finding.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if finding.event:
        words.append(_("event {event}").say(lang, event=finding.event))
    return "  " + "  ".join(words)
