"""The page that the deciding person files."""

from __future__ import annotations

from typing import Final

from services.conformance.judge import FAULTS
from services.conformance.report import Report
from services.pages import render
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

PARTS: Final = {"recipient": _("recipient: a reader of an agency’s inbox on Kafka, by files")}


def report_page(report: Report, fingerprint: str, lang: str) -> str:
    """The report as one HTML file.

    Args:
        fingerprint: digest of the public key that verified it.
    """
    return render(
        "services.conformance",
        "report.html",
        lang,
        report=report,
        fingerprint=fingerprint,
        part=PARTS[report["system"]],
        at=when(report["iat"], lang),
        failed=[row for row in report["cases"] if row["fault"]],
        faults={fault: text.say(lang) for fault, text in FAULTS.items()},
    )
