"""`relais partner check --folder F`: what joining still lacks, row by row, for a desk that keeps its keys itself."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.cli.common.asked import Asked
from services.cli.common.output import print_json, print_table
from services.texts import Catalogue

if TYPE_CHECKING:
    from services.conformance.filed_report import FiledReport
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
    from services.operate.joining import bus_rows, checklist, request
    from services.operate.joining.checklist import ChecklistRow

    settings, now = request.settings_of(folder), time.time()
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
    """As recipient, and as issuer where a clause lets the desk send: each by the owners' plan, whole, green and of this version."""
    from importlib.metadata import version

    from contracts.errors import RelaisError
    from services.cli.partner.conformance_reports import read_filed
    from services.operate.joining import words
    from services.operate.joining.checklist import ChecklistRow, may_send
    from services.platform.keys.owners import read_owners

    wanted = ["recipient", "issuer"] if may_send(folder) else ["recipient"]
    cases, at, kit = 0, "", ""
    for system in wanted:
        place = folder / REPORTS / system
        if code := _absent(folder, place):
            return ChecklistRow("conformance", "not_yet", code, {"system": system})
        try:
            filed = read_filed(place, None, read_owners(folder).directory)
        except RelaisError as error:
            code = error.code if error.code in words.CODES else "report_broken"
            return ChecklistRow("conformance", "cannot", code, {"system": system})
        if code := _fault(filed, system, version("relais")):
            return ChecklistRow("conformance", "cannot", code, {"system": system})
        report = filed.report
        cases, at = cases + len(report["cases"]), str(report["at"])[:10]
        kit = filed.plan.versions.kit
    return ChecklistRow("conformance", "seen", "", {"version": kit, "cases": cases, "at": at})


def _absent(folder: Path, place: Path) -> str:
    """What is not there yet of plan, report and the owners' keys, in the order in which a partner gets them."""
    from services.cli.partner.conformance_files import PLAN
    from services.cli.partner.conformance_reports import SIGNED
    from services.platform.keys.owners import FILE

    needed = {place / PLAN: "no_plan", place / SIGNED: "no_report", folder / FILE: "no_answer_yet"}
    return next((code for path, code in needed.items() if not path.exists()), "")


def _fault(filed: FiledReport, system: str, kit: str) -> str:
    """Why a report that follows its plan does not count: the plan may be of another part, or an old one."""
    from services.conformance.export import table_digest
    from services.conformance.systems import SYSTEMS, SystemKind

    ordered = filed.plan
    if ordered.system != system:
        return "report_of_another_system"
    table = table_digest(SYSTEMS[SystemKind(system)].cases)
    if (ordered.versions.kit, ordered.versions.cases) != (kit, table):
        return "report_old"
    return "" if filed.green else "report_failed"


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
