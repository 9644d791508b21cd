"""`relais partner check --folder F`: what joining still lacks, row by row, for a desk that keeps its keys itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.cli.common.asked import Asked
from services.cli.common.output import print_json, print_table
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.operate.joining.checklist import ChecklistRow

_ = Catalogue(__name__)

REPORTS: Final = "conformance"  # a folder a system that was tried
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
    from contracts.errors import RelaisError
    from services.cli.partner.documents.commitments import DRAFTS
    from services.operate.joining import bus_rows, checklist
    from services.operate.joining.checklist import ChecklistRow

    settings, now = checklist.settings_of(folder), time.time()
    at = int(now) + int(settings.get("ahead", 0))
    answer = checklist.answer_row(folder)
    try:
        bus = (
            asyncio.run(bus_rows.bus_rows(folder, settings))
            if answer.state == "seen"
            else bus_rows.unasked(answer.code)
        )
    except RelaisError:
        bus = bus_rows.unasked("other_certificate")
    by = {row.name: row for row in bus}
    return [
        checklist.request_row(folder, at),
        ChecklistRow("digests", "ask", "by_telephone"),
        answer,
        checklist.certificate(folder, str(settings["agency"]), now),
        *(by[name] for name in (*bus_rows.WAY, *bus_rows.LISTED) if name != "ping"),
        _reports(folder),
        by["ping"],
        checklist.documents_row(folder, [draft.name for draft in DRAFTS]),
        ChecklistRow("signatures", "ask", "on_paper"),
    ]


def _reports(folder: Path) -> ChecklistRow:
    """As recipient, and as issuer where a clause lets the desk send: each verified, whole, green and of this version."""
    from importlib.metadata import version

    from contracts.errors import RelaisError
    from services.cli.partner.conformance_reports import read_signed
    from services.operate.joining.checklist import ChecklistRow
    from services.operate.joining.request import FILE

    wanted = ["recipient"]
    if (folder / FILE).exists() and orjson.loads((folder / FILE).read_bytes()).get("sends"):
        wanted.append("issuer")
    cases, at, kit = 0, "", ""
    for system in wanted:
        place = folder / REPORTS / system
        if not (place / "report.jws").exists():
            return ChecklistRow("conformance", "not_yet", "no_report", {"system": system})
        try:
            report, _digest = read_signed(place)
        except RelaisError:
            return ChecklistRow("conformance", "cannot", "report_broken", {"system": system})
        code = _fault(report, system, version("relais"))
        if code:
            return ChecklistRow("conformance", "cannot", code, {"system": system})
        cases, at, kit = (
            cases + len(report["cases"]),
            str(report["at"])[:10],
            report["versions"]["kit"],
        )
    return ChecklistRow("conformance", "seen", "", {"version": kit, "cases": cases, "at": at})


def _fault(report: dict[str, Any], system: str, kit: str) -> str:
    """Why a report that verifies does not count; a report is by the partner's own key, so all of it is looked at."""
    from services.conformance.export import table_digest
    from services.conformance.systems import SYSTEMS, SystemKind

    cases = SYSTEMS[SystemKind(system)].cases
    if report["versions"]["kit"] != kit or report["versions"]["cases"] != table_digest(cases):
        return "report_old"
    if report["system"] != system or {row["case"] for row in report["cases"]} != {
        case.id for case in cases
    }:
        return "report_broken"
    return "report_failed" if any(row["fault"] for row in report["cases"]) else ""


def _table(asked: Asked, rows: list[ChecklistRow]) -> None:
    from services.operate.joining import words

    lang = asked.lang
    heads = [head.say(lang) for head in (_("what joining needs"), _("state"), _("whose"), _("why"))]
    print_table(heads, [
        [
            words.TITLES[row.name][0].say(lang), words.STATES[row.state].say(lang), words.TITLES[row.name][1].say(lang),
            words.cause(row, lang) or words.detail(row, lang) or "–",
        ]
        for row in rows
    ])  # fmt: skip
    told: set[str] = set()
    for row in rows:
        step = words.next_step(row, lang) if row.state != "seen" else ""
        if step and step not in told:
            told.add(step)
            asked.say(_("  {what}: {step}."), what=words.TITLES[row.name][0].say(lang), step=step)
