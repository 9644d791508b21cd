"""A report is believed beside the owners' plan alone: whatever was made without it, or otherwise than it says, is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.conventions import fresh
from contracts.encoding import digest, rfc3339
from contracts.errors import RelaisError, SignatureError, UsageError
from contracts.keys.jose import sign_jws
from contracts.keys.signers import in_memory
from services.conformance.export import table_digest
from services.conformance.federation import KEEPER, pinned
from services.conformance.filed_report import FiledReport, filed_report
from services.conformance.http import HTTP
from services.conformance.judge import CaseVerdict, judge
from services.conformance.report import Report, make_report, read_report, sign_report
from services.conformance.report_form import read_name
from services.conformance.signed_plan import (
    TYP,
    make_plan,
    read_plan,
    sign_plan,
    versions_of,
)
from services.conformance.systems import SystemKind
from tests.services.conformance.folder import AT


def signer(kid: str, owner: str, byte: int) -> Any:
    """A key of the tests."""
    return in_memory(kid, owner, Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32))


OWNERS: Final = signer("directory-1", KEEPER, 1)
TESTER: Final = signer("conformance-1", "urn:relais:owner:conformance", 2)
PINNED: Final = {OWNERS.kid: pinned(OWNERS)}
PLAN: Final = make_plan(
    tested="Suivi 2.1", system=SystemKind.HTTP, versions=versions_of(SystemKind.HTTP, "0.3", fresh()),
    at=AT, days=30, nonce="ab" * 16, by=digest(TESTER.public),
)  # fmt: skip
TOKEN: Final = sign_plan(PLAN, OWNERS)


def made(plan: str = TOKEN, wrong: str = "") -> Report:
    """A report of a run after the plan, in which every case but one may have passed."""
    said = {case.id: CaseVerdict(case.id != wrong, "x" * (case.id == wrong)) for case in HTTP}
    kit = {
        "kit": "0.3", "system": "http", "cases": table_digest(HTTP), "seed": PLAN.nonce, "at": AT,
        "convention": digest(fresh()), "plan": digest(plan),
    }  # fmt: skip
    return make_report(
        judge(HTTP, said), kit, tested=PLAN.tested, convention="c", at=AT + 60, signer=TESTER,
        evidence={"recording.jsonl": digest("seen")},
    )  # fmt: skip


def filed(report: Report, plan: str = TOKEN) -> FiledReport:
    """What who decides is told."""
    return filed_report(sign_report(report, TESTER), plan, PINNED)


def test_a_report_after_the_plan_is_told_with_it() -> None:
    """Green or not, with the digest of the key that signed."""
    green, red = filed(made()), filed(made(wrong="sent"))

    assert (green.green, red.green) == (True, False)
    assert green.plan == PLAN
    assert green.fingerprint == digest(TESTER.public)


def changed(**values: Any) -> Callable[[Report], Report]:
    """A report that says something else."""
    return lambda report: report | values


def versions(**values: Any) -> Callable[[Report], Report]:
    """A report of other versions."""
    return lambda report: report | {"versions": report["versions"] | values}


def unplanned(report: Report) -> Report:
    """A report of a run that nobody ordered."""
    return {name: value for name, value in report.items() if name != "plan"}


def shorter(report: Report) -> Report:
    """A report without its last case, whose sums were mended."""
    counts = report["counts"] | {"cases": len(HTTP) - 1}
    counts["hostile"] -= report["cases"][-1]["hostile"]
    return report | {"cases": report["cases"][:-1], "counts": counts}


def whitewashed(report: Report) -> Report:
    """A failed case whose fault was taken away, its verdict forgotten."""
    rows = [row | {"fault": ""} for row in report["cases"]]
    rows[0] |= {"verdict": {"accepted": False, "reason": "not_tried"}}
    return report | {"cases": rows}


def at(seconds: int) -> Callable[[Report], Report]:
    """A report of another time."""
    return changed(iat=AT + seconds, at=rfc3339(AT + seconds))


REFUSED: Final = {
    "made without the plan": (unplanned, "report_without_plan"),
    "after another plan": (changed(plan=digest("other")), "report_of_another_plan"),
    "with another nonce": (changed(seed="cd" * 16), "report_of_another_plan"),
    "of another system": (changed(tested="Suivi 2.2"), "report_of_another_system"),
    "of another part": (changed(system="webhook"), "report_of_another_system"),
    "at another desk": (changed(desk="pol"), "report_of_another_system"),
    "by an older kit": (versions(kit="0.2"), "report_of_another_kit"),
    "under another convention": (versions(convention_digest=digest("x")), "report_of_another_kit"),
    "before the plan": (at(-3600), "report_out_of_time"),
    "too late": (at(31 * 86_400), "report_out_of_time"),
    "without a case": (shorter, "report_contradicts_itself"),
    "with a fault taken away": (whitewashed, "report_contradicts_itself"),
    "passed in spite of a failure": (changed(passed=False), "report_contradicts_itself"),
    "dated otherwise": (changed(at=rfc3339(AT)), "report_contradicts_itself"),
    "with a file elsewhere": (changed(evidence={"../../k": digest("x")}), "report_malformed"),
    "with a member more": (changed(remark="approved"), "report_malformed"),
    "of another form": (changed(counts=[]), "report_malformed"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_follow_the_plan_is_refused_by_name(what: str) -> None:
    """Although whoever ran the kit has signed it again."""
    change, code = REFUSED[what]

    with pytest.raises(UsageError) as refused:
        filed(change(made()))

    assert refused.value.code == code


def test_an_altered_report_is_refused() -> None:
    """One character of it, under the old signature."""
    head, body, tail = sign_report(made(wrong="sent"), TESTER).split(".")
    other = sign_report(made(), TESTER).split(".")[1]

    with pytest.raises(SignatureError, match="bad_signature"):
        filed_report(f"{head}.{other}.{tail}", TOKEN, PINNED)
    with pytest.raises(RelaisError):
        filed_report(f"{head}.{body[:-2]}.{tail}", TOKEN, PINNED)


def test_a_report_by_another_key_than_the_plan_names_is_refused() -> None:
    """Whoever came by the plan of somebody else, and ran the kit by it."""
    token = sign_plan(PLAN.model_copy(update={"by": digest("other")}), OWNERS)

    with pytest.raises(UsageError, match="report_of_another_key"):
        filed(made(token), token)


def test_a_plan_that_names_no_key_orders_nothing() -> None:
    """A report of anybody's would follow it."""
    claims = {name: value for name, value in PLAN.wire().items() if name != "by"}

    with pytest.raises(UsageError, match="plan_malformed"):
        read_plan(sign_jws(claims, TYP, OWNERS))


