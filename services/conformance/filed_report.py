"""A report beside the plan that ordered it: what who decides may rely on, refused by name where they do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from contracts.encoding import digest, rfc3339
from contracts.errors import UsageError
from contracts.keys.directory import SigningKey
from services.conformance.report import Report, read_report
from services.conformance.report_form import ReportForm
from services.conformance.signed_plan import SignedPlan, verified_plan
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

CLOCKS_S: Final = 300  # by which the clocks of owners and tester may differ


@dataclass(frozen=True)
class FiledReport:
    """A report that follows a plan of the owners.

    Attributes:
        fingerprint: digest of the public key that signed the report.
    """

    report: Report = field(repr=False)
    plan: SignedPlan
    fingerprint: str

    @property
    def green(self) -> bool:
        """Whether every case has passed."""
        return bool(self.report["passed"])


def filed_report(report: str, plan: str, owners: Mapping[str, SigningKey]) -> FiledReport:
    """A report that was made after a plan, both verified.

    Args:
        report, plan: the tokens of `report.jws` and `plan.jws`.
        owners: the keys that sign directories (`Owners.directory`).

    Raises:
        UsageError: `plan_malformed`, `plan_not_by_owners`; `report_without_plan`,
            `report_of_another_plan`, `report_of_another_system`, `report_of_another_kit`,
            `report_of_another_key`, `report_out_of_time`; those of `report.read_report`.
        SignatureError: `bad_signature`: the report was altered.
        EnvelopeError: another fault of its token.
    """
    ordered = verified_plan(plan, owners)
    made, said, fingerprint = read_report(report)
    _check_plan(said, digest(plan), ordered)
    _check_run(said, ordered)
    if ordered.by != fingerprint:
        _refuse("report_of_another_key", fingerprint, ordered.by)
    return FiledReport(made, ordered, fingerprint)


def _check_plan(said: ReportForm, plan: str, ordered: SignedPlan) -> None:
    """That the report is of this plan."""
    if said.plan is None:
        _refuse("report_without_plan", _("no plan"), _("the digest of one"))
    if (said.plan, said.seed) != (plan, ordered.nonce):
        _refuse("report_of_another_plan", said.plan, plan)


def _check_run(said: ReportForm, ordered: SignedPlan) -> None:
    """That what was run is what the plan orders."""
    played = (said.tested, said.system, said.desk)
    if played != (ordered.tested, ordered.system, ordered.desk):
        _refuse("report_of_another_system", _("another name, part or desk"), _("those of the plan"))
    if said.tested_by != ordered.versions:
        got, expected = _("another kit, table or convention"), _("those of the plan")
        _refuse("report_of_another_kit", got, expected)
    if not ordered.iat - CLOCKS_S <= said.iat <= ordered.exp + CLOCKS_S:
        _refuse("report_out_of_time", said.at, f"{rfc3339(ordered.iat)}/{ordered.until}")


def _refuse(code: str, got: str | Text, expected: str | Text) -> NoReturn:
    raise UsageError(code, got, expected)
