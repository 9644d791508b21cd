"""The page that the deciding person files."""

from __future__ import annotations

from services.conformance.judge import FAULTS
from services.conformance.report import Report, by_result
from services.conformance.signed_plan import SignedPlan
from services.conformance.systems import SYSTEMS, SystemKind
from services.pages import render
from services.platform.process.paris_time import when


def report_page(report: Report, fingerprint: str, lang: str, plan: SignedPlan | None = None) -> str:
    """The report as one HTML file.

    Args:
        fingerprint: digest of the public key that verified it.
        plan: the owners' plan that it was found to follow; None: nobody looked.
    """
    failed, silent = by_result(report)
    return render(
        "services.conformance",
        "report.html",
        lang,
        report=report,
        fingerprint=fingerprint,
        plan=plan,
        part=SYSTEMS[SystemKind(report["system"])].part.say(lang),
        at=when(report["iat"], lang),
        ordered=plan and when(plan.iat, lang),
        until=plan and when(plan.exp, lang),
        failed=failed,
        silent=silent,
        faults={fault: text.say(lang) for fault, text in FAULTS.items()},
    )
