"""Time stamps of others that are given beside a proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.auditor.options import read_file
from services.cli.common.asked import Asked
from services.platform.process.paris_time import when
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.audit.verdict import AuditVerdict

_ = Catalogue(__name__)

STAMPED: Final = _(
    "time-stamped: by the authority’s clock this checkpoint was there on {at} at the latest"
)
_ALL_STAMPED: Final = _.ngettext(
    "time-stamped: {n} checkpoint, there on {at} (Paris time) at the latest, by the authority’s clock",
    "time-stamped: {n} checkpoints, there on {at} (Paris time) at the latest, by the authority’s clock",
)
TimestampOption = Annotated[
    Path | None,
    typer.Option(
        "--timestamp",
        help="An authority’s answer (RFC 3161) over the proof’s checkpoint; with --tsa.",
    ),
]
TsaOption = Annotated[
    Path | None,
    typer.Option("--tsa", help="Certificates of time stamp authorities that you believe (PEM)."),
]


def given_stamp(timestamp: Path | None, tsa: Path | None) -> tuple[bytes, bytes] | None:
    """A token, and the certificates that it is checked by.

    Raises:
        UsageError: `timestamp_alone`: one without the other; `file_unreadable`.
    """
    from contracts.errors import UsageError
    from services.audit.timestamp import MAX_ROOTS_BYTES, MAX_TOKEN_BYTES

    if timestamp is None and tsa is None:
        return None
    if timestamp is None or tsa is None:
        raise UsageError("timestamp_alone", _("one of the two"), _("both --timestamp and --tsa"))
    return read_file(timestamp, MAX_TOKEN_BYTES), read_file(tsa, MAX_ROOTS_BYTES)


def given_roots(tsa: Path | None) -> bytes | None:
    """Certificates of authorities that the reader believes, for the stamps in a bundle.

    Raises:
        UsageError: `file_unreadable`.
    """
    from services.audit.timestamp import MAX_ROOTS_BYTES

    return None if tsa is None else read_file(tsa, MAX_ROOTS_BYTES)


def tell_stamps(asked: Asked, verdict: AuditVerdict) -> None:
    """Since when the checkpoints of a bundle have been there, by the authorities' clocks."""
    from services.audit.bundle.stamps import STAMPED as CODE

    stamped = [finding.at for _realm, finding in verdict.findings if finding.code == CODE]
    if stamped and not asked.json:
        asked.say(_ALL_STAMPED, n=len(stamped), at=at_latest(max(stamped), asked.lang))


def at_latest(at: int, lang: str) -> str:
    """An instant before which something was, as people in Paris read it: the next whole minute."""
    return when(whole_minute(at), lang)


def whole_minute(at: int) -> int:
    """The next one: what was there by a second was not yet known to be there by the minute before."""
    return -(-at // 60) * 60


def stamped_at(stamped: tuple[bytes, bytes], checkpoint: bytes) -> int:
    """When a checkpoint was there at the latest.

    Raises:
        ProofError: those of `check_timestamp`.
    """
    from services.audit.timestamp import check_timestamp

    return check_timestamp(stamped[0], checkpoint, stamped[1])