@pytest.mark.parametrize("by", ["conformance-1", "directory-1"])
def test_a_plan_by_nobody_of_the_owners_is_refused(by: str) -> None:
    """The tester's own, even under the name of the owners' key."""
    token = sign_plan(PLAN, signer(by, KEEPER, 2))

    with pytest.raises(UsageError, match="plan_not_by_owners"):
        filed(made(token), token)


def test_no_other_token_of_the_owners_is_a_plan() -> None:
    """A report that they have signed, read as one."""
    with pytest.raises(UsageError, match="plan_malformed"):
        read_plan(sign_report(made(), OWNERS))
    with pytest.raises(UsageError, match="plan_malformed"):
        read_plan("no token")


@pytest.mark.parametrize("name", ["", "two\nlines", "x" * 256, "gre\u202een", "two\u2028lines"])
def test_a_system_has_a_name_on_one_line(name: str) -> None:
    """In a plan and in a report without one."""
    values: Any = {
        "at": AT,
        "days": 1,
        "nonce": PLAN.nonce,
        "versions": PLAN.versions,
        "by": PLAN.by,
    }

    with pytest.raises(UsageError, match="plan_malformed"):
        make_plan(tested=name, system=SystemKind.HTTP, **values)
    with pytest.raises(UsageError, match="tested_malformed"):
        read_name(name)


def test_a_report_without_a_plan_is_read_for_what_it_says() -> None:
    """Nobody ordered it; it adds up, and its signature is its maker's."""
    report, _form, fingerprint = read_report(sign_report(unplanned(made()), TESTER))

    assert report["passed"]
    assert fingerprint == digest(TESTER.public)
