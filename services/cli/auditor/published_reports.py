"""The folder of friction reports that were given out: a month that one has told is never told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from contracts.errors import UsageError
from services.cli.auditor.options import read_file
from services.committee.friction.told import MOST_BYTES, ToldReport, read_report
from services.platform.process.os_errors import why
from services.platform.store.snapshot_file import replaced
from services.texts import Catalogue

_ = Catalogue(__name__)

FOLDER: Final = "reports"  # in a home
PATTERN: Final = "friction-*.json"
MOST: Final = 1000  # files


def read_all(folder: Path) -> list[ToldReport]:
    """Every report so far, in the order of their names; none where there is no folder yet.

    Raises:
        UsageError: `file_unreadable`, `report_malformed`.
    """
    paths = sorted(folder.glob(PATTERN))[:MOST]
    return [read_report(read_file(path, MOST_BYTES), str(path)) for path in paths]


def keep(folder: Path, report: ToldReport) -> Path:
    """Write a report's figures among them; its path.

    Raises:
        UsageError: `report_unwritable`.
    """
    path = folder / f"friction-{report.period.replace('/', '--')}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replaced(path) as file:
            file.write(report.bytes())
    except OSError as error:
        expected = _("a folder that can be written")
        raise UsageError("report_unwritable", why(error), expected, str(folder)) from None
    return path
