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
    from services.operate.joining.partner_settings import PartnerSettings

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
    from services.operate.joining import checklist, file_rows, words
    from services.operate.joining.checklist import ChecklistRow

    told, settings = file_rows.settings_row(folder)
    now = time.time()
    answer = file_rows.answer_row(folder, settings) if settings else checklist.waits("answer", told)
    rows = {told.name: told, answer.name: answer}
    rows |= {row.name: row for row in _at_brokers(folder, settings, answer, now)}
    rows["request"] = checklist.request_row(folder, int(now) + (settings.ahead if settings else 0))
    rows["conformance"] = _reports(folder, answer)
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


def _reports(folder: Path, answer: ChecklistRow) -> ChecklistRow:
    """As recipient, and as issuer where a clause lets the desk send: each by the owners' plan, whole, green and of this version."""
    from importlib.metadata import version

    from contracts.errors import RelaisError
    from services.cli.partner.conformance_files import PLAN
    from services.cli.partner.conformance_reports import SIGNED, read_filed
    from services.operate.joining import words
    from services.operate.joining.checklist import ChecklistRow, may_send, own_keys, waits
    from services.platform.keys.owners import read_owners

    wanted = ["recipient", "issuer"] if may_send(folder) else ["recipient"]
    for name, code in ((PLAN, "no_plan"), (SIGNED, "no_report")):  # as a partner gets them
        places = [f"{REPORTS}/{system}" for system in wanted]
        if absent := [place for place in places if not (folder / place / name).is_file()]:
            return ChecklistRow("conformance", "not_yet", code, {"folders": absent})
    if answer.state != "seen":  # it brings the owners' keys
        return waits("conformance", answer)
    cases, at, kit = 0, "", ""
    for system in wanted:
        try:
            filed = read_filed(folder / REPORTS / system, None, read_owners(folder).directory)
        except RelaisError as error:
            code = error.code if error.code in words.CODES else "report_broken"
            return ChecklistRow("conformance", "cannot", code, {"system": system})
        if code := _fault(filed, system, version("relais"), own_keys(folder)):
            return ChecklistRow("conformance", "cannot", code, {"system": system})
        report = filed.report
        cases, at = cases + len(report["cases"]), str(report["at"])[:10]
        kit = filed.plan.versions.kit
    return ChecklistRow("conformance", "seen", "", {"version": kit, "cases": cases, "at": at})


def _fault(filed: FiledReport, system: str, kit: str, own: frozenset[str]) -> str:
    """Why a report that follows its plan does not count: the plan may be of another desk or part, or an old one."""
    from services.conformance.export import table_digest
    from services.conformance.systems import SYSTEMS, SystemKind

    ordered = filed.plan
    if ordered.by not in own:
        return "plan_of_another_desk"
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
