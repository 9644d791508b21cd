"""The form of a report, and that it adds up: a signature says whose it is, not that it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from contracts.encoding import canonical, digest, rfc3339
from contracts.errors import UsageError
from contracts.vocabulary.schema import Closed, Digest, Instant
from services.conformance.judge import MAX_REASON, CaseFault, CaseVerdict, fault_of
from services.conformance.signed_plan import MAX_NAME, DeskName, PlanVersions, SystemName
from services.conformance.systems import SystemKind
from services.texts import Catalogue

_ = Catalogue(__name__)

MAX_CASES: Final = 1000
Short = Annotated[str, Field(max_length=MAX_REASON)]
# What a run leaves beside its report, and nothing else that could be asked after.
EvidenceName = Annotated[
    str, Field(pattern=r"^(verdicts\.jsonl|recording\.jsonl|deliveries/[a-z0-9-]+\.jsonl|drafts/[a-z0-9-]+\.json)$")
]  # fmt: skip
_NAME: Final = TypeAdapter(SystemName)
Words = Annotated[str, Field(max_length=2000)]


class ReportWords(Closed):
    """A text in both languages."""

    fr: Words
    en: Words


class SaidVerdict(Closed):
    """What the tested system said of a case; nothing of it if it said nothing."""

    accepted: bool | None = None
    reason: Short = ""
    withdrawn: bool = False


class ReportRow(Closed):
    """A case of the report.

    Attributes:
        reasons, noticed, withdraws: what must become of it, as `ConformanceCase` has them.
    """

    case: Short
    section: Short
    hostile: bool
    under_receipt: bool
    title: ReportWords
    asks: ReportWords
    reasons: Annotated[tuple[Short, ...], Field(strict=False)]
    noticed: bool
    withdraws: bool = False
    verdict: SaidVerdict
    fault: CaseFault

    @property
    def expected(self) -> dict[str, object]:
        """As the table's digest has it."""
        accepted = None if self.noticed else not self.reasons
        more = {"withdraws": True} if self.withdraws else {}
        return {"accepted": accepted, "reasons": list(self.reasons), **more}

    @property
    def judged(self) -> CaseFault:
        """What is wrong, by what it says itself."""
        said = self.verdict
        verdict = None
        if said.accepted is not None:
            verdict = CaseVerdict(said.accepted, said.reason, withdrawn=said.withdrawn)
        return fault_of(
            self.reasons, noticed=self.noticed, withdraws=self.withdraws, verdict=verdict
        )


class ReportVersions(Closed):
    """By what was tested; `specification` is of the same release as the kit."""

    kit: Annotated[str, Field(max_length=40)]
    specification: Annotated[str, Field(max_length=40)]
    cases: Digest
    convention: Short
    convention_digest: Digest


class ReportCounts(Closed):
    """Sums of the rows."""

    cases: Annotated[int, Field(ge=1, le=MAX_CASES)]
    failed: int
    hostile: int
    under_receipt: int


class ReportKey(Closed):
    """The public key that signs (RFC 8037, RFC 7518 §6.2)."""

    kid: Short
    alg: Literal["Ed25519", "ES256"]
    kty: Short
    crv: Short
    owner: Short
    x: Digest
    y: Digest | None = None


class ReportForm(Closed):
    """A report.

    Attributes:
        desk: whose part was played over HTTP; missing: the usual one's.
        plan: digest of the plan's token; missing: nobody ordered the run.
        evidence: file beside the report -> digest of its bytes.
    """

    iat: Instant
    at: Short
    tested: SystemName
    system: Annotated[SystemKind, Field(strict=False)]
    versions: ReportVersions
    desk: DeskName | None = None
    plan: Digest | None = None
    evidence: dict[EvidenceName, Digest]
    seed: Short
    key: ReportKey
    passed: bool
    counts: ReportCounts
    cases: Annotated[tuple[ReportRow, ...], Field(strict=False, max_length=MAX_CASES)]

    @property
    def tested_by(self) -> PlanVersions:
        """Its versions as a plan names them."""
        said = self.versions
        return PlanVersions(kit=said.kit, cases=said.cases, convention=said.convention_digest)


def read_form(claims: object) -> ReportForm:
    """A report that has its form and adds up.

    Raises:
        UsageError: `report_malformed`, `report_contradicts_itself`.
    """
    try:
        report = ReportForm.model_validate(claims)
    except ValidationError:
        raise malformed() from None
    if not _adds_up(report):
        raise UsageError(
            "report_contradicts_itself", _("another sum"), _("what follows from its cases")
        )
    return report


def read_name(name: str) -> str:
    """What a tested system may be called.

    Raises:
        UsageError: `tested_malformed`.
    """
    try:
        return _NAME.validate_python(name)
    except ValidationError:
        expected = _("a line of {n} characters at most").of(n=MAX_NAME)
        raise UsageError("tested_malformed", _("another text"), expected, "--tested") from None


def malformed() -> UsageError:
    """`report_malformed`."""
    return UsageError("report_malformed", _("another document"), _("a report of the kit"))


def _adds_up(report: ReportForm) -> bool:
    """Whether its cases are the whole table that it names, and its result is theirs."""
    rows = report.cases
    counts = ReportCounts(
        cases=len(rows) or 1,
        failed=sum(bool(row.fault) for row in rows),
        hostile=sum(row.hostile for row in rows),
        under_receipt=sum(row.under_receipt for row in rows),
    )
    return (
        report.counts == counts
        and report.passed == (not counts.failed)
        and report.at == rfc3339(report.iat)
        and report.versions.cases == _rows_digest(rows)
        and all(bool(row.judged) == bool(row.fault) for row in rows)
    )


def _rows_digest(rows: Sequence[ReportRow]) -> str:
    """As `export.table_digest`, of what the report says of the table."""
    return digest(canonical([[row.case, row.expected, row.section] for row in rows]))
