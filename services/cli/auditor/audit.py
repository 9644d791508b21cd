"""`relais audit replay`: the auditor's verdict on the log, without any decryption key."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import UsageError
from services.cli.auditor import accesses, proofs
from services.cli.auditor.evidence import export, verify
from services.cli.auditor.mirroring import mirror
from services.cli.auditor.options import (
    DecisionsOption,
    ProcessesOption,
    RealmOption,
    realms_of,
)
from services.cli.auditor.readings import SUPERVISION, PurposeOption, say_first
from services.cli.auditor.telling import REPLAYED, progress_of, tell
from services.cli.common.asked import TAKES_DIGESTS, AtKafka, command
from services.cli.common.output import in_words
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.audit.decision_rows import Taken
    from services.audit.replay import Ended
    from services.audit.snapshot import RealmSnapshot
    from services.audit.verdict import AuditVerdict


_ = Catalogue(__name__)

FromOption = Annotated[
    str, typer.Option("--from", help="Replay only what came after this snapshot, in one process.")
]
SaveOption = Annotated[
    str, typer.Option("--save", help="Save a snapshot here, for --from; in one process.")
]


def register(app: typer.Typer) -> None:
    """Add the command group `audit`."""
    group = typer.Typer(no_args_is_help=True, help="Replay the log and prove what was shared.")
    group.command("replay")(replay)
    group.command("prove", context_settings=TAKES_DIGESTS)(proofs.prove)
    group.command("check")(proofs.check)
    group.command("mirror")(mirror)
    group.command("export")(export)
    group.command("verify")(verify)
    group.command("who")(accesses.who)
    group.command("ask")(accesses.ask)
    app.add_typer(group, name="audit")


@command
def replay(
    asked: AtKafka,
    realm: RealmOption = "",
    from_: FromOption = "",
    save: SaveOption = "",
    decisions: DecisionsOption = None,
    processes: ProcessesOption = 0,
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Decide every event again from the log and compare byte by byte; exit 1 at a divergence."""
    from services.audit import snapshot
    from services.audit.decision_rows import decision_table

    begun = snapshot.read(Path(from_)) if from_ else {}
    if save:
        snapshot.check_target(Path(save))
    ended: dict[str, Ended] = {}
    if from_ or save:
        processes = 1  # what goes on behind a snapshot, and what makes one, has all partitions
    kept = (begun, ended) if from_ or save else None
    realms, count = realms_of(realm), processes or len(os.sched_getaffinity(0))
    with ExitStack() as stack:
        table = stack.enter_context(decision_table(decisions))
        rows = None if decisions is None else table.take
        verdict = _replay(asked, realms, count, kept, rows, purpose)
        tell(asked, verdict)
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


def _replay(
    asked: AtKafka,
    realms: tuple[str, ...],
    processes: int,
    kept: tuple[dict[str, RealmSnapshot], dict[str, Ended]] | None,
    rows: Taken | None,
    purpose: str,
) -> AuditVerdict:
    """Say that the log is read, then replay with progress on standard error.

    Args:
        kept: where to go on behind, and what is told where it ended; None if nothing is kept.
        rows: is given the verdict on each record.
    """
    from contracts.vocabulary import principals
    from services.audit.replay import replay as replay_log
    from services.audit.shares import WholeLog, replay_shared
    from services.audit.source import KafkaLog
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock
    from services.platform.process.collector import be_rare
    from services.platform.process.exit_codes import sigterm_raises

    say_first(asked, realms, "replay", purpose)
    reached = {realm: asked.reach(principals.audit(realm)) for realm in realms}
    address = next(iter(reached.values()))[0]
    clients = {realm: client for realm, (_address, client) in reached.items()}
    owners, clock = read_owners(asked.home), home_clock(asked.home)
    be_rare()

    with progress_of(asked, _("replaying"), REPLAYED) as progress:
        if kept is None:
            log = WholeLog(KafkaLog(address, clients), realms, owners, clock.now, rows)
            with sigterm_raises():  # what was laid aside does not stay
                return replay_shared(log, processes, progress)
        replayed = replay_log(address, realms, owners, clock.now, progress, clients, *kept, rows)
        return asyncio.run(replayed)
