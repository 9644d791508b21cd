"""Time stamps of others that are given beside a proof."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.auditor.options import read_file
from services.texts import Catalogue

_ = Catalogue(__name__)

STAMPED: Final = _(
    "time-stamped: by the authority’s clock this checkpoint was there on {at} at the latest"
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


def stamped_at(stamped: tuple[bytes, bytes], checkpoint: bytes) -> int:
    """When a checkpoint was there at the latest.

    Raises:
        ProofError: those of `check_timestamp`.
    """
    from services.audit.timestamp import check_timestamp

    return check_timestamp(stamped[0], checkpoint, stamped[1])
