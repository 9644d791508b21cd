"""`relais audit mirror`: the published logs, kept by another than their operator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.auditor.options import RealmOption, read_file, realms_of
from services.cli.auditor.proofs import LogOption, PolicyOption, own_log, owners_policy
from services.cli.common.asked import AtHome, command
from services.cli.common.output import in_words, print_json

if TYPE_CHECKING:
    from contracts.proof.policy import TrustPolicy
    from services.platform.tree.published_log import LogFiles

_KEPT: Final = "{origin}: {size} records, as the policy takes them"
_NOT: Final = "{origin}: nothing was added: {why}"
_IN_USE: Final = "a mirror that nobody else writes"
_FOLDER: Final = "a folder that can be written"


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
        print_json(told)
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
        raise UsageError("mirror_in_use", "another process", _IN_USE, str(folder)) from None
    except OSError as error:
        raise UsageError("mirror_unwritable", why(error), _FOLDER, str(folder)) from None
    except (ProofError, UnreachableError) as error:
        code = error.code
        if not asked.json:
            asked.say(_NOT.format(origin=origin, why=in_words(error)))
    else:
        if not asked.json:
            asked.say(_KEPT.format(origin=origin, size=size))
    return {"origin": origin, "size": size, "code": code}
