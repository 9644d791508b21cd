"""`relais audit replay`: the auditor's verdict on the log, without any decryption key."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from services.cli.auditor.witnesses import WitnessesOption, two_histories
from services.cli.common.asked import AtHome, AtKafka, command
from services.cli.common.output import in_words, print_json_lines

if TYPE_CHECKING:
    from contracts.proof.policy import TrustPolicy
    from services.audit.decision_rows import Taken
    from services.audit.verdict import AuditVerdict
    from services.platform.tree.published_log import LogFiles


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
    from services.platform.keys.owners import read_owners
    from services.platform.process.progress import be_rare

    served = two_histories(asked, realms, read_owners(asked.home), witnesses)
    be_rare()
    verdict = replay_live(asked, realms, "replay", purpose, rows=rows)
    return replace(verdict, findings=(*verdict.findings, *served))


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
    from services.platform.tree.published_log import LogBelow, open_files

    given = None if policy is None else parse_policy(read_file(policy, MAX_POLICY_BYTES))
    told = []
    for name in realms_of(realm):
        trusted = given or owners_policy(asked.home, name)
        files = open_files(log or own_log(asked.home, name))
        for below, origin in logs_of(trusted, name).items():
            there = LogBelow(files, below)
            told.append(_mirrored(asked, folder / below, there, origin, trusted))
    if asked.json:
        print_json_lines(told)
    if not all(each["code"] == "" for each in told):
        raise typer.Exit(1)


def _mirrored(
    asked: AtHome, folder: Path, files: LogFiles, origin: str, policy: TrustPolicy
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
            kept.update(files)
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
