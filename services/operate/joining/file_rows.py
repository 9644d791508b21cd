"""The rows of the checklist on which others wait: what the folder is for, and what the owners' answer has brought.

A file that is not as it should be is a row with what was found and what was expected, and never the end of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os.path import lexists
from pathlib import Path
from typing import Final

from contracts.errors import RelaisError, UsageError
from services.operate.joining.checklist import ChecklistRow
from services.operate.joining.partner_settings import SETTINGS, PartnerSettings, settings_of
from services.operate.joining.request import MOST_BYTES
from services.platform.keys.certificate import read_certificate
from services.platform.keys.owners import read_owners_file
from services.platform.keys.private_files import read_secret

# What an answer brings, and what reads it.
TAKEN: Final[Mapping[str, Callable[[Path], object]]] = {
    "owners.json": read_owners_file, "ca.pem": read_certificate, "client.pem": read_certificate,
    "routing.secret": read_secret,
}  # fmt: skip


def settings_row(folder: Path) -> tuple[ChecklistRow, PartnerSettings | None]:
    """What the folder is for, which the rows of agency and brokers go by; None: it cannot be told.

    Raises:
        UsageError: `key_file_missing`: it is no partner's folder.
    """
    try:
        return ChecklistRow("settings", "seen"), settings_of(folder)
    except UsageError as error:
        if not lexists(folder / SETTINGS):
            raise
        return _broken("settings", "settings_broken", SETTINGS, error), None


def answer_row(folder: Path, settings: PartnerSettings) -> ChecklistRow:
    """The owners' answer was taken, and what it brought can be read."""
    absent = [name for name in TAKEN if not (folder / name).exists()]
    if absent or settings.kafka is None:
        return ChecklistRow("answer", "not_yet", "no_answer_yet")
    for name, read in TAKEN.items():
        try:
            _check_size(folder / name)
            read(folder / name)
        except RelaisError as error:
            return _broken("answer", "answer_broken", name, error)
    return ChecklistRow("answer", "seen")


def _check_size(path: Path) -> None:
    """That a file is not one that nobody could read into memory.

    Raises:
        UsageError: `file_too_long`.
    """
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        got = f"more than {MOST_BYTES} bytes"
        raise UsageError("file_too_long", got, "a shorter file")


def _broken(row: str, code: str, file: str, error: RelaisError) -> ChecklistRow:
    """A file that is not as it should be: what was found in its place, and what was expected."""
    got, expected = error.got, error.expected
    return ChecklistRow(row, "cannot", code, {"file": file, "got": got, "expected": expected})
