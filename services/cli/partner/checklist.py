"""`relais partner check --folder F`: what joining still lacks, row by row, for a desk that keeps its keys itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.cli.common.asked import Asked
from services.cli.common.output import print_json, print_table

if TYPE_CHECKING:
    from services.operate.joining.checklist import ChecklistRow
    from services.operate.joining.partner_settings import PartnerSettings

UNSEEN: Final = frozenset({"not_yet", "cannot"})


def show(asked: Asked, folder: Path) -> bool:
    """Print the rows; whether everything that a program can see is seen.

    Raises:
        UsageError: `key_file_missing`: it is no partner's folder.
    """
    rows = checked(folder)
    if asked.json:
        print_json({"rows": [row.document() for row in rows]})
    else:
        _table(asked, rows)
    return not any(row.state in UNSEEN for row in rows)


def checked(folder: Path) -> list[ChecklistRow]:
    """Every row, in the order of joining.

    Raises:
        UsageError: `key_file_missing`.
    """
    from services.operate.joining import checklist, file_rows, words
    from services.operate.joining.checklist import ChecklistRow

    told, settings = file_rows.settings_row(folder)
    now = time.time()
    answer = file_rows.answer_row(folder, settings) if settings else checklist.waits("answer", told)
    rows = {told.name: told, answer.name: answer}
    rows |= {row.name: row for row in _at_brokers(folder, settings, answer, now)}
    rows["request"] = checklist.request_row(folder, int(now) + (settings.ahead if settings else 0))
    rows |= {name: ChecklistRow(name, "ask", code) for name, code in checklist.ASKED.items()}
    return [rows[name] for name in words.TITLES]


def _at_brokers(
    folder: Path, settings: PartnerSettings | None, answer: ChecklistRow, now: float
) -> list[ChecklistRow]:
    """The certificate, and what is tried by it."""
    from contracts.errors import RelaisError
    from services.operate.joining import bus_rows, checklist

    if settings is None or answer.state != "seen":
        return [checklist.waits("certificate", answer), *bus_rows.unasked(answer)]
    own = checklist.certificate(folder, settings.agency, now)
    try:
        return [own, *asyncio.run(bus_rows.bus_rows(folder, settings))]
    except RelaisError:  # of its key or its authority: `certificate` says so
        return [own, *bus_rows.unasked(own)]


def _table(asked: Asked, rows: list[ChecklistRow]) -> None:
    from services.operate.joining import words

    heads = ["what joining needs", "state", "whose", "why"]
    print_table(heads, [
        [
            words.TITLES[row.name][0], words.STATES[row.state], words.TITLES[row.name][1],
            words.cause(row) or words.detail(row) or "–",
        ]
        for row in rows
    ])  # fmt: skip
    told: set[str] = set()
    for row in rows:
        step = words.next_step(row) if row.state != "seen" else ""
        if step and step not in told:
            told.add(step)
            asked.say(f"  {words.TITLES[row.name][0]}: {step}.")
