"""`relais audit replay|who|mirror`: by the log alone, without any decryption key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.auditor.proofs import LogOption, PolicyOption, own_log, owners_policy
from services.cli.auditor.readings import (
    SUPERVISION,
    DecisionsOption,
    PurposeOption,
    RealmOption,
    read_file,
    realms_of,
    replay_live,
)
from services.cli.auditor.telling import tell
from services.cli.auditor.witnesses import (
    WitnessesOption,
    longest_logs,
    two_histories,
    witness_name,
)
from services.cli.common.asked import AtHome, AtKafka, command
from services.cli.common.output import in_words, print_json_lines
from services.texts import aligned

if TYPE_CHECKING:
    from contracts.envelope.wire import Inbound
    from contracts.log.orders.registry import Registry
    from contracts.proof.policy import TrustPolicy
    from contracts.proof.tiles import ReadFile
    from services.audit.decision_rows import Taken
    from services.audit.verdict import AuditVerdict

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{36}|[A-Za-z0-9_-]{43}")  # an id, or a token
_DATA: Final = TextWrapper(
    100, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
)


@command
def replay(
    asked: AtKafka,
    realm: RealmOption = "",
    decisions: DecisionsOption = None,
    purpose: PurposeOption = SUPERVISION,
    witnesses: WitnessesOption = "",
) -> None:
    """Replay the log; exit 1 at a divergence.

    Every event is decided again and compared byte by byte; witnesses are asked for two histories.
    `records` are all entries of the log, not events alone: orders and passed deadlines too.

    Example: relais audit replay --realm civil
    """
    from services.audit.decision_rows import decision_table

    realms = realms_of(realm)
    with ExitStack() as stack:
        table = stack.enter_context(decision_table(decisions))
        rows = None if decisions is None else table.take
        verdict = _replay(asked, realms, rows, purpose, witnesses)
        tell(asked, verdict)
    raise typer.Exit(0 if verdict.clean else 1)


def _replay(
    asked: AtKafka,
    realms: tuple[str, ...],
    rows: Taken | None,
    purpose: str,
    witnesses: str,
) -> AuditVerdict:
    """The log's verdict, with what witnesses serve against it.

    Args:
        rows: is given the verdict on each record.
    """
    from contracts.log.entry_chain import EntryChain
    from contracts.log.replaying.finding import AuditFinding
    from services.platform.keys.owners import read_owners
    from services.platform.process.progress import be_rare

    named = realms, read_owners(asked.home), witnesses
    served, longest = two_histories(asked, *named), longest_logs(asked, *named)
    here: Counter[tuple[str, int]] = Counter()
    chains: dict[tuple[str, int], EntryChain] = {}

    def count(record: Inbound, _evidence: bytes | None, registry: Registry) -> None:
        """Those alone over which a tree grows: anybody may fill up what was cut off."""
        place = registry.realm, record.partition
        if place not in chains:
            chains[place] = EntryChain(*place, registry)
        here[place] += len(chains[place].step(record.value or b"", record.headers))

    be_rare()
    watch = count if longest else None
    verdict = replay_live(asked, realms, "replay", purpose, rows=rows, watch=watch)
    for (realm, number), (size, witness) in longest.items():
        if size > (read := here[realm, number]):
            detail = f"{size} records signed for, {read} here; served by {witness_name(witness)}"
            served.append((realm, AuditFinding(number, read, "log_behind_witness", detail)))
    return replace(verdict, findings=(*verdict.findings, *served))


@command
def who(
    asked: AtKafka,
    wanted: Annotated[
        str, typer.Argument(metavar="EVENT|CASE", help="An event's id, or a case's token.")
    ],
    realm: RealmOption = "",
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Show which desks were delivered which data; exit 1 at a divergence.

    The whole log is replayed: what is shown was decided again.

    Example: relais audit who CASE --purpose complaint
    """
    from contracts.errors import UsageError
    from services.audit.accesses import Accesses

    if not _NAME.fullmatch(wanted):
        raise UsageError("event_unknown", "another text", "an event's id, or a case's token")
    accesses = Accesses(wanted)
    realms = realms_of(realm)
    verdict = replay_live(asked, realms, "who", purpose, wanted, watch=accesses.take)
    if asked.json:
        print_json_lines(accesses.rows)
    elif accesses.rows:
        _print(accesses.rows)
    else:
        unknown = "the log names no such event or case: look at its letters; or an order erased it"
        asked.note("no desk was delivered anything of it" if accesses.known else unknown)
    if not verdict.clean:
        asked.note("the log does not replay: `relais audit replay` shows where")
    raise typer.Exit(0 if verdict.clean else 1)


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    from services.cli.partner.words import scopes
    from services.platform.process.paris_time import when

    table = [["received on (Paris time)", "desk", "clause", "from", "event"]]
    for row in rows:
        at = when(row["at"], "en")
        table.append([at, row["desk"], row["clause"], row["issuer"], row["event"]])
    head, *lines = aligned(table)
    typer.echo(head)
    for line, row in zip(lines, rows, strict=True):
        data = scopes(row["scopes"]) or "no data"
        typer.echo(line)
        typer.echo(_DATA.fill(f"{data} (taken back since)" if row["withdrawn"] else data))


@command
def mirror(
    asked: AtHome,
    folder: Annotated[Path, typer.Argument(help="Where the mirror lies, or is begun.")],
    realm: RealmOption = "",
    log: LogOption = "",
    policy: PolicyOption = None,
) -> None:
    """Verify what the published logs added, and keep a copy.

    Example: relais audit mirror logs
    """
    from contracts.proof.policy import MAX_POLICY_BYTES, parse_policy
    from services.platform.tree.log_mirror import logs_of
    from services.platform.tree.published_log import below, open_files

    given = None if policy is None else parse_policy(read_file(policy, MAX_POLICY_BYTES))
    told = []
    for name in realms_of(realm):
        trusted = given or owners_policy(asked.home, name)
        files = open_files(log or own_log(asked.home, name))
        for log_name, origin in logs_of(trusted, name).items():
            there = below(files.read, log_name)
            told.append(_mirrored(asked, folder / log_name, there, origin, trusted))
    if asked.json:
        print_json_lines(told)
    if not all(each["code"] == "" for each in told):
        raise typer.Exit(1)


def _mirrored(
    asked: AtHome, folder: Path, read: ReadFile, origin: str, policy: TrustPolicy
) -> dict[str, Any]:
    """Bring one log's mirror up to date, and tell it."""
    from contracts.errors import ProofError, UsageError
    from services.platform.process.exit_codes import UnreachableError
    from services.platform.process.os_errors import why
    from services.platform.tree.log_mirror import LogMirror

    size, code = 0, ""
    try:
        kept = LogMirror(folder, origin, policy)
        try:
            size = kept.head.size
            kept.update(read)
            size = kept.head.size
        finally:
            kept.close()
    except BlockingIOError:
        expected = "a mirror that nobody else writes"
        raise UsageError("mirror_in_use", "another process", expected, str(folder)) from None
    except OSError as error:
        expected = "a folder that can be written"
        raise UsageError("mirror_unwritable", why(error), expected, str(folder)) from None
    except (ProofError, UnreachableError) as error:
        code = error.code
        if not asked.json:
            asked.say(f"{origin}: nothing was added: {in_words(error)}")
    else:
        if not asked.json:
            asked.say(f"{origin}: {size} records, as the policy takes them")
    return {"origin": origin, "size": size, "code": code}
