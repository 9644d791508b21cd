"""`relais audit replay`: the auditor's verdict on the log, without any decryption key."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from services.cli.auditor import accesses, proofs
from services.cli.auditor.evidence import export, verify
from services.cli.auditor.mirroring import mirror
from services.cli.auditor.options import (
    DecisionsOption,
    RealmOption,
    realms_of,
)
from services.cli.auditor.readings import SUPERVISION, PurposeOption, say_first
from services.cli.auditor.telling import REPLAYED, progress_of, tell
from services.cli.common.asked import TAKES_DIGESTS, AtKafka, command

if TYPE_CHECKING:
    from services.audit.decision_rows import Taken
    from services.audit.verdict import AuditVerdict


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
    decisions: DecisionsOption = None,
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Replay the log; exit 1 at a divergence.

    Every event is decided again and compared byte by byte.

    Example: relais audit replay --realm civil
    """
    from services.audit.decision_rows import decision_table

    realms = realms_of(realm)
    with ExitStack() as stack:
        table = stack.enter_context(decision_table(decisions))
        rows = None if decisions is None else table.take
        verdict = _replay(asked, realms, rows, purpose)
        tell(asked, verdict)
    raise typer.Exit(0 if verdict.clean else 1)


def _replay(
    asked: AtKafka,
    realms: tuple[str, ...],
    rows: Taken | None,
    purpose: str,
) -> AuditVerdict:
    """Say that the log is read, then replay with progress on standard error.

    Args:
        rows: is given the verdict on each record.
    """
    from contracts.vocabulary import principals
    from services.audit.source import KafkaLog
    from services.audit.whole import replay as replay_log
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock
    from services.platform.process.exit_codes import sigterm_raises
    from services.platform.process.progress import be_rare

    say_first(asked, realms, "replay", purpose)
    reached = {realm: asked.reach(principals.audit(realm)) for realm in realms}
    address = next(iter(reached.values()))[0]
    clients = {realm: client for realm, (_address, client) in reached.items()}
    owners, clock = read_owners(asked.home), home_clock(asked.home)
    be_rare()

    log = KafkaLog(address, clients)
    # What was laid aside does not stay.
    with progress_of("replaying", REPLAYED) as progress, sigterm_raises():
        return asyncio.run(replay_log(log, realms, owners, clock.now, progress, rows=rows))
